//! Which instant a date and a time of day mean, and how senders write months and zones.

use jiff::tz::TimeZone;
use vigil_model::Timestamp;

use super::{NANOS, days, offset};

/// A date and a time of day, as written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    /// From 1.
    pub(crate) month: i64,
    /// From 1.
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
    pub(crate) nanos: i64,
}

/// What a written zone means.
#[derive(Clone, Debug)]
pub(crate) enum Zone {
    /// Seconds east of UTC.
    Offset(i64),
    /// One with rules, such as Europe/Berlin.
    Rules(TimeZone),
}

/// How far ahead of the arrival a time without a year may lie before it means the year before.
const AHEAD_NANOS_MAX: i64 = 2 * 86_400 * NANOS;
/// Zones that RFC 822 and Java write by letters and that mean one offset each, in hours.
const LETTERS: [(&str, i64); 14] = [
    ("EST", -5),
    ("EDT", -4),
    ("CST", -6),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
    ("WET", 0),
    ("WEST", 1),
    ("CET", 1),
    ("CEST", 2),
    ("EET", 2),
    ("EEST", 3),
];

impl Civil {
    /// The instant at which a clock `east` seconds ahead of UTC shows this. `None` for what no clock shows.
    pub(crate) fn at_offset(&self, east: i64) -> Option<Timestamp> {
        let clock = (0..24).contains(&self.hour) && (0..60).contains(&self.minute) && (0..=60).contains(&self.second);
        if !clock || !(0..NANOS).contains(&self.nanos) {
            return None;
        }
        // A leap second is shown as the second before it: there is no other place for it.
        let second = self.second.min(59);
        let days = days(self.year, self.month, self.day)?;
        let seconds = days * 86_400 + self.hour * 3_600 + self.minute * 60 + second - east;
        seconds.checked_mul(NANOS)?.checked_add(self.nanos).map(Timestamp)
    }

    /// The instant at which a clock of this zone shows this; the earlier of two in the hour that comes twice.
    pub(crate) fn in_zone(&self, zone: &TimeZone) -> Option<Timestamp> {
        if let Ok(fixed) = zone.to_fixed_offset() {
            return self.at_offset(i64::from(fixed.seconds()));
        }
        self.at_offset(0)?;
        let part = |number: i64| i8::try_from(number).ok();
        let civil = jiff::civil::DateTime::new(
            i16::try_from(self.year).ok()?,
            part(self.month)?,
            part(self.day)?,
            part(self.hour)?,
            part(self.minute)?,
            part(self.second.min(59))?,
            i32::try_from(self.nanos).ok()?,
        );
        let instant = zone.to_ambiguous_timestamp(civil.ok()?).compatible().ok()?;
        i64::try_from(instant.as_nanosecond()).ok().map(Timestamp)
    }

    /// The instant by the zone that was written, or else by the source's.
    pub(crate) fn at(&self, written: Option<&Zone>, usual: &TimeZone) -> Option<Timestamp> {
        match written {
            Some(Zone::Offset(east)) => self.at_offset(*east),
            Some(Zone::Rules(zone)) => self.in_zone(zone),
            None => self.in_zone(usual),
        }
    }

    /// As [`Civil::at`], where no year was written: the one that brings it next to the arrival, and not ahead of it.
    pub(crate) fn near(&self, now: Timestamp, written: Option<&Zone>, usual: &TimeZone) -> Option<Timestamp> {
        let this_year = 1970 + now.0.div_euclid(NANOS).div_euclid(86_400) * 400 / 146_097;
        (-4..=1).rev().find_map(|later| {
            let time = Civil { year: this_year + later, ..*self }.at(written, usual)?;
            (time.0 <= now.0.saturating_add(AHEAD_NANOS_MAX)).then_some(time)
        })
    }
}

