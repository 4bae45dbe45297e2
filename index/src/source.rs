//! Where rows come from: frames of the log, and postings that say which frames to read.

use std::sync::Arc;

use vigil_model::{Frame, FrameRef, LogId, LogNumber};
use vigil_query::TimeRange;

/// Why rows cannot be read. The answer without them is not complete, and says so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The bytes do not match their checksum; names log and seq.
    #[error("{0}")]
    Corrupt(String),
    /// The store or the index failed.
    #[error("{0}")]
    Failed(String),
}

/// The log, as a reader of rows sees it.
pub trait FrameSource: Send + Sync {
    /// One frame, unpacked. Missing is an error: a posting pointed there.
    fn frame(&self, at: FrameRef) -> Result<Arc<Frame>, SourceError>;
    /// The log of a short name.
    fn log_id(&self, number: LogNumber) -> Option<LogId>;
}

/// A frame that may hold rows of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The frame.
    pub at: FrameRef,
    /// Only rows of these times count; a frame that spans two shelves has a posting in each.
    pub clip: TimeRange,
    /// Earliest and latest event time among the rows that count.
    pub first: vigil_model::Timestamp,
    /// See `first`.
    pub last: vigil_model::Timestamp,
    /// How many rows of the frame count.
    pub rows: u32,
    /// The block's place in the order of arrival.
    pub arrival: u64,
}

/// Postings of one question, of one state of the index.
pub trait Postings {
    /// Every frame that can hold a row inside `time` that passes what `prune` came from; perhaps
    /// some more, never one less. In any order.
    fn postings(&self, prune: &crate::Prune, class: vigil_model::Class, time: &TimeRange) -> Result<Vec<Posting>, SourceError>;
    /// Every block up to this place in the order of arrival is in the index.
    fn arrival(&self) -> u64;
}
