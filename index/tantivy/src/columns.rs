//! Which chunks of columns a shelf has: the file they lie in, and the one in the making.
//!
//! ```text
//! columns: for each chunk: magic 4 │ class u8 │ first i64 │ last i64 │ arrival u64 │ bytes u32 │ checksum 4 │ chunk
//! ```
//! The checksum is over what stands before it. Columns are never needed: a file that cannot be read or written costs
//! time, not answers. It names only frames that its shelf has committed.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vigil_index::{Chunk, ChunkError, Encoded};
use vigil_model::{Class, Hash, Reader, Timestamp};

use crate::IndexError;

/// Name of the file in the directory of its shelf.
pub(crate) const FILE: &str = "columns";
const MAGIC: [u8; 4] = *b"VCC1";
const ENTRY: usize = 4 + 1 + 8 + 8 + 8 + 4 + CHECK;
const CHECK: usize = 4;
const DOMAIN: &str = "vigil columns entry v1";

/// A chunk in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) class: Class,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    /// Last arrival of its frames.
    pub(crate) arrival: u64,
    /// Where the chunk begins in the file.
    pub(crate) at: u64,
    pub(crate) len: u32,
}

/// The chunks of a shelf: of one state, never changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalog {
    /// The number of their file, see [`ColumnFile::open`].
    pub(crate) file: u64,
    /// In the order of the file.
    pub(crate) entries: Vec<Entry>,
    /// In the making when the state was published.
    pub(crate) open: Vec<Arc<Chunk>>,
}

/// The file of one shelf.
#[derive(Debug)]
pub(crate) struct ColumnFile {
    path: PathBuf,
    /// See [`ColumnFile::open`].
    pub(crate) number: u64,
    /// Where the next entry goes; `None` once the file can no longer be trusted to take one.
    end: Option<u64>,
    pub(crate) entries: Vec<Entry>,
}

impl ColumnFile {
    /// Reads which chunks there are. What is torn, or goes beyond what the shelf has committed, is cut off. `number`
    /// tells it from every other file of this process: a shelf may be removed and begun anew.
    pub(crate) fn open(dir: &Path, number: u64, committed: u64) -> ColumnFile {
        let path = dir.join(FILE);
        let (entries, end) = match File::open(&path) {
            Ok(file) => read_entries(&file, committed),
            Err(_) => (Vec::new(), 0),
        };
        let mut file = ColumnFile { path, number, end: Some(end), entries };
        if let Err(error) = file.cut(end) {
            tracing::warn!(%error, "no more columns are written here");
            file.end = None;
        }
        file
    }

    /// Bytes behind `end` are of nothing that counts.
    fn cut(&self, end: u64) -> Result<(), IndexError> {
        match OpenOptions::new().write(true).open(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(IndexError::io("open", &self.path)(error)),
            Ok(file) => file.set_len(end).map_err(IndexError::io("cut", &self.path)),
        }
    }

    /// Appends a chunk whose frames the shelf has committed. An error leaves the file as it was, or closed.
    pub(crate) fn append(&mut self, chunk: &[u8]) -> Result<(), IndexError> {
        let Some(end) = self.end else { return Ok(()) };
        let (Ok(encoded), Ok(len)) = (Encoded::open(chunk), u32::try_from(chunk.len())) else { return Ok(()) };
        let head = encoded.head();
        let (class, first, last, arrival) = (head.class, head.first, head.last, head.arrival);
        let entry = Entry { class, first, last, arrival, at: end + ENTRY as u64, len };
        let written = self.write(&[&entry.to_bytes()[..], chunk].concat(), end);
        self.end = match &written {
            Ok(()) => {
                self.entries.push(entry);
                Some(entry.at + u64::from(len))
            }
            Err(_) => self.cut(end).ok().map(|()| end),
        };
        written
    }

    fn write(&self, bytes: &[u8], at: u64) -> Result<(), IndexError> {
        let file = OpenOptions::new().append(true).create(true).open(&self.path);
        let mut file = file.map_err(IndexError::io("open", &self.path))?;
        let found = file.metadata().map_err(IndexError::io("look at", &self.path))?.len();
        if found != at {
            let other = std::io::Error::other(format!("it has {found} bytes instead of {at}"));
            return Err(IndexError::io("append to", &self.path)(other));
        }
        file.write_all(bytes).map_err(IndexError::io("append to", &self.path))
    }
}

