//! Small sets of numbers as rising ranges: what is left of one set without another?

use std::ops::Range;

/// Rising ranges that do not touch.
pub(crate) type Ranges = Vec<Range<u64>>;

/// What is in `all` and not in `taken`; both rising.
pub(crate) fn subtract(all: &[Range<u64>], taken: &[Range<u64>]) -> Ranges {
    let mut left = Vec::new();
    for range in all {
        let mut start = range.start;
        for hole in taken.iter().filter(|hole| hole.end > range.start && hole.start < range.end) {
            if hole.start > start {
                left.push(start..hole.start);
            }
            start = start.max(hole.end);
        }
        if start < range.end {
            left.push(start..range.end);
        }
    }
    left
}

/// The part of `ranges` within `bounds`.
pub(crate) fn clip(ranges: &[Range<u64>], bounds: Range<u64>) -> Ranges {
    let cut = |range: &Range<u64>| range.start.max(bounds.start)..range.end.min(bounds.end);
    ranges.iter().map(cut).filter(|range| range.start < range.end).collect()
}

/// Whether `ranges` and `range` have a number in common.
pub(crate) fn touches(ranges: &[Range<u64>], range: &Range<u64>) -> bool {
    ranges.iter().any(|other| other.start < range.end && range.start < other.end)
}

/// Sorts and joins what touches or overlaps; empty ranges fall out.
pub(crate) fn normalise(mut ranges: Ranges) -> Ranges {
    ranges.retain(|range| range.start < range.end);
    ranges.sort_by_key(|range| range.start);
    let mut joined: Ranges = Vec::with_capacity(ranges.len());
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

/// At most `max` ranges that cover all of `ranges`: the smallest distances are bridged.
pub(crate) fn bridge(mut ranges: Ranges, max: usize) -> Ranges {
    assert!(max > 0, "something must be sayable");
    while ranges.len() > max {
        let distance = |at: &usize| ranges[at + 1].start - ranges[*at].end;
        let nearest = (0..ranges.len() - 1).min_by_key(distance).expect("more than max ≥ 1 ranges");
        ranges[nearest].end = ranges[nearest + 1].end;
        ranges.remove(nearest + 1);
    }
    ranges
}

/// How many numbers are in `ranges`.
pub(crate) fn count(ranges: &[Range<u64>]) -> u64 {
    ranges.iter().fold(0u64, |sum, range| sum.saturating_add(range.end - range.start))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn set(ranges: &[Range<u64>]) -> BTreeSet<u64> {
        ranges.iter().flat_map(Clone::clone).collect()
    }

    fn any_ranges() -> impl Strategy<Value = Ranges> {
        proptest::collection::vec((0u64..60, 0u64..9), 0..8)
            .prop_map(|parts| normalise(parts.into_iter().map(|(start, len)| start..start + len).collect()))
    }

    proptest! {
        #[test]
        fn ranges_are_sets(a in any_ranges(), b in any_ranges(), low in 0u64..60, len in 1u64..20, max in 1usize..4) {
            prop_assert_eq!(set(&subtract(&a, &b)), set(&a).difference(&set(&b)).copied().collect::<BTreeSet<_>>());
            let bounds = low..low + len;
            prop_assert_eq!(set(&clip(&a, bounds.clone())), set(&a).into_iter().filter(|n| bounds.contains(n)).collect::<BTreeSet<_>>());
            prop_assert_eq!(touches(&a, &bounds), !clip(&a, bounds).is_empty());
            let few = bridge(a.clone(), max);
            prop_assert!(few.len() <= max && set(&few).is_superset(&set(&a)));
            prop_assert_eq!(count(&a), set(&a).len() as u64);
        }
    }
}
