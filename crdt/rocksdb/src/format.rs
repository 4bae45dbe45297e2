//! Which version wrote this directory, told before anything in it is opened.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use vigil_crdt::{STORE_FORMAT, StoreError};

const FILE: &str = "FORMAT";
const PREFIX: &str = "vigil store ";

/// Refuses what a newer version wrote, and what is no store; names the format in a new directory.
pub(crate) fn check(dir: &Path) -> Result<(), StoreError> {
    match fs::read_to_string(dir.join(FILE)) {
        Ok(text) => check_text(dir, &text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => create(dir),
        Err(error) => Err(io(dir, &error)),
    }
}

fn check_text(dir: &Path, text: &str) -> Result<(), StoreError> {
    let found = text.trim_end().strip_prefix(PREFIX).and_then(|number| number.parse::<u32>().ok());
    match found {
        Some(found) if found > STORE_FORMAT => Err(StoreError::Newer { found, known: STORE_FORMAT }),
        Some(_) => Ok(()),
        None => Err(StoreError::Io(format!("{} names no format of a vigil store", dir.join(FILE).display()))),
    }
}

fn create(dir: &Path) -> Result<(), StoreError> {
    if dir.join("CURRENT").try_exists().map_err(|error| io(dir, &error))? {
        return Err(StoreError::Io(format!("{} holds a database, but not of vigil", dir.display())));
    }
    write(dir).map_err(|error| io(dir, &error))
}

/// On disk before the database is.
fn write(dir: &Path) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    let draft = dir.join("FORMAT.new");
    let mut file = File::create(&draft)?;
    writeln!(file, "{PREFIX}{STORE_FORMAT}")?;
    file.sync_all()?;
    fs::rename(&draft, dir.join(FILE))?;
    File::open(dir)?.sync_all()
}

fn io(dir: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Io(format!("{}: {error}", dir.display()))
}
