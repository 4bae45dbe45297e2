//! How wide the buckets of a histogram are: as asked for, or round and about sixty of them.

use vigil_query::TimeRange;

use crate::failure::Failure;
use crate::params::Params;

const MILLI: i64 = 1_000_000;
const SECOND: i64 = 1_000 * MILLI;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Buckets when nobody says how wide they are.
const BUCKETS: i64 = 60;

/// Widths that people think in.
const ROUND: [i64; 33] = [
    MILLI,
    2 * MILLI,
    5 * MILLI,
    10 * MILLI,
    20 * MILLI,
    50 * MILLI,
    100 * MILLI,
    200 * MILLI,
    500 * MILLI,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    30 * DAY,
    90 * DAY,
    365 * DAY,
    3_650 * DAY,
];

/// The least round width at which a range has no more than about [`BUCKETS`].
pub(super) fn round_step(range: &TimeRange) -> i64 {
    let least = range.to.0.saturating_sub(range.from.0) / BUCKETS;
    *ROUND.iter().find(|step| **step >= least).unwrap_or(&ROUND[ROUND.len() - 1])
}

/// `step=`: `1m`, `250ms`, or seconds; in nanoseconds, above 0.
pub(crate) fn read_step(params: &mut Params, name: &str) -> Result<Option<i64>, Failure> {
    let Some(text) = params.take(name)?.filter(|text| !text.is_empty()) else { return Ok(None) };
    let step = nanoseconds(&text).filter(|step| *step > 0);
    let why = || Failure::parameter(name, format!("`{text}` is not a width such as 1m, 250ms or 60 (seconds)"));
    step.map(Some).ok_or_else(why)
}

/// As [`read_step`], and below 0 too: `-1h`.
pub(crate) fn read_distance(params: &mut Params, name: &str) -> Result<Option<i64>, Failure> {
    let Some(text) = params.take(name)?.filter(|text| !text.is_empty()) else { return Ok(None) };
    let distance = match text.strip_prefix('-') {
        Some(rest) => nanoseconds(rest).map(|nanos| -nanos),
        None => nanoseconds(&text),
    };
    let why = || Failure::parameter(name, format!("`{text}` is not a distance such as 1h, -30m or 60 (seconds)"));
    distance.map(Some).ok_or_else(why)
}

/// A time with a unit, or seconds.
fn nanoseconds(text: &str) -> Option<i64> {
    let float = |nanos: f64| Some(nanos).filter(|nanos| nanos.abs() < i64::MAX as f64).map(|nanos| nanos as i64);
    if let Ok(seconds) = text.parse::<f64>() {
        return float(seconds * SECOND as f64);
    }
    match vigil_query::Number::duration(text)? {
        vigil_query::Number::Int(nanos) => Some(nanos),
        vigil_query::Number::Float(nanos) => float(nanos),
    }
}

#[cfg(test)]
mod tests {
    use vigil_model::Timestamp;

    use super::*;

    #[test]
    fn a_range_has_about_sixty_round_buckets() {
        let step = |range: i64| round_step(&TimeRange { from: Timestamp(0), to: Timestamp(range) });
        for (range, width) in [
            (HOUR, MINUTE),
            (HOUR + 1, MINUTE),
            (DAY, 30 * MINUTE),
            (7 * DAY, 3 * HOUR),
            (0, MILLI),
            (i64::MAX, 3_650 * DAY),
        ] {
            assert_eq!(step(range), width, "{range}");
        }
        assert!(ROUND.is_sorted());
    }

    #[test]
    fn a_step_is_a_time_above_nothing() {
        let read = |text: &str| read_step(&mut Params::of_form(format!("step={text}").as_bytes()), "step");
        for (text, nanos) in [("1m", MINUTE), ("60", MINUTE), ("0.5", 500 * MILLI), ("250ms", 250 * MILLI)] {
            assert_eq!(read(text), Ok(Some(nanos)), "{text}");
        }
        assert_eq!(read(""), Ok(None));
        for wrong in ["0", "-1m", "soon", "NaN", "inf", "1e300"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
