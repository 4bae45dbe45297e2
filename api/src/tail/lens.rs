//! Which events of a batch are shown, and how far a tail has come with each.

use vigil_model::{Class, EventId};

use super::cursor::TailCursor;
use super::format::Writer;
use crate::TailBatch;

/// Which events are shown, and how.
pub(super) struct Lens {
    /// The question holds what the asker may see, so what passes it may be seen.
    pub(super) rows: vigil_index::Lens,
    pub(super) class: Class,
}

impl Lens {
    /// Whether a batch is of the class that is followed.
    pub(super) fn is_of(&self, batch: &TailBatch) -> bool {
        batch.class == self.class
    }

    /// Writes what is shown of a batch, of which so many records were seen before.
    pub(super) fn show(&self, batch: &TailBatch, seen: u32, writer: &Writer, out: &mut Vec<u8>) {
        assert!(self.is_of(batch), "only batches of the class that is followed are shown");
        let offsets = seen..u32::try_from(batch.records.len()).expect("a body holds fewer records than u32::MAX");
        for offset in offsets {
            if let Some(record) = batch.records.get(offset as usize) {
                let id = EventId { log: batch.log, seq: batch.seq, class: batch.class, offset };
                let cursor = TailCursor { arrival: batch.arrival, seen: Some(offset + 1) };
                writer.rows(&self.rows.rows(id, &record), Some(cursor), out);
            }
        }
    }
}
