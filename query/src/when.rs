//! Which stretch of time a written date or time means.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use vigil_model::Timestamp;

/// From the first moment to the first moment after: `2026-08` is a month, `2026-08-01` a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    /// First moment.
    pub(crate) start: Timestamp,
    /// First moment after.
    pub(crate) end: Timestamp,
    /// Written to the second or finer: a bound then means the moment itself.
    pub(crate) instant: bool,
}

/// How fine a time was written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Fraction(u32),
}

/// Reads a date or time from `2026-08` to `2026-08-01T12:30:00.25+02:00`; UTC when it names no
/// zone. A year alone is a number to everything but `_time`: see [`read_with_year`].
pub(crate) fn read(text: &str) -> Option<Period> {
    read_with_year(text).filter(|_| text.len() > "2026Z".len())
}

/// As [`read`], and `2026` is a year.
pub(crate) fn read_with_year(text: &str) -> Option<Period> {
    let mut reader = Digits(text.as_bytes());
    let mut civil = [0_i16, 1, 1, 0, 0, 0];
    civil[0] = reader.number(4)?;
    let step = reader.steps(&mut civil)?;
    let (step, nanos) = reader.fraction(step)?;
    let offset = reader.zone(step)?;
    let [year, month, day, hour, minute, second] = civil;
    // A leap second is told as the second before it, as everywhere else.
    let second = second.min(59) as i8;
    let time = DateTime::new(year, month as i8, day as i8, hour as i8, minute as i8, second, nanos).ok()?;
    let start = moment(time, offset)?;
    Some(Period { start, end: end_of(time, offset, start, step), instant: step >= Step::Second })
}

fn moment(time: DateTime, offset: Offset) -> Option<Timestamp> {
    let nanos = offset.to_timestamp(time).ok()?.as_nanosecond();
    Some(Timestamp(nanos.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64))
}

fn end_of(time: DateTime, offset: Offset, start: Timestamp, step: Step) -> Timestamp {
    let calendar = |span: jiff::Span| time.checked_add(span).ok().and_then(|end| moment(end, offset));
    let fixed = |nanos: i64| Some(Timestamp(start.0.saturating_add(nanos)));
    let end = match step {
        Step::Year => calendar(jiff::Span::new().years(1)),
        Step::Month => calendar(jiff::Span::new().months(1)),
        Step::Day => fixed(Timestamp::DAY),
        Step::Hour => fixed(3_600_000_000_000),
        Step::Minute => fixed(60_000_000_000),
        Step::Second => fixed(1_000_000_000),
        Step::Fraction(digits) => fixed(10_i64.pow(9 - digits)),
    };
    end.unwrap_or(Timestamp::MAX)
}

/// What is left to read.
struct Digits<'a>(&'a [u8]);

impl Digits<'_> {
    fn number(&mut self, len: usize) -> Option<i16> {
        let (digits, rest) = self.0.split_at_checked(len)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.0 = rest;
        Some(digits.iter().fold(0, |number, digit| number * 10 + i16::from(digit - b'0')))
    }

    fn eat(&mut self, wanted: &[u8]) -> bool {
        match self.0 {
            [byte, rest @ ..] if wanted.contains(byte) => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    /// Month to second, each after its own separator, until one is not there.
    fn steps(&mut self, civil: &mut [i16; 6]) -> Option<Step> {
        const STEPS: [(&[u8], Step); 5] =
            [(b"-", Step::Month), (b"-", Step::Day), (b"Tt ", Step::Hour), (b":", Step::Minute), (b":", Step::Second)];
        let mut last = Step::Year;
        for (n, (separator, step)) in STEPS.into_iter().enumerate() {
            if !self.eat(separator) {
                break;
            }
            civil[n + 1] = self.number(2)?;
            last = step;
        }
        (civil[5] <= 60).then_some(last)
    }

    fn fraction(&mut self, step: Step) -> Option<(Step, i32)> {
        if step != Step::Second || !self.eat(b".,") {
            return Some((step, 0));
        }
        let len = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(len);
        self.0 = rest;
        let kept = &digits[..len.min(9)];
        let number = kept.iter().fold(0, |number, digit| number * 10 + i32::from(digit - b'0'));
        let scale = 10_i32.pow(9 - kept.len() as u32);
        (len > 0).then_some((Step::Fraction(kept.len() as u32), number * scale))
    }

    /// The zone, which must be the end of the text. Beside a bare date `-02` would be a day, so
    /// only a time can have an offset.
    fn zone(&mut self, step: Step) -> Option<Offset> {
        if self.eat(b"Zz") || self.0.is_empty() {
            return self.0.is_empty().then_some(Offset::UTC);
        }
        let negative = self.0[0] == b'-';
        if step < Step::Hour || !self.eat(b"+-") {
            return None;
        }
        let hours = i32::from(self.number(2)?);
        self.eat(b":");
        let minutes = i32::from(self.number(2)?);
        let seconds = (hours * 60 + minutes) * 60;
        let plausible = self.0.is_empty() && hours < 24 && minutes < 60;
        plausible.then(|| Offset::from_seconds(if negative { -seconds } else { seconds }).ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<(String, String)> {
        read_with_year(text).map(|period| (period.start.to_string(), period.end.to_string()))
    }

    #[test]
    fn a_time_is_as_long_as_it_is_coarse() {
        for (text, start, end) in [
            ("2026", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2026-12Z", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"),
            ("2026-08-01T12", "2026-08-01T12:00:00Z", "2026-08-01T13:00:00Z"),
            ("2026-08-01T12:30+02:00", "2026-08-01T10:30:00Z", "2026-08-01T10:31:00Z"),
            ("2026-08-01 12:30:05", "2026-08-01T12:30:05Z", "2026-08-01T12:30:06Z"),
            ("2026-08-01T12:30:05.25Z", "2026-08-01T12:30:05.25Z", "2026-08-01T12:30:05.26Z"),
        ] {
            assert_eq!(shown(text), Some((start.to_owned(), end.to_owned())), "{text}");
        }
    }

    #[test]
    fn full_times_agree_with_the_model() {
        for text in ["2026-11-21T09:00:00Z", "1969-12-31T23:59:59.999999999Z", "2026-01-01T02:00:00-05:30"] {
            assert_eq!(read(text).map(|period| period.start), text.parse().ok(), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_times() {
        for text in ["", "20", "2026-", "2026-13", "2026-02-30", "2026-08-01T", "2026-08-01T12:00:61Z", "2026-08-01x"] {
            assert_eq!(shown(text), None, "{text}");
        }
        assert_eq!(read("2026"), None);
        assert_eq!(shown("2026-08-01T12:00:00."), None);
        assert_eq!(shown("2026-08-01T12:00+0"), None);
    }

    #[test]
    fn times_beyond_the_clock_stop_at_its_ends() {
        assert_eq!(read("9999-12").map(|period| period.end), Some(Timestamp::MAX));
        assert_eq!(read("0001-01-01").map(|period| period.start), Some(Timestamp::MIN));
    }
}
