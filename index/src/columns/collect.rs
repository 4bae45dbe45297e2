//! How columns are gathered while frames are indexed, and which of them a chunk keeps.
//!
//! Every field is a candidate until it has too many values. At the end those stay that questions have named, that
//! usually are asked for, and that most rows have, as long as the chunk is a small part of its records.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use vigil_model::limits::{
    CHUNK_BYTES_MAX, CHUNK_FRAMES_MAX, CHUNK_ROWS_MAX, COLUMN_CANDIDATES_MAX, COLUMN_TEXTS_MAX, COLUMNS_MAX,
    COLUMNS_SHARE,
};
use vigil_model::{Class, Reader, Record, Value, roles};

use super::chunk::{Chunk, Column};
use super::codec::encode_times;
use super::intern::{Interned, Interner};
use super::pack::put_packed;
use super::{FieldHead, Head, RollUp, head};
use crate::Posting;

/// A field with more texts than this, and one for so many rows, is of ids or messages.
const FEW_TEXTS: usize = 64;
const ROWS_FOR_A_TEXT: usize = 8;
/// What a small chunk may take even if its records are smaller still.
const BYTES_FREE: usize = 16 * 1024;
/// What a frame takes in the head of a chunk, about.
const FRAME_BYTES: usize = 10;

/// How often questions named a field.
pub type FieldUses = BTreeMap<String, u64>;

/// Gathers one chunk after another, of one class.
#[derive(Debug)]
pub struct ColumnCollector {
    class: Class,
    frames: Vec<Posting>,
    times: Vec<i64>,
    record_bytes: usize,
    fields: Vec<Candidate>,
    by_name: BTreeMap<Box<[u8]>, usize>,
    /// Which field came after field `n - 1` last time: records are often alike.
    follows: Vec<usize>,
    /// Whether every field that was met is in `fields`.
    names_all: bool,
    /// Bytes of values and codes, about.
    held: usize,
}

/// A field that was met.
#[derive(Debug)]
struct Candidate {
    name: Box<str>,
    present: usize,
    /// `None` once it has no column.
    kept: Option<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    values: Interner,
    /// Values that are no numbers.
    texts: usize,
    /// A code for each row up to the last that has the field.
    codes: Vec<u16>,
}

impl ColumnCollector {
    /// Nothing yet.
    pub fn new(class: Class) -> ColumnCollector {
        ColumnCollector {
            class,
            frames: Vec::new(),
            times: Vec::new(),
            record_bytes: 0,
            fields: Vec::new(),
            by_name: BTreeMap::new(),
            follows: vec![0],
            names_all: true,
            held: 0,
        }
    }

    /// How many rows were gathered.
    pub fn rows(&self) -> usize {
        self.times.len()
    }

    /// Whether a frame of so many rows must go into the next chunk.
    pub fn is_full_for(&self, rows: usize) -> bool {
        self.times.len() + rows > CHUNK_ROWS_MAX
            || self.frames.len() >= CHUNK_FRAMES_MAX
            || self.held >= CHUNK_BYTES_MAX
    }

