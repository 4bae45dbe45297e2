//! What time it is: event time, and the hybrid clock that orders seals.

use std::fmt;
use std::str::FromStr;

use crate::limits::CLOCK_AHEAD_MAX_MS;

/// Nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted; years 1678 to 2262.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

/// A text that is not a time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an RFC 3339 time such as 2026-01-31T12:00:00Z")]
pub struct TimeError(pub String);

impl Timestamp {
    /// Before every event.
    pub const MIN: Timestamp = Timestamp(i64::MIN);
    /// After every event.
    pub const MAX: Timestamp = Timestamp(i64::MAX);
    /// Nanoseconds in a UTC day.
    pub const DAY: i64 = 86_400_000_000_000;

    /// From whole milliseconds, saturating at the ends of the range.
    pub const fn from_millis(millis: i64) -> Timestamp {
        Timestamp(millis.saturating_mul(1_000_000))
    }

    /// Whole milliseconds, rounded down.
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Number of the UTC day, counted from 1970-01-01.
    pub const fn day(self) -> i64 {
        self.0.div_euclid(Timestamp::DAY)
    }

    /// This time plus `millis`, saturating.
    pub const fn plus_millis(self, millis: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(millis.saturating_mul(1_000_000)))
    }

    /// Writes RFC 3339 in UTC with as many decimals as needed into `out`.
    pub fn write_rfc3339(self, out: &mut impl fmt::Write) -> fmt::Result {
        match jiff::Timestamp::from_nanosecond(i128::from(self.0)) {
            Ok(time) => write!(out, "{time}"),
            Err(_) => write!(out, "{}", self.0),
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_rfc3339(f)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_rfc3339(f)
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Timestamp, TimeError> {
        let wrong = || TimeError(text.to_owned());
        let time: jiff::Timestamp = text.parse().map_err(|_| wrong())?;
        let nanos = i64::try_from(time.as_nanosecond()).map_err(|_| wrong())?;
        Ok(Timestamp(nanos))
    }
}

/// Hybrid logical clock: 48 bits of milliseconds, 16 bits of counter.
///
/// Orders the seals of a node strictly, and follows the clocks of others without being led astray
/// by one that runs far ahead.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hlc(pub u64);

impl Hlc {
    /// The physical part, milliseconds since 1970.
    pub const fn millis(self) -> u64 {
        self.0 >> 16
    }

    /// The next reading: after `self`, and not before `now`.
    #[must_use]
    pub fn tick(self, now: Timestamp) -> Hlc {
        let physical = (now.millis().max(0) as u64) << 16;
        let next = Hlc(physical.max(self.0.saturating_add(1)));
        assert!(next > self, "the clock of a log never stands still");
        next
    }

    /// Takes over what another node read, unless it is more than ten minutes ahead of `now`.
    #[must_use]
    pub fn observe(self, other: Hlc, now: Timestamp) -> Hlc {
        let ahead = other.millis().saturating_sub(now.millis().max(0) as u64);
        if ahead > CLOCK_AHEAD_MAX_MS { self } else { self.max(other) }
    }
}

impl fmt::Debug for Hlc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}", self.millis(), self.0 & 0xffff)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for text in ["2026-11-21T09:00:00Z", "1969-12-31T23:59:59.999999999Z", "2026-01-01T00:00:00.5Z"] {
            assert_eq!(text.parse::<Timestamp>().expect(text).to_string(), text);
        }
        assert_eq!(
            "2026-01-01T02:00:00+02:00".parse::<Timestamp>().expect("zoned").to_string(),
            "2026-01-01T00:00:00Z"
        );
        assert!("yesterday".parse::<Timestamp>().is_err());
    }

    #[test]
    fn a_day_before_1970_is_negative() {
        assert_eq!(Timestamp(-1).day(), -1);
        assert_eq!(Timestamp(0).day(), 0);
    }

    #[test]
    fn the_clock_rises_even_when_time_goes_back() {
        let a = Hlc::default().tick(Timestamp::from_millis(1_000));
        let b = a.tick(Timestamp::from_millis(500));
        assert!(b > a);
        assert_eq!(b.millis(), 1_000);
    }

    #[test]
    fn a_clock_far_ahead_is_not_followed() {
        let now = Timestamp::from_millis(1_000);
        let ours = Hlc::default().tick(now);
        let near = Hlc((1_000 + 60_000) << 16);
        let far = Hlc((1_000 + CLOCK_AHEAD_MAX_MS + 1) << 16);
        assert_eq!(ours.observe(near, now), near);
        assert_eq!(ours.observe(far, now), ours);
    }
}
