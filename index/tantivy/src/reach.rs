//! Up to where the index can be asked while shelves of it are verified or rebuilt.

use std::collections::BTreeMap;

use vigil_index::Posting;
use vigil_model::{BlockRef, Class, Timestamp};
use vigil_query::TimeRange;

use crate::shelf::{Place, ShelfId};

/// Up to where the index can be asked, and what it lacks before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Every shelf holds everything up to here.
    pub(crate) every: u64,
    /// Every shelf that is not among `lacks` holds everything up to here.
    upto: u64,
    lacks: Vec<Lack>,
}

/// One day of which the index holds less than of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lack {
    day: ShelfId,
    times: TimeRange,
    /// Of blocks that came after this place in the order of arrival rows are lacking.
    after: u64,
}

/// A body of the log, as its header tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodySpan {
    /// The block.
    pub block: BlockRef,
    /// The class.
    pub class: Class,
    /// Its place in the order of arrival.
    pub arrival: u64,
    /// When the block was sealed; `None` when its header cannot be read.
    pub sealed: Option<Timestamp>,
    /// Its rows lie between this time and `last`; every time where that is not known.
    pub first: Timestamp,
    /// See `first`.
    pub last: Timestamp,
}

impl Reach {
    /// Of shelves that hold everything up to `whole`, save those that are in `reach` with less; a
    /// rebuild of these has come to `rebuilt`.
    pub(crate) fn new(whole: u64, rebuilt: u64, reach: BTreeMap<ShelfId, u64>) -> Reach {
        let every = reach.values().fold(rebuilt.min(whole), |least, upto| least.min(*upto));
        // Odd times are no run of time, and among them are frames of which nothing is known: without
        // them nothing can be said.
        let upto = reach.get(&ShelfId::Odd).map_or(whole, |odd| whole.min(*odd));
        let lack = |(day, after): (ShelfId, u64)| {
            let times = day.times().filter(|_| after < upto)?;
            Some(Lack { day, times, after })
        };
        Reach { every, upto, lacks: reach.into_iter().filter_map(lack).collect() }
    }

    /// Every block up to this place in the order of arrival is known, save of the days that are lacking.
    pub fn upto(&self) -> u64 {
        self.upto
    }

    /// Whether nothing is lacking of blocks up to [`Reach::upto`].
    pub fn is_whole(&self) -> bool {
        self.lacks.is_empty()
    }

    /// The first place in the order of arrival of which something is lacking.
    pub fn first_lacking(&self) -> u64 {
        self.lacks.iter().fold(self.upto, |first, lack| first.min(lack.after)).saturating_add(1)
    }

    /// Adds the postings that stand for what the index does not know of a body.
    pub fn add_lacking(&self, body: &BodySpan, found: &mut Vec<Posting>) {
        let BodySpan { block, class, arrival, first, last, .. } = *body;
        let of = |clip| Posting::of_whole_body(block, class, arrival, clip, (first, last));
        if arrival > self.upto {
            return found.push(of(TimeRange::ALL));
        }
        for lack in self.lacks.iter().filter(|lack| lack.after < arrival && lack.times.overlaps(first, last)) {
            match body.sealed {
                Some(sealed) => found.extend(lack.times(sealed).map(of)),
                // Nobody knows on which shelf a row belongs: the whole body is read, once.
                None => found.push(of(TimeRange::ALL)),
            }
        }
    }

    /// Up to where one shelf is asked.
    pub(crate) fn of(&self, shelf: ShelfId) -> u64 {
        self.lacks.iter().find(|lack| lack.day == shelf).map_or(self.upto, |lack| lack.after)
    }
}

impl Lack {
    /// The times of which rows of a block that was `sealed` then are lacking; `None` when rows of
    /// this day would be on a shelf that is there.
    fn times(&self, sealed: Timestamp) -> Option<TimeRange> {
        (Place::of(self.times.from, sealed).shelf == self.day).then_some(self.times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(whole: u64, rebuilt: u64, shelves: &[(ShelfId, u64)]) -> Reach {
        Reach::new(whole, rebuilt, shelves.iter().copied().collect())
    }

    #[test]
    fn a_shelf_that_lacks_something_is_told_and_asked_for_what_it_has() {
        let reach = reach(9, 4, &[(ShelfId::Day(1), 9), (ShelfId::Day(2), 4), (ShelfId::Day(3), 0), (ShelfId::Odd, 9)]);
        assert_eq!((reach.every, reach.upto(), reach.first_lacking()), (0, 9, 1));
        let lacks: Vec<u64> = reach.lacks.iter().map(|lack| lack.after).collect();
        assert_eq!(lacks, [4, 0]);
        assert_eq!([1, 2, 3].map(|day| reach.of(ShelfId::Day(day))), [9, 4, 0]);
        let noon = |day: i64| Timestamp(day * Timestamp::DAY + Timestamp::DAY / 2);
        let times = reach.lacks[0].times(noon(2)).expect("rows of that day are on the shelf of that day");
        assert!(times.contains(Timestamp(2 * Timestamp::DAY)) && !times.contains(Timestamp(3 * Timestamp::DAY)));
        assert_eq!(reach.lacks[0].times(noon(9_000)), None, "long before its seal a row is odd");
    }

    #[test]
    fn without_odd_times_nothing_is_known() {
        let reach = reach(9, 4, &[(ShelfId::Day(1), 9), (ShelfId::Day(2), 4), (ShelfId::Odd, 4)]);
        assert_eq!((reach.every, reach.upto(), reach.lacks.clone()), (4, 4, Vec::new()));
        assert_eq!(reach.of(ShelfId::Day(1)), 4);
    }
}