    /// Takes in the rows of a posting, for which there must be room: all of them, in the order of the frame.
    pub fn add<'a>(&mut self, posting: &Posting, records: impl Iterator<Item = Record<'a>>) {
        assert!(!self.is_full_for(posting.rows as usize), "a full chunk is finished first");
        let before = self.times.len();
        records.for_each(|record| self.add_record(&record));
        assert_eq!(self.times.len() - before, posting.rows as usize, "a posting says how many rows it has");
        self.frames.push(Posting { clip: head::clip(posting.first, posting.last), ..*posting });
    }

    fn add_record(&mut self, record: &Record<'_>) {
        let row = self.times.len();
        self.times.push(record.time().0);
        self.record_bytes += record.bytes().len();
        let mut before = 0;
        for field in record.raw_fields() {
            let Some(n) = self.candidate(field.name(), before) else { continue };
            before = n + 1;
            self.put(n, row, &field.bytes[field.name_len..]);
        }
    }

    /// The number of a field; `before` is one more than that of the field in front of it, 0 at the first.
    #[inline]
    fn candidate(&mut self, name: &[u8], before: usize) -> Option<usize> {
        let guess = self.follows[before];
        if self.fields.get(guess).is_some_and(|field| field.name.as_bytes() == name) {
            return Some(guess);
        }
        let n = match self.by_name.get(name) {
            Some(n) => *n,
            None => self.new_candidate(name)?,
        };
        self.follows[before] = n;
        Some(n)
    }

    fn new_candidate(&mut self, name: &[u8]) -> Option<usize> {
        // A name that is no text cannot be asked for.
        let text = std::str::from_utf8(name).ok()?;
        if self.fields.len() >= COLUMN_CANDIDATES_MAX {
            self.names_all = false;
            return None;
        }
        let n = self.fields.len();
        self.fields.push(Candidate { name: text.into(), present: 0, kept: Some(Kept::default()) });
        self.by_name.insert(name.into(), n);
        self.follows.push(0);
        Some(n)
    }

    #[inline]
    fn put(&mut self, n: usize, row: usize, encoded: &[u8]) {
        let field = &mut self.fields[n];
        let Some(kept) = &mut field.kept else { return };
        // Of two fields of one name the first is what a look-up finds.
        if kept.codes.len() > row {
            return;
        }
        let code = match kept.values.intern(encoded) {
            Interned::Old(code) => Some(code),
            Interned::New(code) => {
                self.held += encoded.len() + 8;
                kept.takes(encoded, field.present).then_some(code)
            }
            Interned::Refused => None,
        };
        let Some(code) = code else { return self.drop_column(n) };
        self.held += (row + 1 - kept.codes.len()) * size_of::<u16>();
        kept.codes.resize(row, 0);
        kept.codes.push(code);
        field.present += 1;
    }

    fn drop_column(&mut self, n: usize) {
        if let Some(kept) = self.fields[n].kept.take() {
            let bytes = kept.codes.len() * size_of::<u16>() + kept.values.size();
            self.held = self.held.saturating_sub(bytes);
        }
    }

    /// The chunk as it is now, for questions that do not wait; `None` when nothing is in it.
    pub fn snapshot(&self) -> Option<Chunk> {
        let whole = |field: &Candidate| {
            let kept = field.kept.as_ref()?;
            Some(Prepared::new(field, kept.values.dictionary.clone(), self.padded(kept.codes.clone())))
        };
        let prepared = self.fields.iter().filter_map(whole).take(COLUMNS_MAX).collect();
        self.chunk(prepared, false)
    }

    /// Ends the chunk and begins the next. `uses` says how often questions named a field.
    pub fn finish(&mut self, uses: &FieldUses) -> Option<Vec<u8>> {
        let mut prepared: Vec<Prepared> = self.fields.iter().filter_map(|field| self.sorted(field)).collect();
        let worth = |one: &Prepared| (uses.get(&*one.name).copied().unwrap_or(0) + is_usual(&one.name), one.present);
        prepared.sort_by_cached_key(|one| (Reverse(worth(one)), one.size(), one.name.clone()));
        let mut left = self.budget();
        let mut chosen = Vec::new();
        for one in prepared {
            let size = one.size();
            if size <= left && chosen.len() < COLUMNS_MAX {
                left -= size;
                chosen.push(one);
            }
        }
        let chunk = self.chunk(chosen, true);
        *self = ColumnCollector::new(self.class);
        chunk.map(|chunk| chunk.encode())
    }

    /// Bytes that columns may take.
    fn budget(&self) -> usize {
        let mut times = Vec::new();
        encode_times(&self.times, &mut times);
        let fixed = times.len() + self.frames.len() * FRAME_BYTES;
        (self.record_bytes / COLUMNS_SHARE).saturating_sub(fixed).max(BYTES_FREE)
    }

    fn sorted(&self, field: &Candidate) -> Option<Prepared> {
        let kept = field.kept.as_ref()?;
        let (dictionary, new) = kept.values.dictionary.sorted();
        let codes = kept.codes.iter().map(|code| new[usize::from(*code)]).collect();
        Some(Prepared::new(field, dictionary, self.padded(codes)).sized())
    }

    fn padded(&self, mut codes: Vec<u16>) -> Vec<u16> {
        codes.resize(self.times.len(), 0);
        codes
    }

    fn chunk(&self, mut columns: Vec<Prepared>, with_roll_up: bool) -> Option<Chunk> {
        columns.sort_by(|a, b| a.name.cmp(&b.name));
        let is_other = |name: &str| columns.binary_search_by(|column| (*column.name).cmp(name)).is_err();
        let others = self.fields.iter().map(|field| &field.name).filter(|name| is_other(name));
        let mut others: Vec<Box<str>> = others.cloned().collect();
        others.sort_unstable();
        let level = roles::LEVEL.iter().find_map(|name| columns.iter().position(|column| *column.name == **name));
        let level = level.map(|n| (n, &columns[n].column.codes[..]));
        let head = Head {
            class: self.class,
            frames: self.frames.clone(),
            rows: self.times.len(),
            first: self.frames.iter().map(|frame| frame.first).min()?,
            last: self.frames.iter().map(|frame| frame.last).max()?,
            arrival: self.frames.iter().map(|frame| frame.arrival).max()?,
            fields: columns.iter().map(Prepared::head).collect(),
            others,
            names_all: self.names_all,
            roll_up: if with_roll_up { RollUp::of(&self.times, level) } else { None },
        };
        let columns = columns.into_iter().map(|one| one.column).collect();
        Some(Chunk { head: Arc::new(head), times: Arc::new(self.times.clone()), columns })
    }
}

impl Kept {
    /// Whether a value that was just met for the first time can stay, of a field that `present` rows had before.
    fn takes(&mut self, encoded: &[u8], present: usize) -> bool {
        match Value::decode(&mut Reader(encoded)) {
            // A look-up finds no value here; that is rare, and not worth a code.
            None => false,
            Some(Value::Int(_) | Value::Float(_)) => true,
            Some(_) => {
                self.texts += 1;
                self.texts <= COLUMN_TEXTS_MAX && self.texts <= FEW_TEXTS + present / ROWS_FOR_A_TEXT
            }
        }
    }
}

/// Whether a field usually is asked for.
fn is_usual(name: &str) -> u64 {
    let usual = roles::LEVEL.iter().chain(&roles::HOST).chain(&roles::SERVICE).any(|usual| **usual == *name);
    u64::from(usual)
}

/// A column that may be of the chunk.
struct Prepared {
    name: Box<str>,
    present: usize,
    column: Column,
    bytes: usize,
}

impl Prepared {
    fn new(field: &Candidate, dictionary: super::Dictionary, codes: Vec<u16>) -> Prepared {
        let column = Column { dictionary: Arc::new(dictionary), codes: Arc::new(codes) };
        Prepared { name: field.name.clone(), present: field.present, column, bytes: 0 }
    }

    /// With the bytes that it takes, written.
    fn sized(mut self) -> Prepared {
        let mut out = Vec::new();
        self.column.dictionary.encode(&mut out);
        put_packed(&mut out, &self.column.codes);
        self.bytes = out.len() + self.name.len() + 32;
        self
    }

    fn size(&self) -> usize {
        self.bytes
    }

    fn head(&self) -> FieldHead {
        FieldHead { name: self.name.clone(), entries: self.column.dictionary.len(), present: self.present }
    }
}
