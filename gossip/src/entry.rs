//! One log in a frontier as it is told, and how many of them are packed into few bytes.
//!
//! ```text
//! flags u8 │ shorts varint, then each: distance to the name before varint, told
//!          │ fulls varint, then each: node 32, epoch 16, told
//!          │ folds varint, then each: distance to the name before varint, logs varint, root 8
//! told: blocks << 3 │ gaps? << 2 │ kind varint, hash 8 (kind 0 with blocks), gaps
//! gaps: classes u8, for each class: ranges u8, then each: distance varint, length − 1 varint
//! ```

use std::ops::Range;

use vigil_model::limits::{GAPS_TOLD_MAX, GOSSIP_MESSAGE_BYTES_MAX};
use vigil_model::{Class, ClassSet, Epoch, LogId, NodeId, Reader, put_varint};

use crate::ranges::Ranges;

/// Bits of a short name: two of 1,000 logs share one in one link of 500.
pub(crate) const SHORT_BITS: u32 = 28;
/// Entries are packed up to here, so that the message keeps its limit with the largest entry.
pub(crate) const PACK_BYTES: usize = GOSSIP_MESSAGE_BYTES_MAX - 8 * 1024;
/// No log is that long: 200 years of a block every 100 ns.
pub(crate) const BLOCKS_MAX: u64 = 1 << 56;

const START: u8 = 1;
const END: u8 = 2;

/// How an entry names its log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Name {
    /// By a keyed hash of few bits.
    Short(u32),
    /// In full.
    Full(LogId),
}

/// The joined state of a log: what all replicas agree on once they have the same blocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// So many blocks, the last with this hash (keyed, 8 bytes; 0 without blocks).
    Grows { blocks: u64, hash: u64 },
    /// Its author was removed; the blocks that count are here.
    Ended { blocks: u64 },
    /// Forked; the blocks below are here.
    Frozen { blocks: u64 },
}

impl State {
    /// Blocks held.
    pub(crate) fn blocks(self) -> u64 {
        match self {
            State::Grows { blocks, .. } | State::Ended { blocks } | State::Frozen { blocks } => blocks,
        }
    }
}

/// What is not held of the blocks: for each class rising ranges of seqs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Gaps(pub Vec<(Class, Ranges)>);

impl Gaps {
    /// The gaps of one class.
    pub(crate) fn of(&self, class: Class) -> &[Range<u64>] {
        self.0.iter().find(|(other, _)| *other == class).map_or(&[], |(_, ranges)| ranges)
    }
}

/// One log as it is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Entry {
    pub name: Name,
    pub state: State,
    pub gaps: Gaps,
}

/// All closed epochs of one node in one line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fold {
    /// Short name of the node.
    pub node: u32,
    /// How many logs.
    pub logs: u64,
    /// Keyed hash over their states.
    pub root: u64,
}

/// The content of a frontier message.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Frontier {
    /// A whole frontier begins: what is named in no message until `end` is not held.
    pub start: bool,
    /// A whole frontier ends.
    pub end: bool,
    /// Logs; short names rise strictly and come first.
    pub entries: Vec<Entry>,
    /// Closed epochs; names rise strictly.
    pub folds: Vec<Fold>,
}

impl Frontier {
    /// The bytes.
    pub(crate) fn pack(&self) -> Vec<u8> {
        let mut out = vec![(u8::from(self.start) * START) | (u8::from(self.end) * END)];
        let shorts = self.entries.iter().take_while(|entry| matches!(entry.name, Name::Short(_))).count();
        let (short, full) = self.entries.split_at(shorts);
        put_varint(&mut out, short.len() as u64);
        let mut next = 0;
        for entry in short {
            let Name::Short(name) = entry.name else { unreachable!("split at the first full name") };
            put_rising(&mut out, &mut next, u64::from(name));
            put_told(&mut out, entry);
        }
        put_varint(&mut out, full.len() as u64);
        for entry in full {
            let Name::Full(log) = entry.name else { panic!("short names come first") };
            out.extend_from_slice(&log.node.0);
            out.extend_from_slice(&log.epoch.0);
            put_told(&mut out, entry);
        }
        put_folds(&mut out, &self.folds);
        out
    }

