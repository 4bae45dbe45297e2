//! Which number a text means, and how numbers compare without loss.

use std::cmp::Ordering;

use vigil_model::Value;

use crate::Bound;

/// A number as exact as it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A whole number.
    Int(i64),
    /// Any other finite number.
    Float(f64),
}

const SECOND: i64 = 1_000_000_000;

/// Units of time, in nanoseconds.
const DURATIONS: [(&str, i64); 11] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3_600 * SECOND),
    ("d", 86_400 * SECOND),
    ("w", 7 * 86_400 * SECOND),
    ("y", 365 * 86_400 * SECOND),
];

/// Units of size, in bytes.
const SIZES: [(&str, i64); 18] = [
    ("B", 1),
    ("K", 1_000),
    ("KB", 1_000),
    ("kB", 1_000),
    ("Ki", 1 << 10),
    ("KiB", 1 << 10),
    ("M", 1_000_000),
    ("MB", 1_000_000),
    ("Mi", 1 << 20),
    ("MiB", 1 << 20),
    ("G", 1_000_000_000),
    ("GB", 1_000_000_000),
    ("Gi", 1 << 30),
    ("GiB", 1 << 30),
    ("T", 1_000_000_000_000),
    ("TB", 1_000_000_000_000),
    ("Ti", 1 << 40),
    ("TiB", 1 << 40),
];

impl Number {
    /// Reads `42`, `-1.5`, `1e6`, a size such as `10KiB` (in bytes) or a duration such as `1h30m`
    /// (in nanoseconds). `None` for any other text.
    pub fn read(text: &str) -> Option<Number> {
        if !begins_like_a_number(text) {
            return None;
        }
        if let Ok(whole) = text.parse() {
            return Some(Number::Int(whole));
        }
        let (digits, unit) = text.split_at(digits_len(text));
        if unit.is_empty() {
            return plain(digits);
        }
        match lookup(&SIZES, unit) {
            Some(scale) => scaled(digits, scale),
            None => Number::duration(text),
        }
    }

    /// Reads a duration such as `5m` or `1h30m`, in nanoseconds.
    pub fn duration(text: &str) -> Option<Number> {
        let (mut rest, sign) = match text.strip_prefix('-') {
            Some(rest) => (rest, -1),
            None => (text, 1),
        };
        let mut total = Number::Int(0);
        while !rest.is_empty() {
            let (digits, after) = rest.split_at(digits_len(rest));
            let (unit, next) = after.split_at(after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len()));
            total = total.plus(scaled(digits, sign * lookup(&DURATIONS, unit)?)?);
            rest = next;
        }
        (!text.is_empty()).then_some(total).filter(|total| total.to_f64().is_finite())
    }

    /// The number that `value` is or that its text means.
    #[inline]
    pub fn of(value: &Value<'_>) -> Option<Number> {
        match *value {
            Value::Int(whole) => Some(Number::Int(whole)),
            Value::Float(float) => Some(Number::Float(float)),
            Value::Str(text) => Number::read(text),
            Value::Null | Value::Bool(_) | Value::Bytes(_) | Value::Time(_) | Value::List(_) => None,
        }
    }

    /// How two numbers compare, exactly; `None` beside NaN.
    #[inline]
    pub fn compare(self, other: Number) -> Option<Ordering> {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => Some(a.cmp(&b)),
            (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b),
            (Number::Int(a), Number::Float(b)) => compare_mixed(a, b),
            (Number::Float(a), Number::Int(b)) => compare_mixed(b, a).map(Ordering::reverse),
        }
    }

    /// The nearest `f64`.
    #[inline]
    pub fn to_f64(self) -> f64 {
        match self {
            Number::Int(whole) => whole as f64,
            Number::Float(float) => float,
        }
    }

    fn plus(self, other: Number) -> Number {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) if a.checked_add(b).is_some() => Number::Int(a + b),
            _ => Number::Float(self.to_f64() + other.to_f64()),
        }
    }
}

impl From<Number> for Bound {
    fn from(number: Number) -> Bound {
        match number {
            Number::Int(whole) if whole as f64 as i128 != i128::from(whole) => Bound::Integer(whole),
            Number::Int(_) | Number::Float(_) => Bound::Number(number.to_f64()),
        }
    }
}

