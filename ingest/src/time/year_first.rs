//! How logs write a time whose zone is that of their machine: `2026-11-21 10:00:00.123`, `2026/11/21 10:00:00`.

use jiff::tz::TimeZone;
use vigil_model::Timestamp;

use super::civil::{Civil, zone};
use super::{decimals, two};

/// The time; by `usual` where it names no zone.
pub(crate) fn read(text: &str, usual: &TimeZone) -> Option<Timestamp> {
    let (head, tail) = text.as_bytes().split_first_chunk::<19>()?;
    let marks = head[4] == head[7] && matches!(head[4], b'-' | b'/') && (head[13], head[16]) == (b':', b':');
    if !marks || !matches!(head[10], b' ' | b'T') {
        return None;
    }
    let (nanos, written) = decimals(tail)?;
    let civil = Civil {
        year: two(head, 0)? * 100 + two(head, 2)?,
        month: two(head, 5)?,
        day: two(head, 8)?,
        hour: two(head, 11)?,
        minute: two(head, 14)?,
        second: two(head, 17)?,
        nanos,
    };
    match written.trim_ascii() {
        [] => civil.in_zone(usual),
        written => civil.at(Some(&zone(std::str::from_utf8(written).ok()?)?), usual),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
        let read = |text| read(text, &berlin).map(|time| time.to_string());
        for (text, expected) in [
            ("2026-11-21 10:00:00", "2026-11-21T09:00:00Z"),
            ("2026/11/21 10:00:00.5", "2026-11-21T09:00:00.5Z"),
            ("2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z"),
            ("2026-11-21T10:00:00,25 +02:00", "2026-11-21T08:00:00.25Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "2026-11/21 10:00:00", "2026-11-21 10:00", "2026-11-21 10:00:00 Q"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
