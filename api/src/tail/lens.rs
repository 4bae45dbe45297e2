//! Which events of a batch are shown, and the rows that the pipes make of them.

use std::sync::Arc;

use vigil_index::{FrameSource, Options, OwnedValue, Posting, Row, SourceError, scan};
use vigil_model::limits::ANSWER_ROWS_MAX;
use vigil_model::{BlockRef, Class, EventId, Frame, FrameRef, LogId, LogNumber, Record, Timestamp};
use vigil_query::{Matcher, Permission, PermittedQuery, Pipe, TimeRange};

use super::cursor::TailCursor;
use super::format::Writer;
use crate::TailBatch;

/// Which events are shown, and how.
pub(super) struct Lens {
    question: PermittedQuery,
    pub(super) asked: Timestamp,
    matcher: Matcher,
    pipes: Pipes,
}

/// What becomes of an event that is shown.
enum Pipes {
    /// All of it.
    None,
    /// These fields.
    Fields(Vec<String>),
    /// What a query makes of it that is asked of this event alone.
    Query,
}

impl Lens {
    pub(super) fn new(question: PermittedQuery, asked: Timestamp) -> Lens {
        let pipes = match question.query().pipes.as_slice() {
            [] => Pipes::None,
            [Pipe::Fields(names)] if !names.iter().any(|name| name.ends_with('*')) => Pipes::Fields(names.clone()),
            _ => Pipes::Query,
        };
        Lens { matcher: Matcher::for_query(question.query()), question, asked, pipes }
    }

    /// Whether a batch is of the class that is followed.
    pub(super) fn is_of(&self, batch: &TailBatch) -> bool {
        batch.class == self.question.class()
    }

    /// Writes what is shown of a batch, of which so many records were seen before.
    pub(super) fn show(&self, batch: &TailBatch, seen: u32, writer: &Writer, out: &mut Vec<u8>) {
        assert!(self.is_of(batch), "only batches of the class that is followed are shown");
        let offsets = seen..u32::try_from(batch.records.len()).expect("a body holds fewer records than u32::MAX");
        for offset in offsets {
            let record = batch.records.get(offset as usize).filter(|record| self.matcher.matches(record));
            if let Some(record) = record {
                let rows = self.rows(batch, offset, &record);
                let cursor = TailCursor { arrival: batch.arrival, seen: Some(offset + 1) };
                writer.rows(&rows, Some(cursor), out);
            }
        }
    }

    fn rows(&self, batch: &TailBatch, offset: u32, record: &Record<'_>) -> Vec<Row> {
        let id = EventId { log: batch.log, seq: batch.seq, class: batch.class, offset };
        // The question holds what the asker may see, so what passes it may be seen.
        let event = || Row::event(id, record, &Permission::everything());
        match &self.pipes {
            Pipes::None => event().into_iter().collect(),
            Pipes::Fields(names) => event().map(|row| row.project(names)).into_iter().collect(),
            Pipes::Query => self.asked_of(batch, offset, record),
        }
    }

    /// What the pipes make of one event; a row that says why, where that fails.
    fn asked_of(&self, batch: &TailBatch, offset: u32, record: &Record<'_>) -> Vec<Row> {
        let at = offset as usize;
        let frame = Arc::new(Frame { first: offset, records: batch.records.slice(at..at + 1) });
        let block = BlockRef { log: LogNumber(0), seq: batch.seq };
        let posting = Posting {
            at: FrameRef { block, class: batch.class, frame: 0 },
            clip: TimeRange::ALL,
            first: record.time(),
            last: record.time(),
            rows: 1,
            arrival: batch.arrival,
        };
        let options =
            Options { node: batch.log.node, limit: ANSWER_ROWS_MAX, asked: self.asked, cursor: None, bytes_max: None };
        match scan(&self.question, &options, &[posting], &One { log: batch.log, frame }) {
            Ok(answer) => answer.rows,
            Err(error) => vec![Row::new([("_error".into(), OwnedValue::Str(error.to_string()))])],
        }
    }
}

/// A log of one event.
struct One {
    log: LogId,
    frame: Arc<Frame>,
}

impl FrameSource for One {
    fn frame(&self, _: FrameRef) -> Result<Arc<Frame>, SourceError> {
        Ok(Arc::clone(&self.frame))
    }

    fn log_id(&self, _: LogNumber) -> Option<LogId> {
        Some(self.log)
    }

    fn log_number(&self, log: LogId) -> Option<LogNumber> {
        (log == self.log).then_some(LogNumber(0))
    }

    fn frame_count(&self, _: BlockRef, _: Class) -> Result<Option<u16>, SourceError> {
        Ok(Some(1))
    }
}