fn begins_like_a_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let unpointed = unsigned.strip_prefix('.').unwrap_or(unsigned);
    unpointed.starts_with(|c: char| c.is_ascii_digit())
}

/// Length of sign, digits, point and exponent at the start of `text`.
fn digits_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(matches!(bytes.first(), Some(b'-' | b'+')));
    at += digits(at);
    if bytes.get(at) == Some(&b'.') {
        at += 1 + digits(at + 1);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let signed = at + 1 + usize::from(matches!(bytes.get(at + 1), Some(b'-' | b'+')));
        let exponent = if signed <= bytes.len() { digits(signed) } else { 0 };
        at = if exponent > 0 { signed + exponent } else { at };
    }
    at
}

fn plain(digits: &str) -> Option<Number> {
    let float: f64 = digits.parse().ok()?;
    float.is_finite().then_some(Number::Float(float))
}

fn scaled(digits: &str, scale: i64) -> Option<Number> {
    match digits.parse::<i64>().ok().and_then(|whole| whole.checked_mul(scale)) {
        Some(whole) => Some(Number::Int(whole)),
        None => Some(Number::Float(plain(digits)?.to_f64() * scale as f64)).filter(|n| n.to_f64().is_finite()),
    }
}

fn lookup(units: &[(&str, i64)], unit: &str) -> Option<i64> {
    units.iter().find(|(name, _)| *name == unit).map(|(_, scale)| *scale)
}

/// Compares without rounding the whole number to an `f64`.
fn compare_mixed(whole: i64, float: f64) -> Option<Ordering> {
    const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
    if float.is_nan() {
        None
    } else if float >= TWO_TO_63 {
        Some(Ordering::Less)
    } else if float < -TWO_TO_63 {
        Some(Ordering::Greater)
    } else {
        let fraction = 0.0.partial_cmp(&float.fract())?;
        Some(whole.cmp(&(float.trunc() as i64)).then(fraction))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_numbers_sizes_and_durations() {
        let read = Number::read;
        assert_eq!(read("42"), Some(Number::Int(42)));
        assert_eq!(read("-1.5"), Some(Number::Float(-1.5)));
        assert_eq!(read("1e6"), Some(Number::Float(1e6)));
        assert_eq!(read("10KiB"), Some(Number::Int(10_240)));
        assert_eq!(read("1.5MB"), Some(Number::Float(1_500_000.0)));
        assert_eq!(read("5m"), Some(Number::Int(300 * SECOND)));
        assert_eq!(read("1h30m"), Some(Number::Int(5_400 * SECOND)));
        assert_eq!(read("-2.5ms"), Some(Number::Float(-2_500_000.0)));
        assert_eq!(read("9223372036854775807"), Some(Number::Int(i64::MAX)));
    }

    #[test]
    fn other_texts_are_no_numbers() {
        for text in ["", "-", "+", ".", "e5", "inf", "NaN", "1e999", "1.2.3", "5x", "5 m", "10.0.0.1", "1e", "m", "５"]
        {
            assert_eq!(Number::read(text), None, "{text}");
        }
    }

    #[test]
    fn whole_numbers_compare_where_floats_would_round() {
        let (big, float) = (9_007_199_254_740_993, 9_007_199_254_740_992.0);
        assert_eq!(Number::Int(big).compare(Number::Float(float)), Some(Ordering::Greater));
        assert_eq!(Number::Float(float).compare(Number::Int(big)), Some(Ordering::Less));
        assert_eq!(Number::Int(i64::MAX).compare(Number::Float(i64::MAX as f64)), Some(Ordering::Less));
        assert_eq!(Number::Int(-3).compare(Number::Float(-3.5)), Some(Ordering::Greater));
        assert_eq!(Number::Int(3).compare(Number::Float(3.0)), Some(Ordering::Equal));
        assert_eq!(Number::Int(3).compare(Number::Float(f64::NAN)), None);
    }

    #[test]
    fn bounds_keep_whole_numbers_that_a_float_cannot_hold() {
        assert_eq!(Bound::from(Number::Int(7)), Bound::Number(7.0));
        assert_eq!(Bound::from(Number::Int(9_007_199_254_740_993)), Bound::Integer(9_007_199_254_740_993));
        assert_eq!(Bound::from(Number::Int(i64::MAX)), Bound::Integer(i64::MAX));
    }
}
