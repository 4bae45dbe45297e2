//! Frames for queries: from the hot tail when they are there, else from the store.

use std::sync::Arc;

use vigil_api::TailBatch;
use vigil_crdt::{BlockEntry, LogStore, StoreError};
use vigil_index::{FrameSource, SourceError};
use vigil_model::{BlockRef, Class, EventId, Frame, FrameRef, LogId, LogNumber};

use super::hot_tail::{TailBlock, TailBody, TailView};

/// Rows of the order of arrival read in one go.
const READ_BLOCKS: usize = 16;

/// Hot tail in front of the store.
pub(super) struct Source {
    pub(super) tail: TailView,
    pub(super) store: Arc<dyn LogStore>,
}

impl FrameSource for Source {
    fn frame(&self, at: FrameRef) -> Result<Arc<Frame>, SourceError> {
        if let Some(frame) = self.tail.frame(at) {
            return Ok(frame);
        }
        let missing = || SourceError::Failed(format!("frame {} of block {} is not in the log", at.frame, at.block.seq));
        self.store.frame(at).map_err(source_error)?.ok_or_else(missing)
    }

    fn log_id(&self, number: LogNumber) -> Option<LogId> {
        self.store.log_id(number)
    }

    fn log_number(&self, log: LogId) -> Option<LogNumber> {
        self.store.log_number(&log)
    }

    fn frame_count(&self, block: BlockRef, class: Class) -> Result<Option<u16>, SourceError> {
        self.store.frame_count(block, class).map_err(source_error)
    }
}

impl Source {
    /// The frame that holds an event, and its place in that frame.
    pub(super) fn find(&self, id: &EventId) -> Result<Option<(Arc<Frame>, usize)>, SourceError> {
        let Some(log) = self.store.log_number(&id.log) else { return Ok(None) };
        let block = BlockRef { log, seq: id.seq };
        for at in self.frames_of(block, id.class)? {
            let frame = self.frame(at)?;
            let place = id.offset.checked_sub(frame.first).map(|place| place as usize);
            if let Some(place) = place.filter(|place| *place < frame.records.len()) {
                return Ok(Some((frame, place)));
            }
        }
        Ok(None)
    }

    /// The bodies that came after this place in the order of arrival, in that order, at most about
    /// `bytes` of them, but one block at least. A body that cannot be read is left out, and logged.
    pub(super) fn batches_after(&self, arrival: u64, bytes: usize) -> Result<Vec<TailBatch>, SourceError> {
        let (mut batches, mut next, mut left) = (Vec::new(), arrival.saturating_add(1), bytes as u64);
        while next <= self.tail.after && left > 0 {
            let entries = self.store.arrivals(next, READ_BLOCKS).map_err(source_error)?;
            let Some(last) = entries.last() else { break };
            next = last.arrival + 1;
            for entry in entries.iter().filter(|entry| entry.arrival <= self.tail.after) {
                if left == 0 {
                    return Ok(batches);
                }
                batches.extend(self.stored(entry));
                left = left.saturating_sub(entry.bodies.iter().map(|(_, _, raw)| u64::from(*raw)).sum());
            }
        }
        for block in self.tail.blocks.iter().filter(|block| block.arrival > arrival) {
            if left == 0 {
                break;
            }
            batches.extend(self.held(block));
            left = left.saturating_sub(block.bytes);
        }
        Ok(batches)
    }

    fn stored(&self, entry: &BlockEntry) -> Vec<TailBatch> {
        let Some(log) = self.store.log_id(entry.block.log) else { return Vec::new() };
        let batch = |class| match self.store.body(entry.block, class) {
            Ok(Some((_, records))) => {
                let (seq, arrival) = (entry.block.seq, entry.arrival);
                Some(TailBatch { log, seq, class, arrival, before: 0, records: Arc::new(records) })
            }
            Ok(None) => None,
            Err(error) => {
                tracing::warn!(%error, "a live tail goes on without a body that cannot be read");
                None
            }
        };
        entry.bodies.iter().filter_map(|(class, _, _)| batch(*class)).collect()
    }

    fn held(&self, block: &TailBlock) -> Vec<TailBatch> {
        let Some(log) = self.store.log_id(block.block.log) else { return Vec::new() };
        let batch = |body: &TailBody| TailBatch {
            log,
            seq: block.block.seq,
            class: body.class,
            arrival: block.arrival,
            before: 0,
            records: body.records.clone(),
        };
        block.bodies.iter().map(batch).collect()
    }

    fn frames_of(&self, block: BlockRef, class: Class) -> Result<Vec<FrameRef>, SourceError> {
        let count = self.frame_count(block, class)?.unwrap_or(0);
        Ok((0..count).map(|frame| FrameRef { block, class, frame }).collect())
    }
}

/// What a reader of rows is told about the store's error.
pub(super) fn source_error(error: StoreError) -> SourceError {
    match error {
        StoreError::Corrupt { .. } => SourceError::Corrupt(error.to_string()),
        StoreError::Newer { .. } | StoreError::InUse(_) | StoreError::Io(_) => SourceError::Failed(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
