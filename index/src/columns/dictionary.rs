//! The different values of a field, exactly as its records hold them, and how they lie in bytes.
//!
//! ```text
//! whole numbers varint │ decimals varint │ digits u8 │ others varint
//! whole numbers: least zigzag varint │ differences, packed            (when there are any)
//! decimals: number · 10^digits, as whole numbers                      (when there are any)
//! others: squeezed u8 │ length varint │ bytes varint │ their canonical encodings, LZ4 when squeezed is 1
//! ```
//! A float is a decimal only where this gives back the same bits.

use std::cmp::Ordering;

use vigil_model::limits::{CHUNK_ROWS_MAX, COLUMN_TEXTS_MAX, COLUMN_VALUE_BYTES_MAX};
use vigil_model::{Reader, Value, put_varint};

use super::pack::{packed, put_packed, unzigzag, zigzag};

/// Digits behind the point that a decimal may have.
const DIGITS_MAX: u8 = 9;
/// Up to here a float holds every whole number.
const MANTISSA_MAX: f64 = 9_007_199_254_740_992.0;
/// Canonical encodings of all other values together, as far as a sound dictionary goes: texts, and numbers of
/// nine bytes that are no decimals.
const OTHERS_BYTES_MAX: usize = COLUMN_TEXTS_MAX * COLUMN_VALUE_BYTES_MAX + 9 * CHUNK_ROWS_MAX;

