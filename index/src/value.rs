//! What a cell of an answer holds, and how cells are ordered.

use std::cmp::Ordering;
use std::fmt::{self, Write};

use vigil_model::limits::NESTING_MAX;
use vigil_model::{EventId, Timestamp, Value};

/// A value that stands on its own, in a row of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum OwnedValue {
    /// Missing, or known to be nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// Text.
    Str(String),
    /// Raw bytes.
    Bytes(Vec<u8>),
    /// A point in time.
    Time(Timestamp),
    /// Values in order.
    List(Vec<OwnedValue>),
    /// The name of an event.
    Id(EventId),
}

impl From<Value<'_>> for OwnedValue {
    fn from(value: Value<'_>) -> OwnedValue {
        match value {
            Value::Null => OwnedValue::Null,
            Value::Bool(value) => OwnedValue::Bool(value),
            Value::Int(value) => OwnedValue::Int(value),
            Value::Float(value) => OwnedValue::Float(value),
            Value::Str(text) => OwnedValue::Str(text.to_owned()),
            Value::Bytes(bytes) => OwnedValue::Bytes(bytes.to_vec()),
            Value::Time(time) => OwnedValue::Time(time),
            Value::List(list) => OwnedValue::List(list.iter().map(OwnedValue::from).collect()),
        }
    }
}

impl OwnedValue {
    /// Bytes beyond the value itself.
    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            OwnedValue::Str(text) => text.len(),
            OwnedValue::Bytes(bytes) => bytes.len(),
            OwnedValue::List(items) => items.iter().map(|item| size_of::<OwnedValue>() + item.heap_bytes()).sum(),
            _ => 0,
        }
    }
}

/// The same text as the value had in its record.
impl fmt::Display for OwnedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OwnedValue::Null => Ok(()),
            OwnedValue::Bool(value) => write!(f, "{value}"),
            OwnedValue::Int(value) => write!(f, "{value}"),
            OwnedValue::Float(value) => write!(f, "{value}"),
            OwnedValue::Str(text) => f.write_str(text),
            OwnedValue::Bytes(bytes) => f.write_str(&data_encoding::HEXLOWER.encode(bytes)),
            OwnedValue::Time(time) => write!(f, "{time}"),
            OwnedValue::List(items) => write_list(items, f),
            OwnedValue::Id(id) => write!(f, "{id}"),
        }
    }
}

fn write_list(items: &[OwnedValue], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (n, item) in items.iter().enumerate() {
        if n > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{item}")?;
    }
    Ok(())
}

/// One value as a pipe reads it: still in its record, or of a row.
#[derive(Clone, Copy)]
pub(crate) enum Cell<'a> {
    /// Still in its record.
    Model(Value<'a>),
    /// Of a row.
    Owned(&'a OwnedValue),
    /// The name of an event.
    Id(EventId),
}

impl Cell<'_> {
    pub(crate) fn to_owned_value(self) -> OwnedValue {
        match self {
            Cell::Model(value) => value.into(),
            Cell::Owned(value) => value.clone(),
            Cell::Id(id) => OwnedValue::Id(id),
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Cell::Model(Value::Null) | Cell::Owned(OwnedValue::Null))
    }

    /// Whether there is nothing in it, as `field:""` means it.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Cell::Model(value) => is_empty(value, 0),
            Cell::Owned(value) => is_empty_owned(value),
            Cell::Id(_) => false,
        }
    }

    /// The text, if it is one.
    #[inline]
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Cell::Model(Value::Str(text)) => Some(text),
            Cell::Owned(OwnedValue::Str(text)) => Some(text),
            _ => None,
        }
    }

    /// The text form; written to `buffer` when it does not lie ready.
    pub(crate) fn text<'b>(&'b self, buffer: &'b mut String) -> &'b str {
        buffer.clear();
        let written = match self {
            Cell::Model(Value::Str(text)) => return text,
            Cell::Owned(OwnedValue::Str(text)) => return text,
            Cell::Model(value) => write!(buffer, "{value}"),
            Cell::Owned(value) => write!(buffer, "{value}"),
            Cell::Id(id) => write!(buffer, "{id}"),
        };
        written.expect("a string takes everything");
        buffer
    }

    /// The number it is or reads as.
    pub(crate) fn number(&self) -> Option<Number> {
        match self {
            Cell::Model(Value::Int(value)) | Cell::Owned(OwnedValue::Int(value)) => Some(Number::Int(*value)),
            Cell::Model(Value::Float(value)) | Cell::Owned(OwnedValue::Float(value)) => Some(Number::float(*value)),
            Cell::Model(Value::Str(text)) => Number::read(text),
            Cell::Owned(OwnedValue::Str(text)) => Number::read(text),
            _ => None,
        }
    }

    /// The time it is or reads as.
    pub(crate) fn time(&self) -> Option<Timestamp> {
        match self {
            Cell::Model(Value::Time(time)) | Cell::Owned(OwnedValue::Time(time)) => Some(*time),
            Cell::Model(Value::Str(text)) => text.parse().ok(),
            Cell::Owned(OwnedValue::Str(text)) => text.parse().ok(),
            _ => None,
        }
    }

    /// Its place in an order.
    pub(crate) fn rank(&self) -> Rank {
        if self.is_null() {
            return Rank::Missing;
        }
        match self {
            Cell::Model(Value::Time(time)) | Cell::Owned(OwnedValue::Time(time)) => Rank::Time(*time),
            _ => self.number().map_or_else(|| Rank::Text(self.text(&mut String::new()).into()), Rank::Number),
        }
    }
}

