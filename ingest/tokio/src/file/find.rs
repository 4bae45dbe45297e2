//! Which files the globs of a source name now.

use std::collections::BTreeMap;
use std::fs;

use glob::MatchOptions;
use vigil_model::limits::FILES_KNOWN_MAX;

use super::mark::FileId;

/// A file that was found.
pub(super) struct Found {
    /// The first of its names.
    pub(super) path: String,
    /// Bytes now.
    pub(super) size: u64,
    /// Seconds since 1970 when it was written last.
    pub(super) written: i64,
}

/// Every file by what it is, so that one with several names is read once; and what cannot be looked at, with the reason.
pub(super) fn files(globs: &[String]) -> (BTreeMap<FileId, Found>, Vec<String>) {
    let (mut found, mut problems) = (BTreeMap::new(), Vec::new());
    for pattern in globs {
        let paths = glob::glob_with(pattern, options()).expect("the globs were checked before");
        for path in paths {
            match path {
                Ok(path) => add(&path, &mut found, &mut problems),
                Err(error) => problems.push(error.to_string()),
            }
        }
    }
    (found, problems)
}

/// Whether a glob can be read.
pub(super) fn check(pattern: &str) -> Result<(), String> {
    glob::Pattern::new(pattern)
        .map(drop)
        .map_err(|error| format!("`{pattern}` is no glob such as /var/log/*.log: {error}"))
}

fn options() -> MatchOptions {
    // A leading dot hides a file from `*`, as in a shell: editors and rotation leave such files while they write.
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true }
}

fn add(path: &std::path::Path, found: &mut BTreeMap<FileId, Found>, problems: &mut Vec<String>) {
    let Some(name) = path.to_str() else { return problems.push(format!("{}: its name is not utf-8", path.display())) };
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => {}
        Ok(_) if found.len() >= FILES_KNOWN_MAX => {
            problems.push(format!("more than {FILES_KNOWN_MAX} files are found; `{name}` is not read"));
        }
        Ok(metadata) => {
            let (size, written) = (metadata.len(), std::os::unix::fs::MetadataExt::mtime(&metadata));
            found.entry(FileId::of(&metadata)).or_insert_with(|| Found { path: name.to_owned(), size, written });
        }
        // It went away since it was found.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => problems.push(format!("{name}: {error}")),
    }
}
