//! Where rows come from: frames of the log, and postings that say which frames to read.

use std::ops::Range;
use std::sync::Arc;

use vigil_model::{BlockRef, Class, Frame, FrameRef, LogId, LogNumber, Records, Timestamp};
use vigil_query::TimeRange;

use crate::ChunkSource;

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
    /// The short name of a log, if this node holds it.
    fn log_number(&self, log: LogId) -> Option<LogNumber>;
    /// How many frames a body has; `None` when there is none here.
    fn frame_count(&self, block: BlockRef, class: Class) -> Result<Option<u16>, SourceError>;
}

/// A frame that may hold rows of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The frame.
    pub at: FrameRef,
    /// Only rows of these times count; a frame that spans two shelves has a posting in each.
    pub clip: TimeRange,
    /// Earliest and latest event time among the rows that count.
    pub first: Timestamp,
    /// See `first`.
    pub last: Timestamp,
    /// How many rows of the frame count; 0 when that is not known, see [`Posting::opaque`].
    pub rows: u32,
    /// The block's place in the order of arrival.
    pub arrival: u64,
}

impl Posting {
    /// Stands for the number of a frame where all frames of the body are meant: it could not be read
    /// when it was indexed, not even how many frames it has; or it is not in the index. No body has
    /// so many.
    pub const WHOLE_BODY: u16 = u16::MAX;

    /// A frame of which nothing is known, because it could not be read when it was indexed: every
    /// question must read it, and says so when it still cannot be read. It stands for all rows of
    /// the frame, and so in place of any other posting of it.
    pub fn opaque(at: FrameRef, arrival: u64) -> Posting {
        Posting { at, clip: TimeRange::ALL, first: Timestamp::MIN, last: Timestamp::MAX, rows: 0, arrival }
    }

    /// A whole body that no index knows: of its rows count those of the times of `clip`, and all its
    /// rows lie within `first..=last`.
    pub fn of_whole_body(
        block: BlockRef,
        class: Class,
        arrival: u64,
        clip: TimeRange,
        (first, last): (Timestamp, Timestamp),
    ) -> Posting {
        let at = FrameRef { block, class, frame: Posting::WHOLE_BODY };
        let end = if clip.to == Timestamp::MAX { clip.to } else { Timestamp(clip.to.0.saturating_sub(1)) };
        Posting { at, clip, first: first.max(clip.from), last: last.min(end), rows: 0, arrival }
    }

    /// Whether all frames of the body are meant.
    pub fn is_whole_body(&self) -> bool {
        self.at.frame == Posting::WHOLE_BODY
    }

    /// Whether nothing is known of the frame.
    pub fn is_opaque(&self) -> bool {
        self.rows == 0
    }

    /// The postings of a whole body, frame by frame: how a body that is not yet in the index
    /// enters. Frames without a readable record have none.
    pub fn of_body(block: BlockRef, class: Class, arrival: u64, records: &Records) -> Vec<Posting> {
        let of_range = |(n, range): (usize, Range<usize>)| {
            let at = FrameRef { block, class, frame: n as u16 };
            let mut times = range.filter_map(|n| records.get(n)).map(|record| record.time());
            let start = times.next()?;
            let (first, last, rows) =
                times.fold((start, start, 1), |(first, last, rows), time| (first.min(time), last.max(time), rows + 1));
            Some(Posting { at, clip: TimeRange::ALL, first, last, rows, arrival })
        };
        records.frame_bounds().into_iter().enumerate().filter_map(of_range).collect()
    }
}

/// Postings of one question, of one state of the index.
pub trait Postings {
    /// Every frame that can hold a row inside `time` that passes what `prune` came from; perhaps
    /// some more, never one less. In any order.
    fn postings(
        &self,
        prune: &crate::Prune,
        class: vigil_model::Class,
        time: &TimeRange,
    ) -> Result<Vec<Posting>, SourceError>;
    /// Every block up to this place in the order of arrival is in the index.
    fn arrival(&self) -> u64;
    /// How many shelves there are, and how many of them cannot hold a row inside `time`.
    fn shelves(&self, _time: &TimeRange) -> (u64, u64) {
        (0, 0)
    }
    /// Chunks of columns that cover frames of this class and of these times, perhaps none. A frame of a chunk has the
    /// same posting in this index, and no two chunks cover one frame. `asked` are the fields that the question reads.
    fn chunks(&self, _class: Class, _time: &TimeRange, _asked: &[&str]) -> Vec<Arc<dyn ChunkSource>> {
        Vec::new()
    }
}
