//! Which moment `from=` and `to=` mean: RFC 3339, a UTC date, an epoch, or a distance from now.

use vigil_model::Timestamp;

const SECOND: i64 = 1_000_000_000;

/// Reads a moment. `now` is what distances count from.
pub(crate) fn read(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let text = text.trim();
    relative(text, now).or_else(|| epoch(text)).or_else(|| calendar(text)).ok_or_else(|| {
        format!("`{text}` is no time; write 2026-01-31T12:00:00Z, 2026-01-31, an epoch, -15m, now-1h or now")
    })
}

/// `now`, `-15m`, `15m` (ago), `now-1h`, `now+1h`.
fn relative(text: &str, now: Timestamp) -> Option<Timestamp> {
    let (future, distance) = match text.strip_prefix("now") {
        Some("") => return Some(now),
        Some(rest) => (rest.starts_with('+'), rest.strip_prefix(['-', '+'])?),
        None => (false, text.strip_prefix('-').unwrap_or(text)),
    };
    let nanos = duration(distance)?;
    Some(Timestamp(if future { now.0.saturating_add(nanos) } else { now.0.saturating_sub(nanos) }))
}

/// `90s`, `15m`, `1h30m`, `7d`, `2w`, as in a query; in nanoseconds.
fn duration(text: &str) -> Option<i64> {
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    match vigil_query::Number::duration(text)? {
        vigil_query::Number::Int(nanos) => Some(nanos),
        vigil_query::Number::Float(nanos) => Some(nanos as i64),
    }
}

/// Seconds, with or without decimals, or a whole number whose size says milli-, micro- or
/// nanoseconds.
fn epoch(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.parse::<i64>() {
        let scale = match number.unsigned_abs() {
            0..100_000_000_000 => SECOND,
            100_000_000_000..100_000_000_000_000 => 1_000_000,
            100_000_000_000_000..100_000_000_000_000_000 => 1_000,
            _ => 1,
        };
        return number.checked_mul(scale).map(Timestamp);
    }
    let (whole, decimals) = text.split_once('.')?;
    let digits_only = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits_only(whole) || !digits_only(decimals) {
        return None;
    }
    let nanos: i64 = format!("{decimals:0<9}")[..9].parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(SECOND)?.checked_add(nanos).map(Timestamp)
}

fn calendar(text: &str) -> Option<Timestamp> {
    text.parse().or_else(|_| format!("{text}T00:00:00Z").parse()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_769_860_800 * SECOND);

    #[test]
    fn every_way_to_say_it() {
        for (text, time) in [
            ("now", "2026-01-31T12:00:00Z"),
            ("-15m", "2026-01-31T11:45:00Z"),
            ("15m", "2026-01-31T11:45:00Z"),
            ("now-1h30m", "2026-01-31T10:30:00Z"),
            ("now+1d", "2026-02-01T12:00:00Z"),
            ("-250ms", "2026-01-31T11:59:59.75Z"),
            ("2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00Z"),
            ("2026-01-31", "2026-01-31T00:00:00Z"),
            ("1769860800", "2026-01-31T12:00:00Z"),
            ("1769860800.5", "2026-01-31T12:00:00.5Z"),
            ("1769860800001", "2026-01-31T12:00:00.001Z"),
            ("1769860800000001", "2026-01-31T12:00:00.000001Z"),
            ("1769860800000000001", "2026-01-31T12:00:00.000000001Z"),
        ] {
            assert_eq!(read(text, NOW).map(|time| time.to_string()), Ok(time.to_owned()), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused_with_what_would_do() {
        for text in ["", "-", "yesterday", "15", "now-", "15x", "1.2.3", "now1h", "2026-13-01", "é5m", "1é"] {
            let read = read(text, NOW);
            match text {
                "15" => assert_eq!(read, Ok(Timestamp(15 * SECOND))),
                _ => assert!(read.is_err_and(|why| why.contains("is no time")), "{text}"),
            }
        }
    }

    #[test]
    fn numbers_at_the_end_of_the_range_do_not_overflow() {
        assert_eq!(read(&i64::MAX.to_string(), NOW), Ok(Timestamp::MAX));
        assert_eq!(read("-9223372036854775807w", NOW).map(|time| time < NOW), Ok(true));
        assert!(read("99999999999999999999", NOW).is_err());
    }
}
