//! Which time stands at the beginning of a text, in any of the ways that senders of syslog write it.
//!
//! `Aug 11 22:14:15`, with a year before or behind the clock, a weekday in front, decimals, a zone behind; Cisco's `*` and
//! `.` in front (a clock that is not set) and `:` behind; ISO 8601 with `T` or a space; seconds since 1970 with decimals.
//! Without a year it is the one that brings the time next to the arrival (see [`Civil::near`]): in January, December is
//! the last one.
//! Without a zone it is the source's.

use jiff::tz::TimeZone;
use vigil_model::Timestamp;

use crate::time::civil::{self, Civil, Zone};
use crate::time::{decimals, two};

const WEEKDAYS: [&[u8; 3]; 7] = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"];

/// What a time is read by.
#[derive(Clone, Copy)]
pub(super) struct Clock<'a> {
    /// When the line arrived.
    pub(super) now: Timestamp,
    /// The zone of times that name none.
    pub(super) zone: &'a TimeZone,
}

impl Clock<'_> {
    /// The time of RFC 5424, or seconds since 1970, as Meraki has them there, up to a space; and what follows.
    pub(super) fn modern(self, text: &str) -> Option<(Timestamp, &str)> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let time = match self.iso(word) {
            Some((time, "")) => Some(time),
            _ => seconds(word),
        };
        Some((time?, rest))
    }

    /// A time at the beginning, and what follows it: without spaces, and without Cisco's colon.
    pub(super) fn read(self, text: &str) -> Option<(Timestamp, &str)> {
        let text = text.strip_prefix(['*', '.', ';']).unwrap_or(text);
        let (time, rest) = match text.as_bytes().first()? {
            b'0'..=b'9' => self.iso(text).or_else(|| self.year_first(text))?,
            b'A'..=b'Z' | b'a'..=b'z' => self.named(text, None)?,
            _ => return None,
        };
        let ended = rest.is_empty() || rest.starts_with([' ', ':']);
        let rest = rest.strip_prefix(':').unwrap_or(rest);
        ended.then(|| (time, rest.trim_start_matches(' ')))
    }

    /// `2026-08-11T22:14:15.003+02:00`
    fn iso(self, text: &str) -> Option<(Timestamp, &str)> {
        let bytes = text.as_bytes();
        let marks = bytes.get(4) == bytes.get(7) && matches!(bytes.get(4)?, b'-' | b'/');
        if !marks || !matches!(bytes.get(10)?, b'T' | b't' | b' ') {
            return None;
        }
        let (year, month, day) = (two(bytes, 0)? * 100 + two(bytes, 2)?, two(bytes, 5)?, two(bytes, 8)?);
        let (clock, rest) = time_of_day(&text[11..])?;
        let (zone, rest) = self.zone(rest);
        Some((Civil { year, month, day, ..clock }.at(zone.as_ref(), self.zone)?, rest))
    }

    /// `2026 Aug 11 22:14:15.003 UTC`, as Cisco's NX-OS writes it.
    fn year_first(self, text: &str) -> Option<(Timestamp, &str)> {
        let (year, rest) = year(text)?;
        self.named(rest.strip_prefix(' ')?, Some(year))
    }

    /// `Tue Aug 11 2026 22:14:15 CEST 2026`, of which all but month, day and clock may be missing.
    fn named(self, text: &str, year_before: Option<i64>) -> Option<(Timestamp, &str)> {
        let (month, rest) = month_name(text)?;
        let (day, rest) = day(rest.trim_start_matches(' '))?;
        let (year_within, rest) = match year(rest) {
            Some((year, rest)) => (Some(year), rest.strip_prefix(' ')?),
            None => (None, rest),
        };
        let (clock, rest) = time_of_day(rest)?;
        let (zone, rest) = self.zone(rest);
        let (year_behind, rest) = year_behind(rest).map_or((None, rest), |(year, rest)| (Some(year), rest));
        let civil = Civil { month, day, ..clock };
        let time = match year_before.or(year_within).or(year_behind) {
            Some(year) => Civil { year, ..civil }.at(zone.as_ref(), self.zone),
            None => civil.near(self.now, zone.as_ref(), self.zone),
        };
        Some((time?, rest))
    }

    /// The zone behind a time, and what follows it: `Z`, `+02:00`, `UTC`, or a name that a colon or a year follows, so
    /// that no host is taken for one. A name that the source's zone has means that one.
    fn zone(self, text: &str) -> (Option<Zone>, &str) {
        let word = text.strip_prefix(' ').unwrap_or(text);
        let (zone, rest) = match word.as_bytes().first() {
            Some(b'+' | b'-') => {
                let end =
                    word.bytes().skip(6).position(|byte| matches!(byte, b' ' | b':')).map_or(word.len(), |at| at + 6);
                let end = word.find(' ').unwrap_or(word.len()).min(end);
                (civil::zone(&word[..end]), &word[end..])
            }
            Some(b'A'..=b'Z') => {
                let (name, rest) = word.split_at(word.bytes().take_while(u8::is_ascii_uppercase).count());
                let universal =
                    matches!(name, "Z" | "UTC" | "GMT") && (rest.is_empty() || rest.starts_with([' ', ':']));
                let named = universal || rest.starts_with(": ") || year_behind(rest).is_some();
                (named.then(|| self.by_letters(name)).flatten(), rest)
            }
            _ => (None, text),
        };
        if zone.is_some() { (zone, rest) } else { (None, text) }
    }

    fn by_letters(self, name: &str) -> Option<Zone> {
        let own = jiff::Timestamp::from_nanosecond(i128::from(self.now.0)).ok()?;
        let is_own = self.zone.to_offset_info(own).abbreviation() == name;
        if is_own { Some(Zone::Rules(self.zone.clone())) } else { civil::zone(name) }
    }
}

