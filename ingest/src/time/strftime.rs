//! How a time is read by a form that an operator writes down: `%d/%b/%Y %H:%M:%S`.

use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use vigil_model::Timestamp;

use super::civil::Civil;

/// The time that `text` means by a form of strftime; by `zone` where the form has none, in the year next to `now` where
/// it has none, on the day of `now` where it has neither day nor month.
pub(crate) fn read(form: &str, text: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let parsed = BrokenDownTime::parse(form, text.trim_ascii()).ok()?;
    if let Ok(instant) = parsed.to_timestamp() {
        return i64::try_from(instant.as_nanosecond()).ok().map(Timestamp);
    }
    let part = |part: Option<i8>| part.map(i64::from);
    let civil = Civil {
        year: parsed.year().map(i64::from).unwrap_or_default(),
        month: part(parsed.month())?,
        day: part(parsed.day())?,
        hour: part(parsed.hour()).unwrap_or_default(),
        minute: part(parsed.minute()).unwrap_or_default(),
        second: part(parsed.second()).unwrap_or_default(),
        nanos: parsed.subsec_nanosecond().map(i64::from).unwrap_or_default(),
    };
    match parsed.year() {
        Some(_) => civil.in_zone(zone),
        None => civil.near(now, None, zone),
    }
}

/// Why a text is no such form.
pub(crate) fn check(form: &str) -> Result<(), String> {
    let sample = jiff::Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
    let written = jiff::fmt::strtime::format(form, &sample).map_err(|error| error.to_string())?;
    BrokenDownTime::parse(form, &written).map_err(|error| error.to_string())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().expect("a time");
        let read = |form, text| read(form, text, now, &TimeZone::UTC).map(|time| time.to_string());
        for (form, text, expected) in [
            ("%d/%b/%Y %H:%M:%S", "21/Nov/2026 10:00:00", "2026-11-21T10:00:00Z"),
            ("%Y%m%d-%H%M%S%.f %z", "20261121-100000.25 +0200", "2026-11-21T08:00:00.25Z"),
            ("%b %e %H:%M:%S", "Dec  1 10:00:00", "2025-12-01T10:00:00Z"),
            ("%s", "1785585600", "2026-08-01T12:00:00Z"),
            ("%Y-%m-%d", "2026-11-21", "2026-11-21T00:00:00Z"),
        ] {
            assert_eq!(read(form, text).as_deref(), Some(expected), "{form}");
            assert_eq!(check(form), Ok(()), "{form}");
        }
        assert_eq!(read("%Y-%m-%d", "21.11.2026"), None);
        assert!(check("%Y-%!").is_err());
    }
}
