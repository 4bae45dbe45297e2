//! The fields of the event being read, and what is refused while reading it.

use serde::de;
use vigil_model::limits::{FIELD_NAME_BYTES_MAX, RECORD_FIELDS_MAX};
use vigil_model::{RecordBuilder, RecordError, Value};

use crate::Refusal;
use crate::watch::Watch;

/// Names of the columns that Vigil itself adds to every row.
pub(crate) const OWN_NAMES: [&str; 5] = ["_time", "_id", "_log", "_class", "_time_assumed"];

/// Gathers one event; reused from event to event.
#[derive(Default)]
pub(crate) struct Fields {
    pub(crate) builder: RecordBuilder,
    pub(crate) watch: Watch,
    /// Dotted name of the field being read.
    pub(crate) path: String,
    /// Why reading stopped, when it was not for the sake of JSON itself.
    pub(crate) refusal: Option<Refusal>,
    /// A number was too large to be sure that it was read without loss.
    pub(crate) huge_number: bool,
    /// Buffers for lists and the texts of objects in lists.
    spare: Vec<Vec<u8>>,
}

impl Fields {
    /// Ready for the next event.
    pub(crate) fn clear(&mut self) {
        self.builder.clear();
        self.watch.clear();
        self.path.clear();
        self.refusal = None;
        self.huge_number = false;
    }

    /// Adds a value under the current path.
    #[inline]
    pub(crate) fn put<E: de::Error>(&mut self, value: Value<'_>) -> Result<(), E> {
        let Fields { path, watch, builder, .. } = self;
        store(path, value, watch, builder).map_err(|error| self.refuse(error.into()))
    }

    /// Adds a value under a name.
    pub(crate) fn add(&mut self, name: &str, value: Value<'_>) -> Result<(), Refusal> {
        Ok(store(name, value, &mut self.watch, &mut self.builder)?)
    }

    /// Whether there is a field of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        let held = self.watch.slot(name).is_some_and(|slot| self.watch.value(slot).is_some());
        held || self.builder.contains(name)
    }

    /// The value of a field, if there is one.
    pub(crate) fn value(&self, name: &str) -> Option<Value<'_>> {
        let held = self.watch.slot(name).and_then(|slot| self.watch.value(slot));
        held.or_else(|| self.builder.get(name))
    }

    /// Takes a field away.
    pub(crate) fn forget(&mut self, name: &str) {
        if let Some(slot) = self.watch.slot(name) {
            self.watch.release(slot);
        }
        self.builder.remove(name);
    }

    /// Takes every field away whose name does not pass.
    pub(crate) fn retain(&mut self, mut keeps: impl FnMut(&str) -> bool) {
        self.watch.retain(&mut keeps);
        self.builder.retain(keeps);
    }

    /// Gives each text of which `change` makes another one the new one.
    pub(crate) fn change_texts(&mut self, mut change: impl FnMut(&str, &str) -> Option<String>) {
        self.builder.settle();
        let mut changed = |(n, (name, value)): (usize, (&str, Value<'_>))| match value {
            Value::Str(text) => Some((n, change(name, text)?)),
            _ => None,
        };
        let texts: Vec<(usize, String)> = self.builder.iter().enumerate().filter_map(&mut changed).collect();
        let slots: Vec<(usize, String)> = self.watch.slots().filter_map(&mut changed).collect();
        texts.into_iter().for_each(|(n, text)| self.builder.replace(n, Value::Str(&text)));
        slots.into_iter().for_each(|(slot, text)| self.watch.hold(slot, Value::Str(&text)));
    }

    /// Adds every value held back that nobody took.
    pub(crate) fn put_held(&mut self) {
        for (name, value) in self.watch.held() {
            push(&mut self.builder, name, value);
        }
    }

    /// Stops reading: the parser's error carries nothing, the refusal lies here.
    #[cold]
    pub(crate) fn refuse<E: de::Error>(&mut self, refusal: Refusal) -> E {
        self.refusal = Some(refusal);
        E::custom("")
    }

    /// Notes a double that may stand for a whole number of more than 64 bits.
    pub(crate) fn note_float(&mut self, value: f64) {
        self.huge_number |= value.abs() >= i64::MAX as f64;
    }

    /// An empty buffer; give it back with [`Fields::give_back`].
    pub(crate) fn buffer(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_default()
    }

    /// Keeps the memory for the next one.
    pub(crate) fn give_back(&mut self, mut buffer: Vec<u8>) {
        buffer.clear();
        self.spare.push(buffer);
    }
}

/// Holds a value back, or adds it.
#[inline]
fn store(name: &str, value: Value<'_>, watch: &mut Watch, builder: &mut RecordBuilder) -> Result<(), RecordError> {
    if name.len() > FIELD_NAME_BYTES_MAX {
        return Err(RecordError::NameTooLong(name.len()));
    }
    match watch.slot(name) {
        Some(slot) => watch.hold(slot, value),
        None => push(builder, name, value),
    }
    // Twins count too: memory is bounded before they are dropped.
    let count = builder.len();
    if count > RECORD_FIELDS_MAX { Err(RecordError::TooManyFields(count)) } else { Ok(()) }
}

/// Adds a field; one of Vigil's own names gets a trailing underscore.
#[inline]
fn push(builder: &mut RecordBuilder, name: &str, value: Value<'_>) {
    if name.starts_with('_') && OWN_NAMES.contains(&name) {
        builder.push(&format!("{name}_"), value);
    } else {
        builder.push(name, value);
    }
}
