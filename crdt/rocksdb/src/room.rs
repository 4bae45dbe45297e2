//! Is there room for another block?

use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use vigil_crdt::CommitError;

/// Watches the disk under a store.
pub(crate) struct Room {
    dir: PathBuf,
    max_disk: Option<u64>,
    min_free: u64,
    used: Mutex<Used>,
}

/// What was measured, and what was written since: measuring at every write would cost too much.
#[derive(Default)]
struct Used {
    measured: u64,
    since: u64,
}

impl Room {
    pub(crate) fn new(dir: &Path, max_disk: Option<u64>, min_free: u64) -> Room {
        let used = Mutex::new(Used { measured: disk_bytes(dir), since: 0 });
        Room { dir: dir.to_owned(), max_disk, min_free, used }
    }

    /// Whether `new` bytes may be written.
    pub(crate) fn check(&self, new: u64) -> Result<(), CommitError> {
        self.check_free(new)?;
        self.check_used(new)
    }

    fn check_free(&self, new: u64) -> Result<(), CommitError> {
        let Ok(disk) = rustix::fs::statvfs(&self.dir) else { return Ok(()) };
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free >= self.min_free.saturating_add(new) {
            return Ok(());
        }
        let (dir, free, kept) = (self.dir.display(), mib(free), mib(self.min_free));
        Err(CommitError::Full(format!("{free} MiB are free at {dir}, and {kept} MiB are kept free; delete something")))
    }

    fn check_used(&self, new: u64) -> Result<(), CommitError> {
        let Some(max) = self.max_disk else { return Ok(()) };
        let mut used = self.used.lock();
        if used.measured + used.since + new > max {
            *used = Used { measured: disk_bytes(&self.dir), since: 0 };
        }
        if used.measured + used.since + new > max {
            let (used, max) = (mib(used.measured), mib(max));
            return Err(CommitError::Full(format!("the log uses {used} MiB of {max} MiB; raise storage.max_disk")));
        }
        used.since += new;
        Ok(())
    }
}

fn mib(bytes: u64) -> u64 {
    bytes >> 20
}

/// Bytes of all files in `dir`; files that vanish meanwhile count nothing.
pub(crate) fn disk_bytes(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    entries
        .flatten()
        .filter_map(|entry| entry.metadata().ok())
        .filter(|file| file.is_file())
        .map(|file| file.len())
        .sum()
}
