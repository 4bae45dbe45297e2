//! What stands around an event in its log.

use vigil_index::{FrameSource, Row, SourceError};
use vigil_model::{BlockRef, EventId, Frame, LogNumber};
use vigil_query::Permission;

use super::source::Source;

/// Blocks looked through on each side: neighbours that someone may not see are passed over, and
/// blocks may hold none of the class.
const BLOCKS_MAX: u64 = 256;

/// Looks for what may be seen around an event.
pub(super) struct Neighbours<'a> {
    pub(super) source: &'a Source,
    pub(super) permission: &'a Permission,
}

impl Neighbours<'_> {
    /// The event with up to `before` rows that come before it and `after` that come after it, in the
    /// order of the log; `None` when it is not here, or may not be seen.
    pub(super) fn of(&self, id: EventId, before: usize, after: usize) -> Result<Option<Vec<Row>>, SourceError> {
        let Some(log) = self.source.store.log_number(&id.log) else { return Ok(None) };
        let own = self.rows(log, id)?;
        let Some(place) = own.iter().position(|(offset, _)| *offset == id.offset) else { return Ok(None) };
        let mut own: Vec<Row> = own.into_iter().map(|(_, row)| row).collect();
        let mut later = own.split_off(place + 1);
        let mut rows = self.earlier(log, id, own, before)?;
        let mut seq = id.seq;
        while later.len() < after && seq < id.seq.saturating_add(BLOCKS_MAX) {
            seq += 1;
            later.extend(self.rows(log, EventId { seq, ..id })?.into_iter().map(|(_, row)| row));
        }
        later.truncate(after);
        rows.extend(later);
        Ok(Some(rows))
    }

    /// Joins to `own`, whose last row is the event, rows of blocks before it.
    fn earlier(&self, log: LogNumber, id: EventId, own: Vec<Row>, before: usize) -> Result<Vec<Row>, SourceError> {
        let mut rows = own;
        let mut seq = id.seq;
        while rows.len() <= before && seq > id.seq.saturating_sub(BLOCKS_MAX) {
            seq -= 1;
            let block = self.rows(log, EventId { seq, ..id })?.into_iter().map(|(_, row)| row);
            rows.splice(0..0, block);
        }
        Ok(rows.split_off(rows.len().saturating_sub(before.saturating_add(1))))
    }

    /// The rows of a block that may be seen, with their offsets.
    fn rows(&self, log: LogNumber, id: EventId) -> Result<Vec<(u32, Row)>, SourceError> {
        let mut rows = Vec::new();
        for at in self.source.frames_of(BlockRef { log, seq: id.seq }, id.class)? {
            let frame = self.source.frame(at)?;
            rows.extend(self.of_frame(id, &frame));
        }
        Ok(rows)
    }

    fn of_frame(&self, id: EventId, frame: &Frame) -> Vec<(u32, Row)> {
        let row = |(n, record): (usize, Option<_>)| {
            let offset = frame.first + n as u32;
            Some((offset, Row::event(EventId { offset, ..id }, &record?, self.permission)?))
        };
        frame.records.iter().enumerate().filter_map(row).collect()
    }
}
