//! Which bodies of a log are not here, though their headers are, in few ranges.
//!
//! A range of a class begins at a seq whose header lists such a body that is not here, and goes on
//! to the next body of the class that is here, or to the end of the log. So the ranges follow from
//! the headers and from what is held, whatever the order in which bodies came, and a class that is
//! not followed at all is one range however seldom its bodies are.

use std::ops::Range;

use vigil_model::limits::MISSING_RANGES_MAX;
use vigil_model::{Class, ClassSet, Reader, put_varint};

type Ranges = Vec<Range<u64>>;

/// What is missing of one log, by class number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing([Ranges; Class::ALL.len()]);

impl Missing {
    fn of(&self, class: Class) -> &Ranges {
        &self.0[usize::from(class.number())]
    }

    fn of_mut(&mut self, class: Class) -> &mut Ranges {
        &mut self.0[usize::from(class.number())]
    }

    /// By class number.
    pub fn ranges(&self) -> &[Ranges; Class::ALL.len()] {
        &self.0
    }

    /// The next block of the log lists the bodies `listed`, of which `held` are here.
    pub fn append(&mut self, seq: u64, listed: ClassSet, held: ClassSet) {
        for class in Class::ALL.into_iter().filter(|class| !held.has(*class)) {
            let ranges = self.of_mut(class);
            match ranges.last_mut() {
                Some(open) if open.end == seq => open.end = seq + 1,
                _ if listed.has(class) => ranges.push(seq..seq + 1),
                _ => {}
            }
        }
    }

    /// The range of a body that is not here.
    pub fn range(&self, class: Class, seq: u64) -> Option<Range<u64>> {
        let ranges = self.of(class);
        let at = ranges.partition_point(|range| range.end <= seq);
        ranges.get(at).filter(|range| range.contains(&seq)).cloned()
    }

    /// The body at `seq` is here now; `next` is the seq of the next one in the same range that is
    /// not, if there is one.
    pub fn fill(&mut self, class: Class, seq: u64, next: Option<u64>) {
        let ranges = self.of_mut(class);
        let at = ranges.partition_point(|range| range.end <= seq);
        let range = ranges[at].clone();
        assert!(range.contains(&seq), "only what is missing is filled");
        assert!(next.is_none_or(|next| next > seq && range.contains(&next)), "what is missing next is in the range");
        let before = range.start..seq;
        let after = next.map(|next| next..range.end);
        ranges.splice(at..=at, [Some(before).filter(|range| !range.is_empty()), after].into_iter().flatten());
    }

    /// Whether a fill at `seq` keeps the number of ranges within its limit: not where it would split
    /// one range too many. At the front of a range a fill is always welcome, so whoever fills in
    /// rising order is never refused.
    pub fn takes(&self, class: Class, seq: u64) -> bool {
        let splits = self.range(class, seq).is_some_and(|range| range.start < seq);
        !splits || self.of(class).len() < MISSING_RANGES_MAX
    }

    /// For each class the number of ranges; for each range how far it begins behind the end of the
    /// one before, and its length. All as varint.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        for ranges in &self.0 {
            put_varint(out, ranges.len() as u64);
            ranges.iter().fold(0, |end, range| {
                put_varint(out, range.start - end);
                put_varint(out, range.end - range.start);
                range.end
            });
        }
    }

    /// Reads what [`Missing::encode`] wrote; `None` when it is cut off, or a range is empty or
    /// touches the one before.
    pub(crate) fn decode(reader: &mut Reader<'_>) -> Option<Missing> {
        let mut missing = Missing::default();
        for ranges in &mut missing.0 {
            for n in 0..reader.varint()? {
                let before = ranges.last().map_or(0, |range: &Range<u64>| range.end);
                let start = before.checked_add(reader.varint()?)?;
                let range = start..start.checked_add(reader.varint()?)?;
                (!range.is_empty() && (n == 0 || start > before)).then(|| ranges.push(range))?;
            }
        }
        Some(missing)
    }
}

