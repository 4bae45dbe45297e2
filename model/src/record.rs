//! What an event is in bytes: canonical, self-describing, looked up without allocating.
//!
//! ```text
//! version u8 = 1 │ flags u8 │ event time i64 │ field count varint │ fields
//! field: name length varint │ name UTF-8 │ tag u8 │ value
//! ```
//! Fields are sorted by the bytes of their names, each name once. These bytes are what a leaf
//! hash covers, what travels and what rests: they are never re-serialised.

mod builder;

pub use builder::RecordBuilder;

use crate::codec::Reader;
use crate::limits::{FIELD_NAME_BYTES_MAX, RECORD_BYTES_MAX, RECORD_FIELDS_MAX};
use crate::time::Timestamp;
use crate::value::Value;

const VERSION: u8 = 1;
/// The event brought no time of its own, so the time of arrival stands in.
const FLAG_TIME_ASSUMED: u8 = 1;
const FLAGS_KNOWN: u8 = FLAG_TIME_ASSUMED;
/// Version, flags, time.
const PREFIX: usize = 10;

/// Why bytes are no record, or fields make none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// A newer format.
    #[error("record version {0} is not known here; a newer node wrote it")]
    Version(u8),
    /// Cut off, or not in canonical form.
    #[error("malformed record: {0}")]
    Malformed(&'static str),
    /// Larger than a record may be.
    #[error("event of {0} bytes; the limit is {RECORD_BYTES_MAX}")]
    TooLarge(usize),
    /// More fields than a record may have.
    #[error("event with {0} fields; the limit is {RECORD_FIELDS_MAX}")]
    TooManyFields(usize),
    /// A name longer than a field's may be.
    #[error("field name of {0} bytes; the limit is {FIELD_NAME_BYTES_MAX}")]
    NameTooLong(usize),
}

/// One event, borrowed from the bytes it lies in.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    bytes: &'a [u8],
}

impl<'a> Record<'a> {
    /// Checks every byte: what comes from outside passes here once.
    pub fn validate(bytes: &'a [u8]) -> Result<Record<'a>, RecordError> {
        let malformed = RecordError::Malformed;
        if bytes.len() > RECORD_BYTES_MAX {
            return Err(RecordError::TooLarge(bytes.len()));
        }
        let mut reader = Reader(bytes);
        let version = reader.u8().ok_or(malformed("empty"))?;
        if version != VERSION {
            return Err(RecordError::Version(version));
        }
        let flags = reader.u8().ok_or(malformed("no flags"))?;
        if flags & !FLAGS_KNOWN != 0 {
            return Err(malformed("unknown flags"));
        }
        reader.i64().ok_or(malformed("no time"))?;
        validate_fields(&mut reader)?;
        Ok(Record { bytes })
    }

    /// Views bytes that were validated before they were stored. Reading stays safe on any bytes;
    /// `None` when even the fixed prefix is missing.
    #[inline]
    pub fn view(bytes: &'a [u8]) -> Option<Record<'a>> {
        (bytes.len() > PREFIX && bytes[0] == VERSION).then_some(Record { bytes })
    }

    /// The canonical bytes.
    #[inline]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// When it happened, or arrived where it did not say.
    #[inline]
    pub fn time(&self) -> Timestamp {
        let time = self.bytes[2..PREFIX].try_into().expect("the prefix was checked on construction");
        Timestamp(i64::from_le_bytes(time))
    }

    /// Whether the time of arrival stands in for a missing event time.
    #[inline]
    pub fn time_assumed(&self) -> bool {
        self.bytes[1] & FLAG_TIME_ASSUMED != 0
    }

    /// The value of a field, found by stepping through the sorted names.
    #[inline]
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        let mut reader = self.fields_reader()?;
        while !reader.is_empty() {
            match reader.sized()?.cmp(name.as_bytes()) {
                std::cmp::Ordering::Less => Value::skip(&mut reader)?,
                std::cmp::Ordering::Equal => return Value::decode(&mut reader),
                std::cmp::Ordering::Greater => return None,
            }
        }
        None
    }

    /// All fields in the order of their names.
    #[inline]
    pub fn fields(&self) -> Fields<'a> {
        Fields { reader: self.fields_reader().unwrap_or(Reader(&[])) }
    }

