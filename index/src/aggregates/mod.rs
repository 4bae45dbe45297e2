//! What is computed over the rows of one group.
//!
//! Every aggregate is a function of the rows that it was fed, whatever their order and however they were split
//! between aggregates that are merged; and every one that grows asks the [`Budget`] first.

mod budget;
mod count;
mod count_uniq;
mod ends;
mod exact;
mod extreme;
mod histogram;
mod input;
mod moments;
mod quantile;
mod rate;
mod sum;
mod task;
mod texts;

pub(crate) use budget::Budget;
pub(crate) use rate::Span;
pub(crate) use task::{Scratch, Task};

use crate::value::Cell;
use count_uniq::CountUniq;
use ends::AtEnd;
use extreme::Extreme;
use histogram::Histogram;
use moments::Moments;
use quantile::Quantile;
use sum::Sum;
use texts::Texts;

/// Finds the value of a column.
pub(crate) type Columns<'f, 'a> = &'f dyn Fn(&str) -> Option<Cell<'a>>;

/// One function over the rows so far. Which function, its [`Task`] knows.
#[derive(Clone, Debug)]
pub(crate) enum Aggregate {
    /// `count`, `count_empty`, `rate`
    Count(u64),
    /// `count_uniq`
    CountUniq(Box<CountUniq>),
    /// `sum`, `sum_len`, `avg`, `rate_sum`
    Sum(Sum),
    /// `stddev`, `variance`
    Moments(Box<Moments>),
    /// `min`, `max`
    Extreme(Extreme),
    /// `quantile`, `median`
    Quantile(Box<Quantile>),
    /// `histogram`
    Histogram(Box<Histogram>),
    /// `uniq_values`, `values`
    Texts(Box<Texts>),
    /// `first`, `last`
    AtEnd(AtEnd),
}

impl Aggregate {
    /// Adds rows of which only the number matters.
    #[inline]
    pub(crate) fn add_count(&mut self, rows: u64) {
        if let Aggregate::Count(count) = self {
            *count = count.saturating_add(rows);
        }
    }

    /// Bytes on the heap that can grow; what one begins with is [`Task::bytes`].
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Aggregate::Count(_) => 0,
            Aggregate::CountUniq(uniq) => uniq.bytes(),
            Aggregate::Sum(sum) => sum.bytes(),
            Aggregate::Moments(moments) => moments.bytes(),
            Aggregate::Extreme(extreme) => extreme.bytes(),
            Aggregate::Quantile(quantile) => quantile.bytes(),
            Aggregate::Histogram(histogram) => histogram.bytes(),
            Aggregate::Texts(texts) => texts.bytes(),
            Aggregate::AtEnd(at_end) => at_end.bytes(),
        }
    }
}
