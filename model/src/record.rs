//! What an event is in bytes: canonical, self-describing, looked up without allocating.
//!
//! ```text
//! version u8 = 1 │ flags u8 │ event time i64 │ field count varint │ fields
//! field: name length varint │ name UTF-8 │ tag u8 │ value
//! ```
//! Fields are sorted by the bytes of their names, each name once. These bytes are what a leaf
//! hash covers, what travels and what rests: they are never re-serialised.

use crate::codec::{Reader, put_varint};
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

/// Gathers fields in any order and writes the canonical record. Reused from event to event, it
/// allocates only while it grows.
#[derive(Default)]
pub struct RecordBuilder {
    /// Names and encoded values, one after another.
    arena: Vec<u8>,
    /// (start, end of name, end of value) in the arena, in order of arrival.
    fields: Vec<(u32, u32, u32)>,
    /// The fields while they are being sorted, each with the first bytes of its name.
    sorting: Vec<(u64, (u32, u32, u32))>,
}

impl RecordBuilder {
    /// An empty builder.
    pub fn new() -> RecordBuilder {
        RecordBuilder::default()
    }

    /// Forgets all fields, keeps the memory.
    pub fn clear(&mut self) {
        self.arena.clear();
        self.fields.clear();
    }

    /// How many fields were pushed.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether no field was pushed.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Adds a field. Of two fields with one name the later one stays.
    #[inline]
    pub fn push(&mut self, name: &str, value: Value<'_>) {
        let start = self.arena.len() as u32;
        self.arena.extend_from_slice(name.as_bytes());
        let name_end = self.arena.len() as u32;
        value.encode(&mut self.arena);
        self.fields.push((start, name_end, self.arena.len() as u32));
    }

    /// Whether a field of this name was pushed.
    pub fn contains(&self, name: &str) -> bool {
        self.fields.iter().any(|field| self.name(field) == name.as_bytes())
    }

