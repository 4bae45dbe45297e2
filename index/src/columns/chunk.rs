//! What a chunk of columns is, and how whoever holds one hands out its parts.

use std::sync::Arc;

use vigil_model::limits::{CHUNK_FRAMES_MAX, CHUNK_ROWS_MAX};
use vigil_model::{Class, Timestamp};

use super::{Dictionary, RollUp};
use crate::{Posting, SourceError};

/// Why bytes are no chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a chunk of columns is damaged: {0}; rows answer in its place, and deleting the index makes it anew")]
pub struct ChunkError(pub(super) &'static str);

impl ChunkError {
    /// A chunk that is sound, and not what it should be.
    pub fn other(why: &'static str) -> ChunkError {
        ChunkError(why)
    }
}

/// What a chunk covers and which columns it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Of which records.
    pub class: Class,
    /// The frames whose rows it has, as their shelf names them. The rows follow in this order, within a frame in
    /// that of the records.
    pub frames: Vec<Posting>,
    /// How many rows.
    pub rows: usize,
    /// Earliest event time.
    pub first: Timestamp,
    /// Latest event time.
    pub last: Timestamp,
    /// Last arrival of its frames.
    pub arrival: u64,
    /// The fields that have a column, by name.
    pub fields: Vec<FieldHead>,
    /// Fields that some row has, and that have no column, by name.
    pub others: Vec<Box<str>>,
    /// Whether `fields` and `others` name every field that any row has.
    pub names_all: bool,
    /// Rows by minute; `None` where that was not worth it, or the chunk is still in the making.
    pub roll_up: Option<RollUp>,
}

/// What is known of a column without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldHead {
    /// Name of the field.
    pub name: Box<str>,
    /// Codes of its dictionary, the one for "missing" included.
    pub entries: usize,
    /// Rows that have the field.
    pub present: usize,
}

/// How the rows of a chunk stand to a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// The field of this number has a column.
    Column(usize),
    /// No row has the field.
    Absent,
    /// Only rows can tell.
    Unknown,
}

impl Head {
    /// How the rows stand to a field.
    pub(crate) fn known(&self, name: &str) -> Known {
        match self.fields.binary_search_by(|field| (*field.name).cmp(name)) {
            Ok(n) => Known::Column(n),
            Err(_) if self.names_all && self.others.binary_search_by(|other| (**other).cmp(name)).is_err() => {
                Known::Absent
            }
            Err(_) => Known::Unknown,
        }
    }

    /// What frames and times say together.
    pub(super) fn is_sound(&self) -> bool {
        let rows = self.frames.iter().map(|frame| frame.rows as usize).sum::<usize>();
        let within = |frame: &Posting| {
            frame.at.class == self.class
                && frame.rows > 0
                && frame.first <= frame.last
                && self.first <= frame.first
                && frame.last <= self.last
                && frame.arrival <= self.arrival
        };
        rows == self.rows
            && (1..=CHUNK_ROWS_MAX).contains(&rows)
            && self.frames.len() <= CHUNK_FRAMES_MAX
            && self.frames.iter().all(within)
            && self.fields.is_sorted_by(|a, b| a.name < b.name)
            && self.others.is_sorted_by(|a, b| a < b)
    }

    /// Bytes on the heap, about.
    pub fn size(&self) -> usize {
        let names = self.fields.iter().map(|field| field.name.len() + size_of::<FieldHead>()).sum::<usize>()
            + self.others.iter().map(|name| name.len() + size_of::<Box<str>>()).sum::<usize>();
        let counts = self.roll_up.as_ref().map_or(0, |roll_up| roll_up.counts.len() * 16);
        size_of_val(&self.frames[..]) + names + counts
    }
}

/// Hands out the parts of one chunk. An error means that rows must answer.
pub trait ChunkSource: Send + Sync {
    /// What it covers.
    fn head(&self) -> Result<Arc<Head>, SourceError>;
    /// The event time of each row, in nanoseconds since 1970.
    fn times(&self) -> Result<Arc<Vec<i64>>, SourceError>;
    /// The values of field `n` of [`Head::fields`].
    fn dictionary(&self, n: usize) -> Result<Arc<Dictionary>, SourceError>;
    /// For each row the code of its value of field `n`; every code is one of the dictionary.
    fn codes(&self, n: usize) -> Result<Arc<Vec<u16>>, SourceError>;
}

/// One column in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// The different values.
    pub dictionary: Arc<Dictionary>,
    /// A code for each row.
    pub codes: Arc<Vec<u16>>,
}

/// A chunk in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    pub(super) head: Arc<Head>,
    pub(super) times: Arc<Vec<i64>>,
    /// In the order of [`Head::fields`].
    pub(super) columns: Vec<Column>,
}

impl ChunkSource for Chunk {
    fn head(&self) -> Result<Arc<Head>, SourceError> {
        Ok(self.head.clone())
    }

    fn times(&self) -> Result<Arc<Vec<i64>>, SourceError> {
        Ok(self.times.clone())
    }

    fn dictionary(&self, n: usize) -> Result<Arc<Dictionary>, SourceError> {
        self.column(n).map(|column| column.dictionary.clone())
    }

    fn codes(&self, n: usize) -> Result<Arc<Vec<u16>>, SourceError> {
        self.column(n).map(|column| column.codes.clone())
    }
}

impl Chunk {
    fn column(&self, n: usize) -> Result<&Column, SourceError> {
        self.columns.get(n).ok_or_else(|| SourceError::Failed(format!("a chunk of columns has no column {n}")))
    }
}
