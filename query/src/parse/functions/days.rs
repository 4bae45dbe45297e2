//! `_time:day_range[08:00, 18:00)`, `_time:week_range[Mon, Fri]`: when in the day or the week?

use std::ops::Range;

use vigil_model::Timestamp;

use super::{Call, Syntax};
use crate::error::shown;
use crate::parse::cursor::ends_value;
use crate::parse::value::about;
use crate::parse::{Parser, Result};
use crate::{FieldTest, Filter};

pub(super) const OF_DAY: Syntax =
    Syntax { names: &["day_range"], opens: "([", example: "_time:day_range[08:00, 18:00)", read: day };

pub(super) const OF_WEEK: Syntax =
    Syntax { names: &["week_range"], opens: "([", example: "_time:week_range[Mon, Fri]", read: week };

/// The days as they are written back, Sunday first.
pub(crate) const WEEK: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const LONG_WEEK: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const LAST_DAY: u8 = 6;

/// A bound, where it stands, and whether it is inside.
struct End<'a> {
    text: &'a str,
    span: Range<usize>,
    inside: bool,
}

/// A range that ends before it begins goes on past midnight.
fn day(parser: &mut Parser<'_>, call: &Call<'_>) -> Result<Filter> {
    let [low, high] = parser.ends(call)?;
    let from = time_of_day(call, &low)? + i64::from(!low.inside);
    let to = time_of_day(call, &high)? + i64::from(high.inside);
    let (from, to) = (from.min(Timestamp::DAY) % Timestamp::DAY, to.min(Timestamp::DAY));
    let test = |from, to| about(call.field(), FieldTest::DayRange { from, to, offset: 0 });
    if from == to {
        return call.fail(parser.since(call.start), "no time of day lies inside of this range");
    }
    Ok(match to {
        0 => test(from, Timestamp::DAY),
        to if from < to => test(from, to),
        to => test(from, Timestamp::DAY).or(test(0, to)),
    })
}

/// A range that ends before it begins goes on past Saturday.
fn week(parser: &mut Parser<'_>, call: &Call<'_>) -> Result<Filter> {
    let [low, high] = parser.ends(call)?;
    let (first, last) = (day_of_week(call, &low)?, day_of_week(call, &high)?);
    let days = (last + 7 - first) % 7 + 1;
    let outside = u8::from(!low.inside) + u8::from(!high.inside);
    if days <= outside {
        return call.fail(parser.since(call.start), "no day lies inside of this range");
    }
    let from = (first + u8::from(!low.inside)) % 7;
    let to = (last + 7 - u8::from(!high.inside)) % 7;
    let test = |from, to| about(call.field(), FieldTest::WeekRange { from, to, offset: 0 });
    Ok(if from <= to { test(from, to) } else { test(from, LAST_DAY).or(test(0, to)) })
}

impl<'a> Parser<'a> {
    /// `[a, b)`: both ends, square brackets with their bound inside.
    fn ends(&mut self, call: &Call<'_>) -> Result<[End<'a>; 2]> {
        if call.scope.is_none() {
            return call.fail(self.since(call.start), format!("`{}` is about the time of a field", call.name()));
        }
        let open = self.here();
        let low_inside = self.eat("[") || !self.eat("(");
        let (low, low_span) = self.end_text(call)?;
        self.skip_space();
        if !(self.eat(",") || self.eat_keyword("TO")) {
            return call.fail(self.here(), "a comma is missing between the bounds");
        }
        let (high, high_span) = self.end_text(call)?;
        self.skip_space();
        let high_inside = self.eat("]");
        if !high_inside && !self.eat(")") {
            return self.fail(open, "this range is never closed", "end it with `]`, or `)` to leave the bound out");
        }
        let low = End { text: low, span: low_span, inside: low_inside };
        Ok([low, End { text: high, span: high_span, inside: high_inside }])
    }

    fn end_text(&mut self, call: &Call<'_>) -> Result<(&'a str, Range<usize>)> {
        self.skip_space();
        let start = self.at;
        let text = self.run(ends_value);
        match text.is_empty() {
            true => call.fail(self.here(), "a bound is missing here"),
            false => Ok((text, self.since(start))),
        }
    }
}

/// Nanoseconds since midnight, up to and with 24:00.
fn time_of_day(call: &Call<'_>, end: &End<'_>) -> Result<i64> {
    match read_time_of_day(end.text) {
        Some(nanos) => Ok(nanos),
        None => call.fail(end.span.clone(), format!("`{}` is no time of day", shown(end.text))),
    }
}

/// `08:00`, `08:00:30`, `08:00:30.5`.
fn read_time_of_day(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let number = |part: &str| -> Option<i64> {
        let plain = part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|_| plain)
    };
    let parts: Vec<i64> = whole.split(':').map(number).collect::<Option<_>>()?;
    let (hours, minutes, seconds) = match (parts.as_slice(), fraction) {
        ([hours, minutes], None) => (*hours, *minutes, 0),
        ([hours, minutes, seconds], _) => (*hours, *minutes, *seconds),
        _ => return None,
    };
    let nanos = fraction.map_or(Some(0), read_fraction)?;
    let sound = hours <= 24 && minutes < 60 && seconds < 60;
    let total = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000_000 + nanos;
    (sound && total <= Timestamp::DAY).then_some(total)
}

fn read_fraction(digits: &str) -> Option<i64> {
    let sound = (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    format!("{digits:0<9}").parse().ok().filter(|_| sound)
}

/// 0 is Sunday.
fn day_of_week(call: &Call<'_>, end: &End<'_>) -> Result<u8> {
    let position = |names: [&str; 7]| names.iter().position(|name| name.eq_ignore_ascii_case(end.text));
    match position(WEEK).or_else(|| position(LONG_WEEK)) {
        Some(day) => Ok(day as u8),
        None => call.fail(end.span.clone(), format!("`{}` is no day of the week", shown(end.text))),
    }
}