    /// Reads what [`Frontier::pack`] wrote; nothing for any other bytes.
    pub(crate) fn unpack(bytes: &[u8]) -> Option<Frontier> {
        let mut reader = Reader(bytes);
        let flags = reader.u8().filter(|flags| flags & !(START | END) == 0)?;
        let mut frontier = Frontier { start: flags & START != 0, end: flags & END != 0, ..Frontier::default() };
        let mut next = 0;
        for _ in 0..reader.varint()? {
            let name = Name::Short(take_short(&mut reader, &mut next)?);
            frontier.entries.push(take_told(&mut reader, name)?);
        }
        for _ in 0..reader.varint()? {
            let name = Name::Full(LogId { node: NodeId(reader.array()?), epoch: Epoch(reader.array()?) });
            frontier.entries.push(take_told(&mut reader, name)?);
        }
        next = 0;
        for _ in 0..reader.varint()? {
            let node = take_short(&mut reader, &mut next)?;
            frontier.folds.push(Fold { node, logs: reader.varint()?, root: reader.u64()? });
        }
        reader.is_empty().then_some(frontier)
    }
}

impl Entry {
    /// Bytes that it takes at most.
    pub(crate) fn cost(&self) -> usize {
        let ranges: usize = self.gaps.0.iter().map(|(_, ranges)| ranges.len()).sum();
        let name = if matches!(self.name, Name::Short(_)) { 5 } else { 48 };
        name + 10 + 8 + 8 + 20 * ranges
    }
}

fn put_rising(out: &mut Vec<u8>, next: &mut u64, value: u64) {
    assert!(value >= *next, "names rise");
    put_varint(out, value - *next);
    *next = value + 1;
}

fn take_short(reader: &mut Reader<'_>, next: &mut u64) -> Option<u32> {
    let name = next.checked_add(reader.varint()?)?;
    *next = name.checked_add(1)?;
    u32::try_from(name).ok().filter(|name| *name < 1 << SHORT_BITS)
}

fn put_folds(out: &mut Vec<u8>, folds: &[Fold]) {
    put_varint(out, folds.len() as u64);
    let mut next = 0;
    for fold in folds {
        put_rising(out, &mut next, u64::from(fold.node));
        put_varint(out, fold.logs);
        out.extend_from_slice(&fold.root.to_le_bytes());
    }
}

fn put_told(out: &mut Vec<u8>, entry: &Entry) {
    let (kind, blocks) = match entry.state {
        State::Grows { blocks, .. } => (0, blocks),
        State::Ended { blocks } => (1, blocks),
        State::Frozen { blocks } => (2, blocks),
    };
    assert!(blocks < BLOCKS_MAX, "no log is that long");
    let gaps = u64::from(!entry.gaps.0.is_empty()) << 2;
    put_varint(out, blocks << 3 | gaps | kind);
    if let State::Grows { blocks: 1.., hash } = entry.state {
        out.extend_from_slice(&hash.to_le_bytes());
    }
    if gaps != 0 {
        put_gaps(out, &entry.gaps);
    }
}

fn take_told(reader: &mut Reader<'_>, name: Name) -> Option<Entry> {
    let word = reader.varint()?;
    let blocks = Some(word >> 3).filter(|blocks| *blocks < BLOCKS_MAX)?;
    let state = match word & 3 {
        0 if blocks == 0 => State::Grows { blocks, hash: 0 },
        0 => State::Grows { blocks, hash: reader.u64()? },
        1 => State::Ended { blocks },
        2 => State::Frozen { blocks },
        _ => return None,
    };
    let gaps = if word & 4 != 0 { take_gaps(reader)? } else { Gaps::default() };
    Some(Entry { name, state, gaps })
}

fn put_gaps(out: &mut Vec<u8>, gaps: &Gaps) {
    assert!(gaps.0.is_sorted_by_key(|(class, _)| *class), "classes rise");
    out.push(gaps.0.iter().map(|(class, _)| *class).collect::<ClassSet>().0);
    for (_, ranges) in &gaps.0 {
        assert!((1..=GAPS_TOLD_MAX).contains(&ranges.len()), "few gaps, and some");
        out.push(ranges.len() as u8);
        let mut next = 0;
        for range in ranges {
            put_varint(out, range.start - next);
            put_varint(out, range.end - range.start - 1);
            next = range.end;
        }
    }
}

