//! What a file gives: its bytes as they grow, or what it unpacks to.

use std::fs::File;
use std::io::{self, BufReader, Read};

use vigil_model::limits::FILE_CHUNK_BYTES;

use super::mark::{HEAD_BYTES, Mark, TAIL_BYTES, bytes};

/// How a file is read.
pub(super) enum Input {
    /// As it is; it may grow.
    Plain {
        /// The last bytes that were read, to see whether they are still there.
        recent: Vec<u8>,
    },
    /// Unpacked, once, from its beginning to its end.
    Packed(Box<dyn Read + Send>),
}

/// What was found behind the bytes that were read.
pub(super) enum Next {
    /// More of them.
    Bytes(Vec<u8>),
    /// Nothing yet.
    Nothing,
    /// Nothing, and nothing will come.
    End,
    /// What was read is gone.
    Truncated,
}

/// Whether files of this name are unpacked.
pub(super) fn is_packed(path: &str) -> bool {
    path.ends_with(".gz") || path.ends_with(".zst")
}

impl Input {
    /// Opens a file at `at`.
    pub(super) fn open(file: &File, path: &str, at: u64) -> io::Result<Input> {
        if !is_packed(path) {
            return Ok(Input::Plain { recent: tail(file, at)? });
        }
        let mut reader = unpacked(file, path)?;
        let skipped = io::copy(&mut reader.by_ref().take(at), &mut io::sink())?;
        if skipped < at {
            return Err(io::Error::other("it is shorter than what was read of it"));
        }
        Ok(Input::Packed(reader))
    }

    pub(super) fn is_packed(&self) -> bool {
        matches!(self, Input::Packed(_))
    }

    /// What follows the first `at` bytes, which are those that were read.
    pub(super) fn next(&mut self, file: &File, at: u64) -> io::Result<Next> {
        match self {
            Input::Plain { recent } => grown(file, at, recent),
            Input::Packed(reader) => {
                let mut more = Vec::with_capacity(FILE_CHUNK_BYTES);
                reader.take(FILE_CHUNK_BYTES as u64).read_to_end(&mut more)?;
                Ok(if more.is_empty() { Next::End } else { Next::Bytes(more) })
            }
        }
    }
}

fn grown(file: &File, at: u64, recent: &mut Vec<u8>) -> io::Result<Next> {
    let size = file.metadata()?.len();
    if size == at {
        return Ok(Next::Nothing);
    }
    let before = recent.len();
    let mut more = if size < at { Vec::new() } else { bytes(file, at - before as u64, before + FILE_CHUNK_BYTES)? };
    if !more.starts_with(recent) || size < at {
        recent.clear();
        return Ok(Next::Truncated);
    }
    *recent = more[more.len().saturating_sub(TAIL_BYTES)..].to_vec();
    more.drain(..before);
    Ok(if more.is_empty() { Next::Nothing } else { Next::Bytes(more) })
}

/// The bytes before `at`.
pub(super) fn tail(file: &File, at: u64) -> io::Result<Vec<u8>> {
    let from = at.saturating_sub(TAIL_BYTES as u64);
    bytes(file, from, (at - from) as usize)
}

/// The first bytes, unpacked where the name says so.
pub(super) fn head(file: &File, path: &str) -> io::Result<Vec<u8>> {
    if !is_packed(path) {
        return bytes(file, 0, HEAD_BYTES);
    }
    let mut head = Vec::new();
    unpacked(file, path)?.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// Whether the file, unpacked where its name says so, goes on as the one of the mark did up to its position.
pub(super) fn is_copy(file: &File, path: &str, mark: &Mark) -> io::Result<bool> {
    let from = mark.at - mark.tail.length as u64;
    if !is_packed(path) {
        return Ok(mark.tail.is_of(&bytes(file, from, mark.tail.length)?));
    }
    let mut reader = unpacked(file, path)?;
    io::copy(&mut reader.by_ref().take(from), &mut io::sink())?;
    let mut tail = Vec::new();
    reader.take(mark.tail.length as u64).read_to_end(&mut tail)?;
    Ok(mark.tail.is_of(&tail))
}

/// The unpacked bytes from the beginning. The file is opened anew: readers share no position.
fn unpacked(file: &File, path: &str) -> io::Result<Box<dyn Read + Send>> {
    let start = BufReader::new(FromStart { file: file.try_clone()?, at: 0 });
    Ok(if path.ends_with(".gz") {
        Box::new(flate2::bufread::MultiGzDecoder::new(start))
    } else {
        let mut decoder = zstd::stream::read::Decoder::with_buffer(start)?;
        decoder.window_log_max(PACKED_WINDOW_LOG_MAX)?;
        Box::new(decoder)
    })
}

/// Logarithm of the window that a file may ask for: 128 MiB, as `zstd` itself has it.
const PACKED_WINDOW_LOG_MAX: u32 = 27;

/// Reads a file by positions of its own.
struct FromStart {
    file: File,
    at: u64,
}

impl Read for FromStart {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = std::os::unix::fs::FileExt::read_at(&self.file, out, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}
