//! What makes a group: values as they are, or cut into buckets; how a key is written and read.

use std::net::Ipv4Addr;

use vigil_model::Timestamp;
use vigil_query::{Bucket, GroupKey};

use crate::OwnedValue;
use crate::value::{Cell, Number};

/// One value of a key. Text is what the value is written as; only buckets have other forms.
///
/// In the order of results: missing values, numbers, times, texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part<'a> {
    /// There is no value.
    Missing,
    /// Where a bucket of numbers begins; whole if it is a whole number.
    Number(Number),
    /// When a bucket of times begins.
    Time(Timestamp),
    /// The text of the value.
    Text(&'a str),
}

mod tag {
    //! The byte before each part of a key.
    pub(super) const MISSING: u8 = 0;
    pub(super) const INT: u8 = 1;
    pub(super) const FLOAT: u8 = 2;
    pub(super) const TIME: u8 = 3;
    pub(super) const TEXT: u8 = 4;
}

impl<'a> Part<'a> {
    /// The part that a value is for `key`. `buffer` is for text that does not lie ready.
    #[inline]
    pub(crate) fn of(key: &GroupKey, cell: Option<&'a Cell<'_>>, buffer: &'a mut String) -> Part<'a> {
        let Some(cell) = cell.filter(|cell| !cell.is_null()) else { return Part::Missing };
        match &key.bucket {
            None => Part::Text(cell.text(buffer)),
            Some(bucket) => bucket_of(bucket, cell, buffer),
        }
    }

    /// Appends it to a key. Different lists of parts are different bytes.
    #[inline]
    pub(crate) fn write(&self, key: &mut Vec<u8>) {
        match self {
            Part::Missing => key.push(tag::MISSING),
            Part::Number(Number::Int(value)) => put(key, tag::INT, value.to_le_bytes()),
            Part::Number(Number::Float(value)) => put(key, tag::FLOAT, value.to_bits().to_le_bytes()),
            Part::Time(time) => put(key, tag::TIME, time.0.to_le_bytes()),
            Part::Text(text) => {
                key.push(tag::TEXT);
                key.extend_from_slice(&(text.len() as u32).to_le_bytes());
                key.extend_from_slice(text.as_bytes());
            }
        }
    }

    /// The parts of a key that was written.
    pub(crate) fn read_all(mut key: &'a [u8]) -> Vec<Part<'a>> {
        let mut parts = Vec::new();
        while let Some((tag, rest)) = key.split_first() {
            let (part, rest) = Part::read(*tag, rest);
            parts.push(part);
            key = rest;
        }
        parts
    }

    fn read(tag: u8, rest: &'a [u8]) -> (Part<'a>, &'a [u8]) {
        match tag {
            tag::MISSING => (Part::Missing, rest),
            tag::TEXT => {
                let (len, rest) = rest.split_first_chunk().expect("a length follows");
                let (text, rest) = rest.split_at(u32::from_le_bytes(*len) as usize);
                (Part::Text(std::str::from_utf8(text).expect("it was written from text")), rest)
            }
            _ => {
                let (bytes, rest) = rest.split_first_chunk().expect("eight bytes follow");
                let part = match tag {
                    tag::INT => Part::Number(Number::Int(i64::from_le_bytes(*bytes))),
                    tag::FLOAT => Part::Number(Number::Float(f64::from_bits(u64::from_le_bytes(*bytes)))),
                    _ => Part::Time(Timestamp(i64::from_le_bytes(*bytes))),
                };
                (part, rest)
            }
        }
    }

    pub(crate) fn to_value(self) -> OwnedValue {
        match self {
            Part::Missing => OwnedValue::Null,
            Part::Number(Number::Int(value)) => OwnedValue::Int(value),
            Part::Number(Number::Float(value)) => OwnedValue::Float(value),
            Part::Time(time) => OwnedValue::Time(time),
            Part::Text(text) => OwnedValue::Str(text.to_owned()),
        }
    }
}

fn put(key: &mut Vec<u8>, tag: u8, bytes: [u8; 8]) {
    key.push(tag);
    key.extend_from_slice(&bytes);
}

/// Values that the bucket does not cut (a text in a bucket of numbers) stay what they are.
fn bucket_of<'a>(bucket: &Bucket, cell: &'a Cell<'_>, buffer: &'a mut String) -> Part<'a> {
    let cut = match *bucket {
        Bucket::Time { width, offset } => cell.time().map(|time| Part::Time(time_bucket(time, width, offset))),
        Bucket::Number { width, offset } => {
            cell.number().and_then(|number| number_bucket(number, width, offset)).map(Part::Number)
        }
        Bucket::Ip(bits) => return ip_bucket(cell, bits, buffer),
    };
    cut.unwrap_or_else(|| Part::Text(cell.text(buffer)))
}

