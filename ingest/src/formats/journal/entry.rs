//! What an entry of the systemd journal says.
//!
//! Fields keep the journal's own names, but for these, which are called as everywhere else: `MESSAGE` is `message`,
//! `_HOSTNAME` `host.name`, `SYSLOG_IDENTIFIER` `process.name`, `_PID` `process.pid`, `_SYSTEMD_UNIT` `systemd.unit`, and
//! `__REALTIME_TIMESTAMP` the time of the event. `PRIORITY` stays and gives `level`; `_COMM` stays, and is
//! `process.name` where no other says it. Of a field given several times all values are kept, in a list.

use std::borrow::Cow;
use std::ops::Range;

use vigil_model::limits::{JOURNAL_FIELD_BYTES_MAX, JOURNAL_NAME_BYTES_MAX, LINE_BYTES_MAX, RECORD_FIELDS_MAX};
use vigil_model::{List, RecordError, Timestamp, Value};

use crate::draft::Draft;
use crate::event::{INVALID_UTF8, PARSE_ERROR};
use crate::{Refusal, Severity};

/// Fields of the journal that are called as everywhere else.
const NAMES: [(&str, &str); 4] = [
    ("MESSAGE", "message"),
    ("_HOSTNAME", "host.name"),
    ("SYSLOG_IDENTIFIER", PROGRAM),
    ("_SYSTEMD_UNIT", "systemd.unit"),
];
const PROGRAM: &str = "process.name";

/// Gathers the fields of one entry, at most [`LINE_BYTES_MAX`] bytes of them.
#[derive(Default)]
pub(super) struct Entry {
    bytes: Vec<u8>,
    /// Where name and value of each field are.
    fields: Vec<(Range<usize>, Range<usize>)>,
    /// The first field that was too long: its name and bytes.
    left_out: Option<(String, u64)>,
    too_long: bool,
}

/// Whether bytes are the name of a field: capital letters, digits and underscores.
pub(super) fn is_name(bytes: &[u8]) -> bool {
    let part = |byte: &u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_');
    (1..=JOURNAL_NAME_BYTES_MAX).contains(&bytes.len()) && bytes.iter().all(part)
}

impl Entry {
    /// Whether no field came.
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.left_out.is_none() && !self.too_long
    }

    /// Ready for the next entry.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.fields.clear();
        self.left_out = None;
        self.too_long = false;
    }

    /// A field of `length` bytes, of which `value` are the first.
    pub(super) fn add(&mut self, name: &[u8], value: &[u8], length: u64) {
        assert!(is_name(name), "names were looked at before");
        if length > JOURNAL_FIELD_BYTES_MAX as u64 {
            let name = String::from_utf8_lossy(name).into_owned();
            self.left_out.get_or_insert((name, length));
            return;
        }
        assert_eq!(value.len() as u64, length, "a value that is not too long was kept whole");
        self.too_long |= self.bytes.len() + name.len() + value.len() > LINE_BYTES_MAX;
        if self.too_long || self.fields.len() > RECORD_FIELDS_MAX {
            return;
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(name);
        let middle = self.bytes.len();
        self.bytes.extend_from_slice(value);
        self.fields.push((start..middle, middle..self.bytes.len()));
    }

    /// Why it can be no event.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        let count = self.fields.len();
        match () {
            () if self.too_long => Some(Refusal::TooLong),
            () if count > RECORD_FIELDS_MAX => Some(RecordError::TooManyFields(count).into()),
            () => None,
        }
    }

    /// Puts all fields into the draft.
    pub(super) fn put(&self, draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let mut fields: Vec<(&str, Cow<'_, str>)> = self.fields.iter().map(|field| self.texts(field)).collect();
        // Equal names come together, their values in order.
        fields.sort_by_key(|(name, _)| *name);
        let named = fields.iter().any(|(name, _)| *name == "SYSLOG_IDENTIFIER");
        for same in fields.chunk_by(|(a, _), (b, _)| a == b) {
            match same {
                [("_COMM", value)] if !named => draft.text(PROGRAM, value)?,
                _ => {}
            }
            match same {
                [(name, value)] => put_one(name, value, draft)?,
                several => put_list(several, draft)?,
            }
        }
        let damaged = fields.iter().any(|(_, value)| matches!(value, Cow::Owned(_)));
        self.put_problem(damaged, draft)
    }

    fn texts(&self, (name, value): &(Range<usize>, Range<usize>)) -> (&str, Cow<'_, str>) {
        let name = std::str::from_utf8(&self.bytes[name.clone()]).expect("names are letters and digits");
        (name, String::from_utf8_lossy(&self.bytes[value.clone()]))
    }

    fn put_problem(&self, damaged: bool, draft: &mut Draft<'_>) -> Result<(), Refusal> {
        match &self.left_out {
            Some((name, length)) => {
                draft.text(PARSE_ERROR, &format!("journal: the field {name} of {length} bytes was left out"))
            }
            None if damaged => draft.text(PARSE_ERROR, INVALID_UTF8),
            None => Ok(()),
        }
    }
}

fn put_one(name: &str, value: &str, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let number: Option<i64> = value.parse().ok();
    match (name, number) {
        ("__REALTIME_TIMESTAMP", Some(micros)) if micros.checked_mul(1_000).is_some() => {
            draft.time = micros.checked_mul(1_000).map(Timestamp);
            Ok(())
        }
        ("_PID", Some(pid)) => draft.number("process.pid", pid),
        ("PRIORITY", code) => {
            if let Some(severity) = code.and_then(Severity::of_syslog) {
                draft.text("level", severity.name())?;
            }
            draft.text(name, value)
        }
        _ => draft.text(called(name), value),
    }
}

fn put_list(several: &[(&str, Cow<'_, str>)], draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let mut items = Vec::new();
    several.iter().for_each(|(_, value)| Value::Str(value).encode(&mut items));
    draft.put(called(several[0].0), Value::List(List::from_encoded(&items)))
}

/// What a field of the journal is called here.
fn called(name: &str) -> &str {
    NAMES.iter().find(|(own, _)| *own == name).map_or(name, |(_, called)| called)
}
