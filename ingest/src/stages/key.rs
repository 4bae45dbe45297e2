//! What tells groups of events apart: the values of some fields.

use std::sync::{Mutex, MutexGuard, PoisonError};

use vigil_model::limits::SUMMARY_TEXT_BYTES_MAX;
use vigil_model::{Hash, Value};

use crate::stage::{Event, SummaryValue};

/// Domain of the hashes below; what they are kept for lives no longer than the process, but for samples: those must be
/// the same on every node.
const DOMAIN: &str = "vigil ingest stage key v1";
/// Stands for a field that is missing; no value is encoded so.
const MISSING: u8 = 0xff;

/// The hash of the values of these fields. A missing field differs from an empty one, and 1 from `1`.
pub(super) fn of(event: &Event<'_>, names: &[String]) -> Hash {
    let mut bytes = Vec::with_capacity(128);
    for name in names {
        match event.fields.get(name) {
            Some(value) => value.encode(&mut bytes),
            None => bytes.push(MISSING),
        }
    }
    Hash::of(DOMAIN, &bytes)
}

/// The hash of all fields, and of the time where the event brought it, whatever order they are in.
pub(super) fn of_all(event: &mut Event<'_>) -> Hash {
    event.fields.settle();
    let mut bytes = Vec::with_capacity(1_024);
    for (name, value) in event.fields.iter() {
        Value::Str(name).encode(&mut bytes);
        value.encode(&mut bytes);
    }
    if !event.time_assumed {
        Value::Time(event.time).encode(&mut bytes);
    }
    Hash::of(DOMAIN, &bytes)
}

/// The values of these fields as a summary repeats them.
pub(super) fn values(event: &Event<'_>, names: &[String]) -> Vec<(String, SummaryValue)> {
    let value = |name: &String| {
        Some(match event.fields.get(name)? {
            Value::Int(number) => SummaryValue::Number(number),
            Value::Str(text) => SummaryValue::Text(short(text)),
            other => SummaryValue::Text(short(&other.to_string())),
        })
    };
    names.iter().filter_map(|name| Some((name.clone(), value(name)?))).collect()
}

/// The beginning of a text.
pub(super) fn short(text: &str) -> String {
    if text.len() <= SUMMARY_TEXT_BYTES_MAX {
        return text.to_owned();
    }
    let mut cut = SUMMARY_TEXT_BYTES_MAX;
    while !text.is_char_boundary(cut) {
        cut -= 1;
    }
    format!("{}…", &text[..cut])
}

/// The state behind a lock. What one thread left in the middle of a panic is counters, and still good.
pub(super) fn locked<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
