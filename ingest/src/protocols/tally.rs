//! What became of the items of one message, where its protocol has no answer for each of them.

use vigil_model::Timestamp;

use crate::writer::{Fate, Writer};
use crate::{Batch, Refusal};

/// How many items became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Events in the batch.
    pub kept: u64,
    /// Events that a stage dropped, as the source wants.
    pub dropped: u64,
    /// Items that became no event; the batch names them.
    pub rejected: u64,
}

impl Tally {
    /// Items so far.
    pub fn items(&self) -> u64 {
        self.kept + self.dropped + self.rejected
    }

    /// Whether there were items, and not one of them could be read.
    pub fn is_hopeless(&self) -> bool {
        self.rejected > 0 && self.kept + self.dropped == 0
    }

    /// Notes what became of one item. What was refused was counted for the source already.
    pub(crate) fn note(&mut self, fate: Result<Fate, Refusal>, out: &mut Batch) {
        match fate {
            Ok(Fate::Kept) => self.kept += 1,
            Ok(Fate::Dropped) => self.dropped += 1,
            Err(refusal) => {
                self.rejected += 1;
                out.reject(self.items(), &refusal);
            }
        }
    }

    /// Notes an item that is not as its protocol has it.
    pub(crate) fn reject(&mut self, refusal: Refusal, writer: &Writer, item: &[u8], now: Timestamp, out: &mut Batch) {
        self.rejected += 1;
        writer.reject(self.items(), refusal, item, now, out);
    }
}
