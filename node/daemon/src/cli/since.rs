//! How long ago something was, for people.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use vigil_model::Timestamp;

use crate::config::units::span_round;

/// The time of this machine.
pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// How long before `now` an RFC 3339 time was: `2 s`, `2 h 14 m`. None of what is no time.
pub(super) fn age(time: &str, now: Timestamp) -> Option<String> {
    let then: Timestamp = time.parse().ok()?;
    let ms = now.millis().saturating_sub(then.millis()).max(0);
    Some(span(Duration::from_millis(ms.unsigned_abs())))
}

/// How long until an RFC 3339 time; none when it is no time, or is over.
pub(super) fn until(time: &str, now: Timestamp) -> Option<String> {
    let then: Timestamp = time.parse().ok()?;
    let ms = u64::try_from(then.millis().saturating_sub(now.millis())).ok()?;
    Some(span(Duration::from_millis(ms)))
}

/// A span whose fractions of a second do not matter.
pub(super) fn span(span: Duration) -> String {
    if span.as_secs() < 60 { format!("{} s", span.as_secs()) } else { span_round(span) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_people_do() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a time");
        assert_eq!(age("2026-03-01T11:59:58.2Z", now).as_deref(), Some("1 s"));
        assert_eq!(age("2026-03-01T09:46:00Z", now).as_deref(), Some("2 h 14 m"));
        assert_eq!(age("2026-03-01T12:00:05Z", now).as_deref(), Some("0 s"), "their clock is ahead");
        assert_eq!(age("yesterday", now), None);
        assert_eq!(until("2026-03-01T13:00:00Z", now).as_deref(), Some("1 h 0 m"));
        assert_eq!(until("2026-03-01T11:00:00Z", now), None);
    }
}
