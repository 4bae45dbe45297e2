//! What a value is compared with: comparisons and ranges.

use super::cursor::ends_value;
use super::value::{about, is_time};
use super::{Parser, Result};
use crate::error::shown;
use crate::number::Number;
use crate::when::{self, Period};
use crate::{Bound, Comparison, Field, FieldTest, Filter};

/// A bound as it was written. A coarse time is a whole period.
pub(crate) enum Written {
    /// `*`
    Open,
    /// A number or a text.
    Plain(Bound),
    /// A date or time.
    Period(Period),
}

impl Parser<'_> {
    /// `>5`, `>= 5`, `<5`, `<=5`.
    pub(crate) fn comparison(&mut self, field: &Field) -> Result<Filter> {
        let start = self.at;
        let above = self.eat(">");
        let below = !above && self.eat("<");
        assert!(above || below, "the caller saw the sign");
        let equal = self.eat("=");
        self.skip_space();
        let operator = match (above, equal) {
            (true, true) => Comparison::GreaterOrEqual,
            (true, false) => Comparison::Greater,
            (false, true) => Comparison::LessOrEqual,
            (false, false) => Comparison::Less,
        };
        match self.bound(field)? {
            Written::Open => self.fail(self.since(start), "nothing compares with `*`", "write field:* for any value"),
            Written::Plain(bound) => Ok(about(field, FieldTest::Compare(operator, bound))),
            Written::Period(period) => Ok(about(field, compare_period(operator, period))),
        }
    }

    /// Whether the parenthesis here begins a range, `(1, 5]`, and not a group.
    pub(crate) fn range_ahead(&mut self) -> Result<bool> {
        let start = self.at;
        self.at += 1;
        self.skip_space();
        if self.quoted()?.is_none() {
            self.run(ends_value);
            self.eat("*");
        }
        self.skip_space();
        let found = self.peek() == Some(',');
        self.at = start;
        Ok(found)
    }

    /// `[1 TO 5]`, `{a TO b}`, `[1, 5)`: square brackets have their bound inside.
    pub(crate) fn range(&mut self, field: &Field) -> Result<Filter> {
        let open = self.here();
        let low_inside = self.peek() == Some('[');
        self.at = open.end;
        let low = self.bound(field)?;
        self.skip_space();
        if !(self.eat(",") || self.eat_keyword("TO")) {
            return self.fail(self.here(), "`TO` is missing between the bounds", "write [1 TO 5] or [1, 5)");
        }
        let high = self.bound(field)?;
        self.skip_space();
        let high_inside = match self.peek() {
            Some(']') => true,
            Some(')' | '}') => false,
            _ => {
                return self.fail(open, "this range is never closed", "end it with `]`, or `}` to leave the bound out");
            }
        };
        self.at += 1;
        Ok(about(field, range_test(lower(low, low_inside), upper(high, high_inside))))
    }

    fn bound(&mut self, field: &Field) -> Result<Written> {
        self.skip_space();
        let start = self.at;
        if let Some(text) = self.quoted()? {
            return if is_time(field) { self.time_bound(&text, start) } else { Ok(Written::Plain(Bound::Text(text))) };
        }
        if self.eat("*") {
            return self.lone_star(start).map(|()| Written::Open);
        }
        let text = self.run(ends_value);
        if text.is_empty() {
            return self.fail(
                self.here(),
                "a bound is missing here",
                "write a number, a time or a text, or * for none",
            );
        }
        if self.eat("*") {
            let message = format!("`{}*` is no bound", shown(text));
            return self.fail(self.since(start), message, "a range has whole values at its ends");
        }
        if is_time(field) { self.time_bound(text, start) } else { Ok(plain_bound(text)) }
    }
}

fn plain_bound(text: &str) -> Written {
    if let Some(number) = Number::read(text) {
        return Written::Plain(number.into());
    }
    match when::read(text) {
        Some(period) => Written::Period(period),
        None => Written::Plain(Bound::Text(text.to_owned())),
    }
}

/// After a day is after its last moment, up to a day includes all of it.
pub(crate) fn compare_period(operator: Comparison, period: Period) -> FieldTest {
    let (operator, time) = match operator {
        Comparison::Greater if !period.instant => (Comparison::GreaterOrEqual, period.end),
        Comparison::LessOrEqual if !period.instant => (Comparison::Less, period.end),
        operator => (operator, period.start),
    };
    FieldTest::Compare(operator, Bound::Time(time))
}

fn lower(written: Written, inside: bool) -> Option<(Bound, bool)> {
    match written {
        Written::Open => None,
        Written::Plain(bound) => Some((bound, inside)),
        Written::Period(period) if inside || period.instant => Some((Bound::Time(period.start), inside)),
        Written::Period(period) => Some((Bound::Time(period.end), true)),
    }
}

fn upper(written: Written, inside: bool) -> Option<(Bound, bool)> {
    match written {
        Written::Open => None,
        Written::Plain(bound) => Some((bound, inside)),
        Written::Period(period) if !inside || period.instant => Some((Bound::Time(period.start), inside)),
        Written::Period(period) => Some((Bound::Time(period.end), false)),
    }
}

fn range_test(low: Option<(Bound, bool)>, high: Option<(Bound, bool)>) -> FieldTest {
    match (low, high) {
        (None, None) => FieldTest::Exists,
        (low, high) => FieldTest::Range { low, high },
    }
}
