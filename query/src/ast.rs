//! What a query is once it is read: time range, filter tree, pipes.

use vigil_model::Timestamp;

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

/// Which field a test reads. `_time` is the event time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// Any field: the test holds when one field passes it.
    Any,
    /// The field of this dotted name.
    Named(String),
}

/// A tree of tests on one event.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Every event.
    All,
    /// Events that do not pass.
    Not(Box<Filter>),
    /// Events that pass every part.
    And(Vec<Filter>),
    /// Events that pass some part.
    Or(Vec<Filter>),
    /// Events of which `field` passes `test`.
    Field {
        /// Which field.
        field: Field,
        /// What it must pass.
        test: FieldTest,
    },
}

/// A test of one value. Text tests read the value's text form, whatever its type; a list passes
/// when one of its items does.
///
/// Null, the empty text and a list without any other item are empty. A phrase or exact text that
/// is empty asks what `Empty` asks; an empty prefix and a range open on both sides ask what
/// `Exists` asks. An empty value compares with nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldTest {
    /// The words of this text stand in the value in this order, at word boundaries, letter case
    /// ignored: `error`, `"connection refused"`.
    Phrase(String),
    /// As a phrase, but the last word may go on: `err*`, `"connection ref"*`.
    Prefix(String),
    /// The whole value is this text, letter case respected: `:=v`.
    Exact(String),
    /// The value begins with this text, letter case respected: `:=v*`.
    ExactPrefix(String),
    /// The field exists and its text is not empty: `field:*`.
    Exists,
    /// The field is missing or its text is empty: `field:""`.
    Empty,
    /// The value compares so to a number, time or text: `>5`.
    Compare(Comparison, Bound),
    /// The value lies between two bounds: `[1 TO 5]`, `{a TO b}`; the flags say whether the
    /// bound itself is inside.
    Range {
        /// Lower bound; `None` is open.
        low: Option<(Bound, bool)>,
        /// Upper bound; `None` is open.
        high: Option<(Bound, bool)>,
    },
}

/// How a value must compare to its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// What a value is compared with. A number compares with numbers and with text that reads as a
/// number; a time with times and RFC 3339 text; a text by its bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    /// A number, units already applied (`10KiB` is 10240, `5m` is 300 seconds in nanoseconds).
    Number(f64),
    /// A whole number that an `f64` cannot hold exactly; every other one is a `Number`.
    Integer(i64),
    /// A time.
    Time(Timestamp),
    /// A text.
    Text(String),
}

/// One step after the filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Pipe {
    /// `stats count() as n by host`
    Stats(Stats),
    /// `sort by n desc, host`
    Sort(Vec<SortKey>),
    /// `limit 10`
    Limit(u64),
    /// `offset 10`
    Offset(u64),
    /// `fields host, level`
    Fields(Vec<String>),
}

/// Aggregates, by groups of equal values.
#[derive(Clone, Debug, PartialEq)]
pub struct Stats {
    /// What is computed for each group.
    pub functions: Vec<Stat>,
    /// What makes a group; empty for one group of all.
    pub by: Vec<String>,
}

/// One aggregate and the name of its column.
#[derive(Clone, Debug, PartialEq)]
pub struct Stat {
    /// What is computed.
    pub function: StatFunction,
    /// Name of the column: as given, or the function as written, such as `count()`.
    pub name: String,
}

/// What is computed over the events of a group.
#[derive(Clone, Debug, PartialEq)]
pub enum StatFunction {
    /// Events; with a field, the events in which it exists.
    Count(Option<String>),
    /// Sum of the numbers in a field.
    Sum(String),
    /// Least value of a field; numbers before text.
    Min(String),
    /// Greatest value of a field.
    Max(String),
    /// Mean of the numbers in a field.
    Avg(String),
}

/// One criterion of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// The field or column.
    pub field: String,
    /// Greatest first.
    pub descending: bool,
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
