//! What an answer may be missing, in words: who, how much, since when, and why.

use vigil_api::Missing;
use vigil_model::Timestamp;

use super::since::age;
use crate::config::units::events_text;

/// `site-c: offline; 88 120 events missing, the oldest 2 h 14 m old; last heard 2 h 15 m ago`.
pub(super) fn sentence(missing: &Missing, now: Timestamp) -> String {
    let oldest = missing.oldest_missing.as_deref().and_then(|time| age(time, now));
    let oldest = oldest.map(|age| format!(", the oldest {age} old")).unwrap_or_default();
    let events = match missing.behind_events {
        Some(0) => None,
        Some(events) => Some(format!("{} missing{oldest}", events_text(events))),
        None => Some(format!("nobody knows how many events are missing{oldest}")),
    };
    let heard = missing.last_heard.as_deref().and_then(|time| age(time, now));
    let heard = heard.map_or_else(|| "never heard".to_owned(), |age| format!("last heard {age} ago"));
    let reason = Some(missing.reason.clone()).filter(|reason| !reason.is_empty());
    let parts: Vec<String> = [reason, events, Some(heard)].into_iter().flatten().collect();
    format!("{}: {}", missing.node, parts.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a time");
        let missing = Missing {
            node: "site-c".into(),
            behind_events: Some(88_120),
            oldest_missing: Some("2026-03-01T09:46:00Z".into()),
            last_heard: Some("2026-03-01T09:45:00Z".into()),
            reason: "offline".into(),
        };
        let text = "site-c: offline; 88 120 events missing, the oldest 2 h 14 m old; last heard 2 h 15 m ago";
        assert_eq!(sentence(&missing, now), text);
        let unknown = Missing { node: "site-d".into(), ..Missing::default() };
        assert_eq!(sentence(&unknown, now), "site-d: nobody knows how many events are missing; never heard");
    }
}
