//! What time a value means.
//!
//! Numbers are seconds, milliseconds, microseconds or nanoseconds since 1970 by their magnitude:
//! each unit begins in 1973, where the one below it would be in the year 5138. Text is a number again, or RFC 3339 with its
//! usual liberties: a space for the `T`, a comma for the point, no offset for the time of the source's zone.
//!
//! A local time that the zone has twice, in autumn, is the earlier one; one that it leaves out, in spring, is as much later
//! as the clock was set forward (RFC 5545).

pub(crate) mod civil;
pub(crate) mod clf;
pub(crate) mod java;
pub(crate) mod month_first;
pub(crate) mod strftime;
pub(crate) mod year_first;

use jiff::tz::TimeZone;
use vigil_model::{Timestamp, Value};

/// Smaller numbers are durations and counters rather than times of day: 1973 in seconds.
const PLAUSIBLE_SECONDS_MIN: u64 = 100_000_000;
/// Longer text is no time; the longest form has a date, an offset and the name of a zone.
const TIME_TEXT_BYTES_MAX: usize = 128;
const NANOS: i64 = 1_000_000_000;

/// The time that `value` means; `None` when it means none that Vigil can hold.
///
/// `named`: somebody said that this is the time, so a small number is one too. `zone`: of a text that names none.
pub(crate) fn read(value: Value<'_>, named: bool, zone: &TimeZone) -> Option<Timestamp> {
    match value {
        Value::Int(number) if named || is_plausible(number) => epoch(number, 0),
        Value::Float(number) => float(number, named),
        Value::Str(text) => read_text(text, zone),
        Value::Time(time) => Some(time),
        _ => None,
    }
}

/// The time that a text means, in any form that is known here: by `zone` where it names none, in the year next to `now`
/// where it names none.
pub(crate) fn any(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim_ascii();
    year_first::read(text, zone)
        .or_else(|| clf::read(text, zone))
        .or_else(|| month_first::read(text, now, zone))
        .or_else(|| read_text(text, zone))
}

/// The time that a decimal number means of which somebody said that it is the time.
pub(crate) fn read_number(text: &str) -> Option<Timestamp> {
    let text = text.trim_ascii();
    let exponent = || text.parse::<f64>().ok().filter(|value| value.is_finite()).and_then(|value| float(value, true));
    if text.len() > TIME_TEXT_BYTES_MAX { None } else { number(text, true).or_else(exponent) }
}

fn read_text(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim_ascii();
    if text.len() > TIME_TEXT_BYTES_MAX {
        return None;
    }
    rfc3339(text.as_bytes(), zone).or_else(|| number(text, false)).or_else(|| by_library(text, zone))
}

fn is_plausible(number: i64) -> bool {
    number.unsigned_abs() >= PLAUSIBLE_SECONDS_MIN
}

/// Through the shortest text that means the same double: 0.1 s is then 100 ms, not a bit less.
fn float(value: f64, named: bool) -> Option<Timestamp> {
    number(&value.to_string(), named)
}

/// A decimal number as time since 1970.
fn number(text: &str, named: bool) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let units: i64 = whole.parse().ok()?;
    if !(named || is_plausible(units)) || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let billionths = nine_digits(fraction.as_bytes());
    epoch(units, if text.starts_with('-') { -billionths } else { billionths })
}

/// `units` and billionths of a unit, the unit chosen by magnitude.
fn epoch(units: i64, billionths: i64) -> Option<Timestamp> {
    let divisor = match units.unsigned_abs() {
        0..100_000_000_000 => 1,
        100_000_000_000..100_000_000_000_000 => 1_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000_000,
        _ => 1_000_000_000,
    };
    let scaled = i128::from(units) * i128::from(NANOS) + i128::from(billionths);
    i64::try_from(scaled.div_euclid(divisor)).ok().map(Timestamp)
}

/// The first nine decimals as billionths; the rest is below a nanosecond.
fn nine_digits(digits: &[u8]) -> i64 {
    let digit = |n: usize| digits.get(n).map_or(0, |byte| i64::from(byte - b'0'));
    (0..9).fold(0, |sum, n| sum * 10 + digit(n))
}