/// The different values of a field. Code 0 stands for "missing"; the others are values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dictionary {
    /// Canonical encodings, one after another.
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Dictionary {
    /// How many codes there are, the one for "missing" included.
    pub fn len(&self) -> usize {
        self.ends.len() + 1
    }

    /// Whether no value is there but "missing".
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The value of a code; `None` for 0, which is "missing", and for what is no code.
    #[inline]
    pub fn value(&self, code: usize) -> Option<Value<'_>> {
        Value::decode(&mut Reader(self.encoded(code.checked_sub(1)?)?))
    }

    /// Every code's value, "missing" first.
    pub fn values(&self) -> impl ExactSizeIterator<Item = Option<Value<'_>>> {
        (0..self.len()).map(|code| self.value(code))
    }

    /// Bytes on the heap.
    pub fn size(&self) -> usize {
        self.bytes.len() + self.ends.len() * size_of::<u32>()
    }

    /// The canonical encoding of value `n`, counted from 0.
    pub(super) fn encoded(&self, n: usize) -> Option<&[u8]> {
        let end = *self.ends.get(n)? as usize;
        let start = if n == 0 { 0 } else { self.ends[n - 1] as usize };
        self.bytes.get(start..end)
    }

    /// Appends a value that is not there yet.
    pub(super) fn push(&mut self, encoded: &[u8]) {
        self.bytes.extend_from_slice(encoded);
        self.ends.push(self.bytes.len() as u32);
    }

    fn push_value(&mut self, value: Value<'_>) {
        value.encode(&mut self.bytes);
        self.ends.push(self.bytes.len() as u32);
    }

    /// The same values in the order in which they are written, and the new code of each old one.
    pub(super) fn sorted(&self) -> (Dictionary, Vec<u16>) {
        let digits = self.digits();
        let mut order: Vec<(Kind, usize)> = (0..self.ends.len()).map(|n| (self.kind(n, digits), n)).collect();
        order.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| self.encoded(a.1).cmp(&self.encoded(b.1))));
        let mut sorted =
            Dictionary { bytes: Vec::with_capacity(self.bytes.len()), ends: Vec::with_capacity(order.len()) };
        let mut codes = vec![0; self.len()];
        for (_, n) in order {
            sorted.push(self.encoded(n).expect("n is one of the values"));
            codes[n + 1] = sorted.ends.len() as u16;
        }
        (sorted, codes)
    }

    /// Digits behind the point that its decimals have, as few as hold all that can be held.
    fn digits(&self) -> u8 {
        let floats = self
            .values()
            .flatten()
            .filter_map(|value| if let Value::Float(float) = value { Some(float) } else { None });
        let least = |float: f64| (0..=DIGITS_MAX).find(|digits| mantissa(float, *digits).is_some());
        floats.filter_map(least).max().unwrap_or(0)
    }

    fn kind(&self, n: usize, digits: u8) -> Kind {
        match self.value(n + 1) {
            Some(Value::Int(value)) => Kind::Whole(value),
            Some(Value::Float(value)) => mantissa(value, digits).map_or(Kind::Other, Kind::Decimal),
            _ => Kind::Other,
        }
    }

    /// Appends the dictionary, which must be [`Dictionary::sorted`].
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let digits = self.digits();
        let (mut whole, mut decimals, mut others, mut rest) = (Vec::new(), Vec::new(), 0_u64, Vec::new());
        for n in 0..self.ends.len() {
            match self.kind(n, digits) {
                Kind::Whole(value) => whole.push(value),
                Kind::Decimal(value) => decimals.push(value),
                Kind::Other => {
                    others += 1;
                    rest.extend_from_slice(self.encoded(n).expect("n is one of the values"));
                }
            }
        }
        put_varint(out, whole.len() as u64);
        put_varint(out, decimals.len() as u64);
        out.push(digits);
        put_varint(out, others);
        put_rising(out, &whole);
        put_rising(out, &decimals);
        put_squeezed(out, &rest);
    }

    /// Reads a dictionary of `entries` codes; `None` when the bytes are none, or something follows.
    pub(super) fn decode(bytes: &[u8], entries: usize) -> Option<Dictionary> {
        let mut reader = Reader(bytes);
        let count = |reader: &mut Reader<'_>| usize::try_from(reader.varint()?).ok().filter(|count| *count < entries);
        let (whole, decimals) = (count(&mut reader)?, count(&mut reader)?);
        let digits = reader.u8().filter(|digits| *digits <= DIGITS_MAX)?;
        let others = count(&mut reader)?;
        if whole + decimals + others + 1 != entries {
            return None;
        }
        let mut dictionary = Dictionary::default();
        rising(&mut reader, whole)?.into_iter().for_each(|value| dictionary.push_value(Value::Int(value)));
        let scale = power(digits);
        rising(&mut reader, decimals)?
            .into_iter()
            .for_each(|value| dictionary.push_value(Value::Float(value as f64 / scale)));
        let rest = squeezed(&mut reader, OTHERS_BYTES_MAX)?;
        dictionary.push_all(&rest, others)?;
        reader.is_empty().then_some(dictionary)
    }

    /// Appends `count` values that lie one after another, and nothing else.
    fn push_all(&mut self, mut bytes: &[u8], count: usize) -> Option<()> {
        for _ in 0..count {
            let mut reader = Reader(bytes);
            Value::decode(&mut reader)?;
            let len = bytes.len() - reader.0.len();
            if len > COLUMN_VALUE_BYTES_MAX {
                return None;
            }
            self.push(&bytes[..len]);
            bytes = reader.0;
        }
        bytes.is_empty().then_some(())
    }
}

/// How a value is written, and its place among those written so.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Whole(i64),
    Decimal(i64),
    Other,
}

impl Kind {
    fn cmp(&self, other: &Kind) -> Ordering {
        let rank = |kind: &Kind| match kind {
            Kind::Whole(value) => (0, *value),
            Kind::Decimal(value) => (1, *value),
            Kind::Other => (2, 0),
        };
        rank(self).cmp(&rank(other))
    }
}

fn power(digits: u8) -> f64 {
    (0..digits).fold(1.0, |power, _| power * 10.0)
}

