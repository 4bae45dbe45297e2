//! Which time stands at the beginning of a text, in any of the ways that senders of syslog write it.
//!
//! `Aug 11 22:14:15`, with a year before or behind the clock, a weekday in front, decimals, a zone behind; Cisco's `*` and
//! `.` in front (a clock that is not set) and `:` behind; ISO 8601 with `T` or a space; seconds since 1970 with decimals.
//! Without a year the one is taken that makes the time nearest to the arrival: in January, December is the last one.
//! Without a zone it is the source's.

use jiff::tz::{Offset, TimeZone};
use vigil_model::Timestamp;

use crate::time::{days, two};

const NANOS: i64 = 1_000_000_000;
/// Beyond so many seconds another year may be nearer.
const HALF_YEAR: i64 = 182 * 86_400;
const MONTHS: [&[u8; 3]; 12] =
    [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
const WEEKDAYS: [&[u8; 3]; 7] = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"];
/// Names of zones that mean one offset wherever a device stands; hours east of UTC. Others are the source's zone.
const ZONES: [(&str, i64); 13] = [
    ("UTC", 0),
    ("GMT", 0),
    ("Z", 0),
    ("CET", 1),
    ("CEST", 2),
    ("EST", -5),
    ("EDT", -4),
    ("CST", -6),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
];

/// What a time is read by.
#[derive(Clone, Copy)]
pub(super) struct Clock<'a> {
    /// When the line arrived.
    pub(super) now: Timestamp,
    /// The zone of times that name none.
    pub(super) zone: &'a TimeZone,
}

/// A date and a time of day.
#[derive(Clone, Copy)]
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    /// Of the day.
    second: i64,
    nanos: i64,
}

/// How far a zone is from UTC.
enum Zone<'a> {
    /// So many seconds east.
    Fixed(i64),
    /// By this, with a name that it may know.
    Source(&'a str),
}

impl Clock<'_> {
    /// The time of RFC 5424, or seconds since 1970, as Meraki has them there, up to a space; and what follows.
    pub(super) fn modern<'t>(self, text: &'t str) -> Option<(Timestamp, &'t str)> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let time = match self.iso(word) {
            Some((time, "")) => Some(time),
            _ => seconds(word),
        };
        Some((time?, rest))
    }

    /// A time at the beginning, and what follows it: without spaces, and without Cisco's colon.
    pub(super) fn read<'t>(self, text: &'t str) -> Option<(Timestamp, &'t str)> {
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
    fn iso<'t>(self, text: &'t str) -> Option<(Timestamp, &'t str)> {
        let bytes = text.as_bytes();
        let marks = bytes.get(4) == bytes.get(7) && matches!(bytes.get(4)?, b'-' | b'/');
        if !marks || !matches!(bytes.get(10)?, b'T' | b't' | b' ') {
            return None;
        }
        let (year, month, day) = (two(bytes, 0)? * 100 + two(bytes, 2)?, two(bytes, 5)?, two(bytes, 8)?);
        let (second, nanos, rest) = time_of_day(&text[11..])?;
        let (zone, rest) = zone(rest);
        Some((self.instant(Civil { year, month, day, second, nanos }, &zone)?, rest))
    }

    /// `2026 Aug 11 22:14:15.003 UTC`, as Cisco's NX-OS writes it.
    fn year_first<'t>(self, text: &'t str) -> Option<(Timestamp, &'t str)> {
        let (year, rest) = year(text)?;
        self.named(rest.strip_prefix(' ')?, Some(year))
    }

    /// `Tue Aug 11 2026 22:14:15 CEST 2026`, of which all but month, day and clock may be missing.
    fn named<'t>(self, text: &'t str, year_before: Option<i64>) -> Option<(Timestamp, &'t str)> {
        let (month, rest) = month(text)?;
        let (day, rest) = day(rest.trim_start_matches(' '))?;
        let (year_within, rest) = match year(rest) {
            Some((year, rest)) => (Some(year), rest.strip_prefix(' ')?),
            None => (None, rest),
        };
        let (second, nanos, rest) = time_of_day(rest)?;
        let (zone, rest) = zone(rest);
        let behind =
            rest.strip_prefix(' ').and_then(year).filter(|(_, rest)| rest.is_empty() || rest.starts_with([' ', ':']));
        let (year_behind, rest) = behind.map_or((None, rest), |(year, rest)| (Some(year), rest));
        let known = year_before.or(year_within).or(year_behind);
        let civil = Civil { year: known.unwrap_or(0), month, day, second, nanos };
        let time = match known {
            Some(_) => self.instant(civil, &zone),
            None => self.nearest(civil, &zone),
        };
        Some((time?, rest))
    }

    /// In the year that makes it nearest to now. A leap day may be up to eight years off.
    fn nearest(self, civil: Civil, zone: &Zone<'_>) -> Option<Timestamp> {
        let today = jiff::Timestamp::from_nanosecond(i128::from(self.now.0)).ok()?;
        let this = i64::from(Offset::UTC.to_datetime(today).year());
        let off = |time: Timestamp| time.0.abs_diff(self.now.0);
        let within = self.instant(Civil { year: this, ..civil }, zone);
        if let Some(time) = within.filter(|time| off(*time) < HALF_YEAR as u64 * NANOS as u64) {
            return Some(time);
        }
        let years = this - 8..=this + 8;
        years.filter_map(|year| self.instant(Civil { year, ..civil }, zone)).min_by_key(|time| off(*time))
    }

    fn instant(self, civil: Civil, zone: &Zone<'_>) -> Option<Timestamp> {
        let local = days(civil.year, civil.month, civil.day)? * 86_400 + civil.second;
        let east = match zone {
            Zone::Fixed(east) => *east,
            Zone::Source(name) => self.east(local, name)?,
        };
        (local - east).checked_mul(NANOS)?.checked_add(civil.nanos).map(Timestamp)
    }

    /// How far the source's zone, or the named one, is from UTC at this local time.
    fn east(self, local: i64, name: &str) -> Option<i64> {
        let fixed = self.zone.to_fixed_offset().ok().map(|offset| i64::from(offset.seconds()));
        match fixed {
            Some(east) if name.is_empty() => return Some(east),
            _ => {}
        }
        let civil = Offset::UTC.to_datetime(jiff::Timestamp::from_second(local).ok()?);
        let time = self.zone.to_ambiguous_timestamp(civil).compatible().ok()?;
        let own = self.zone.to_offset_info(time);
        let known = ZONES.iter().find(|(known, _)| *known == name && own.abbreviation() != name);
        Some(known.map_or(i64::from(own.offset().seconds()), |(_, hours)| hours * 3_600))
    }
}

