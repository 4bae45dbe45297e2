//! A store that holds no bytes: of each log so many blocks, and which bodies are missing.

use std::ops::Range;

use vigil_gossip::{Bound, End, LogView, Part, Pull};
use vigil_model::{Class, ClusterId, Hash, Header, Hlc, LogId};

/// The class of every body here.
pub(crate) const CLASS: Class = Class::Logs;

/// What is held of one log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    pub(crate) blocks: u64,
    /// Of these: bodies that are not here; rising, not touching.
    missing: Vec<Range<u64>>,
}

impl Held {
    /// Blocks of which everything is here.
    pub(crate) fn whole(&self) -> u64 {
        self.missing.first().map_or(self.blocks, |range| range.start)
    }

    /// Headers came, with their bodies or without.
    pub(crate) fn extend(&mut self, from: u64, until: u64, bodies: bool) {
        if from > self.blocks || until <= self.blocks {
            return;
        }
        let new = self.blocks..until;
        if !bodies {
            match self.missing.last_mut().filter(|last| last.end == new.start) {
                Some(last) => last.end = until,
                None => self.missing.push(new),
            }
        }
        self.blocks = until;
    }

    /// Bodies came whose headers are here.
    pub(crate) fn fill(&mut self, from: u64, until: u64) {
        let missing = std::mem::take(&mut self.missing);
        for range in missing {
            let before = range.start..range.end.min(from);
            let after = range.start.max(until)..range.end;
            self.missing.extend([before, after].into_iter().filter(|range| range.start < range.end));
        }
    }

    /// What the machine is told of it.
    pub(crate) fn view(&self, log: LogId) -> LogView {
        let mut missing: [Vec<Range<u64>>; Class::ALL.len()] = Default::default();
        missing[usize::from(CLASS.number())] = self.missing.clone();
        let head = self.blocks.checked_sub(1).map(|seq| (seq, header(log, seq).hash()));
        LogView { head, bound: Bound::Open, missing, ..LogView::default() }
    }

    /// What a pull brings, how many bytes that takes, and why it ends there.
    pub(crate) fn answer(&self, pull: &Pull, header_bytes: u32, body_bytes: u32) -> (u64, u64, End) {
        let bodies = if pull.classes.has(CLASS) { u64::from(body_bytes) } else { 0 };
        let each = match pull.part {
            Part::Blocks => u64::from(header_bytes) + bodies,
            Part::Bodies => bodies,
        };
        let absent = self.missing.iter().find(|range| range.end > pull.from).filter(|_| bodies > 0);
        let held = absent.map_or(self.blocks, |range| range.start.max(pull.from)).min(self.blocks);
        let credit = pull.from + (u64::from(pull.bytes) / each.max(1)).max(1);
        let next = pull.until.min(held).min(credit);
        let end = match () {
            () if next == pull.until => End::Done,
            () if next == credit => End::Credit,
            () => End::NotHeld,
        };
        (next, next.saturating_sub(pull.from) * each, end)
    }
}

/// The header of a block: nobody stores it, everybody can make it.
pub(crate) fn header(log: LogId, seq: u64) -> Header {
    Header {
        cluster: ClusterId([1; 32]),
        log,
        seq,
        previous: Hash::ZERO,
        tree_head: Hash::ZERO,
        sealed: Hlc(seq + 1),
        frontier: Hash::ZERO,
        bodies: Vec::new(),
        previous_epoch: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_filled() {
        let mut held = Held::default();
        held.extend(0, 10, true);
        held.extend(10, 20, false);
        held.extend(20, 30, false);
        assert_eq!((held.blocks, held.whole(), held.missing.len()), (30, 10, 1));
        held.fill(12, 15);
        assert_eq!(held.missing, [10..12, 15..30]);
        held.fill(10, 30);
        assert_eq!(held.whole(), 30);
    }

    #[test]
    fn an_answer_ends_for_a_reason() {
        let mut held = Held::default();
        held.extend(0, 10, true);
        let pull = |from, until, bytes| Pull {
            log: vigil_model::LogId { node: vigil_model::NodeId([0; 32]), epoch: vigil_model::Epoch([0; 16]) },
            from,
            until,
            part: Part::Blocks,
            classes: vigil_model::ClassSet::ALL,
            bytes,
        };
        assert_eq!(held.answer(&pull(2, 8, 10_000), 100, 900), (8, 6_000, End::Done));
        assert_eq!(held.answer(&pull(2, 8, 2_500), 100, 900), (4, 2_000, End::Credit));
        assert_eq!(held.answer(&pull(2, 50, 100_000), 100, 900), (10, 8_000, End::NotHeld));
    }
}
