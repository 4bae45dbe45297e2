//! Files of the Windows event log (`.evtx`): where chunks and records lie.
//!
//! A file is a header of 4 096 bytes and chunks of 64 KiB, each readable by itself. Chunks beyond the number that the
//! header names are read as well, because a file that was copied while it was written to names too few; what is none
//! there is space never used. Of a chunk, records up to its free space are read; what was left of deleted ones behind it
//! is not.
//!
//! A record that is damaged is rejected, and the next one is looked for by its beginning; so is a chunk that is none.
//! Rejects name the number of the record in the file.
//!
//! The crate `evtx` 0.15 reads the same, but brings a second JSON library and turns on `preserve_order` of `serde_json`
//! for everything in the program, which changes the order of fields in answers.

mod binxml;
mod cursor;
mod value;

use vigil_model::Timestamp;

use self::cursor::Cursor;
use super::Flattener;
use crate::Refusal;
use crate::formats::{Framing, Sink};

const HEADER_BYTES: usize = 4_096;
const CHUNK_BYTES: usize = 64 * 1024;
const FILE_MAGIC: &[u8] = b"ElfFile\0";
const CHUNK_MAGIC: &[u8] = b"ElfChnk\0";
const RECORD_MAGIC: &[u8] = b"**\0\0";
/// Where the header says how many chunks there are.
const CHUNKS_AT: usize = 42;
/// Where a chunk says where its free space begins.
const FREE_AT: usize = 48;
/// Where the records of a chunk begin.
const RECORDS_AT: usize = 512;
/// Bytes of a record in front of what it says, and behind it.
const RECORD_HEAD: usize = 24;
const RECORD_TAIL: usize = 4;

/// Reads a file; holds at most one chunk.
#[derive(Default)]
pub(in crate::formats) struct Evtx {
    place: Place,
    /// The header or chunk that is being gathered.
    held: Vec<u8>,
    /// Offset in the file of what is held.
    offset: u64,
    /// Chunks that the header names and that have not come yet.
    chunks: u16,
    /// Records seen so far.
    count: u64,
    flattener: Flattener,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Header,
    Chunk,
    /// This is no such file.
    Foreign,
}

impl Framing for Evtx {
    fn feed(&mut self, mut bytes: &[u8], sink: &mut Sink<'_>) {
        while !bytes.is_empty() && self.place != Place::Foreign {
            let whole = if self.place == Place::Header { HEADER_BYTES } else { CHUNK_BYTES };
            let (taken, rest) = bytes.split_at(bytes.len().min(whole - self.held.len()));
            self.held.extend_from_slice(taken);
            bytes = rest;
            if self.held.len() == whole {
                self.end_block(sink);
            }
        }
    }

    fn finish(&mut self, sink: &mut Sink<'_>) {
        if self.held.is_empty() || self.place == Place::Foreign {
            return;
        }
        let at = self.offset + self.held.len() as u64;
        let cut_off = self.place == Place::Header || self.held.iter().any(|byte| *byte != 0);
        self.end_block(sink);
        if cut_off && self.place != Place::Foreign {
            sink.reject(self.count + 1, &Refusal::Unclosed { missing: "the end of a block", at });
        }
    }
}

impl Evtx {
    /// The header or chunk is whole, or as whole as it gets.
    fn end_block(&mut self, sink: &mut Sink<'_>) {
        let held = std::mem::take(&mut self.held);
        match self.place {
            Place::Header if held.starts_with(FILE_MAGIC) => {
                self.place = Place::Chunk;
                self.chunks = Cursor::new(&held, CHUNKS_AT, held.len()).u16().unwrap_or(0);
            }
            Place::Header => {
                sink.reject(1, &Refusal::Broken { expected: "a file of the Windows event log", at: 0 });
                self.place = Place::Foreign;
            }
            _ => self.chunk(&held, sink),
        }
        self.offset += held.len() as u64;
        self.held = held;
        self.held.clear();
    }

    fn chunk(&mut self, chunk: &[u8], sink: &mut Sink<'_>) {
        let named = self.chunks > 0;
        self.chunks = self.chunks.saturating_sub(1);
        if !chunk.starts_with(CHUNK_MAGIC) {
            if named && chunk.iter().any(|byte| *byte != 0) {
                self.torn("a chunk", 0, sink);
            }
            return;
        }
        let free = Cursor::new(chunk, FREE_AT, chunk.len()).u32().map_or(0, |free| free as usize);
        let end = if (RECORDS_AT..=chunk.len()).contains(&free) { free } else { chunk.len() };
        let mut at = RECORDS_AT;
        while at < end {
            match record_end(chunk, at, end) {
                Some(record_end) => {
                    self.record(chunk, at, record_end, sink);
                    at = record_end;
                }
                None if chunk[at..end].iter().all(|byte| *byte == 0) => return,
                None => {
                    self.torn("a record", at, sink);
                    let Some(next) = next_record(chunk, at + 1, end) else { return };
                    at = next;
                }
            }
        }
    }

    fn torn(&mut self, expected: &'static str, at: usize, sink: &mut Sink<'_>) {
        self.count += 1;
        sink.reject(self.count, &Refusal::Torn { expected, at: self.offset + at as u64 });
    }

    fn record(&mut self, chunk: &[u8], at: usize, end: usize, sink: &mut Sink<'_>) {
        self.count += 1;
        let Evtx { flattener, count, .. } = self;
        flattener.clear();
        sink.event(*count, |draft| {
            let mut head = Cursor::new(chunk, at + RECORD_HEAD - 8, at + RECORD_HEAD);
            let written = value::file_time(head.u64()?);
            binxml::read(chunk, at + RECORD_HEAD, end - RECORD_TAIL, flattener, draft)?;
            draft.time = draft.time.or(written.map(|time| Timestamp(time.0)));
            Ok(())
        });
    }
}

/// Where the record ends that begins here, if one does: its length stands at its beginning and at its end.
fn record_end(chunk: &[u8], at: usize, end: usize) -> Option<usize> {
    let mut head = Cursor::new(chunk, at, end);
    if head.take(RECORD_MAGIC.len()).ok()? != RECORD_MAGIC {
        return None;
    }
    let length = head.u32().ok()? as usize;
    let record_end = at.checked_add(length).filter(|record_end| *record_end <= end)?;
    let fits = length >= RECORD_HEAD + RECORD_TAIL;
    let copy = fits.then(|| Cursor::new(chunk, record_end - RECORD_TAIL, end).u32().ok()).flatten()?;
    (copy as usize == length).then_some(record_end)
}

/// The next place from `from` on where a whole record lies.
fn next_record(chunk: &[u8], from: usize, end: usize) -> Option<usize> {
    let mut found = memchr::memmem::find_iter(&chunk[from..end], RECORD_MAGIC).map(|at| from + at);
    found.find(|at| record_end(chunk, *at, end).is_some())
}