impl From<[Ranges; Class::ALL.len()]> for Missing {
    /// Takes ranges over as [`Missing::ranges`] gave them.
    fn from(ranges: [Ranges; Class::ALL.len()]) -> Missing {
        let rise = |ranges: &Ranges| ranges.is_sorted_by(|a, b| a.end < b.start);
        assert!(ranges.iter().all(rise), "ranges rise and do not touch");
        Missing(ranges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LOGS: ClassSet = ClassSet::one(Class::Logs);

    /// The definition, word by word. A block is (listed, held).
    fn naive(blocks: &[(bool, bool)]) -> Ranges {
        let mut ranges: Ranges = Vec::new();
        let mut open = false;
        for (seq, (listed, held)) in blocks.iter().enumerate() {
            let seq = seq as u64;
            if *listed && *held {
                open = false;
            } else if open {
                ranges.last_mut().expect("one is open").end = seq + 1;
            } else if *listed {
                ranges.push(seq..seq + 1);
                open = true;
            }
        }
        ranges
    }

    proptest! {
        #[test]
        fn any_order_of_filling_gives_the_ranges_that_the_definition_gives(
            mut blocks in prop::collection::vec((any::<bool>(), any::<bool>()), 0..30),
            fills in prop::collection::vec(any::<prop::sample::Index>(), 0..30),
        ) {
            let mut missing = Missing::default();
            let set = |is: bool| if is { LOGS } else { ClassSet::NONE };
            for (seq, (listed, held)) in blocks.iter().enumerate() {
                missing.append(seq as u64, set(*listed), set(*listed && *held));
            }
            prop_assert_eq!(missing.of(Class::Logs), &naive(&blocks));
            for fill in fills {
                let open: Vec<_> = (0..blocks.len()).filter(|n| blocks[*n] == (true, false)).collect();
                if open.is_empty() { break }
                let seq = *fill.get(&open);
                let range = missing.range(Class::Logs, seq as u64).expect("it is missing");
                let next = open.iter().map(|n| *n as u64).find(|n| *n > seq as u64 && range.contains(n));
                missing.fill(Class::Logs, seq as u64, next);
                blocks[seq].1 = true;
                prop_assert_eq!(missing.of(Class::Logs), &naive(&blocks));
            }
            let mut bytes = Vec::new();
            missing.encode(&mut bytes);
            prop_assert_eq!(Missing::decode(&mut Reader(&bytes)), Some(missing));
            prop_assert_eq!(Missing::decode(&mut Reader(&bytes[1..])), None);
        }
    }

    /// Someone fills every other body, to make the row of the log grow.
    #[test]
    fn ranges_are_not_split_without_end() {
        let mut missing = Missing::default();
        let blocks = 4 * MISSING_RANGES_MAX as u64;
        (0..blocks).for_each(|seq| missing.append(seq, LOGS, ClassSet::NONE));
        for seq in (1..blocks).step_by(2).filter(|seq| seq + 1 < blocks) {
            if missing.takes(Class::Logs, seq) {
                missing.fill(Class::Logs, seq, Some(seq + 1));
            }
        }
        assert_eq!(missing.of(Class::Logs).len(), MISSING_RANGES_MAX);
        let last = missing.of(Class::Logs).last().cloned().expect("there are some");
        assert!(!missing.takes(Class::Logs, last.start + 1) && missing.takes(Class::Logs, last.start));
        let mut bytes = Vec::new();
        missing.encode(&mut bytes);
        assert!(bytes.len() < 3 * MISSING_RANGES_MAX, "{} bytes", bytes.len());
    }

    #[test]
    fn what_is_filled_is_no_longer_in_a_range() {
        let mut missing = Missing::default();
        (0..5).for_each(|seq| missing.append(seq, LOGS, ClassSet::NONE));
        missing.fill(Class::Logs, 2, Some(3));
        let within: Vec<_> = (0..6).filter(|seq| missing.range(Class::Logs, *seq).is_some()).collect();
        assert_eq!(within, [0, 1, 3, 4]);
        assert_eq!(missing.range(Class::Audit, 1), None);
        missing.append(5, ClassSet::NONE, ClassSet::NONE);
        assert_eq!(missing.ranges()[3], [0..2, 3..6]);
    }
}