    /// The value pushed last under a name.
    pub fn get(&self, name: &str) -> Option<Value<'_>> {
        self.fields.iter().rev().find(|field| self.name(field) == name.as_bytes()).and_then(|field| self.value(field))
    }

    /// Names and values as they were pushed, earlier twins too.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Value<'_>)> {
        self.fields.iter().filter_map(|field| Some((std::str::from_utf8(self.name(field)).ok()?, self.value(field)?)))
    }

    /// Sorts the fields by name; of fields with one name the one pushed last stays. Then places mean one field each.
    pub fn settle(&mut self) {
        self.sort_and_drop_earlier_twins();
    }

    /// Takes away every field of this name; answers whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.fields.len();
        let arena = &self.arena;
        self.fields.retain(|field| &arena[field.0 as usize..field.1 as usize] != name.as_bytes());
        self.fields.len() < before
    }

    /// Takes away every field whose name does not pass.
    pub fn retain(&mut self, mut keeps: impl FnMut(&str) -> bool) {
        let arena = &self.arena;
        self.fields
            .retain(|field| std::str::from_utf8(&arena[field.0 as usize..field.1 as usize]).is_ok_and(&mut keeps));
    }

    /// Puts a value in the place of all that the name has, or adds it.
    pub fn set(&mut self, name: &str, value: Value<'_>) {
        self.remove(name);
        self.push(name, value);
    }

    /// The bytes of the names, in the order of [`RecordBuilder::iter`]: for whoever looks for some of them at once.
    #[inline]
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.fields.iter().map(|field| self.name(field))
    }

    /// The value of the `n`th field, as [`RecordBuilder::iter`] counts; `None` beyond the last.
    #[inline]
    pub fn nth(&self, n: usize) -> Option<Value<'_>> {
        self.value(self.fields.get(n)?)
    }

    /// Gives the last value of `from` another name as well; answers whether there was one. What stood under `to`
    /// counts as an earlier twin.
    pub fn copy(&mut self, from: &str, to: &str) -> bool {
        let Some(&(_, name_end, value_end)) =
            self.fields.iter().rev().find(|field| self.name(field) == from.as_bytes())
        else {
            return false;
        };
        let start = self.arena.len() as u32;
        self.arena.extend_from_slice(to.as_bytes());
        let to_end = self.arena.len() as u32;
        self.arena.extend_from_within(name_end as usize..value_end as usize);
        self.fields.push((start, to_end, self.arena.len() as u32));
        true
    }

    /// Takes away every field of whose name `goes` holds.
    pub fn remove_where(&mut self, goes: impl Fn(&[u8]) -> bool) {
        let arena = &self.arena;
        self.fields.retain(|field| !goes(&arena[field.0 as usize..field.1 as usize]));
    }

    /// The record will have at most so many bytes: values that were replaced or removed count, too.
    pub fn bytes_bound(&self) -> usize {
        const COUNT_VARINT_MAX: usize = 10;
        const NAME_VARINT_MAX: usize = 3;
        PREFIX + COUNT_VARINT_MAX + self.arena.len() + NAME_VARINT_MAX * self.fields.len()
    }

    /// Gives the `n`th field, as [`RecordBuilder::iter`] counts, another value; it keeps its name and place. Of twins
    /// it counts as the one pushed last from now on, so [`RecordBuilder::settle`] first.
    pub fn replace(&mut self, n: usize, value: Value<'_>) {
        let (start, name_end, _) = self.fields[n];
        let moved = self.arena.len() as u32;
        self.arena.extend_from_within(start as usize..name_end as usize);
        let moved_end = self.arena.len() as u32;
        value.encode(&mut self.arena);
        self.fields[n] = (moved, moved_end, self.arena.len() as u32);
    }

    /// Appends the canonical record to `out`; nothing is appended on error. The fields stay until
    /// [`RecordBuilder::clear`].
    pub fn finish(&mut self, time: Timestamp, time_assumed: bool, out: &mut Vec<u8>) -> Result<(), RecordError> {
        self.sort_and_drop_earlier_twins();
        if self.fields.len() > RECORD_FIELDS_MAX {
            return Err(RecordError::TooManyFields(self.fields.len()));
        }
        let start = out.len();
        out.push(VERSION);
        out.push(if time_assumed { FLAG_TIME_ASSUMED } else { 0 });
        out.extend_from_slice(&time.0.to_le_bytes());
        put_varint(out, self.fields.len() as u64);
        match self.write_fields(out) {
            Ok(()) if out.len() - start <= RECORD_BYTES_MAX => Ok(()),
            Ok(()) => {
                let len = out.len() - start;
                out.truncate(start);
                Err(RecordError::TooLarge(len))
            }
            Err(error) => {
                out.truncate(start);
                Err(error)
            }
        }
    }

    fn write_fields(&self, out: &mut Vec<u8>) -> Result<(), RecordError> {
        for field in &self.fields {
            let name = self.name(field);
            if name.len() > FIELD_NAME_BYTES_MAX {
                return Err(RecordError::NameTooLong(name.len()));
            }
            put_varint(out, name.len() as u64);
            out.extend_from_slice(&self.arena[field.0 as usize..field.2 as usize]);
        }
        Ok(())
    }

    fn name(&self, field: &(u32, u32, u32)) -> &[u8] {
        &self.arena[field.0 as usize..field.1 as usize]
    }

    fn value(&self, field: &(u32, u32, u32)) -> Option<Value<'_>> {
        Value::decode(&mut Reader(&self.arena[field.1 as usize..field.2 as usize]))
    }

    fn sort_and_drop_earlier_twins(&mut self) {
        let arena = &self.arena;
        let name = |field: &(u32, u32, u32)| &arena[field.0 as usize..field.1 as usize];
        // Fields are settled before the stages run, and finished behind them: most often nothing moved in between.
        if self.fields.is_sorted_by(|a, b| name(a) < name(b)) {
            return;
        }
        let order = &mut self.sorting;
        order.clear();
        order.extend(self.fields.iter().map(|field| (first_bytes(name(field)), *field)));
        // Equal names are ordered latest first, so that the one kept is the one pushed last. The numbers tell most names
        // apart without a look into the arena.
        order.sort_unstable_by(|(a_first, a), (b_first, b)| {
            a_first.cmp(b_first).then_with(|| name(a).cmp(name(b))).then(b.0.cmp(&a.0))
        });
        order.dedup_by(|(later_first, later), (kept_first, kept)| {
            later_first == kept_first && name(later) == name(kept)
        });
        self.fields.clear();
        self.fields.extend(order.iter().map(|(_, field)| *field));
    }
}

/// The first eight bytes of a name as a number of the same order; names that are shorter end in zeros.
fn first_bytes(name: &[u8]) -> u64 {
    if let Some(first) = name.first_chunk() {
        return u64::from_be_bytes(*first);
    }
    let word = name.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    if name.is_empty() { 0 } else { word << (64 - 8 * name.len()) }
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
