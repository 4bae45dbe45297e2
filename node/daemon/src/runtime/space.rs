//! How much room there is: looks at the disk when the machine asks.

use std::path::{Path, PathBuf};

use crossbeam_channel::{Receiver, Sender};

use super::message::CoreMessage;

/// What bounds the disk.
pub(super) struct Space {
    /// The data directory.
    pub(super) dir: PathBuf,
    /// `storage.max_disk`
    pub(super) max_disk: Option<u64>,
    /// `storage.min_free`
    pub(super) min_free: u64,
}

impl Space {
    /// Looks each time it is asked, until nobody can ask any more.
    pub(super) fn work(&self, asked: &Receiver<()>, core: &Sender<CoreMessage>) {
        for () in asked {
            let room = self.look();
            if core.send(CoreMessage::SpaceChecked { room }).is_err() {
                return;
            }
        }
    }

    /// Whether a write is allowed now; else why not and what to do.
    pub(super) fn look(&self) -> Result<(), String> {
        let used = size_of(&self.dir);
        if let Some(max) = self.max_disk.filter(|max| used >= *max) {
            return Err(format!("{used} bytes are used, storage.max_disk is {max}; raise it or free some space"));
        }
        match free_bytes(&self.dir) {
            Some(free) if free < self.min_free => Err(format!(
                "{free} bytes are free on the disk, storage.min_free keeps {}; free some space",
                self.min_free
            )),
            _ => Ok(()),
        }
    }
}

fn free_bytes(dir: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(dir).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Bytes of all files below `dir`. Files that vanish meanwhile count as nothing.
pub(super) fn size_of(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    entries.flatten().map(|entry| entry_size(&entry)).sum()
}

fn entry_size(entry: &std::fs::DirEntry) -> u64 {
    match entry.metadata() {
        Ok(data) if data.is_dir() => size_of(&entry.path()),
        Ok(data) => data.len(),
        Err(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_bounds_refuse_and_say_what_to_do() {
        let dir = tempfile::tempdir().expect("a place for tests");
        std::fs::create_dir(dir.path().join("log")).expect("writable");
        std::fs::write(dir.path().join("log/file"), [0; 1000]).expect("writable");
        let space = |max_disk, min_free| Space { dir: dir.path().to_owned(), max_disk, min_free };
        assert_eq!(space(None, 0).look(), Ok(()));
        assert_eq!(space(Some(1001), 0).look(), Ok(()));
        assert!(space(Some(1000), 0).look().expect_err("full").contains("storage.max_disk"));
        assert!(space(None, u64::MAX).look().expect_err("full").contains("storage.min_free"));
    }
}
