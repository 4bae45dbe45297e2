//! Frames for queries: from the hot tail when they are there, else from the store.

use std::sync::Arc;

use vigil_crdt::{LogStore, StoreError};
use vigil_index::{FrameSource, SourceError};
use vigil_model::{BlockRef, Class, EventId, Frame, FrameRef, LogId, LogNumber};

use super::hot_tail::TailView;

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
