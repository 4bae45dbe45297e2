//! What one column of `stats` asks for, compiled: which rows it takes, what it takes of them, what it answers.

use vigil_model::roles;
use vigil_query::{Bucket, Function, Matcher, Stat, Stats};

use crate::OwnedValue;
use crate::aggregates::budget::Budget;
use crate::aggregates::extreme::{End, Extreme};
use crate::aggregates::input::Input;
use crate::aggregates::moments::Moments;
use crate::aggregates::rate::{Span, seconds};
use crate::aggregates::texts::Rule;
use crate::aggregates::{Aggregate, AtEnd, Columns, CountUniq, Histogram, Quantile, Sum, Texts, count};
use crate::groups::lookup::strong_hash_of;
use crate::row;
use crate::value::Cell;

/// One function, ready to run.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    function: Function,
    fields: Vec<String>,
    share: f64,
    limit: Option<u64>,
    /// Width of the bucket of time that makes the groups.
    bucket: Option<i64>,
    pub(crate) only_if: Option<Matcher>,
}

/// Memory that is used again for every row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) text: String,
    pub(crate) key: Vec<u8>,
}

impl Task {
    pub(crate) fn new(stat: &Stat, stats: &Stats) -> Task {
        let width = |key: &vigil_query::GroupKey| match key.bucket {
            Some(Bucket::Time { width, .. }) if key.field == row::TIME => Some(width.max(1)),
            _ => None,
        };
        Task {
            function: stat.function.function,
            fields: stat.function.fields.clone(),
            share: stat.function.share.filter(|_| stat.function.function == Function::Quantile).unwrap_or(0.5),
            limit: stat.function.limit,
            bucket: stats.by.iter().find_map(width),
            only_if: stat.only_if.as_ref().map(Matcher::new),
        }
    }

    /// Nothing yet.
    pub(crate) fn start(&self) -> Aggregate {
        match self.function {
            Function::Count | Function::CountEmpty | Function::Rate => Aggregate::Count(0),
            Function::CountUniq => Aggregate::CountUniq(Box::default()),
            Function::Sum | Function::SumLen | Function::Avg | Function::RateSum => Aggregate::Sum(Sum::default()),
            Function::Min | Function::Max => Aggregate::Extreme(Extreme::default()),
            Function::Median | Function::Quantile => Aggregate::Quantile(Box::default()),
            Function::Histogram => Aggregate::Histogram(Box::default()),
            Function::UniqValues | Function::Values => Aggregate::Texts(Box::default()),
            Function::First | Function::Last => Aggregate::AtEnd(AtEnd::default()),
            Function::Stddev | Function::Variance => Aggregate::Moments(Box::default()),
        }
    }