/// When the bucket begins that holds `time`; the least time there is if it begins before that.
fn time_bucket(time: Timestamp, width: i64, offset: i64) -> Timestamp {
    let (width, offset) = (i128::from(width.max(1)), i128::from(offset));
    let start = (i128::from(time.0) - offset).div_euclid(width) * width + offset;
    Timestamp(i64::try_from(start).unwrap_or(if start < 0 { i64::MIN } else { i64::MAX }))
}

/// Where the bucket begins that holds `number`; `None` where there is none.
fn number_bucket(number: Number, width: f64, offset: f64) -> Option<Number> {
    if let (Number::Int(value), Some(width), Some(offset)) = (number, whole(width), whole(offset)) {
        let (width, offset) = (i128::from(width.max(1)), i128::from(offset));
        let start = (i128::from(value) - offset).div_euclid(width) * width + offset;
        return i64::try_from(start).ok().map(Number::Int);
    }
    let value = number.to_f64() - offset;
    // A tenth is no binary number, ten is: with it buckets begin where their decimals say.
    let inverse = (1.0 / width).round();
    let is_share = width < 1.0 && (1.0 / inverse - width).abs() <= f64::EPSILON * width;
    let begins = |n: f64| if is_share { n / inverse } else { n * width };
    let guess = (value / width).floor();
    let nth = if begins(guess + 1.0) <= value { guess + 1.0 } else { guess };
    let start = begins(nth) + offset;
    start.is_finite().then(|| whole(start).map_or(Number::Float(start), Number::Int))
}

/// The whole number that it is, without loss.
fn whole(value: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (value.fract() == 0.0 && value.abs() <= EXACT).then_some(value as i64)
}

fn ip_bucket<'a>(cell: &'a Cell<'_>, bits: u8, buffer: &'a mut String) -> Part<'a> {
    let Ok(address) = cell.text(buffer).parse::<Ipv4Addr>() else { return Part::Text(cell.text(buffer)) };
    let mask = u32::MAX.checked_shl(32 - u32::from(bits.min(32))).unwrap_or(0);
    *buffer = Ipv4Addr::from_bits(address.to_bits() & mask).to_string();
    Part::Text(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_of_times_begins_at_or_before_the_time() {
        let start = |time, width, offset| time_bucket(Timestamp(time), width, offset).0;
        assert_eq!((start(17, 5, 0), start(-1, 5, 0), start(-5, 5, 0)), (15, -5, -5));
        assert_eq!((start(17, 5, 3), start(2, 5, 3), start(-3, 5, -3)), (13, -2, -3));
        assert_eq!(start(i64::MIN + 1, i64::MAX, 5), i64::MIN, "it would begin before there is time");
    }

    #[test]
    fn a_bucket_of_numbers_begins_where_its_decimals_say() {
        let start = |number, width, offset| number_bucket(number, width, offset).expect("a bucket");
        assert_eq!(start(Number::Int(-1), 10.0, 0.0), Number::Int(-10));
        assert_eq!(start(Number::Int(25), 10.0, 7.0), Number::Int(17));
        assert_eq!(start(Number::Float(12.5), 10.0, 0.0), Number::Int(10));
        for (value, begins) in [(0.3, 0.3), (0.29, 0.2), (0.7, 0.7), (-0.05, -0.1), (0.35, 0.3)] {
            assert_eq!(start(Number::Float(value), 0.1, 0.0), Number::Float(begins), "{value}");
        }
        assert_eq!(number_bucket(Number::Float(f64::NAN), 1.0, 0.0), None);
    }

    #[test]
    fn addresses_are_cut_and_other_texts_stay() {
        let cut = |text: &str, bits| {
            let value = OwnedValue::Str(text.to_owned());
            let key = GroupKey { field: "ip".into(), bucket: Some(Bucket::Ip(bits)) };
            Part::of(&key, Some(&Cell::Owned(&value)), &mut String::new()).to_value().to_string()
        };
        assert_eq!(cut("10.2.33.44", 24), "10.2.33.0");
        assert_eq!((cut("10.2.33.44", 0), cut("10.2.33.44", 32)), ("0.0.0.0".into(), "10.2.33.44".into()));
        assert_eq!((cut("::1", 24), cut("", 8)), ("::1".into(), String::new()));
    }

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let parts = [
            Part::Missing,
            Part::Text("a"),
            Part::Text(""),
            Part::Number(Number::Int(-3)),
            Part::Number(Number::Float(0.1)),
            Part::Time(Timestamp(-7)),
        ];
        let mut key = Vec::new();
        parts.iter().for_each(|part| part.write(&mut key));
        assert_eq!(Part::read_all(&key), parts);
    }
}
