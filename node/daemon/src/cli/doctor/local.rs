//! What the data directory on this machine looks like.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use vigil_api::Status;

use super::Finding;
use crate::config::units::size_round;
use crate::config::{Loaded, Value};

/// Free bytes below which ingest will soon stop, beyond `storage.min_free`.
const FREE_MARGIN: u64 = 512 << 20;

/// Checks of the directory that the local node names, else of the one that settings name.
pub(super) fn look(loaded: &Loaded, node: Option<&Status>) -> Vec<Finding> {
    let settings = if loaded.has_errors() { None } else { Some(loaded.settings()) };
    let named = node.map(|status| PathBuf::from(&status.data_dir)).filter(|dir| dir.is_dir());
    let dir =
        named.or_else(|| settings.as_ref().map(|settings| settings.data_dir.clone())).or_else(|| default_dir(loaded));
    let Some(dir) = dir else { return Vec::new() };
    let min_free = settings.map_or(0, |settings| settings.storage.min_free);
    vec![directory(&dir), format(&dir), disk(&dir, min_free)]
}

fn default_dir(loaded: &Loaded) -> Option<PathBuf> {
    match &loaded.values.get("data_dir")?.value {
        Value::Path(dir) => Some(dir.clone()),
        _ => None,
    }
}

fn directory(dir: &Path) -> Finding {
    let shown = dir.display();
    match std::fs::metadata(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => creatable(dir),
        Err(error) => Finding::failed("data", format!("{shown}: {error}"), "give the node's user access to it"),
        Ok(metadata) if !metadata.is_dir() => {
            Finding::failed("data", format!("{shown} is not a directory"), "name another with --data-dir")
        }
        Ok(metadata) => permissions(dir, &metadata),
    }
}

fn permissions(dir: &Path, metadata: &std::fs::Metadata) -> Finding {
    let shown = dir.display();
    let mode = metadata.permissions().mode() & 0o777;
    if rustix::fs::access(dir, rustix::fs::Access::WRITE_OK).is_err() {
        let user = rustix::process::geteuid().as_raw();
        let detail = format!("{shown} belongs to user {} and cannot be written by user {user}", metadata.uid());
        return Finding::warning("data", detail, "run doctor as the node's user, or give it the directory");
    }
    match mode & 0o022 {
        0 => Finding::ok("data", format!("{shown}, mode {mode:o}")),
        _ => Finding::warning(
            "data",
            format!("others may write to {shown} (mode {mode:o})"),
            format!("chmod 700 {shown}"),
        ),
    }
}

fn creatable(dir: &Path) -> Finding {
    let shown = dir.display();
    let parent =
        dir.ancestors().skip(1).find(|parent| parent.try_exists().unwrap_or(true) || parent.as_os_str().is_empty());
    let parent = parent.filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match rustix::fs::access(parent, rustix::fs::Access::WRITE_OK) {
        Ok(()) => Finding::ok("data", format!("{shown} does not exist yet; `vigil up` makes it")),
        Err(_) => Finding::failed(
            "data",
            format!("{shown} does not exist and cannot be made"),
            "name another with --data-dir, or make it for the node's user",
        ),
    }
}

/// The store itself refuses a format that it does not know; here the parts are counted.
fn format(dir: &Path) -> Finding {
    let Ok(entries) = std::fs::read_dir(dir) else { return Finding::skipped("format", "no data directory to look at") };
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    if names.is_empty() {
        return Finding::ok("format", "empty; `vigil up` begins here");
    }
    let known = ["log", "index"].iter().any(|name| names.iter().any(|found| found == name));
    let some = names.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
    match known {
        true => Finding::ok("format", some),
        false => Finding::warning(
            "format",
            format!("{} holds {some}, but no log of Vigil", dir.display()),
            "use a directory of its own for a node",
        ),
    }
}

fn disk(dir: &Path, min_free: u64) -> Finding {
    let existing = dir.ancestors().find(|dir| dir.try_exists().unwrap_or(true)).unwrap_or(Path::new("."));
    let Ok(about) = rustix::fs::statvfs(existing) else {
        return Finding::skipped("disk", format!("{} does not tell its free space", existing.display()));
    };
    let free = about.f_bavail.saturating_mul(about.f_frsize);
    judge_free(free, about.f_blocks.saturating_mul(about.f_frsize), min_free)
}

fn judge_free(free: u64, whole: u64, min_free: u64) -> Finding {
    let detail = format!("{} of {} free", size_round(free), size_round(whole));
    let fix = "make room, or move the data directory to a larger disk";
    match free {
        free if free <= min_free => Finding::failed("disk", format!("{detail}: ingest is refused"), fix),
        free if free <= min_free.saturating_add(FREE_MARGIN) => Finding::warning("disk", detail, fix),
        _ => Finding::ok("disk", detail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::Verdict;

    #[test]
    fn directories() {
        let dir = tempfile::tempdir().expect("a directory");
        let set = |mode| std::fs::set_permissions(dir.path(), PermissionsExt::from_mode(mode)).expect("ours");
        set(0o700);
        assert_eq!(directory(dir.path()).verdict, Verdict::Ok);
        assert_eq!(format(dir.path()).verdict, Verdict::Ok);
        set(0o777);
        assert_eq!(directory(dir.path()).verdict, Verdict::Warning);
        assert_eq!(directory(&dir.path().join("a/b")).verdict, Verdict::Ok);
        std::fs::write(dir.path().join("photo.jpg"), "x").expect("written");
        assert_eq!(format(dir.path()).verdict, Verdict::Warning);
        assert_eq!(directory(&dir.path().join("photo.jpg")).verdict, Verdict::Failed);
    }

    #[test]
    fn free_space() {
        assert_eq!(judge_free(1 << 40, 1 << 41, 64 << 20).verdict, Verdict::Ok);
        assert_eq!(judge_free(100 << 20, 1 << 41, 64 << 20).verdict, Verdict::Warning);
        assert_eq!(judge_free(60 << 20, 1 << 41, 64 << 20).verdict, Verdict::Failed);
    }
}