/// The common forms, without allocating: `2026-08-01T12:00:00`, then decimals, then an offset.
fn rfc3339(text: &[u8], zone: &TimeZone) -> Option<Timestamp> {
    let (head, tail) = text.split_first_chunk::<19>()?;
    let marks = (head[4], head[7], head[13], head[16]) == (b'-', b'-', b':', b':');
    if !marks || !matches!(head[10], b'T' | b't' | b' ' | b'_') {
        return None;
    }
    let days = days(two(head, 0)? * 100 + two(head, 2)?, two(head, 5)?, two(head, 8)?)?;
    let (hour, minute, second) = (two(head, 11)?, two(head, 14)?, two(head, 17)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (nanos, tail) = decimals(tail)?;
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second;
    let seconds = match offset(tail)? {
        Some(offset) => seconds - offset,
        None => seconds - local_offset(seconds, zone)?,
    };
    seconds.checked_mul(NANOS)?.checked_add(nanos).map(Timestamp)
}

/// Seconds that a zone is east of UTC when its clocks show `local`, seconds since 1970 as if it were UTC.
#[inline]
fn local_offset(local: i64, zone: &TimeZone) -> Option<i64> {
    if *zone == TimeZone::UTC {
        return Some(0);
    }
    let civil = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::from_second(local).ok()?);
    let actual = zone.to_ambiguous_timestamp(civil).compatible().ok()?;
    Some(local - actual.as_second())
}

/// The number of two digits.
pub(crate) fn two(text: &[u8], at: usize) -> Option<i64> {
    let (tens, ones) = (text.get(at)?.wrapping_sub(b'0'), text.get(at + 1)?.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then_some(i64::from(tens) * 10 + i64::from(ones))
}

/// Days since 1970 of a date of the Gregorian calendar, years counted from March so that the
/// leap day comes last.
pub(crate) fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=last).contains(&day) {
        return None;
    }
    let year = if month < 3 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468)
}

/// Nanoseconds of the decimals, if there are any, and what follows them.
pub(crate) fn decimals(text: &[u8]) -> Option<(i64, &[u8])> {
    let [b'.' | b',', rest @ ..] = text else { return Some((0, text)) };
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, zone) = rest.split_at(count);
    (count > 0).then(|| (nine_digits(digits), zone))
}