/// `float · 10^digits`, where that is a whole number from which the float comes back bit for bit.
fn mantissa(float: f64, digits: u8) -> Option<i64> {
    let scaled = (float * power(digits)).round();
    if scaled.is_nan() || scaled.abs() >= MANTISSA_MAX {
        return None;
    }
    let whole = scaled as i64;
    ((whole as f64 / power(digits)).to_bits() == float.to_bits()).then_some(whole)
}

/// Appends rising numbers by their differences.
fn put_rising(out: &mut Vec<u8>, numbers: &[i64]) {
    let Some(first) = numbers.first() else { return };
    put_varint(out, zigzag(*first));
    let gaps: Vec<u64> = numbers.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]) as u64).collect();
    put_packed(out, &gaps);
}

fn rising(reader: &mut Reader<'_>, count: usize) -> Option<Vec<i64>> {
    if count == 0 {
        return Some(Vec::new());
    }
    let mut last = unzigzag(reader.varint()?);
    let mut numbers = Vec::with_capacity(count);
    numbers.push(last);
    for gap in packed::<u64>(reader, count - 1)? {
        last = last.wrapping_add(gap as i64);
        numbers.push(last);
    }
    Some(numbers)
}

/// Appends bytes, shorter where they can be made so.
pub(super) fn put_squeezed(out: &mut Vec<u8>, bytes: &[u8]) {
    let small = lz4_flex::block::compress(bytes);
    let packed = small.len() < bytes.len();
    out.push(u8::from(packed));
    put_varint(out, bytes.len() as u64);
    let body: &[u8] = if packed { &small } else { bytes };
    put_varint(out, body.len() as u64);
    out.extend_from_slice(body);
}

/// Reads what [`put_squeezed`] wrote, at most `most` bytes.
pub(super) fn squeezed(reader: &mut Reader<'_>, most: usize) -> Option<Vec<u8>> {
    let packed = reader.u8()?;
    let len = usize::try_from(reader.varint()?).ok().filter(|len| *len <= most)?;
    let body = reader.sized()?;
    let bytes = match packed {
        0 => body.to_vec(),
        1 => lz4_flex::block::decompress(body, len).ok()?,
        _ => return None,
    };
    (bytes.len() == len).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[Value<'_>]) -> Dictionary {
        let mut dictionary = Dictionary::default();
        values.iter().for_each(|value| dictionary.push_value(*value));
        dictionary
    }

    #[test]
    fn every_value_comes_back_bit_for_bit() {
        let values = [
            Value::Float(0.25),
            Value::Str("web"),
            Value::Int(i64::MAX),
            Value::Float(-0.0),
            Value::Float(0.0),
            Value::Int(i64::MIN),
            Value::Float(f64::NAN),
            Value::Float(0.1 + 0.2),
            Value::Float(899.99),
            Value::Float(1e300),
            Value::Float(f64::INFINITY),
            Value::Null,
            Value::Bool(true),
            Value::Str(""),
            Value::Bytes(&[1, 2]),
        ];
        let (sorted, codes) = of(&values).sorted();
        let mut bytes = Vec::new();
        sorted.encode(&mut bytes);
        let read = Dictionary::decode(&bytes, values.len() + 1).expect("just written");
        assert_eq!(read, sorted);
        for (n, value) in values.iter().enumerate() {
            let back = read.value(usize::from(codes[n + 1])).expect("a value");
            assert_eq!(format!("{back:?}"), format!("{value:?}"));
        }
        assert_eq!(Dictionary::decode(&bytes, values.len()), None);
        bytes.push(0);
        assert_eq!(Dictionary::decode(&bytes, values.len() + 1), None);
    }

    #[test]
    fn decimals_take_few_bits() {
        let durations: Vec<Value<'_>> = (0..40_000).map(|n| Value::Float(f64::from(n * 2 + 1) / 100.0)).collect();
        let mut bytes = Vec::new();
        of(&durations).sorted().0.encode(&mut bytes);
        assert!(bytes.len() < 400, "{} bytes", bytes.len());
    }
}
