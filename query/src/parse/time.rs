//! What a value of `_time` means: a stretch before now, a date, a moment.

use vigil_model::Timestamp;

use super::bound::Written;
use super::cursor::{ends_name, is_keyword};
use super::value::about;
use super::{Parser, Result};
use crate::error::shown;
use crate::filter::TIME_FIELD;
use crate::number::Number;
use crate::when::{self, Period};
use crate::{Bound, Field, FieldTest, Filter};

impl Parser<'_> {
    /// `_time:5m`, the last five minutes up to this very moment, or `_time:2026-08`, all of it.
    pub(crate) fn time_value(&self, text: &str, start: usize) -> Result<Filter> {
        let (low, high) = if let Some(span) = nanos(text) {
            (self.now.0.saturating_sub(span), self.now.0.saturating_add(1))
        } else if let Some(period) = when::read_with_year(text) {
            (period.start.0, period.end.0)
        } else {
            return self.no_time(text, start);
        };
        let low = Some((Bound::Time(Timestamp(low)), true));
        let high = Some((Bound::Time(Timestamp(high)), false));
        Ok(about(&Field::Named(TIME_FIELD.to_owned()), FieldTest::Range { low, high }))
    }

    /// A bound of `_time`: a date, a moment, `now` or `now-5m`.
    pub(crate) fn time_bound(&self, text: &str, start: usize) -> Result<Written> {
        if let Some(moment) = self.relative(text) {
            return Ok(Written::Period(Period { start: moment, end: moment, instant: true }));
        }
        match when::read_with_year(text) {
            Some(period) => Ok(Written::Period(period)),
            None if nanos(text).is_some() => {
                let hint = format!("write now-{text} for that long ago, or _time:{text} for all since then");
                self.fail(self.since(start), "a time is missing, this is only how long", &hint)
            }
            None => self.no_time(text, start),
        }
    }

    /// The test with its times moved back by the `offset 1h` that follows it, if one does. Times of day and days of the
    /// week are those of a clock that is so much ahead.
    pub(crate) fn shifted(&mut self, filter: Filter) -> Result<Filter> {
        let end = self.at;
        self.skip_space();
        let start = self.at;
        if !self.eat_keyword("OFFSET") {
            self.at = end;
            return Ok(filter);
        }
        self.skip_space();
        let span_start = self.at;
        let text = self.run(ends_name);
        if text.is_empty() || is_keyword(text) {
            self.at = end;
            return Ok(filter);
        }
        let Some(offset) = signed_nanos(text) else {
            let message = format!("`{}` is no length of time", shown(text));
            return self.fail(
                self.since(span_start),
                message,
                "write offset 1h, or quote \"offset\" to search for the word",
            );
        };
        match shift(filter, offset) {
            Some(filter) => Ok(filter),
            None => self.fail(self.since(start), "an offset moves times, and here is none", "take it away"),
        }
    }

    fn relative(&self, text: &str) -> Option<Timestamp> {
        let shift = text.strip_prefix("now")?;
        let nanos = match shift.split_at_checked(1) {
            None => 0,
            Some(("-", span)) => -nanos(span)?,
            Some(("+", span)) => nanos(span)?,
            Some(_) => return None,
        };
        Some(Timestamp(self.now.0.saturating_add(nanos)))
    }

    /// Fails because `text`, from `start` to here, is no time.
    pub(crate) fn no_time<T>(&self, text: &str, start: usize) -> Result<T> {
        let message = format!("`{}` is no time", shown(text));
        self.fail(self.since(start), message, "write 5m for the last five minutes, 2026-08-01, or 2026-08-01T12:00:00Z")
    }
}

/// The filter of times with its times moved back; `None` where it has none.
fn shift(filter: Filter, by: i64) -> Option<Filter> {
    match filter {
        Filter::Not(inner) => shift(*inner, by).map(Filter::negated),
        Filter::Or(parts) => parts.into_iter().map(|part| shift(part, by)).collect::<Option<_>>().map(Filter::Or),
        Filter::Field { field, test } => shift_test(test, by).map(|test| Filter::Field { field, test }),
        _ => None,
    }
}

fn shift_test(test: FieldTest, by: i64) -> Option<FieldTest> {
    let bound = |bound: Bound| match bound {
        Bound::Time(time) => Some(Bound::Time(Timestamp(time.0.saturating_sub(by)))),
        _ => None,
    };
    let end = |end: Option<(Bound, bool)>| match end {
        Some((of, inside)) => bound(of).map(|of| Some((of, inside))),
        None => Some(None),
    };
    match test {
        FieldTest::Compare(comparison, of) => Some(FieldTest::Compare(comparison, bound(of)?)),
        FieldTest::Range { low, high } => Some(FieldTest::Range { low: end(low)?, high: end(high)? }),
        FieldTest::DayRange { from, to, .. } => Some(FieldTest::DayRange { from, to, offset: by }),
        FieldTest::WeekRange { from, to, .. } => Some(FieldTest::WeekRange { from, to, offset: by }),
        _ => None,
    }
}

/// How long a duration is, backwards with a `-`.
fn signed_nanos(text: &str) -> Option<i64> {
    match text.strip_prefix('-') {
        Some(text) => nanos(text).map(|nanos| -nanos),
        None => nanos(text.strip_prefix('+').unwrap_or(text)),
    }
}

/// How long a duration without sign is.
fn nanos(text: &str) -> Option<i64> {
    let unsigned = text.starts_with(|c: char| c.is_ascii_digit());
    match Number::duration(text).filter(|_| unsigned)? {
        Number::Int(nanos) => Some(nanos),
        Number::Float(nanos) => Some(nanos as i64),
    }
}
