//! How syslog, CEF and Apache write a time: `Nov 21 2026 10:00:00.123 CET`, with a day of the week in front or not, the
//! year before or behind the time of day, or none at all.

use jiff::tz::TimeZone;
use vigil_model::Timestamp;

use super::civil::{Civil, month, zone};
use super::{TIME_TEXT_BYTES_MAX, decimals, two};

/// The time: by `usual` where it names no zone, in the year next to `now` where it names none.
pub(crate) fn read(text: &str, now: Timestamp, usual: &TimeZone) -> Option<Timestamp> {
    if text.len() > TIME_TEXT_BYTES_MAX {
        return None;
    }
    let mut words = text.split_ascii_whitespace().peekable();
    if words.peek().is_some_and(|word| is_weekday(word)) {
        words.next();
    }
    let month = month(words.next().filter(|word| word.bytes().all(|byte| byte.is_ascii_alphabetic()))?.as_bytes())?;
    let day = number(words.next()?.trim_end_matches(','), 1..=2)?;
    let mut year = words.peek().and_then(|word| number(word, 4..=4));
    if year.is_some() {
        words.next();
    }
    let clock = clock(words.next()?)?;
    if year.is_none() {
        year = words.peek().and_then(|word| number(word, 4..=4));
        if year.is_some() {
            words.next();
        }
    }
    let written = match words.next() {
        Some(word) => Some(zone(word)?),
        None => None,
    };
    if words.next().is_some() {
        return None;
    }
    let civil = Civil { month, day, ..clock };
    match year {
        Some(year) => Civil { year, ..civil }.at(written.as_ref(), usual),
        None => civil.near(now, written.as_ref(), usual),
    }
}

fn is_weekday(word: &str) -> bool {
    let day = word.trim_end_matches(',').get(..3);
    day.is_some_and(|day| ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].contains(&day))
}

fn number(word: &str, digits: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let right = digits.contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit());
    right.then(|| word.parse().ok()).flatten()
}

/// `10:00:00.123`
fn clock(word: &str) -> Option<Civil> {
    let (head, tail) = word.as_bytes().split_first_chunk::<8>()?;
    let (nanos, rest) = decimals(tail)?;
    let marks = (head[2], head[5]) == (b':', b':') && rest.is_empty();
    let civil = Civil { hour: two(head, 0)?, minute: two(head, 3)?, second: two(head, 6)?, nanos, ..Civil::default() };
    marks.then_some(civil)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().expect("a time");
        let read = |text| read(text, now, &TimeZone::UTC).map(|time| time.to_string());
        for (text, expected) in [
            ("Nov 21 2026 10:00:00", "2026-11-21T10:00:00Z"),
            ("Nov 21 2026 10:00:00.123 CET", "2026-11-21T09:00:00.123Z"),
            ("Nov 21 2026 10:00:00 GMT+02:00", "2026-11-21T08:00:00Z"),
            ("Dec  1 10:00:00", "2025-12-01T10:00:00Z"),
            ("Nov 21 10:00:00.5 America/New_York", "2026-11-21T15:00:00.5Z"),
            ("Fri Sep 09 10:42:29.902022 2011", "2011-09-09T10:42:29.902022Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for text in
            ["", "Nov", "Nov 21", "Nov 21 10:00", "Nov 21 2026 10:00:00 XYZ", "Nov 31 2026 10:00:00", "Név 1 10:00:00"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
