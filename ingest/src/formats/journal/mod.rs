//! Where entries of systemd's journal export format end, in a stream that may never end itself.
//!
//! A field is `NAME=text` and LF, or `NAME`, LF, a length of eight bytes (little endian), so many bytes and LF: values may
//! hold anything. An empty line ends an entry. What it says is the matter of [`entry`].
//!
//! An entry beyond a limit costs itself only: its fields are stepped over, not searched. Where a field is none, the next
//! one can be found only by an empty line: the entry is refused, and reading goes on behind that.

mod entry;

use vigil_model::limits::{JOURNAL_FIELD_BYTES_MAX, JOURNAL_NAME_BYTES_MAX, JOURNAL_SKIPPED_BYTES_MAX};

use self::entry::{Entry, is_name};
use super::{Framing, Sink};
use crate::Refusal;

/// Bytes of a line that are kept: a name, `=`, a text, and one more that shows that it is too long.
const LINE_KEPT_MAX: usize = JOURNAL_NAME_BYTES_MAX + 1 + JOURNAL_FIELD_BYTES_MAX + 1;

/// Reads a stream of entries; holds at most one unfinished entry and one unfinished field.
#[derive(Default)]
pub(super) struct Journal {
    place: Place,
    /// Entries begun so far.
    count: u64,
    /// Offset in the body of the next byte.
    offset: u64,
    entry: Entry,
    /// The line or value being read, as far as it is kept.
    held: Vec<u8>,
    /// Bytes of it in all.
    length: u64,
    /// Of the value being read.
    name: Vec<u8>,
}

#[derive(Clone, Copy, Default)]
enum Place {
    /// Within a line.
    #[default]
    Line,
    /// Within the length of a value, of which so many bytes came.
    Length(usize, [u8; 8]),
    /// Within a value, of which so many bytes are to come.
    Value(u64),
    /// Behind a value, before its LF.
    ValueEnd,
    /// Within an entry that is lost, and whether its last line was empty so far.
    Lost(bool),
}

impl Journal {
    /// Reads on from `bytes`, at least one of them, and answers how many it used.
    fn step(&mut self, bytes: &[u8], sink: &mut Sink<'_>) -> usize {
        match self.place {
            Place::Line => self.line(bytes, sink),
            Place::Length(count, length) => self.length(count, length, bytes[0], sink),
            Place::Value(left) => self.value(left, bytes),
            Place::ValueEnd => self.value_end(bytes[0], sink),
            Place::Lost(empty) => self.lost(empty, bytes),
        }
    }

    fn line(&mut self, bytes: &[u8], sink: &mut Sink<'_>) -> usize {
        let Some(end) = memchr::memchr(b'\n', bytes) else {
            self.keep(bytes, LINE_KEPT_MAX);
            return bytes.len();
        };
        self.keep(&bytes[..end], LINE_KEPT_MAX);
        self.end_line(self.offset + end as u64, sink);
        end + 1
    }

    fn keep(&mut self, bytes: &[u8], most: usize) {
        let room = most.saturating_sub(self.held.len());
        self.held.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.length += bytes.len() as u64;
        assert!(self.held.len() <= LINE_KEPT_MAX, "an unfinished field keeps its limit");
    }

    /// The line is whole; it ends at this offset.
    fn end_line(&mut self, end: u64, sink: &mut Sink<'_>) {
        if self.held.is_empty() {
            return self.end_entry(sink);
        }
        self.begin_entry();
        match memchr::memchr(b'=', &self.held) {
            Some(at) if is_name(&self.held[..at]) => {
                let (name, text) = (&self.held[..at], &self.held[at + 1..]);
                self.entry.add(name, text, self.length - at as u64 - 1);
            }
            None if is_name(&self.held) => {
                self.name.clone_from(&self.held);
                self.place = Place::Length(0, [0; 8]);
            }
            _ => return self.lose("a field, `NAME=text` or `NAME`", end - self.length, sink),
        }
        self.clear_field();
    }

    fn begin_entry(&mut self) {
        if self.entry.is_empty() {
            self.count += 1;
        }
    }

    fn clear_field(&mut self) {
        self.held.clear();
        self.length = 0;
    }

    fn length(&mut self, count: usize, mut length: [u8; 8], byte: u8, sink: &mut Sink<'_>) -> usize {
        length[count] = byte;
        let whole = u64::from_le_bytes(length);
        match count {
            0..7 => self.place = Place::Length(count + 1, length),
            _ if whole > JOURNAL_SKIPPED_BYTES_MAX => self.lose("the length of a field", self.offset - 7, sink),
            _ if whole == 0 => self.place = Place::ValueEnd,
            _ => self.place = Place::Value(whole),
        }
        1
    }

    fn value(&mut self, left: u64, bytes: &[u8]) -> usize {
        let used = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        self.keep(&bytes[..used], JOURNAL_FIELD_BYTES_MAX);
        let left = left - used as u64;
        self.place = if left == 0 { Place::ValueEnd } else { Place::Value(left) };
        used
    }

    fn value_end(&mut self, byte: u8, sink: &mut Sink<'_>) -> usize {
        if byte != b'\n' {
            self.lose("the end of a field", self.offset, sink);
            return 0;
        }
        self.entry.add(&self.name, &self.held, self.length);
        self.clear_field();
        self.place = Place::Line;
        1
    }

    /// The entry cannot be read on from this offset.
    fn lose(&mut self, expected: &'static str, at: u64, sink: &mut Sink<'_>) {
        sink.reject(self.count, &Refusal::Torn { expected, at });
        self.entry.clear();
        self.clear_field();
        self.place = Place::Lost(matches!(self.place, Place::Line));
    }

    /// Steps behind the next empty line.
    fn lost(&mut self, empty: bool, bytes: &[u8]) -> usize {
        if bytes[0] == b'\n' {
            self.place = if empty { Place::Line } else { Place::Lost(true) };
            return 1;
        }
        self.place = Place::Lost(false);
        memchr::memchr(b'\n', bytes).unwrap_or(bytes.len())
    }

    fn end_entry(&mut self, sink: &mut Sink<'_>) {
        if self.entry.is_empty() {
            return;
        }
        match self.entry.refusal() {
            Some(refusal) => sink.reject(self.count, &refusal),
            None => sink.event(self.count, |draft| self.entry.put(draft)),
        }
        self.entry.clear();
    }
}

impl Framing for Journal {
    fn feed(&mut self, mut bytes: &[u8], sink: &mut Sink<'_>) {
        while !bytes.is_empty() {
            let used = self.step(bytes, sink);
            self.offset += used as u64;
            bytes = &bytes[used..];
        }
    }

    fn finish(&mut self, sink: &mut Sink<'_>) {
        if matches!(self.place, Place::Line) && !self.held.is_empty() {
            self.end_line(self.offset, sink);
        }
        match self.place {
            Place::Line => self.end_entry(sink),
            Place::Lost(_) => {}
            Place::Length(..) | Place::Value(_) | Place::ValueEnd => {
                sink.reject(self.count, &Refusal::Unclosed { missing: "the end of a field", at: self.offset });
            }
        }
    }
}
