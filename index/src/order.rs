//! In which order rows come.

use std::cmp::{Ordering, Reverse};

use vigil_model::{Class, EventId, LogId, LogNumber, Timestamp};

use crate::Row;
use crate::value::Rank;

/// The order of events: by time, then by name; equal on every node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct OrderKey {
    pub(crate) time: Timestamp,
    pub(crate) log: LogId,
    pub(crate) seq: u64,
    pub(crate) offset: u32,
}

impl OrderKey {
    pub(crate) fn id(&self, class: Class) -> EventId {
        EventId { log: self.log, seq: self.seq, class, offset: self.offset }
    }
}

/// What a query sorts by, of one row. Missing comes last in either direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Directed {
    pub(crate) rank: Rank,
    pub(crate) descending: bool,
}

impl Ord for Directed {
    fn cmp(&self, other: &Directed) -> Ordering {
        let missing = (self.rank == Rank::Missing).cmp(&(other.rank == Rank::Missing));
        let order = self.rank.cmp(&other.rank);
        missing.then(if self.descending { order.reverse() } else { order })
    }
}

impl PartialOrd for Directed {
    fn partial_cmp(&self, other: &Directed) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Where a row of events stands: the least comes first. Newest first among equals.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) sorted: Vec<Directed>,
    pub(crate) key: Reverse<OrderKey>,
    /// Which of the rows that steps made of the event.
    pub(crate) part: u32,
}

/// What is kept of a row.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// A copy of its record, so that no frame is held for one row. Steps are run again where the row is made.
    Record(Box<[u8]>),
    /// The row, where steps make more than one of an event.
    Row(Row),
}

/// A row that may be of the answer.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) place: Place,
    pub(crate) number: LogNumber,
    pub(crate) content: Content,
}

impl Candidate {
    pub(crate) fn key(&self) -> &OrderKey {
        &self.place.key.0
    }

    /// Bytes that it holds in memory, about.
    pub(crate) fn size(&self) -> usize {
        match &self.content {
            Content::Record(bytes) => bytes.len(),
            Content::Row(row) => row.size(),
        }
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Candidate) -> bool {
        self.place == other.place
    }
}

impl Eq for Candidate {}

impl Ord for Candidate {
    fn cmp(&self, other: &Candidate) -> Ordering {
        self.place.cmp(&other.place)
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Candidate) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
