//! How a time is read by a form of Java's `SimpleDateFormat`, which LEEF names in `devTimeFormat`:
//! `yyyy-MM-dd'T'HH:mm:ss.SSSZ`.

use jiff::tz::TimeZone;
use vigil_model::Timestamp;

use super::civil::{self, Civil, Zone};
use super::{TIME_TEXT_BYTES_MAX, nine_digits};

/// What was read so far.
#[derive(Default)]
struct Found {
    civil: Civil,
    year: bool,
    afternoon: Option<bool>,
    zone: Option<Zone>,
}

/// The time that `text` means by `form`; by `usual` where the form has no zone, in the year next to `now` where it has
/// no year. `None` where either is not as it should be.
pub(crate) fn read(form: &str, text: &str, now: Timestamp, usual: &TimeZone) -> Option<Timestamp> {
    if form.len() > TIME_TEXT_BYTES_MAX || text.len() > TIME_TEXT_BYTES_MAX {
        return None;
    }
    let (mut form, mut text) = (form.trim_ascii(), text.trim_ascii());
    let mut found = Found::default();
    while let Some(first) = form.chars().next() {
        let length = if first.is_ascii_alphabetic() {
            let run = form.bytes().take_while(|byte| *byte == first as u8).count();
            text = letter(first, run, followed_by_letter(form, run), text, &mut found)?;
            run
        } else if first == '\'' {
            let (length, left) = literal(form, text)?;
            text = left;
            length
        } else {
            text = text.strip_prefix(first)?;
            first.len_utf8()
        };
        form = &form[length..];
    }
    if text.is_empty() { found.time(now, usual) } else { None }
}

/// Whether digits must be counted: `yyyyMMdd` has nothing in between.
fn followed_by_letter(form: &str, run: usize) -> bool {
    form[run..].starts_with(|next: char| next.is_ascii_alphabetic() && !"aZzXEG".contains(next))
}

/// Text between quotes; two quotes are one. Answers the form's bytes and the text that is left.
fn literal<'t>(form: &str, text: &'t str) -> Option<(usize, &'t str)> {
    if form.starts_with("''") {
        return Some((2, text.strip_prefix('\'')?));
    }
    let end = form[1..].find('\'')? + 1;
    Some((end + 1, text.strip_prefix(&form[1..end])?))
}

/// One run of letters, read from the front of `text`; answers what is left of it.
fn letter<'t>(letter: char, run: usize, packed: bool, text: &'t str, found: &mut Found) -> Option<&'t str> {
    let digits = |most: usize| {
        let most = if packed { run } else { most };
        let end = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let number: i64 = text[..end].parse().ok()?;
        Some((number, &text[..end], &text[end..]))
    };
    let civil = &mut found.civil;
    let rest = match (letter, run) {
        ('M' | 'L', 3..) | ('E', _) => {
            let end = text.find(|other: char| !other.is_alphabetic()).unwrap_or(text.len());
            if letter != 'E' {
                civil.month = civil::month(&text.as_bytes()[..end])?;
            }
            return Some(&text[end..]);
        }
        ('a', _) => {
            let half = text.get(..2)?;
            found.afternoon = Some(half.eq_ignore_ascii_case("pm"));
            return (found.afternoon == Some(true) || half.eq_ignore_ascii_case("am")).then(|| &text[2..]);
        }
        ('z' | 'Z' | 'X' | 'V', _) => {
            let end = text.find(char::is_whitespace).unwrap_or(text.len());
            found.zone = Some(civil::zone(&text[..end])?);
            return Some(&text[end..]);
        }
        ('y' | 'u', _) => {
            let (year, written, rest) = digits(4)?;
            civil.year = if written.len() == 2 { 2000 + year } else { year };
            found.year = true;
            rest
        }
        ('M' | 'L', _) => take(digits(2)?, &mut civil.month),
        ('d', _) => take(digits(2)?, &mut civil.day),
        ('H' | 'h' | 'k' | 'K', _) => {
            let rest = take(digits(2)?, &mut civil.hour);
            if letter == 'k' && civil.hour == 24 {
                civil.hour = 0;
            }
            rest
        }
        ('m', _) => take(digits(2)?, &mut civil.minute),
        ('s', _) => take(digits(2)?, &mut civil.second),
        ('S', _) => {
            // As a fraction, which is what senders mean, and not a count of milliseconds as Java has it.
            let (_, written, rest) = digits(9)?;
            civil.nanos = nine_digits(written.as_bytes());
            rest
        }
        _ => return None,
    };
    Some(rest)
}

fn take<'t>((number, _, rest): (i64, &str, &'t str), place: &mut i64) -> &'t str {
    *place = number;
    rest
}

impl Found {
    fn time(mut self, now: Timestamp, usual: &TimeZone) -> Option<Timestamp> {
        if let Some(afternoon) = self.afternoon {
            let hour = self.civil.hour;
            self.civil.hour = hour % 12 + if afternoon { 12 } else { 0 };
        }
        let zone = self.zone.as_ref();
        if self.year { self.civil.at(zone, usual) } else { self.civil.near(now, zone, usual) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn show(form: &str, text: &str) -> Option<String> {
        let now = "2026-11-21T12:00:00Z".parse().expect("a time");
        read(form, text, now, &TimeZone::UTC).map(|time| time.to_string())
    }

    #[test]
    fn forms() {
        for (form, text, expected) in [
            ("MMM dd yyyy HH:mm:ss", "Nov 21 2026 10:00:00", "2026-11-21T10:00:00Z"),
            ("yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2026-11-21T10:00:00.123+0200", "2026-11-21T08:00:00.123Z"),
            ("MMM dd yyyy HH:mm:ss.SSS z", "Nov 21 2026 10:00:00.5 GMT", "2026-11-21T10:00:00.5Z"),
            ("yyyyMMddHHmmss", "20261121100000", "2026-11-21T10:00:00Z"),
            ("dd/MM/yy hh:mm:ss a", "21/11/26 12:30:00 am", "2026-11-21T00:30:00Z"),
            ("EEE, d MMM yyyy h:m:s a XXX", "Sat, 1 Aug 2026 1:2:3 PM +01:00", "2026-08-01T12:02:03Z"),
            ("MMM dd HH:mm:ss", "Dec 01 10:00:00", "2025-12-01T10:00:00Z"),
            ("yyyy''MM", "2026'11", ""),
        ] {
            assert_eq!(show(form, text).unwrap_or_default(), expected, "{form}");
        }
        assert_eq!(show("yyyy-MM-dd", "21.11.2026"), None);
        assert_eq!(show("HH 'o", "10 o"), None);
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic(form in "[yMdHmsSazZXE' :-é]{0,20}", text in ".{0,30}") {
            show(&form, &text);
            show(&form, "2026-11-21 10:00:00 pm é");
        }
    }
}
