//! How a file is known again, and up to where it was read.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};

use serde::{Deserialize, Serialize};

/// Bytes of the beginning of a file that it is known by.
pub(super) const HEAD_BYTES: usize = 256;
/// Bytes before the position that it is known by.
pub(super) const TAIL_BYTES: usize = 64;

/// Which file, as long as it is there: device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    pub(super) fn of(metadata: &Metadata) -> FileId {
        FileId { device: metadata.dev(), inode: metadata.ino() }
    }
}

/// How far a file was read, with what it is known by: inodes are used again, and files are copied and truncated. Of the
/// file itself only hashes are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    pub(super) id: FileId,
    /// By which name it was read.
    pub(super) path: String,
    /// All bytes before are kept as events; of a packed file, bytes of what it unpacks to.
    pub(super) at: u64,
    /// Whether it is packed.
    pub(super) packed: bool,
    /// Whether a packed file was read to its end.
    pub(super) done: bool,
    /// Length and hash of its beginning.
    pub(super) head: Print,
    /// The same of the bytes before `at`; none of a packed file.
    pub(super) tail: Print,
    /// Seconds since 1970 when it was last found.
    pub(super) seen: i64,
}

/// A run of bytes, known by its hash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Print {
    pub(super) length: usize,
    hash: String,
}

impl Print {
    pub(super) fn of(bytes: &[u8]) -> Print {
        Print { length: bytes.len(), hash: blake3::hash(bytes).to_hex()[..32].to_owned() }
    }

    pub(super) fn is_of(&self, bytes: &[u8]) -> bool {
        *self == Print::of(bytes)
    }
}

impl Mark {
    /// Whether the file is the one that was read, and still has what was read.
    pub(super) fn is_of(&self, file: &File) -> io::Result<bool> {
        if !self.head.is_of(&bytes(file, 0, self.head.length)?) {
            return Ok(false);
        }
        Ok(self.packed || self.tail.is_of(&bytes(file, self.at - self.tail.length as u64, self.tail.length)?))
    }

    /// Whether a file that begins so may be a copy: what is too short says nothing.
    pub(super) fn may_be_of(&self, head: &[u8]) -> bool {
        let telling = self.head.length == HEAD_BYTES && self.at >= (HEAD_BYTES + TAIL_BYTES) as u64;
        telling && !self.packed && self.head.is_of(head)
    }
}

/// The bytes at `at`, fewer where the file ends.
pub(super) fn bytes(file: &File, at: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut read = 0;
    while read < length {
        match file.read_at(&mut bytes[read..], at + read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(read);
    Ok(bytes)
}