impl Entry {
    fn to_bytes(self) -> [u8; ENTRY] {
        let mut bytes = Vec::with_capacity(ENTRY);
        bytes.extend_from_slice(&MAGIC);
        bytes.push(self.class.number());
        bytes.extend_from_slice(&self.first.0.to_le_bytes());
        bytes.extend_from_slice(&self.last.0.to_le_bytes());
        bytes.extend_from_slice(&self.arrival.to_le_bytes());
        bytes.extend_from_slice(&self.len.to_le_bytes());
        bytes.extend_from_slice(&check(&bytes));
        bytes.try_into().expect("the parts are as long as an entry")
    }

    /// `at` is where the entry itself begins.
    fn read(bytes: &[u8; ENTRY], at: u64) -> Option<Entry> {
        let (body, sum) = bytes.split_at(ENTRY - CHECK);
        if check(body) != sum {
            return None;
        }
        let mut reader = Reader(body);
        if reader.array()? != MAGIC {
            return None;
        }
        Some(Entry {
            class: Class::from_number(reader.u8()?)?,
            first: Timestamp(reader.i64()?),
            last: Timestamp(reader.i64()?),
            arrival: reader.u64()?,
            len: reader.u32()?,
            at: at.checked_add(ENTRY as u64)?,
        })
    }
}

fn check(bytes: &[u8]) -> [u8; CHECK] {
    *Hash::of(DOMAIN, bytes).0.first_chunk().expect("a hash is longer than a checksum")
}

/// The entries that can be used, and where they end.
fn read_entries(file: &File, committed: u64) -> (Vec<Entry>, u64) {
    let len = file.metadata().map_or(0, |meta| meta.len());
    let (mut entries, mut at) = (Vec::new(), 0);
    let mut bytes = [0; ENTRY];
    while file.read_exact_at(&mut bytes, at).is_ok() {
        let Some(entry) = Entry::read(&bytes, at) else { break };
        let end = entry.at.saturating_add(u64::from(entry.len));
        if end > len || entry.arrival > committed {
            break;
        }
        entries.push(entry);
        at = end;
    }
    (entries, at)
}

/// Reads bytes of a chunk, `range` counted from its start.
pub(crate) fn read_part(dir: &Path, entry: &Entry, range: std::ops::Range<usize>) -> Result<Vec<u8>, IndexError> {
    let path = dir.join(FILE);
    let mut bytes = vec![0; range.len().min(entry.len as usize)];
    let file = File::open(&path).map_err(IndexError::io("open", &path))?;
    file.read_exact_at(&mut bytes, entry.at + range.start as u64).map_err(IndexError::io("read", &path))?;
    Ok(bytes)
}

/// The head of a chunk.
pub(crate) fn read_head(dir: &Path, entry: &Entry) -> Result<Result<Encoded, ChunkError>, IndexError> {
    let prefix = read_part(dir, entry, 0..Encoded::PREFIX)?;
    let end = match Encoded::head_end(&prefix) {
        Ok(end) => end,
        Err(error) => return Ok(Err(error)),
    };
    let bytes = read_part(dir, entry, 0..end)?;
    Ok(Encoded::open(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        let (first, last) = (Timestamp(-5), Timestamp(7));
        Entry { class: Class::Logs, first, last, arrival: 9, at: ENTRY as u64, len: 3 }
    }

    #[test]
    fn an_entry_is_read_as_it_was_written_and_nothing_else_is() {
        let bytes = entry().to_bytes();
        assert_eq!(Entry::read(&bytes, 0), Some(entry()));
        for at in 0..ENTRY {
            let mut other = bytes;
            other[at] ^= 4;
            assert_eq!(Entry::read(&other, 0), None, "byte {at}");
        }
    }

    #[test]
    fn a_torn_end_and_what_was_not_committed_are_cut_off() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join(FILE);
        let later = Entry { arrival: 12, ..entry() };
        let whole = [&entry().to_bytes()[..], b"abc", &later.to_bytes()[..], b"def"].concat();
        let one = ENTRY + 3;
        for (len, committed, kept) in [
            (whole.len(), 12, 2),
            (whole.len(), 11, 1),
            (whole.len() - 1, 12, 1),
            (one, 12, 1),
            (one - 1, 12, 0),
            (3, 12, 0),
        ] {
            std::fs::write(&path, &whole[..len]).expect("writable");
            let file = ColumnFile::open(dir.path(), 0, committed);
            assert_eq!(file.entries.len(), kept);
            assert_eq!(std::fs::metadata(&path).expect("there").len(), (kept * one) as u64);
        }
        std::fs::remove_file(&path).expect("there");
        assert!(ColumnFile::open(dir.path(), 0, 1).entries.is_empty());
    }
}
