//! What is durable here of every log, as peers are told.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use vigil_crdt::{LogHead, Missing, Recovered};
use vigil_gossip::{Bound, LogView};
use vigil_model::limits::DAMAGED_BODIES_MAX;
use vigil_model::{Class, ClusterId, Hash, LogId};

use crate::logs::Place;

/// What is durable of one log.
#[derive(Clone, Debug, Default)]
struct Held {
    head: Option<(u64, Hash)>,
    missing: Missing,
    bound: Bound,
    cluster: Option<ClusterId>,
}

/// What is durable of all logs.
#[derive(Debug)]
pub(crate) struct Holdings {
    logs: BTreeMap<LogId, Held>,
    /// Heads that a later epoch of the same node named as the last one before it.
    closed: BTreeSet<(LogId, u64, Hash)>,
    /// Bodies that should be here and were found damaged, until they are filled in.
    damaged: BTreeSet<(LogId, Class, u64)>,
}

impl Holdings {
    pub(crate) fn recover(durable: &Recovered) -> Holdings {
        let mut holdings = Holdings { logs: BTreeMap::new(), closed: BTreeSet::new(), damaged: BTreeSet::new() };
        durable.heads.iter().for_each(|head| holdings.resume(head));
        holdings
    }

    fn resume(&mut self, head: &LogHead) {
        if let Some(before) = head.previous_epoch {
            self.closed.insert((LogId { epoch: before.epoch, ..head.log }, before.seq, before.hash));
        }
        let missing = Missing::from(head.missing.clone());
        let (held, cluster) = (Some((head.seq, head.hash)), Some(head.cluster));
        self.logs.insert(head.log, Held { head: held, missing, bound: Bound::Open, cluster });
    }

    /// A block, or bodies of one, became durable. Answers a log that is seen to be closed by it.
    pub(crate) fn durable(&mut self, place: &Place) -> Option<LogId> {
        let held = self.logs.entry(place.log).or_default();
        let Some(link) = &place.block else {
            place.held.iter().for_each(|class| fill(held, class, place.seq));
            self.damaged.retain(|(log, class, seq)| (*log, *seq) != (place.log, place.seq) || !place.held.has(*class));
            return None;
        };
        assert_eq!(place.seq, held.head.map_or(0, |(seq, _)| seq + 1), "a log becomes durable without a gap");
        held.head = Some((place.seq, link.hash));
        held.cluster = Some(link.cluster);
        held.missing.append(place.seq, link.listed, place.held);
        let before = link.previous_epoch?;
        let log = LogId { epoch: before.epoch, ..place.log };
        self.closed.insert((log, before.seq, before.hash));
        self.logs.contains_key(&log).then_some(log)
    }

    /// What the store says is missing. It may know of blocks that are not told to be durable yet;
    /// those come by themselves.
    pub(crate) fn set_missing(&mut self, log: LogId, mut missing: [Vec<Range<u64>>; Class::ALL.len()]) {
        let blocks = self.blocks(&log);
        for ranges in &mut missing {
            ranges.iter_mut().for_each(|range| range.end = range.end.min(blocks));
            ranges.retain(|range| range.start < range.end);
        }
        self.logs.entry(log).or_default().missing = Missing::from(missing);
    }

    /// A body was found damaged; whether that is news, and of a block that is here.
    pub(crate) fn damaged(&mut self, log: LogId, class: Class, seq: u64) -> bool {
        let here = self.blocks(&log) > seq;
        here && self.damaged.len() < DAMAGED_BODIES_MAX && self.damaged.insert((log, class, seq))
    }

    /// Whether the header of a block is here, and the body is not, or damaged.
    pub(crate) fn lacks(&self, log: &LogId, class: Class, seq: u64) -> bool {
        let missing = self.logs.get(log).is_some_and(|held| held.missing.range(class, seq).is_some());
        missing || self.damaged.contains(&(*log, class, seq))
    }

    /// The front of the range to which a missing body belongs, when to fill it in elsewhere would
    /// make one range too many.
    pub(crate) fn only_from(&self, log: &LogId, class: Class, seq: u64) -> Option<u64> {
        let missing = &self.logs.get(log)?.missing;
        missing.range(class, seq).map(|range| range.start).filter(|_| !missing.takes(class, seq))
    }

    /// Sets until where a log counts; whether that is news. Knows the log from now on.
    pub(crate) fn set_bound(&mut self, log: LogId, bound: Bound) -> bool {
        let known = self.logs.contains_key(&log);
        let held = self.logs.entry(log).or_default();
        let news = held.bound != bound || !known;
        held.bound = bound;
        news
    }

    /// Number of blocks whose headers are durable.
    pub(crate) fn blocks(&self, log: &LogId) -> u64 {
        self.head(log).map_or(0, |(seq, _)| seq + 1)
    }

    /// The last durable block.
    pub(crate) fn head(&self, log: &LogId) -> Option<(u64, Hash)> {
        self.logs.get(log)?.head
    }

    /// The cluster that the headers of a log name, once there is one.
    pub(crate) fn cluster(&self, log: &LogId) -> Option<ClusterId> {
        self.logs.get(log)?.cluster
    }

    /// Every log that is known here.
    pub(crate) fn logs(&self) -> impl ExactSizeIterator<Item = &LogId> {
        self.logs.keys()
    }

    /// What peers are told of a log.
    pub(crate) fn view(&self, log: &LogId) -> Option<LogView> {
        let held = self.logs.get(log)?;
        let closed = held.head.is_some_and(|(seq, hash)| self.closed.contains(&(*log, seq, hash)));
        let mut missing = held.missing.ranges().clone();
        for (_, class, seq) in self.damaged_of(log) {
            add(&mut missing[usize::from(class.number())], *seq);
        }
        Some(LogView { head: held.head, bound: held.bound, retired: [0; Class::ALL.len()], missing, closed })
    }

    fn damaged_of(&self, log: &LogId) -> impl Iterator<Item = &(LogId, Class, u64)> {
        self.damaged.range((*log, Class::ALL[0], 0)..).take_while(move |(other, _, _)| other == log)
    }
}

/// A body came. Which one is missing next only the store knows ([`Holdings::set_missing`]); until it
/// tells, every later block of the range counts.
fn fill(held: &mut Held, class: Class, seq: u64) {
    if let Some(range) = held.missing.range(class, seq) {
        held.missing.fill(class, seq, Some(seq + 1).filter(|next| *next < range.end));
    }
}

/// Adds one number to rising ranges that do not touch.
fn add(ranges: &mut Vec<Range<u64>>, seq: u64) {
    let at = ranges.partition_point(|range| range.end < seq);
    let last = ranges[at..].partition_point(|range| range.start <= seq + 1) + at;
    let start = ranges[at..last].first().map_or(seq, |range| range.start.min(seq));
    let end = ranges[at..last].last().map_or(seq + 1, |range| range.end.max(seq + 1));
    ranges.splice(at..last, std::iter::once(start..end));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_joins_the_ranges_that_it_touches() {
        let with = |seq| {
            let mut ranges = vec![2..4, 6..8];
            add(&mut ranges, seq);
            ranges
        };
        assert_eq!(with(0), [0..1, 2..4, 6..8]);
        assert_eq!(with(1), [1..4, 6..8]);
        assert_eq!(with(3), [2..4, 6..8]);
        assert_eq!(with(4), [2..5, 6..8]);
        assert_eq!(with(5), [2..4, 5..8]);
        assert_eq!(with(9), [2..4, 6..8, 9..10]);
    }
}