fn take_gaps(reader: &mut Reader<'_>) -> Option<Gaps> {
    let classes = ClassSet(reader.u8()?);
    if classes.is_empty() || !classes.without(ClassSet::ALL).is_empty() {
        return None;
    }
    classes.iter().map(|class| Some((class, take_ranges(reader)?))).collect::<Option<_>>().map(Gaps)
}

fn take_ranges(reader: &mut Reader<'_>) -> Option<Ranges> {
    let count = usize::from(reader.u8()?);
    if !(1..=GAPS_TOLD_MAX).contains(&count) {
        return None;
    }
    let mut next = 0u64;
    let mut ranges = Vec::with_capacity(count);
    for _ in 0..count {
        let start = next.checked_add(reader.varint()?)?;
        next = start.checked_add(reader.varint()?)?.checked_add(1).filter(|end| *end <= BLOCKS_MAX)?;
        ranges.push(start..next);
    }
    Some(ranges)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_state() -> impl Strategy<Value = State> {
        (0..3u8, 0..BLOCKS_MAX, any::<u64>()).prop_map(|(kind, blocks, hash)| match kind {
            0 => State::Grows { blocks, hash: if blocks == 0 { 0 } else { hash } },
            1 => State::Ended { blocks },
            _ => State::Frozen { blocks },
        })
    }

    fn any_gaps() -> impl Strategy<Value = Gaps> {
        let ranges = proptest::collection::vec((1u64..1000, 1u64..1000), 1..GAPS_TOLD_MAX).prop_map(|parts| {
            let mut next = 0;
            let mut range = |(distance, len)| {
                let start = next + distance;
                next = start + len;
                start..next
            };
            parts.into_iter().map(&mut range).collect::<Ranges>()
        });
        proptest::collection::btree_map(0..6u8, ranges, 0..3).prop_map(|classes| {
            let class = |(number, ranges)| (Class::from_number(number).expect("below 6"), ranges);
            Gaps(classes.into_iter().map(class).collect())
        })
    }

    fn any_frontier() -> impl Strategy<Value = Frontier> {
        let shorts = proptest::collection::btree_map(0u32..1 << SHORT_BITS, (any_state(), any_gaps()), 0..9);
        let fulls = proptest::collection::vec((any::<[u8; 32]>(), any::<[u8; 16]>(), any_state(), any_gaps()), 0..3);
        let folds = proptest::collection::btree_map(0u32..1 << SHORT_BITS, any::<(u64, u64)>(), 0..3);
        (shorts, fulls, folds, any::<(bool, bool)>()).prop_map(|(shorts, fulls, folds, (start, end))| {
            let short = |(name, (state, gaps))| Entry { name: Name::Short(name), state, gaps };
            let full = |(node, epoch, state, gaps)| {
                let log = LogId { node: NodeId(node), epoch: Epoch(epoch) };
                Entry { name: Name::Full(log), state, gaps }
            };
            let entries = shorts.into_iter().map(short).chain(fulls.into_iter().map(full)).collect();
            let folds = folds.into_iter().map(|(node, (logs, root))| Fold { node, logs, root }).collect();
            Frontier { start, end, entries, folds }
        })
    }

    proptest! {
        #[test]
        fn frontiers_are_read_as_packed(frontier in any_frontier()) {
            let bytes = frontier.pack();
            prop_assert!(bytes.len() <= 16 + frontier.entries.iter().map(Entry::cost).sum::<usize>() + 24 * frontier.folds.len());
            prop_assert_eq!(Frontier::unpack(&bytes), Some(frontier));
        }

        #[test]
        fn any_bytes_are_a_frontier_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Some(frontier) = Frontier::unpack(&bytes) {
                prop_assert_eq!(Frontier::unpack(&frontier.pack()), Some(frontier));
            }
        }
    }
}
