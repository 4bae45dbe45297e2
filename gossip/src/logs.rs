//! What this node holds of every log, by a small number for each, and the digest over all of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use vigil_model::limits::GAPS_TOLD_MAX;
use vigil_model::{Class, ClassSet, Epoch, Hash, LogId, NodeId};

use crate::entry::{BLOCKS_MAX, Gaps, State};
use crate::ranges::{Ranges, bridge, clip, normalise};
use crate::types::{Bound, LogView};

const NODE_DOMAIN: &str = "vigil gossip node digest v1";
const DIGEST_DOMAIN: &str = "vigil gossip frontier digest v1";

/// The place of a log in the table of this process; never given twice.
pub(crate) type Number = u32;

/// A [`LogView`] in little space: most logs lack nothing and are retired nowhere.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub log: LogId,
    pub head: Option<(u64, Hash)>,
    pub bound: Bound,
    pub closed: bool,
    /// Floors and missing ranges, when there are any.
    extra: Option<Box<Extra>>,
}

#[derive(Clone, Debug)]
struct Extra {
    retired: [u64; Class::ALL.len()],
    missing: [Ranges; Class::ALL.len()],
}

impl Held {
    fn new(log: LogId, view: LogView) -> Held {
        let retired = view.retired.iter().any(|floor| *floor > 0);
        let lacks = view.missing.iter().any(|ranges| !ranges.is_empty());
        let missing = view.missing.map(normalise);
        let extra = (retired || lacks).then(|| Box::new(Extra { retired: view.retired, missing }));
        Held { log, head: view.head, bound: view.bound, closed: view.closed, extra }
    }

    /// Blocks that are here and count.
    pub(crate) fn blocks(&self) -> u64 {
        self.stored().min(self.bound.blocks())
    }

    /// Blocks that are here, counting or not.
    pub(crate) fn stored(&self) -> u64 {
        self.head.map_or(0, |(seq, _)| seq.saturating_add(1).min(BLOCKS_MAX - 1))
    }

    /// The joined state, its hash unkeyed.
    fn told(&self) -> (u8, u64, Hash) {
        match (self.bound, self.head) {
            (Bound::Ended(blocks), _) if self.stored() >= blocks => (1, blocks, Hash::ZERO),
            (Bound::Frozen(blocks), _) if self.stored() >= blocks => (2, blocks, Hash::ZERO),
            (_, Some((_, hash))) => (0, self.stored(), hash),
            (_, None) => (0, 0, Hash::ZERO),
        }
    }

    /// The joined state with its hash shortened by `shorten`.
    pub(crate) fn state(&self, shorten: impl Fn(&Hash) -> u64) -> State {
        match self.told() {
            (0, 0, _) => State::Grows { blocks: 0, hash: 0 },
            (0, blocks, hash) => State::Grows { blocks, hash: shorten(&hash) },
            (1, blocks, _) => State::Ended { blocks },
            (_, blocks, _) => State::Frozen { blocks },
        }
    }

    /// The first seq of `class` whose body is not retired.
    pub(crate) fn retired(&self, class: Class) -> u64 {
        self.extra.as_ref().map_or(0, |extra| extra.retired[usize::from(class.number())])
    }

    /// Bodies of `class` to be had from others: listed by headers here, counting, not retired.
    pub(crate) fn missing(&self, class: Class) -> Ranges {
        let Some(extra) = &self.extra else { return Vec::new() };
        let at = usize::from(class.number());
        clip(&extra.missing[at], extra.retired[at]..self.blocks())
    }

    /// Whether anything is missing of `classes`.
    pub(crate) fn lacks(&self, classes: ClassSet) -> bool {
        self.extra.is_some() && classes.iter().any(|class| !self.missing(class).is_empty())
    }

    /// What is not held of `classes`, as it is told.
    pub(crate) fn gaps(&self, classes: ClassSet) -> Gaps {
        let Some(extra) = &self.extra else { return Gaps::default() };
        let gaps = |class: Class| {
            let at = usize::from(class.number());
            let floor: Range<u64> = 0..extra.retired[at].min(self.stored());
            let all = extra.missing[at].iter().cloned().chain([floor]).collect();
            bridge(normalise(all), GAPS_TOLD_MAX)
        };
        Gaps(classes.iter().map(|class| (class, gaps(class))).filter(|(_, ranges)| !ranges.is_empty()).collect())
    }

    fn put(&self, out: &mut Vec<u8>) {
        let (kind, blocks, hash) = self.told();
        out.extend_from_slice(&self.log.epoch.0);
        out.push(kind);
        out.extend_from_slice(&blocks.to_le_bytes());
        out.extend_from_slice(&hash.0);
    }
}

/// Every log of which a view was told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Logs {
    held: Vec<Held>,
    numbers: BTreeMap<LogId, Number>,
    /// Digest of all logs of a node, as it was when the node was last not stale.
    nodes: BTreeMap<NodeId, Hash>,
    stale: BTreeSet<NodeId>,
    digest: Option<Hash>,
    blocks: u64,
}

