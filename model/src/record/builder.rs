//! How fields, in any order, become the bytes of a record.

use super::{FLAG_TIME_ASSUMED, PREFIX, RecordError, VERSION};
use crate::codec::{Reader, put_varint};
use crate::limits::{FIELD_NAME_BYTES_MAX, RECORD_BYTES_MAX, RECORD_FIELDS_MAX};
use crate::time::Timestamp;
use crate::value::Value;

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
