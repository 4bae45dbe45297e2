//! How many events there are in each bucket of time, split by the values of fields.

use std::collections::BTreeMap;

use vigil_index::{OwnedValue, Row};
use vigil_model::Timestamp;
use vigil_query::{Bucket, Function, GroupKey, Pipe, Stat, StatFunction, Stats, TIME_FIELD};

use super::{count, text};

/// The column that counts.
pub(crate) const HITS: &str = "hits";
/// The column that counts where fields may have the name of the other.
const COUNT: &str = "_hits";

/// Counts by bucket, and buckets by the values of the fields.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Histogram {
    series: BTreeMap<Vec<String>, BTreeMap<i64, u64>>,
}

/// The counts of the events of some values; `values` is `None` for all that got no series of their own.
#[derive(Debug, PartialEq)]
pub(crate) struct Series {
    pub(crate) values: Option<Vec<String>>,
    /// By the start of the bucket, nanoseconds since 1970.
    pub(crate) counts: BTreeMap<i64, u64>,
    pub(crate) total: u64,
}

/// The pipe that counts in buckets of `width`, which begin at `offset`.
pub(crate) fn pipe(by: &[String], width: i64, offset: i64) -> Pipe {
    let time = GroupKey { field: TIME_FIELD.to_owned(), bucket: Some(Bucket::Time { width, offset }) };
    let fields = by.iter().map(|field| GroupKey::plain(field.as_str()));
    let count = Stat { function: StatFunction::of(Function::Count, []), only_if: None, name: COUNT.to_owned() };
    Pipe::Stats(Stats { functions: vec![count], by: std::iter::once(time).chain(fields).collect() })
}

impl Histogram {
    /// Out of the rows of [`pipe`].
    pub(crate) fn of(rows: &[Row], by: &[String]) -> Histogram {
        let mut histogram = Histogram::default();
        for row in rows {
            if let Some(time) = time(row) {
                let values = by.iter().map(|field| text(row, field)).collect();
                *histogram.series.entry(values).or_default().entry(time.0).or_default() += count(row, COUNT);
            }
        }
        histogram
    }

    /// The series of the most events first; of more than `most`, the others are put together in one at the end.
    pub(crate) fn into_series(self, most: usize) -> Vec<Series> {
        let total = |counts: &BTreeMap<i64, u64>| counts.values().sum();
        let series = |(values, counts)| Series { values: Some(values), total: total(&counts), counts };
        let mut all: Vec<Series> = self.series.into_iter().map(series).collect();
        // Those with as many events stay in the order of their values.
        all.sort_by_key(|series| std::cmp::Reverse(series.total));
        let rest = all.split_off(most.min(all.len()));
        all.extend(together(rest));
        all
    }
}

fn together(rest: Vec<Series>) -> Option<Series> {
    let mut sum = Series { values: None, counts: BTreeMap::new(), total: 0 };
    for series in rest {
        sum.total += series.total;
        series.counts.into_iter().for_each(|(time, count)| *sum.counts.entry(time).or_default() += count);
    }
    (sum.total > 0).then_some(sum)
}

fn time(row: &Row) -> Option<Timestamp> {
    match row.get(TIME_FIELD)? {
        OwnedValue::Time(time) => Some(*time),
        other => other.to_string().parse().ok(),
    }
}