    /// All fields in the order of their names, values still encoded: for whoever only compares.
    #[inline]
    pub fn raw_fields(&self) -> RawFields<'a> {
        RawFields { reader: self.fields_reader().unwrap_or(Reader(&[])) }
    }

    fn fields_reader(&self) -> Option<Reader<'a>> {
        let mut reader = Reader(&self.bytes[PREFIX..]);
        reader.varint()?;
        Some(reader)
    }
}

impl std::fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ", self.time())?;
        f.debug_map().entries(self.fields()).finish()
    }
}

fn validate_fields(reader: &mut Reader<'_>) -> Result<(), RecordError> {
    let malformed = RecordError::Malformed;
    let count = reader.varint().ok_or(malformed("no field count"))?;
    if count > RECORD_FIELDS_MAX as u64 {
        return Err(RecordError::TooManyFields(count as usize));
    }
    let mut last: Option<&[u8]> = None;
    for _ in 0..count {
        let name = reader.sized().ok_or(malformed("field name cut off"))?;
        if name.len() > FIELD_NAME_BYTES_MAX {
            return Err(RecordError::NameTooLong(name.len()));
        }
        if std::str::from_utf8(name).is_err() {
            return Err(malformed("field name is not UTF-8"));
        }
        if last.is_some_and(|last| last >= name) {
            return Err(malformed("field names are not sorted"));
        }
        let value = Value::decode(reader).ok_or(malformed("field value cut off"))?;
        if !value.is_sound(0) {
            return Err(malformed("list item cut off or nested too deeply"));
        }
        last = Some(name);
    }
    if reader.is_empty() { Ok(()) } else { Err(malformed("bytes after the last field")) }
}

/// The fields of a record; ends early at bytes that are no field.
pub struct Fields<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a str, Value<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let name = std::str::from_utf8(self.reader.sized()?).ok()?;
        Some((name, Value::decode(&mut self.reader)?))
    }
}

/// One field as it lies in its record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RawField<'a> {
    /// Name, tag and value, one after another.
    pub bytes: &'a [u8],
    /// Where the name ends.
    pub name_len: usize,
}

impl<'a> RawField<'a> {
    /// The name's bytes.
    #[inline]
    pub fn name(&self) -> &'a [u8] {
        &self.bytes[..self.name_len]
    }

    /// The value; `None` when the bytes are none.
    #[inline]
    pub fn value(&self) -> Option<Value<'a>> {
        Value::decode(&mut Reader(&self.bytes[self.name_len..]))
    }
}

