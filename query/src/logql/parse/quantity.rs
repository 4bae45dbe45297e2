//! How numbers, durations and sizes are read.

use super::Result;
use super::reader::Reader;
use crate::logql::ast::Quantity;
use crate::number::Number;

/// Sizes as they are written in LogQL, letter case ignored.
const SIZES: [(&str, f64); 19] = [
    ("b", 1.0),
    ("k", 1e3),
    ("kb", 1e3),
    ("ki", 1024.0),
    ("kib", 1024.0),
    ("mb", 1e6),
    ("mi", 1_048_576.0),
    ("mib", 1_048_576.0),
    ("g", 1e9),
    ("gb", 1e9),
    ("gi", 1_073_741_824.0),
    ("gib", 1_073_741_824.0),
    ("t", 1e12),
    ("tb", 1e12),
    ("ti", 1_099_511_627_776.0),
    ("tib", 1_099_511_627_776.0),
    ("pb", 1e15),
    ("pib", 1_125_899_906_842_624.0),
    ("eb", 1e18),
];

/// A duration in nanoseconds, with at least one unit.
pub(crate) fn duration_nanos(text: &str) -> Option<i64> {
    match Number::duration(text)? {
        Number::Int(nanos) => Some(nanos),
        Number::Float(nanos) => (nanos.abs() < 9e18).then_some(nanos as i64),
    }
}

impl<'a> Reader<'a> {
    /// `5`, `-1.5`, `250ms`, `20MB`.
    pub(super) fn quantity(&mut self) -> Result<Quantity> {
        self.skip_space();
        let start = self.at;
        let text = self.number_text();
        match value_of(text) {
            Some(value) => Ok(Quantity { text: text.to_owned(), value }),
            None if text.is_empty() => {
                self.missing("a number or a quoted text", "write a=\"text\", a > 5 or a >= 250ms")
            }
            None => self.fail(
                self.since(start),
                format!("`{}` is no number, duration or size", crate::error::shown(text)),
                "write 5, 1.5, 250ms or 20MB; texts need quotes",
            ),
        }
    }

    /// A number without a unit, if one stands here.
    pub(super) fn literal(&mut self) -> Result<Option<f64>> {
        self.skip_space();
        let start = self.at;
        let text = self.number_text();
        if text.is_empty() {
            return Ok(None);
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => self.fail(
                self.since(start),
                format!("`{}` is no number", crate::error::shown(text)),
                "write 5 or 1.5e3",
            ),
        }
    }

    /// A duration that is not quoted.
    pub(super) fn duration(&mut self, example: &str) -> Result<i64> {
        self.skip_space();
        let start = self.at;
        let text = self.number_text();
        match duration_nanos(text) {
            Some(nanos) => Ok(nanos),
            None if text.is_empty() => self.missing("a duration", &format!("write {example}")),
            None => {
                let message = format!("`{}` is no duration", crate::error::shown(text));
                self.fail(self.since(start), message, &format!("write {example}; units are ns us ms s m h d w y"))
            }
        }
    }

    /// Sign, digits and letters; empty where no number begins.
    fn number_text(&mut self) -> &'a str {
        let rest = self.rest();
        let unsigned = rest.strip_prefix(['-', '+']).unwrap_or(rest);
        if !unsigned.strip_prefix('.').unwrap_or(unsigned).starts_with(|c: char| c.is_ascii_digit()) {
            return "";
        }
        let mut end = rest.len() - unsigned.len();
        for c in unsigned.chars() {
            let exponent = matches!(c, '+' | '-') && rest[..end].ends_with(['e', 'E']);
            if !(c.is_alphanumeric() || c == '.' || exponent) {
                break;
            }
            end += c.len_utf8();
        }
        self.at += end;
        &self.text[self.at - end..self.at]
    }
}

fn value_of(text: &str) -> Option<f64> {
    if let Ok(number) = text.parse::<f64>() {
        return Some(number).filter(|number| number.is_finite());
    }
    if let Some(nanos) = duration_nanos(text) {
        return Some(nanos as f64);
    }
    let split = text.find(|c: char| !(c.is_ascii_digit() || ".+-".contains(c)))?;
    let unit = text[split..].to_ascii_lowercase();
    let scale = SIZES.iter().find(|(name, _)| *name == unit)?.1;
    Some(text[..split].parse::<f64>().ok()? * scale).filter(|number| number.is_finite())
}
