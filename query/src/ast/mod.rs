//! What a query is once it is read: time range, filter tree, pipes.

mod expression;
mod filter;
mod pattern;
mod pipe;
mod stats;

use vigil_model::Timestamp;

pub use expression::{Expression, MathFunction, MathOperator};
pub use filter::{Bound, Case, Comparison, Field, FieldTest, Filter, IpRange, Relation, Set};
pub use pattern::{BadPattern, Pattern};
pub use pipe::{
    Collapse, Context, Extract, ExtractRegex, Facets, FieldValues, Format, Join, MathStep, Pack, Pipe, Replace,
    ReplaceRegex, SortKey, Top, Uniq, Unpack, Unroll, Windows,
};
pub use stats::{Bucket, Function, GroupKey, Stat, StatFunction, Stats};

/// A question: which events, and what to make of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Event times that can answer it. The filter decides again within.
    pub time: TimeRange,
    /// Which events.
    pub filter: Filter,
    /// What to make of them, in order.
    pub pipes: Vec<Pipe>,
}

/// Event times from `from` (included) to `to` (excluded).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    /// First time inside.
    pub from: Timestamp,
    /// First time no longer inside; [`Timestamp::MAX`] also includes itself.
    pub to: Timestamp,
}

impl TimeRange {
    /// Every time.
    pub const ALL: TimeRange = TimeRange { from: Timestamp::MIN, to: Timestamp::MAX };

    /// Whether `time` lies inside.
    pub fn contains(&self, time: Timestamp) -> bool {
        self.from <= time && (time < self.to || self.to == Timestamp::MAX)
    }

    /// Whether some time of `first..=last` lies inside.
    pub fn overlaps(&self, first: Timestamp, last: Timestamp) -> bool {
        self.from <= last && (first < self.to || self.to == Timestamp::MAX)
    }

    /// Whether all of `first..=last` lies inside.
    pub fn covers(&self, first: Timestamp, last: Timestamp) -> bool {
        self.contains(first) && self.contains(last)
    }

    /// The times in both.
    #[must_use]
    pub fn intersect(&self, other: &TimeRange) -> TimeRange {
        TimeRange { from: self.from.max(other.from), to: self.to.min(other.to) }
    }
}