/// The fields of a record, undecoded; ends early at bytes that are no field.
pub struct RawFields<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for RawFields<'a> {
    type Item = RawField<'a>;

    #[inline]
    fn next(&mut self) -> Option<RawField<'a>> {
        let name_len = usize::try_from(self.reader.varint()?).ok()?;
        let field = self.reader.0;
        self.reader.take(name_len)?;
        Value::skip(&mut self.reader)?;
        Some(RawField { bytes: &field[..field.len() - self.reader.0.len()], name_len })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::List;

    fn sample() -> Vec<u8> {
        let mut items = Vec::new();
        Value::Int(1).encode(&mut items);
        Value::Str("two").encode(&mut items);
        let mut builder = RecordBuilder::new();
        builder.push("zone", Value::Bool(true));
        builder.push("message", Value::Str("first"));
        builder.push("count", Value::Int(-5));
        builder.push("ratio", Value::Float(0.25));
        builder.push("none", Value::Null);
        builder.push("list", Value::List(List::from_encoded(&items)));
        builder.push("at", Value::Time(Timestamp(7)));
        builder.push("raw", Value::Bytes(&[1, 2]));
        builder.push("message", Value::Str("second"));
        let mut bytes = Vec::new();
        builder.finish(Timestamp(99), true, &mut bytes).expect("small");
        bytes
    }

    #[test]
    fn fields_are_sorted_and_the_last_twin_stays() {
        let bytes = sample();
        let record = Record::validate(&bytes).expect("canonical");
        let names: Vec<_> = record.fields().map(|(name, _)| name).collect();
        assert_eq!(names, ["at", "count", "list", "message", "none", "ratio", "raw", "zone"]);
        assert_eq!(record.get("message"), Some(Value::Str("second")));
        assert_eq!(record.get("count"), Some(Value::Int(-5)));
        assert_eq!(record.get("missing"), None);
        assert_eq!(record.get("list").expect("there").to_string(), "1, two");
        assert_eq!((record.time(), record.time_assumed()), (Timestamp(99), true));
        let raw: Vec<_> = record.raw_fields().map(|field| (field.name(), field.value())).collect();
        let read: Vec<_> = record.fields().map(|(name, value)| (name.as_bytes(), Some(value))).collect();
        assert_eq!(raw, read);
    }

    #[test]
    fn fields_are_copied_and_removed_by_name() {
        let mut builder = RecordBuilder::new();
        builder.push("a", Value::Str("text"));
        builder.push("b", Value::Int(1));
        assert!(builder.copy("a", "b") && builder.copy("a", "c") && !builder.copy("missing", "d"));
        builder.settle();
        assert_eq!(builder.names().collect::<Vec<_>>(), [b"a", b"b", b"c"]);
        assert_eq!(builder.get("b"), Some(Value::Str("text")));
        builder.remove_where(|name| name > b"a");
        assert_eq!(builder.iter().collect::<Vec<_>>(), [("a", Value::Str("text"))]);
        let mut out = Vec::new();
        builder.finish(Timestamp(0), false, &mut out).expect("small");
        assert!(builder.bytes_bound() >= out.len());
    }

    #[test]
    fn names_are_sorted_by_their_bytes_whatever_they_begin_with() {
        let words = [
            "",
            "a",
            "a\0",
            "a\0\0",
            "ab",
            "abcdefg",
            "abcdefgh",
            "abcdefgh\0",
            "abcdefghi",
            "abcdefgi",
            "é",
            "\u{ffff}",
        ];
        let mut builder = RecordBuilder::new();
        // Each name twice, in an order that is neither that of the bytes nor its reverse.
        for n in 0..2 * words.len() {
            builder.push(words[n * 7 % words.len()], Value::Int(n as i64));
        }
        builder.settle();
        let names: Vec<&str> = builder.iter().map(|(name, _)| name).collect();
        assert_eq!(names, words);
        assert!(builder.iter().all(|(_, value)| matches!(value, Value::Int(n) if n >= words.len() as i64)));
    }

    #[test]
    fn every_truncation_is_refused_and_read_without_panic() {
        let bytes = sample();
        for end in 0..bytes.len() {
            assert!(Record::validate(&bytes[..end]).is_err(), "cut at {end}");
            if let Some(record) = Record::view(&bytes[..end]) {
                record.fields().for_each(drop);
            }
        }
    }

    #[test]
    fn every_flipped_byte_is_refused_or_still_a_record() {
        let bytes = sample();
        for at in 0..bytes.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                let sound = Record::validate(&damaged).is_ok();
                if let Some(record) = Record::view(&damaged) {
                    let read = record.fields().count();
                    assert!(!sound || read > 0);
                }
            }
        }
    }

    #[test]
    fn limits_are_named_and_leave_the_output_alone() {
        let mut builder = RecordBuilder::new();
        builder.push("big", Value::Str(&"x".repeat(RECORD_BYTES_MAX)));
        let mut out = vec![1, 2, 3];
        assert!(matches!(builder.finish(Timestamp(0), false, &mut out), Err(RecordError::TooLarge(_))));
        builder.clear();
        builder.push(&"n".repeat(FIELD_NAME_BYTES_MAX + 1), Value::Null);
        assert!(matches!(builder.finish(Timestamp(0), false, &mut out), Err(RecordError::NameTooLong(_))));
        assert_eq!(out, [1, 2, 3]);
    }
}
