//! Where the values live that pipes make of one row: taken back all at once before the next row.

use std::cell::Cell as Counter;

use bumpalo::Bump;
use vigil_model::limits::{STEP_BYTES_MAX, STEP_ROWS_MAX};
use vigil_model::{List, Value};

use crate::OwnedValue;
use crate::value::Cell;

/// Memory that is kept for the next row; more is given back.
const KEPT_BYTES_MAX: usize = 1024 * 1024;

/// Memory for the steps of one row, and what did not fit.
#[derive(Default)]
pub(crate) struct Scratch {
    bump: Bump,
    bytes: Counter<usize>,
    rows: Counter<usize>,
    /// Whether something was left out since the scratch was made.
    short: Counter<bool>,
}

impl Scratch {
    /// Forgets everything but whether something was left out.
    pub(crate) fn reset(&mut self) {
        self.rows.set(0);
        if self.bytes.replace(0) == 0 {
            return;
        }
        if self.bump.allocated_bytes() > KEPT_BYTES_MAX {
            self.bump = Bump::new();
        } else {
            self.bump.reset();
        }
    }

    /// Keeps a text until the next row.
    pub(crate) fn text(&self, text: &str) -> &str {
        self.bytes.set(self.bytes.get() + text.len().max(1));
        self.bump.alloc_str(text)
    }

    /// Keeps bytes until the next row.
    fn slice(&self, bytes: &[u8]) -> &[u8] {
        self.bytes.set(self.bytes.get() + bytes.len().max(1));
        self.bump.alloc_slice_copy(bytes)
    }

    /// A list of values, kept until the next row.
    pub(crate) fn list<'a>(&'a self, items: impl IntoIterator<Item = Value<'a>>) -> Value<'a> {
        let mut bytes = Vec::new();
        items.into_iter().for_each(|item| item.encode(&mut bytes));
        Value::List(List::from_encoded(self.slice(&bytes)))
    }

    /// Whether the steps of this row have made as much as they may. Then something is left out.
    pub(crate) fn is_full(&self) -> bool {
        let full = self.bytes.get() > STEP_BYTES_MAX;
        self.short.set(self.short.get() || full);
        full
    }

    /// Counts a row made of this one; `false` when it is one too many.
    pub(crate) fn take_row(&self) -> bool {
        let rows = self.rows.replace(self.rows.get() + 1);
        let fits = rows < STEP_ROWS_MAX;
        self.short.set(self.short.get() || !fits);
        fits
    }

    /// Says that something was left out.
    pub(crate) fn leave_out(&self) {
        self.short.set(true);
    }

    /// Takes over whether another one left something out.
    pub(crate) fn merge(&self, other: &Scratch) {
        self.short.set(self.short.get() || other.short.get());
    }

    /// Why not everything is there, if it is not.
    pub(crate) fn partial_reason(&self) -> Option<String> {
        self.short.get().then(|| {
            format!(
                "pipes made more than {STEP_BYTES_MAX} bytes, {STEP_ROWS_MAX} rows or too many columns of one event; \
                 what is more is left out: name the fields that you need"
            )
        })
    }

    /// The value of a cell as filters read it.
    pub(crate) fn value<'a>(&'a self, cell: Cell<'a>) -> Value<'a> {
        match cell {
            Cell::Model(value) => value,
            Cell::Owned(value) => self.borrowed(value),
            Cell::Id(id) => Value::Str(self.text(&id.to_string())),
        }
    }

    fn borrowed<'a>(&'a self, value: &'a OwnedValue) -> Value<'a> {
        match value {
            OwnedValue::Null => Value::Null,
            OwnedValue::Bool(value) => Value::Bool(*value),
            OwnedValue::Int(value) => Value::Int(*value),
            OwnedValue::Float(value) => Value::Float(*value),
            OwnedValue::Str(text) => Value::Str(text),
            OwnedValue::Bytes(bytes) => Value::Bytes(bytes),
            OwnedValue::Time(time) => Value::Time(*time),
            OwnedValue::List(items) => self.list(items.iter().map(|item| self.borrowed(item))),
            OwnedValue::Id(id) => Value::Str(self.text(&id.to_string())),
        }
    }

    /// The text of a cell.
    pub(crate) fn text_of<'a>(&'a self, cell: Cell<'a>) -> &'a str {
        match cell {
            Cell::Model(Value::Str(text)) => text,
            Cell::Owned(OwnedValue::Str(text)) => text,
            other => self.text(other.text(&mut String::new())),
        }
    }
}
