//! How numbers and durations are written in pipes.

use std::fmt;

use crate::Number;
use crate::error::shown;
use crate::parse::{Parser, Result, ends_name};

/// Units in which a duration is written, longest first, in nanoseconds.
const UNITS: [(&str, i64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// Nanoseconds as a duration, in the longest unit that leaves no rest.
pub(super) struct Duration(pub(super) i64);

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, nanos) = UNITS.iter().find(|(_, nanos)| self.0 % nanos == 0).expect("1 leaves no rest");
        write!(f, "{}{unit}", self.0 / nanos)
    }
}

impl Parser<'_> {
    /// The whole number that a pipe takes.
    pub(super) fn count(&mut self, pipe: &str) -> Result<u64> {
        self.skip_space();
        let start = self.at;
        let digits = self.run(ends_name);
        if let Some(count) = digits.parse().ok().filter(|_| !digits.starts_with('+')) {
            return Ok(count);
        }
        let span = if digits.is_empty() { self.here() } else { self.since(start) };
        self.fail(span, format!("`{pipe}` takes a whole number"), &format!("write {pipe} 10"))
    }

    /// A whole number, if one stands here.
    pub(super) fn count_or(&mut self, pipe: &str, default: u64) -> Result<u64> {
        self.skip_space();
        if self.peek().is_some_and(|c| c.is_ascii_digit()) { self.count(pipe) } else { Ok(default) }
    }

    /// The whole number behind `word`, if that stands here.
    pub(super) fn count_after(&mut self, word: &str) -> Result<Option<u64>> {
        if self.eat_word(word) { self.count(word).map(Some) } else { Ok(None) }
    }

    /// A duration such as `5m` or `-1h30m`, in nanoseconds.
    pub(super) fn duration(&mut self, what: &str) -> Result<i64> {
        self.skip_space();
        let start = self.at;
        let text = self.run(ends_name);
        if let Some(Number::Int(nanos)) = Number::duration(text) {
            return Ok(nanos);
        }
        let span = if text.is_empty() { self.here() } else { self.since(start) };
        self.fail(span, format!("{what} is missing here"), "write how long it is, such as 30s, 5m or 1h30m")
    }

    /// A number with or without unit, such as `10` or `10KiB`.
    pub(super) fn number(&mut self, what: &str) -> Result<f64> {
        self.skip_space();
        let start = self.at;
        let text = self.run(ends_name);
        match Number::read(text).map(Number::to_f64).filter(|number| number.is_finite()) {
            Some(number) => Ok(number),
            None if text.is_empty() => {
                self.fail(self.here(), format!("{what} is missing here"), "write a number, such as 10, 0.5 or 10KiB")
            }
            None => {
                let message = format!("`{}` is no number", shown(text));
                self.fail(self.since(start), message, "write a number, such as 10, 0.5 or 10KiB")
            }
        }
    }
}