/// `1563249630.774247467`: seconds since 1970 with decimals.
fn seconds(word: &str) -> Option<Timestamp> {
    let plausible = word.len() > 10 && word.as_bytes()[0].is_ascii_digit() && word.as_bytes().get(10) == Some(&b'.');
    plausible.then(|| crate::time::read(vigil_model::Value::Str(word), true, &TimeZone::UTC)).flatten()
}

/// The month that a text begins with, and what follows; a weekday in front is skipped.
fn month_name(text: &str) -> Option<(i64, &str)> {
    let weekday = text.as_bytes().first_chunk::<3>()?.map(|byte| byte.to_ascii_lowercase());
    let text = if WEEKDAYS.contains(&&weekday) { text[3..].trim_start_matches([',', ' ']) } else { text };
    let month = civil::month(text.as_bytes())?;
    Some((month, text[3..].strip_prefix(' ')?))
}

/// One or two digits and a space.
fn day(text: &str) -> Option<(i64, &str)> {
    let (digits, rest) = text.split_at_checked(text.bytes().take(3).position(|byte| byte == b' ')?)?;
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()?;
    Some((number, &rest[1..]))
}

/// Four digits and no fifth.
fn year(text: &str) -> Option<(i64, &str)> {
    let bytes = text.as_bytes();
    let year = two(bytes, 0)? * 100 + two(bytes, 2)?;
    let ended = !bytes.get(4).is_some_and(|byte| byte.is_ascii_digit() || *byte == b':');
    (ended && (1970..=2262).contains(&year)).then(|| (year, &text[4..]))
}

/// A year behind the time of day, as in what `date` writes.
fn year_behind(rest: &str) -> Option<(i64, &str)> {
    let found = rest.strip_prefix(' ').and_then(year);
    found.filter(|(_, rest)| rest.is_empty() || rest.starts_with([' ', ':']))
}

/// `22:14:15.003`
fn time_of_day(text: &str) -> Option<(Civil, &str)> {
    let bytes = text.as_bytes();
    let (hour, minute, second) = (two(bytes, 0)?, two(bytes, 3)?, two(bytes, 6)?);
    if (bytes[2], bytes[5]) != (b':', b':') {
        return None;
    }
    let (nanos, behind) = decimals(&bytes[8..]).unwrap_or((0, &bytes[8..]));
    let clock = Civil { hour, minute, second, nanos, ..Civil::default() };
    Some((clock, &text[text.len() - behind.len()..]))
}
