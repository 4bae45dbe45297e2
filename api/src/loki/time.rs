//! Which times a request of a client of Loki means.
//!
//! A number with a point is seconds; a whole one of up to ten digits, too, and a longer one nanoseconds; everything
//! else is RFC 3339. No time is too odd: Grafana tests a connection at a time in 2096.

use vigil_model::Timestamp;
use vigil_query::TimeRange;

use crate::discover::read_step;
use crate::failure::Failure;
use crate::params::Params;

const SECOND: i64 = 1_000_000_000;
/// How far a range goes back where nobody says, in nanoseconds.
const SINCE: i64 = 3_600 * SECOND;
/// Digits of a whole number of seconds; one of more is of nanoseconds.
const SECONDS_DIGITS: usize = 10;
/// Steps of a range where nobody says how long they are.
const STEPS: i64 = 250;

/// A parameter that is a moment.
pub(super) fn moment(params: &mut Params, name: &str) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = params.take(name)?.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let why = || {
        let why = "write seconds, nanoseconds (more than ten digits) or 2026-01-31T12:00:00Z";
        Failure::parameter(name, format!("`{text}` is no time; {why}"))
    };
    read(text.trim()).map(Some).ok_or_else(why)
}

fn read(text: &str) -> Option<Timestamp> {
    if text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.')) {
        if text.contains('.') {
            let seconds: f64 = text.parse().ok()?;
            // A whole second and its part, so that no digit of either is lost; `as` stays inside of what there is.
            let part = ((seconds - seconds.floor()) * 1e9).round() as i64;
            return Some(Timestamp((seconds.floor() as i64).saturating_mul(SECOND).saturating_add(part)));
        }
        if let Ok(number) = text.parse::<i64>() {
            let scale = if text.len() <= SECONDS_DIGITS { SECOND } else { 1 };
            return Some(Timestamp(number.saturating_mul(scale)));
        }
    }
    text.parse().ok()
}

/// `start` (inside) to `end` (outside). Without `start` it begins `since` before the end, without `end` it ends now.
pub(super) fn range(params: &mut Params, now: Timestamp) -> Result<TimeRange, Failure> {
    let to = moment(params, "end")?.unwrap_or(now);
    let since = read_step(params, "since")?.unwrap_or(SINCE);
    let from = moment(params, "start")?.unwrap_or(Timestamp(to.0.saturating_sub(since)));
    Ok(TimeRange { from, to })
}

/// `step=`; or such that there are about 250, of whole seconds.
pub(super) fn step(params: &mut Params, range: &TimeRange) -> Result<i64, Failure> {
    let seconds = range.to.0.saturating_sub(range.from.0) / SECOND;
    Ok(read_step(params, "step")?.unwrap_or_else(|| (seconds / STEPS).max(1).saturating_mul(SECOND)))
}

/// Nanoseconds as seconds, whole ones without decimals.
pub(super) fn seconds(nanos: i64) -> serde_json::Number {
    if nanos % SECOND == 0 {
        return (nanos / SECOND).into();
    }
    let seconds = nanos.div_euclid(1_000_000) as f64 / 1_000.0;
    serde_json::Number::from_f64(seconds).expect("a number of seconds is finite")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_769_860_800_000_000_000);

    #[test]
    fn times_are_seconds_nanoseconds_or_text() {
        for (text, nanos) in [
            ("4000000000", 4_000_000_000 * SECOND),
            ("1769860800", NOW.0),
            ("0", 0),
            ("17698608001", 17_698_608_001),
            ("1769860800000000001", NOW.0 + 1),
            ("1769860800.5", NOW.0 + SECOND / 2),
            ("2026-01-31T12:00:00Z", NOW.0),
            ("2026-01-31T13:00:00.25+01:00", NOW.0 + SECOND / 4),
            ("999999999999.5", i64::MAX),
        ] {
            assert_eq!(read(text), Some(Timestamp(nanos)), "{text}");
        }
        for wrong in ["", "-", ".", "yesterday", "1.2.3", "99999999999999999999", "-5m", "1e9", "é"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_range_is_an_hour_where_nobody_says() {
        let read =
            |form: &str| range(&mut Params::of_form(form.as_bytes()), NOW).map(|range| (range.from.0, range.to.0));
        assert_eq!(read(""), Ok((NOW.0 - SINCE, NOW.0)));
        assert_eq!(read("since=5m&end=1769860700"), Ok((NOW.0 - 400 * SECOND, NOW.0 - 100 * SECOND)));
        assert_eq!(read("start=1&since=5m"), Ok((SECOND, NOW.0)));
        assert!(read("since=soon").is_err());
    }

    #[test]
    fn a_step_is_a_two_hundred_and_fiftieth_in_whole_seconds() {
        let range = |seconds: i64| TimeRange { from: Timestamp(0), to: Timestamp(seconds * SECOND) };
        let read = |form: &str, seconds| step(&mut Params::of_form(form.as_bytes()), &range(seconds));
        assert_eq!(read("", 3_600), Ok(14 * SECOND));
        assert_eq!(read("", 10), Ok(SECOND));
        assert_eq!(read("step=300000ms", 10), Ok(300 * SECOND));
        assert_eq!(read("step=0.5", 10), Ok(SECOND / 2));
        assert!(read("step=0", 10).is_err());
    }

    #[test]
    fn seconds_have_decimals_only_where_they_say_something() {
        assert_eq!(seconds(4_000_000_000 * SECOND).to_string(), "4000000000");
        assert_eq!(seconds(1_500_000_000).to_string(), "1.5");
        assert_eq!(seconds(i64::MIN).to_string(), "-9223372036.855");
    }
}