impl Logs {
    /// Takes a view; answers the number, and whether the log is new here.
    pub(crate) fn set(&mut self, log: LogId, view: LogView) -> (Number, bool) {
        let held = Held::new(log, view);
        self.stale.insert(log.node);
        self.digest = None;
        let known = self.numbers.get(&log).copied();
        let before = known.map_or(0, |number| self.get(number).blocks());
        self.blocks = self.blocks.wrapping_sub(before).wrapping_add(held.blocks());
        let number = known.unwrap_or(self.held.len() as Number);
        match known {
            Some(number) => self.held[number as usize] = held,
            None => self.held.push(held),
        }
        self.numbers.insert(log, number);
        (number, known.is_none())
    }

    /// What is held.
    pub(crate) fn get(&self, number: Number) -> &Held {
        &self.held[number as usize]
    }

    /// The number of a log.
    pub(crate) fn number(&self, log: &LogId) -> Option<Number> {
        self.numbers.get(log).copied()
    }

    /// What is held of a log.
    pub(crate) fn find(&self, log: &LogId) -> Option<&Held> {
        self.number(log).map(|number| self.get(number))
    }

    /// How many there are; numbers are below.
    pub(crate) fn len(&self) -> usize {
        self.held.len()
    }

    /// All of them by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Number, &Held)> {
        self.held.iter().enumerate().map(|(number, held)| (number as Number, held))
    }

    /// The logs of a node, by epoch.
    pub(crate) fn of_node(&self, node: NodeId) -> impl Iterator<Item = (Number, &Held)> {
        let (first, last) = (Epoch([0; 16]), Epoch([0xff; 16]));
        let logs = LogId { node, epoch: first }..=LogId { node, epoch: last };
        self.numbers.range(logs).map(|(_, number)| (*number, self.get(*number)))
    }

    /// All nodes with a log.
    pub(crate) fn nodes(&self) -> BTreeSet<NodeId> {
        self.nodes.keys().chain(&self.stale).copied().collect()
    }

    /// Blocks of all logs.
    pub(crate) fn blocks(&self) -> u64 {
        self.blocks
    }

    /// The closed logs of a node of which something counts: what does not is held by some only.
    pub(crate) fn closed(&self, node: NodeId) -> impl Iterator<Item = (Number, &Held)> {
        self.of_node(node).filter(|(_, held)| held.closed && held.blocks() > 0)
    }

    /// Number of these, and a hash over their states.
    pub(crate) fn fold(&self, node: NodeId) -> (u64, Hash) {
        let mut bytes = Vec::new();
        let count = self.closed(node).map(|(_, held)| held.put(&mut bytes)).count();
        (count as u64, Hash::of(NODE_DOMAIN, &bytes))
    }

    fn node_digest(&self, node: NodeId) -> Hash {
        let mut bytes = node.0.to_vec();
        self.of_node(node).filter(|(_, held)| held.told().1 > 0).for_each(|(_, held)| held.put(&mut bytes));
        if bytes.len() == 32 { Hash::ZERO } else { Hash::of(NODE_DOMAIN, &bytes) }
    }

    /// Equal on two nodes exactly when the states of all their logs are; kept until a log changes.
    pub(crate) fn refresh(&mut self) -> Hash {
        for node in std::mem::take(&mut self.stale) {
            let digest = self.node_digest(node);
            self.nodes.insert(node, digest);
        }
        let digest = self.digest.unwrap_or_else(|| self.digest());
        self.digest = Some(digest);
        digest
    }

    /// [`Logs::refresh`] without keeping it.
    pub(crate) fn digest(&self) -> Hash {
        if let Some(digest) = self.digest {
            return digest;
        }
        let mut bytes = Vec::with_capacity(32 * self.nodes.len());
        for node in self.nodes() {
            let kept = self.nodes.get(&node).copied().filter(|_| !self.stale.contains(&node));
            let digest = kept.unwrap_or_else(|| self.node_digest(node));
            // A log of which only the name is known makes no difference.
            if digest != Hash::ZERO {
                bytes.extend_from_slice(&digest.0);
            }
        }
        Hash::of(DIGEST_DOMAIN, &bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(number: u8) -> LogId {
        LogId { node: NodeId([number; 32]), epoch: Epoch([number; 16]) }
    }

    fn view(blocks: u64, bound: Bound, closed: bool) -> LogView {
        let head = blocks.checked_sub(1).map(|seq| (seq, Hash([seq as u8; 32])));
        LogView { head, bound, closed, ..LogView::default() }
    }

    #[test]
    fn what_does_not_count_makes_no_difference() {
        let mut without = Logs::default();
        without.set(log(1), view(3, Bound::Open, true));
        let (digest, fold) = (without.refresh(), without.fold(log(1).node));
        let strange = LogId { epoch: Epoch([9; 16]), ..log(1) };
        for bound in [Bound::Ended(0), Bound::Frozen(0)] {
            for (blocks, name) in [(0, strange), (4, strange), (4, log(2))] {
                let mut with = without.clone();
                with.set(name, view(blocks, bound, true));
                assert_eq!((with.refresh(), with.fold(log(1).node)), (digest, fold), "{blocks} blocks, {bound:?}");
                assert_eq!(with.blocks(), without.blocks());
            }
        }
    }

    #[test]
    fn blocks_beyond_the_end_make_no_difference() {
        let digest = |blocks, bound| {
            let mut logs = Logs::default();
            logs.set(log(1), view(blocks, bound, false));
            logs.refresh()
        };
        assert_eq!(digest(3, Bound::Ended(3)), digest(5, Bound::Ended(3)));
        assert_ne!(digest(2, Bound::Ended(3)), digest(3, Bound::Ended(3)));
    }
}