/// Seconds east of UTC; `Some(None)` where the text says nothing of it.
fn offset(text: &[u8]) -> Option<Option<i64>> {
    let (sign, digits) = match text.trim_ascii_start() {
        b"" => return Some(None),
        b"Z" | b"z" | b"UTC" | b"GMT" => return Some(Some(0)),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let minutes = match digits {
        [_, _] => 0,
        [_, _, b':', _, _] => two(digits, 3)?,
        [_, _, _, _] => two(digits, 2)?,
        _ => return None,
    };
    let hours = two(digits, 0)?;
    (hours <= 23 && minutes <= 59).then_some(Some(sign * (hours * 3_600 + minutes * 60)))
}

/// Everything rarer: leap seconds, zone names after an offset, RFC 2822, a date alone.
fn by_library(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let parsed = text.parse::<jiff::Timestamp>().ok().or_else(|| rfc2822(text)).or_else(|| civil(text, zone))?;
    i64::try_from(parsed.as_nanosecond()).ok().map(Timestamp)
}

fn rfc2822(text: &str) -> Option<jiff::Timestamp> {
    jiff::fmt::rfc2822::parse(text).ok().map(|zoned| zoned.timestamp())
}

fn civil(text: &str, zone: &TimeZone) -> Option<jiff::Timestamp> {
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    zone.to_ambiguous_timestamp(civil).compatible().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Option<String> {
        read(Value::Str(text), false, &TimeZone::UTC).map(|time| time.to_string())
    }

    #[test]
    fn text_forms() {
        for (form, expected) in [
            ("2026-08-01T12:00:00Z", "2026-08-01T12:00:00Z"),
            ("2026-08-01 12:00:00,123", "2026-08-01T12:00:00.123Z"),
            ("2026-08-01 12:00:00", "2026-08-01T12:00:00Z"),
            ("2026-08-01t12:00:00.123456789+02:00", "2026-08-01T10:00:00.123456789Z"),
            ("2026-08-01T12:00:00.5-0330", "2026-08-01T15:30:00.5Z"),
            ("2026-08-01 12:00:00 +01", "2026-08-01T11:00:00Z"),
            ("2026-08-01 12:00:00 UTC", "2026-08-01T12:00:00Z"),
            ("2026-08-01T12:00:00.12345678912Z", "2026-08-01T12:00:00.123456789Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
            ("2026-08-01T12:00Z", "2026-08-01T12:00:00Z"),
            ("2026-08-01T12:00:00+02:00[Europe/Berlin]", "2026-08-01T10:00:00Z"),
            ("Sat, 01 Aug 2026 12:00:00 GMT", "2026-08-01T12:00:00Z"),
            ("2026-08-01", "2026-08-01T00:00:00Z"),
            ("20260801", "2026-08-01T00:00:00Z"),
            ("1785585600", "2026-08-01T12:00:00Z"),
            ("1785585600.123456789", "2026-08-01T12:00:00.123456789Z"),
            ("1785585600123", "2026-08-01T12:00:00.123Z"),
            ("1785585600123456", "2026-08-01T12:00:00.123456Z"),
            ("1785585600123456789", "2026-08-01T12:00:00.123456789Z"),
            ("-1785585600.5", "1913-06-02T11:59:59.5Z"),
        ] {
            assert_eq!(text(form).as_deref(), Some(expected), "{form}");
        }
        for form in ["", "yesterday", "12", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "9999-01-01T00:00:00Z", "-"]
        {
            assert_eq!(text(form), None, "{form}");
        }
    }

    #[test]
    fn numbers_by_magnitude() {
        let read = |value| read(value, false, &TimeZone::UTC).map(|time| time.to_string());
        assert_eq!(read(Value::Int(1_785_585_600)).as_deref(), Some("2026-08-01T12:00:00Z"));
        assert_eq!(read(Value::Int(1_785_585_600_123)).as_deref(), Some("2026-08-01T12:00:00.123Z"));
        assert_eq!(read(Value::Float(1_785_585_600.1)).as_deref(), Some("2026-08-01T12:00:00.1Z"));
        assert_eq!(read(Value::Float(1_785_585_600_123.25)).as_deref(), Some("2026-08-01T12:00:00.12325Z"));
        assert_eq!((read(Value::Int(250)), read(Value::Float(1e300)), read(Value::Bool(true))), (None, None, None));
        assert_eq!(super::read(Value::Int(250), true, &TimeZone::UTC), Some(Timestamp(250 * NANOS)));
    }

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").expect("the zones are compiled in")
    }

    #[test]
    fn local_times_are_those_of_the_zone() {
        for (form, expected) in [
            ("2026-08-01 12:00:00", "2026-08-01T10:00:00Z"),
            ("2026-01-01T12:00:00.5", "2026-01-01T11:00:00.5Z"),
            ("2026-08-01", "2026-07-31T22:00:00Z"),
            ("2026-08-01T12:00:00Z", "2026-08-01T12:00:00Z"),
            ("2026-08-01T12:00:00-01:00", "2026-08-01T13:00:00Z"),
            ("1785585600", "2026-08-01T12:00:00Z"),
            // Left out in spring: as if the clock had not been set forward.
            ("2026-03-29 02:30:00", "2026-03-29T01:30:00Z"),
            // Twice in autumn: the first of the two.
            ("2026-10-25 02:30:00", "2026-10-25T00:30:00Z"),
            ("2026-10-25 03:30:00", "2026-10-25T02:30:00Z"),
        ] {
            let read = read(Value::Str(form), false, &berlin()).map(|time| time.to_string());
            assert_eq!(read.as_deref(), Some(expected), "{form}");
        }
    }

    proptest! {
        #[test]
        fn local_times_agree_with_the_library(written in "(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?") {
            let fast = rfc3339(written.as_bytes(), &berlin());
            prop_assert_eq!(fast, by_library(&written, &berlin()), "{}", written);
        }

        #[test]
        fn what_is_written_is_read(nanos: i64) {
            let written = Timestamp(nanos).to_string();
            prop_assert_eq!(rfc3339(written.as_bytes(), &TimeZone::UTC), Some(Timestamp(nanos)), "{}", written);
        }

        #[test]
        fn the_fast_path_agrees_with_the_library(written in "(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-][01][0-9]:[0-5][0-9])") {
            if let Some(time) = rfc3339(written.as_bytes(), &TimeZone::UTC) {
                prop_assert_eq!(by_library(&written, &TimeZone::UTC), Some(time));
            } else {
                prop_assert_eq!(by_library(&written, &TimeZone::UTC), None);
            }
        }

        #[test]
        fn no_text_is_a_panic(text in ".{0,40}", head in "[0-9-]{4,10}") {
            for zone in [TimeZone::UTC, berlin()] {
                read_text(&text, &zone);
                read_text(&format!("{head}{text}"), &zone);
            }
        }
    }
}