/// The month of a name of which the first three letters count: `Sep`, `sept`, `September`.
pub(crate) fn month(name: &[u8]) -> Option<i64> {
    let letters: [u8; 3] = name.get(..3)?.try_into().ok()?;
    Some(match &letters.map(|letter| letter.to_ascii_lowercase()) {
        b"jan" => 1,
        b"feb" => 2,
        b"mar" => 3,
        b"apr" => 4,
        b"may" => 5,
        b"jun" => 6,
        b"jul" => 7,
        b"aug" => 8,
        b"sep" => 9,
        b"oct" => 10,
        b"nov" => 11,
        b"dec" => 12,
        _ => return None,
    })
}

/// The zone that a text names: an offset with or without `GMT` or `UTC` in front, one of the known letters, or the name
/// of a place. `None` where it names none that is known, so that no wrong time is made of it.
pub(crate) fn zone(text: &str) -> Option<Zone> {
    let text = text.trim_ascii();
    if let Some(east) = (!text.is_empty()).then(|| offset(text.as_bytes())).flatten().flatten() {
        return Some(Zone::Offset(east));
    }
    if let Some((_, hours)) = LETTERS.iter().find(|(letters, _)| letters.eq_ignore_ascii_case(text)) {
        return Some(Zone::Offset(hours * 3_600));
    }
    if let Some(behind) = text.strip_prefix("GMT").or_else(|| text.strip_prefix("UTC")) {
        return short_offset(behind).map(Zone::Offset);
    }
    // Places alone: three letters more would guess among namesakes.
    text.contains('/').then(|| TimeZone::get(text).ok()).flatten().map(Zone::Rules)
}

/// `+1`, `+1:00`, `-03:30` in seconds.
fn short_offset(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':').unwrap_or((text, "00"));
    let sign = hours.get(..1).filter(|sign| ["+", "-"].contains(sign) && hours.len() > 1)?;
    offset(format!("{sign}{:0>2}:{minutes}", &hours[1..]).as_bytes()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn east(text: &str) -> Option<i64> {
        match zone(text)? {
            Zone::Offset(east) => Some(east),
            Zone::Rules(_) => None,
        }
    }

    #[test]
    fn zones_as_they_are_written() {
        for (text, hours) in [("UTC", 0.0), ("Z", 0.0), ("-0700", -7.0), ("GMT+01:00", 1.0), ("UTC-3:30", -3.5)] {
            assert_eq!(east(text).map(|east| east as f64 / 3600.0), Some(hours), "{text}");
        }
        assert_eq!((east("pst"), east("CEST")), (Some(-8 * 3600), Some(2 * 3600)));
        assert!(matches!(zone("Europe/Berlin"), Some(Zone::Rules(_))));
        for text in ["", "XYZ", "GMT+", "GMT+é", "Nowhere/Else", "+99", "UTCé"] {
            assert!(zone(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_missing_year_is_the_one_next_to_the_arrival() {
        let now = |text: &str| text.parse::<Timestamp>().expect("a time");
        let at = |month, day, now| {
            let civil = Civil { month, day, ..Civil::default() };
            civil.near(now, None, &TimeZone::UTC).map(|time| time.to_string())
        };
        for (month, day, arrival, expected) in [
            (12, 31, "2026-01-01T00:00:05Z", "2025-12-31T00:00:00Z"),
            (1, 1, "2026-12-31T23:59:58Z", "2027-01-01T00:00:00Z"),
            (6, 1, "2026-05-01T00:00:00Z", "2025-06-01T00:00:00Z"),
            (2, 29, "2027-03-01T00:00:00Z", "2024-02-29T00:00:00Z"),
        ] {
            assert_eq!(at(month, day, now(arrival)).as_deref(), Some(expected), "{month}-{day}");
        }
        assert_eq!(at(2, 30, now("2027-03-01T00:00:00Z")), None);
    }

    #[test]
    fn rules_of_a_zone_hold() {
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
        let noon = |month| Civil { year: 2026, month, day: 1, hour: 12, ..Civil::default() };
        let time = |month| noon(month).in_zone(&berlin).map(|time| time.to_string());
        assert_eq!(time(8).as_deref(), Some("2026-08-01T10:00:00Z"));
        assert_eq!(time(1).as_deref(), Some("2026-01-01T11:00:00Z"));
        assert_eq!((time(13), Civil { hour: 24, ..noon(1) }.in_zone(&berlin)), (None, None));
    }
}
