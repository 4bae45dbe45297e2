//! What a filter reads: an event as it lies in its record, or a row that pipes have changed.

use vigil_model::{Record, Timestamp, Value};

/// One event or row. A filter says the same of it wherever its fields lie.
pub trait Fields {
    /// The event time; `None` for a row that is no event and has no column `_time`.
    fn event_time(&self) -> Option<Timestamp>;

    /// The value of a field. Never asked for `_time`.
    fn value(&self, name: &str) -> Option<Value<'_>>;

    /// Whether `holds` of the value of some field. Columns that are no field of the event (`_time`, `_id`) do not count.
    fn some(&self, holds: &mut dyn FnMut(&Value<'_>) -> bool) -> bool;

    /// Bytes in which the text of every string of every field stands, if there are such: a search in them can tell
    /// that no field holds a text. Numbers and the like need not stand there.
    fn raw(&self) -> Option<&[u8]> {
        None
    }
}

impl Fields for Record<'_> {
    fn event_time(&self) -> Option<Timestamp> {
        Some(self.time())
    }

    #[inline]
    fn value(&self, name: &str) -> Option<Value<'_>> {
        self.get(name)
    }

    fn some(&self, holds: &mut dyn FnMut(&Value<'_>) -> bool) -> bool {
        self.fields().any(|(_, value)| holds(&value))
    }

    fn raw(&self) -> Option<&[u8]> {
        Some(self.bytes())
    }
}