/// `1563249630.774247467`: seconds since 1970 with decimals.
fn seconds(word: &str) -> Option<Timestamp> {
    let plausible = word.len() > 10 && word.as_bytes()[0].is_ascii_digit() && word.as_bytes().get(10) == Some(&b'.');
    plausible.then(|| crate::time::read(vigil_model::Value::Str(word), true, &TimeZone::UTC)).flatten()
}

/// 1 to 12 with what follows; a weekday in front is skipped.
fn month(text: &str) -> Option<(i64, &str)> {
    let rest = match name(text, &WEEKDAYS) {
        Some((_, rest)) => rest.trim_start_matches([',', ' ']),
        None => text,
    };
    let (month, rest) = name(rest, &MONTHS)?;
    Some((month as i64 + 1, rest.strip_prefix(' ')?))
}

/// Which of some names of three letters begins the text, in any case.
fn name<'t>(text: &'t str, names: &[&[u8; 3]]) -> Option<(usize, &'t str)> {
    let head = text.as_bytes().first_chunk::<3>()?.map(|byte| byte.to_ascii_lowercase());
    Some((names.iter().position(|name| **name == head)?, &text[3..]))
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

/// Second of the day and nanoseconds of `22:14:15.003`. A leap second is the one before it.
fn time_of_day(text: &str) -> Option<(i64, i64, &str)> {
    let bytes = text.as_bytes();
    let (hour, minute, second) = (two(bytes, 0)?, two(bytes, 3)?, two(bytes, 6)?);
    if bytes[2] != b':' || bytes[5] != b':' || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (nanos, used) = match bytes.get(8) {
        Some(b'.' | b',') => decimals(&bytes[9..]),
        _ => (0, 0),
    };
    let used = if used == 0 { 8 } else { 9 + used };
    Some((hour * 3_600 + minute * 60 + second.min(59), nanos, &text[used..]))
}

/// Nanoseconds of decimals, and how many digits there are.
fn decimals(bytes: &[u8]) -> (i64, usize) {
    let count = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let digit = |at: usize| if at < count { i64::from(bytes[at] - b'0') } else { 0 };
    ((0..9).fold(0, |sum, at| sum * 10 + digit(at)), count)
}

/// The zone behind a time, and what follows it: `Z`, `+02:00`, `UTC`, or a name that a colon follows.
fn zone(text: &str) -> (Zone<'_>, &str) {
    let word = text.strip_prefix(' ').unwrap_or(text);
    match word.as_bytes().first() {
        Some(b'+' | b'-') => match offset(word) {
            Some((east, rest)) => (Zone::Fixed(east), rest),
            None => (Zone::Source(""), text),
        },
        Some(b'A'..=b'Z') => {
            let letters = word.bytes().take_while(u8::is_ascii_uppercase).count();
            let (name, rest) = word.split_at(letters);
            let universal = matches!(name, "Z" | "UTC" | "GMT") && (rest.is_empty() || rest.starts_with([' ', ':']));
            let named = (2..=5).contains(&letters) && (rest.starts_with(": ") || year_follows(rest));
            match () {
                () if universal => (Zone::Fixed(0), rest),
                () if named => (Zone::Source(name), rest),
                () => (Zone::Source(""), text),
            }
        }
        _ => (Zone::Source(""), text),
    }
}

/// Whether a year stands behind a zone, as in what `date` writes.
fn year_follows(rest: &str) -> bool {
    let year = rest.strip_prefix(' ').and_then(year);
    year.is_some_and(|(_, rest)| rest.is_empty() || rest.starts_with([' ', ':']))
}

/// Seconds east of UTC of `+02:00`, `+0200` or `+02`.
fn offset(word: &str) -> Option<(i64, &str)> {
    let bytes = word.as_bytes();
    let sign = if bytes[0] == b'-' { -1 } else { 1 };
    let hours = two(bytes, 1)?;
    let (minutes, used) = match (bytes.get(3) == Some(&b':'), two(bytes, 4), two(bytes, 3)) {
        (true, Some(minutes), _) => (minutes, 6),
        (false, _, Some(minutes)) => (minutes, 5),
        _ => (0, 3),
    };
    let ended = bytes.get(used).is_none_or(|byte| matches!(byte, b' ' | b':'));
    (ended && hours <= 23 && minutes <= 59).then(|| (sign * (hours * 3_600 + minutes * 60), &word[used..]))
}