fn is_empty(value: &Value<'_>, depth: usize) -> bool {
    match value {
        Value::Null => true,
        Value::Str(text) => text.is_empty(),
        Value::Bytes(bytes) => bytes.is_empty(),
        Value::List(list) => depth >= NESTING_MAX || list.iter().all(|item| is_empty(&item, depth + 1)),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Time(_) => false,
    }
}

/// The order of values that have equal ranks: by text, kind and shape, so that no two are equal that are not the
/// same.
pub(crate) fn compare_equals(a: &OwnedValue, b: &OwnedValue) -> Ordering {
    match (a, b) {
        (OwnedValue::Int(a), OwnedValue::Int(b)) => a.cmp(b),
        (OwnedValue::Float(a), OwnedValue::Float(b)) if a.to_bits() == b.to_bits() => Ordering::Equal,
        (OwnedValue::Str(a), OwnedValue::Str(b)) => a.cmp(b),
        (a, b) => (a.to_string(), kind(a), format!("{a:?}")).cmp(&(b.to_string(), kind(b), format!("{b:?}"))),
    }
}

fn kind(value: &OwnedValue) -> u8 {
    match value {
        OwnedValue::Int(_) => 0,
        OwnedValue::Float(_) => 1,
        OwnedValue::Time(_) => 2,
        OwnedValue::Bool(_) => 3,
        OwnedValue::Str(_) => 4,
        OwnedValue::Bytes(_) => 5,
        OwnedValue::List(_) => 6,
        OwnedValue::Id(_) => 7,
        OwnedValue::Null => 8,
    }
}

fn is_empty_owned(value: &OwnedValue) -> bool {
    match value {
        OwnedValue::Null => true,
        OwnedValue::Str(text) => text.is_empty(),
        OwnedValue::Bytes(bytes) => bytes.is_empty(),
        OwnedValue::List(items) => items.iter().all(is_empty_owned),
        _ => false,
    }
}

/// A number in a total order, compared exactly whichever form it has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    /// One zero and one NaN, so that the order is total.
    fn float(value: f64) -> Number {
        Number::Float(if value.is_nan() { f64::NAN } else { value + 0.0 })
    }

    /// The nearest `f64`.
    #[inline]
    pub(crate) fn to_f64(self) -> f64 {
        match self {
            Number::Int(whole) => whole as f64,
            Number::Float(float) => float,
        }
    }

    /// Text that reads as a number, by the rule that filters compare with.
    pub(crate) fn read(text: &str) -> Option<Number> {
        Some(match vigil_query::Number::read(text)? {
            vigil_query::Number::Int(value) => Number::Int(value),
            vigil_query::Number::Float(value) => Number::float(value),
        })
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        match (*self, *other) {
            (Number::Int(a), Number::Int(b)) => a.cmp(&b),
            (Number::Float(a), Number::Float(b)) => a.total_cmp(&b),
            (Number::Int(a), Number::Float(b)) => int_against_float(a, b),
            (Number::Float(a), Number::Int(b)) => int_against_float(b, a).reverse(),
        }
    }
}

/// Exact: neither side is rounded. NaN is the greatest.
fn int_against_float(int: i64, float: f64) -> Ordering {
    const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
    if float.is_nan() || float >= TWO_TO_63 {
        return Ordering::Less;
    }
    if float < -TWO_TO_63 {
        return Ordering::Greater;
    }
    let fraction = 0.0_f64.total_cmp(&(float.fract() + 0.0));
    int.cmp(&(float.trunc() as i64)).then(fraction)
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

/// A place in an order of values: numbers, then times, then text; missing comes last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    Number(Number),
    Time(Timestamp),
    Text(Box<str>),
    Missing,
}

impl Rank {
    /// Bytes on the heap.
    pub(crate) fn size(&self) -> usize {
        if let Rank::Text(text) = self { text.len() } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_without_rounding() {
        let big = 9_007_199_254_740_993_i64;
        let near = 9_007_199_254_740_992.0;
        assert!(Number::Int(big) > Number::float(near));
        assert!(Number::Int(big - 1) == Number::float(near));
        assert!(Number::Int(-1) > Number::float(-1.5) && Number::Int(-2) < Number::float(-1.5));
        assert!(Number::Int(0) == Number::float(-0.0) && Number::float(0.0) == Number::float(-0.0));
        assert!(Number::Int(i64::MAX) < Number::float(f64::NAN));
        assert!(Number::Int(i64::MIN) == Number::float(-9_223_372_036_854_775_808.0));
    }

    #[test]
    fn what_filters_read_as_numbers_is_sorted_and_summed_as_such() {
        assert_eq!(Number::read("-12"), Some(Number::Int(-12)));
        assert_eq!(Number::read(".5"), Some(Number::Float(0.5)));
        assert_eq!(Number::read("12ms"), Some(Number::Int(12_000_000)));
        for text in ["", "-", "nan", "infinity", "1.2.3"] {
            assert_eq!(Number::read(text), None, "{text}");
        }
    }
}
