//! How access logs write a time: `10/Oct/2000:13:55:36 -0700`.

use jiff::tz::TimeZone;
use vigil_model::Timestamp;

use super::civil::{Civil, month};
use super::{decimals, offset, two};

/// The time; by `zone` where it names no offset.
pub(crate) fn read(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let (head, tail) = text.as_bytes().split_first_chunk::<20>()?;
    if (head[2], head[6], head[11], head[14], head[17]) != (b'/', b'/', b':', b':', b':') {
        return None;
    }
    let (nanos, written) = decimals(tail)?;
    let civil = Civil {
        year: two(head, 7)? * 100 + two(head, 9)?,
        month: month(&head[3..6])?,
        day: two(head, 0)?,
        hour: two(head, 12)?,
        minute: two(head, 15)?,
        second: two(head, 18)?,
        nanos,
    };
    if written.is_empty() { civil.in_zone(zone) } else { civil.at_offset(offset(written).flatten()?) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let read = |text| read(text, &TimeZone::UTC).map(|time| time.to_string());
        for (text, expected) in [
            ("10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36Z"),
            ("01/Jan/2026:00:00:00 +0530", "2025-12-31T18:30:00Z"),
            ("01/Jan/2026:00:00:00.25 +0000", "2026-01-01T00:00:00.25Z"),
            ("01/Jan/2026:00:00:00", "2026-01-01T00:00:00Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for text in
            ["", "10/Oct/2000", "32/Oct/2000:13:55:36 -0700", "10/Foo/2000:13:55:36 -0700", "10/Oct/2000:25:55:36"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