    /// Bytes that an aggregate begins with.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Aggregate>()
            + match self.function {
                Function::CountUniq => size_of::<CountUniq>(),
                Function::Median | Function::Quantile => size_of::<Quantile>(),
                Function::Histogram => size_of::<Histogram>(),
                Function::UniqValues | Function::Values => size_of::<Texts>(),
                Function::Stddev | Function::Variance => size_of::<Moments>(),
                _ => 0,
            }
    }

    /// Whether the number of rows is all that counts.
    pub(crate) fn is_plain_count(&self) -> bool {
        self.function == Function::Count && self.fields.is_empty() && self.only_if.is_none()
    }

    /// Whether the rate is over a span of time that is not a bucket.
    pub(crate) fn needs_span(&self) -> bool {
        matches!(self.function, Function::Rate | Function::RateSum) && self.bucket.is_none()
    }

    /// Whether it is a function of the values of one field, however often each is there: neither of the order of
    /// events nor of fields side by side.
    pub(crate) fn takes_values(&self) -> bool {
        match self.function {
            Function::First | Function::Last => false,
            Function::SumLen => self.fields.len() == 1,
            _ => self.fields.len() <= 1,
        }
    }

    /// The field whose values are all that it takes, if there is one.
    #[inline]
    pub(crate) fn only_field(&self) -> Option<&str> {
        match &self.fields[..] {
            [name] if !matches!(self.function, Function::First | Function::Last) => Some(name),
            _ => None,
        }
    }

    /// Adds `times` rows that are alike. `only_if` is not asked: whoever adds did so.
    #[inline]
    pub(crate) fn add(
        &self,
        aggregate: &mut Aggregate,
        columns: Columns<'_, '_>,
        times: u64,
        budget: &mut Budget,
        scratch: &mut Scratch,
    ) {
        match aggregate {
            Aggregate::Count(count) => {
                let counts = if self.function == Function::CountEmpty { count::counts_empty } else { count::counts };
                if counts(&self.fields, columns) {
                    *count = count.saturating_add(times);
                }
            }
            Aggregate::CountUniq(uniq) => {
                if let Some(hash) = self.hash(columns, scratch) {
                    uniq.add(hash, budget);
                }
            }
            Aggregate::AtEnd(at_end) => at_end.add(&self.fields, columns, self.end(), budget),
            Aggregate::Sum(sum) if self.function == Function::SumLen => {
                self.add_lengths(sum, columns, times, scratch);
            }
            other => {
                for name in &self.fields {
                    if let Some(input) = Input::of(columns(name)) {
                        self.add_input(other, &input, times, budget, scratch);
                    }
                }
            }
        }
    }

    fn add_input(
        &self,
        aggregate: &mut Aggregate,
        input: &Input<'_>,
        times: u64,
        budget: &mut Budget,
        scratch: &mut Scratch,
    ) {
        match aggregate {
            Aggregate::Extreme(extreme) => return extreme.add(input, self.end(), budget),
            Aggregate::Texts(texts) => {
                return texts.add(input.cell.text(&mut scratch.text), times, self.rule(), budget);
            }
            _ => {}
        }
        let Some(number) = input.number() else { return };
        match aggregate {
            Aggregate::Sum(sum) => sum.add(number, times, budget),
            Aggregate::Moments(moments) => moments.add(number, times, budget),
            Aggregate::Quantile(quantile) => quantile.add(number.to_f64(), times, budget),
            Aggregate::Histogram(histogram) => histogram.add(number.to_f64(), times, budget),
            _ => unreachable!("the others take no numbers"),
        }
    }

    /// The hash of the values of all fields; `None` where all are missing or empty.
    fn hash(&self, columns: Columns<'_, '_>, scratch: &mut Scratch) -> Option<u64> {
        if let [name] = &self.fields[..] {
            let input = Input::of(columns(name))?;
            return Some(strong_hash_of(input.cell.text(&mut scratch.text).as_bytes()));
        }
        scratch.key.clear();
        let mut is_there = false;
        for name in &self.fields {
            let input = Input::of(columns(name));
            let text = input.as_ref().map_or("", |input| input.cell.text(&mut scratch.text));
            is_there |= !text.is_empty();
            scratch.key.extend_from_slice(&(text.len() as u32).to_le_bytes());
            scratch.key.extend_from_slice(text.as_bytes());
        }
        is_there.then(|| strong_hash_of(&scratch.key))
    }

    /// Without a field, of the message.
    fn add_lengths(&self, sum: &mut Sum, columns: Columns<'_, '_>, times: u64, scratch: &mut Scratch) {
        let mut add = |cell: Option<Cell<'_>>| {
            let input = Input::of(cell)?;
            sum.add_whole(input.cell.text(&mut scratch.text).len() as i128, times);
            Some(())
        };
        if self.fields.is_empty() {
            // Fields that are there but empty are no message.
            let _ = roles::MESSAGE.into_iter().find_map(|name| add(columns(name)));
        } else {
            self.fields.iter().for_each(|name| _ = add(columns(name)));
        }
    }

    /// Adds what another aggregate of this task was fed.
    pub(crate) fn merge(&self, into: &mut Aggregate, from: Aggregate, budget: &mut Budget) {
        match (into, from) {
            (Aggregate::Count(a), Aggregate::Count(b)) => *a = a.saturating_add(b),
            (Aggregate::CountUniq(a), Aggregate::CountUniq(b)) => a.merge(*b, budget),
            (Aggregate::Sum(a), Aggregate::Sum(b)) => a.merge(b, budget),
            (Aggregate::Moments(a), Aggregate::Moments(b)) => a.merge(&b, budget),
            (Aggregate::Extreme(a), Aggregate::Extreme(b)) => a.merge(b, self.end(), budget),
            (Aggregate::Quantile(a), Aggregate::Quantile(b)) => a.merge(*b, budget),
            (Aggregate::Histogram(a), Aggregate::Histogram(b)) => a.merge(&b, budget),
            (Aggregate::Texts(a), Aggregate::Texts(b)) => a.merge(*b, self.rule(), budget),
            (Aggregate::AtEnd(a), Aggregate::AtEnd(b)) => a.merge(b, self.end(), budget),
            _ => unreachable!("aggregates of one task are alike"),
        }
    }

    /// What the column holds.
    pub(crate) fn value(&self, aggregate: Aggregate, span: &Span, budget: &mut Budget) -> OwnedValue {
        match aggregate {
            Aggregate::Count(count) if self.function == Function::Rate => {
                OwnedValue::Float(count as f64 / self.seconds(span))
            }
            Aggregate::Count(count) => whole(count),
            Aggregate::CountUniq(uniq) => whole(uniq.count()),
            Aggregate::Sum(sum) => match self.function {
                Function::Avg => sum.mean(),
                Function::RateSum => sum.share_of(self.seconds(span)),
                _ => sum.total(),
            },
            Aggregate::Moments(moments) if self.function == Function::Stddev => moments.deviation(),
            Aggregate::Moments(moments) => moments.variance(),
            Aggregate::Extreme(extreme) => extreme.value(),
            Aggregate::Quantile(quantile) => quantile.value(self.share),
            Aggregate::Histogram(histogram) => histogram.value(),
            Aggregate::Texts(texts) => texts.into_value(self.rule(), budget),
            Aggregate::AtEnd(at_end) => at_end.value(),
        }
    }

    fn seconds(&self, span: &Span) -> f64 {
        self.bucket.map_or_else(|| span.seconds(), |width| seconds(i128::from(width)))
    }

    fn end(&self) -> End {
        if matches!(self.function, Function::Min | Function::First) { End::Least } else { End::Greatest }
    }

    fn rule(&self) -> Rule {
        Rule { once: self.function == Function::UniqValues, limit: self.limit }
    }
}

fn whole(count: u64) -> OwnedValue {
    OwnedValue::Int(i64::try_from(count).unwrap_or(i64::MAX))
}
