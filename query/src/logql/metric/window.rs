//! How windows of time are cut out of the times of events.
//!
//! The window of a step at `t` holds the times after `t - range`, up to `t` itself.

use vigil_model::Timestamp;
use vigil_model::limits::{LOGQL_BUCKETS_MAX, LOGQL_STEPS_MAX, LOGQL_WINDOWS_MAX};

use super::{MetricError, Steps};
use crate::{Bucket, GroupKey, Pipe, TIME_FIELD, TimeRange, Windows};

/// How the windows of all steps are cut; `first` is the end of the first one, in times of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// There is one step, and the time range of the query is its window.
    Whole,
    /// Buckets that do not overlap; a window is some of them, one after another.
    Buckets { first: i64, range: i64, width: i64 },
    /// Every event goes into each window that holds it.
    Windows { first: i64 },
}

impl Cut {
    /// The cheapest cut. `adds_up` says that the value of a window follows from the values of its buckets.
    pub(super) fn new(steps: &Steps, range: i64, offset: i64, adds_up: bool) -> Result<Cut, MetricError> {
        let first = steps.start.saturating_sub(offset);
        if steps.count() == 1 {
            return Ok(Cut::Whole);
        }
        if range == steps.step {
            return Ok(Cut::Buckets { first, range, width: range });
        }
        let width = divisor(range, steps.step);
        let buckets = (steps.last() - steps.start).saturating_add(range) / width;
        let windows = (range as u64).div_ceil(steps.step as u64);
        if adds_up && buckets <= LOGQL_BUCKETS_MAX && windows <= LOGQL_STEPS_MAX as u64 {
            return Ok(Cut::Buckets { first, range, width });
        }
        if windows > LOGQL_WINDOWS_MAX { Err(MetricError::Windows { windows }) } else { Ok(Cut::Windows { first }) }
    }

    /// What goes before `stats`, and the key that tells windows or buckets apart.
    pub(super) fn pipes(&self, steps: &Steps, range: i64) -> (Option<Pipe>, Option<GroupKey>) {
        match *self {
            Cut::Whole => (None, None),
            Cut::Buckets { first, width, .. } => {
                // A bucket begins one nanosecond after the end of the one before.
                let offset = first.saturating_add(1).rem_euclid(width);
                let bucket = Bucket::Time { width, offset };
                (None, Some(GroupKey { field: TIME_FIELD.to_owned(), bucket: Some(bucket) }))
            }
            Cut::Windows { first } => {
                let windows = Windows { first, step: steps.step, count: steps.count() as u64, range };
                (Some(Pipe::Windows(windows)), Some(GroupKey::plain(TIME_FIELD)))
            }
        }
    }

    /// The steps whose windows hold a row of the answer, given its time column.
    pub(super) fn steps_of(&self, time: Option<Timestamp>, steps: &Steps) -> std::ops::Range<usize> {
        let count = steps.count() as i64;
        match (*self, time) {
            (Cut::Whole, _) => 0..1,
            (_, None) => 0..0,
            (Cut::Windows { first }, Some(time)) => {
                let since = time.0.saturating_sub(first);
                let known = since >= 0 && since % steps.step == 0 && since / steps.step < count;
                if known { (since / steps.step) as usize..(since / steps.step) as usize + 1 } else { 0..0 }
            }
            (Cut::Buckets { first, range, width }, Some(start)) => {
                // From the first window that ends with or after the bucket, while windows begin before it.
                let end = start.0.saturating_add(width - 1);
                let from = ceiling(end.saturating_sub(first), steps.step).max(0);
                let last_end = end.saturating_sub(width).saturating_add(range);
                let to = last_end.saturating_sub(first).div_euclid(steps.step).saturating_add(1).min(count);
                if from < to { from as usize..to as usize } else { 0..0 }
            }
        }
    }
}

/// The times of all events that are in some window.
pub(super) fn times(steps: &Steps, range: i64, offset: i64) -> TimeRange {
    let from = steps.start.saturating_sub(offset).saturating_sub(range).saturating_add(1);
    let to = steps.last().saturating_sub(offset).saturating_add(1);
    TimeRange { from: Timestamp(from), to: Timestamp(to) }
}

fn ceiling(a: i64, b: i64) -> i64 {
    a.div_euclid(b) + i64::from(a.rem_euclid(b) > 0)
}

/// The greatest common divisor of two numbers above 0.
fn divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { divisor(b, a % b) }
}
