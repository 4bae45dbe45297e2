//! Aggregates, and what makes a group.

use super::Filter;

/// Aggregates, by groups of equal values.
#[derive(Clone, Debug, PartialEq)]
pub struct Stats {
    /// What is computed for each group.
    pub functions: Vec<Stat>,
    /// What makes a group; empty for one group of all.
    pub by: Vec<GroupKey>,
}

/// One aggregate and the name of its column.
#[derive(Clone, Debug, PartialEq)]
pub struct Stat {
    /// What is computed.
    pub function: StatFunction,
    /// Only rows that pass count: `count() if (level:error) as errors`.
    pub only_if: Option<Filter>,
    /// Name of the column: as given, or the function as written, such as `count()`.
    pub name: String,
}

/// What is computed over the events of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct StatFunction {
    /// Which function.
    pub function: Function,
    /// Of which fields; what it means that there is none depends on the function.
    pub fields: Vec<String>,
    /// The share of `quantile`, 0 to 1.
    pub share: Option<f64>,
    /// At most so many values: `uniq_values(host) limit 10`.
    pub limit: Option<u64>,
}

/// The functions of `stats`, one file each in `pipes/functions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Function {
    /// Events; with fields, the events in which one of them exists.
    Count,
    /// Events in which every one of the fields is missing or empty.
    CountEmpty,
    /// Different combinations of values of the fields. Of many, within about 1 %.
    CountUniq,
    /// Sum of the numbers in the fields.
    Sum,
    /// Sum of the lengths of the text, in bytes; without a field, of the whole message.
    SumLen,
    /// Mean of the numbers in the fields.
    Avg,
    /// Least value; numbers before text.
    Min,
    /// Greatest value.
    Max,
    /// `quantile(0.5)`.
    Median,
    /// The value below which a share of the numbers lie. Of many, within 0.4 %.
    Quantile,
    /// Counts by ranges of numbers, as JSON text `[{"range":"1.000e+00...1.136e+00","hits":3}]`. A range does not
    /// hold its lower end.
    Histogram,
    /// Events per second of the time bucket, or of the time range of the query; where that has no end, from the first
    /// to the last event of all groups. It is a second at least. With fields, as `Count`.
    Rate,
    /// As `Rate`, of the sum of the numbers.
    RateSum,
    /// The different values as text, numbers first; a list.
    UniqValues,
    /// All values as text, numbers first; a list. Sorted, because rows have no order before they are sorted.
    Values,
    /// The value in the earliest event that has the field.
    First,
    /// The value in the latest event that has the field.
    Last,
    /// Standard deviation of the numbers (of the whole population).
    Stddev,
    /// Variance of the numbers (of the whole population).
    Variance,
}

/// One criterion of a group: a field, and how its values are cut into buckets.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupKey {
    /// The field; also the name of the column.
    pub field: String,
    /// How values are cut; `None` takes them as they are.
    pub bucket: Option<Bucket>,
}

/// How values are cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bucket {
    /// `_time:5m offset 1h`: the start of the bucket that holds the time, in nanoseconds since 1970 plus `offset`.
    Time {
        /// Width in nanoseconds, above 0.
        width: i64,
        /// Where buckets begin, relative to 1970.
        offset: i64,
    },
    /// `size:10KB`: the greatest multiple of the width, plus `offset`, that is not above the number.
    Number {
        /// Above 0.
        width: f64,
        /// Where buckets begin.
        offset: f64,
    },
    /// `ip:/24`: the address with all but the first bits cleared, IPv4 only.
    Ip(u8),
}

impl GroupKey {
    /// The values of a field as they are.
    pub fn plain(field: impl Into<String>) -> GroupKey {
        GroupKey { field: field.into(), bucket: None }
    }
}

impl StatFunction {
    /// A function of these fields, and nothing else.
    pub fn of(function: Function, fields: impl IntoIterator<Item = String>) -> StatFunction {
        StatFunction { function, fields: fields.into_iter().collect(), share: None, limit: None }
    }
}
