//! Which version wrote this directory, told before anything in it is opened.
//!
//! A directory of an older version gets the number of this one once the database is open, so that
//! no other process has it, and before the first row of the new format is written.

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
    match number(text) {
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

/// From here on an older version refuses the directory. The rows of the older format are read as
/// they are, and replaced as recovery comes by.
pub(crate) fn raise(dir: &Path) -> Result<(), StoreError> {
    let text = fs::read_to_string(dir.join(FILE)).map_err(|error| io(dir, &error))?;
    if number(&text) == Some(STORE_FORMAT) { Ok(()) } else { write(dir).map_err(|error| io(dir, &error)) }
}

fn number(text: &str) -> Option<u32> {
    text.trim_end().strip_prefix(PREFIX)?.parse().ok()
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
