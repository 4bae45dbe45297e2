//! A log in memory: where tests, simulations and benches read frames from.

use std::collections::BTreeMap;
use std::sync::Arc;

use vigil_model::{BlockRef, Class, Frame, FrameRef, LogId, LogNumber, Records};

use crate::{FrameSource, Posting, SourceError};

/// Blocks and the logs they belong to.
#[derive(Clone, Debug, Default)]
pub struct MemoryLog {
    logs: BTreeMap<LogNumber, LogId>,
    frames: BTreeMap<FrameRef, Arc<Frame>>,
}

impl MemoryLog {
    /// Gives a log its short name.
    pub fn name(&mut self, number: LogNumber, log: LogId) {
        self.logs.insert(number, log);
    }

    /// Adds a body. Answers the postings of its frames.
    pub fn add(&mut self, block: BlockRef, class: Class, arrival: u64, records: &Records) -> Vec<Posting> {
        for (n, range) in records.frame_bounds().into_iter().enumerate() {
            let frame = Frame { first: range.start as u32, records: records.slice(range) };
            self.frames.insert(FrameRef { block, class, frame: n as u16 }, Arc::new(frame));
        }
        Posting::of_body(block, class, arrival, records)
    }

    /// Loses a frame, as a damaged disk would.
    pub fn lose(&mut self, at: FrameRef) {
        self.frames.remove(&at);
    }
}

impl FrameSource for MemoryLog {
    fn frame(&self, at: FrameRef) -> Result<Arc<Frame>, SourceError> {
        let missing = || {
            let FrameRef { block, class, frame } = at;
            SourceError::Corrupt(format!(
                "log number {} block {} {class}: frame {frame} is missing",
                block.log.0, block.seq
            ))
        };
        self.frames.get(&at).cloned().ok_or_else(missing)
    }

    fn log_id(&self, number: LogNumber) -> Option<LogId> {
        self.logs.get(&number).copied()
    }

    fn log_number(&self, log: LogId) -> Option<LogNumber> {
        self.logs.iter().find(|(_, known)| **known == log).map(|(number, _)| *number)
    }

    fn frame_count(&self, block: BlockRef, class: Class) -> Result<Option<u16>, SourceError> {
        let at = |frame| FrameRef { block, class, frame };
        let count = self.frames.range(at(0)..=at(u16::MAX)).count();
        Ok((count > 0).then_some(count as u16))
    }
}
