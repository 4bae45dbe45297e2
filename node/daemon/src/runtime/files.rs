//! How a small file is replaced without ever being half there.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::RunError;

/// Writes a file that only its owner can read, durable before it carries its name.
pub(super) fn write_private(path: &Path, text: &str) -> Result<(), RunError> {
    let fresh = path.with_extension("new");
    let failed = |error: std::io::Error| RunError::file("write", path, &error);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    fs::rename(&fresh, path).map_err(failed)?;
    sync_dir(path)
}

/// Makes the name of a file in its directory survive a power cut.
pub(super) fn sync_dir(path: &Path) -> Result<(), RunError> {
    let dir = path.parent().expect("a file of the data directory has a parent");
    fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(|error| RunError::file("sync", dir, &error))
}
