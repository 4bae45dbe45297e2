//! How a log record, with the resource and the scope that it came from, fills an event.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use vigil_model::Timestamp;

use super::messages::{self, Any, AnyValue, KeyValue, LogRecord, Resource, Scope};
use super::value::{Flattener, text};
use super::{Encoding, sized};
use crate::draft::Draft;
use crate::event::{MESSAGE, PARSE_ERROR};
use crate::{Refusal, Severity};

/// Stands in front of the name, the version and the attributes of a scope.
const SCOPE: &str = "otel.scope.";

/// Where a record came from.
#[derive(Default)]
pub(super) struct Origin {
    resource: Resource,
    scope: Scope,
}

impl Origin {
    /// A resource of these bytes, which may be none, and no scope yet.
    pub(super) fn of_resource(encoding: Encoding, bytes: &[u8]) -> Result<Origin, Refusal> {
        Ok(Origin { resource: messages::resource(encoding, sized(bytes)?)?, scope: Scope::default() })
    }

    /// The scope of the next records.
    pub(super) fn enter(&mut self, encoding: Encoding, bytes: &[u8]) -> Result<(), Refusal> {
        self.scope = messages::scope(encoding, sized(bytes)?)?;
        Ok(())
    }
}

/// Puts everything into the draft; what is more the record's own comes later, and stays.
pub(super) fn fill(draft: &mut Draft<'_>, origin: &Origin, record: &LogRecord) -> Result<(), Refusal> {
    let mut flattener = Flattener::default();
    flattener.all("", &origin.resource.attributes, &mut |name, value| draft.put(name, value))?;
    scope(draft, &origin.scope, &mut flattener)?;
    let of_body = body(draft, record.body.as_ref(), &mut flattener)?;
    attributes(draft, record, &of_body, &mut flattener)?;
    envelope(draft, record, &mut flattener.wrong_utf8)?;
    time(draft, record)?;
    if flattener.wrong_utf8 && !draft.has(PARSE_ERROR) {
        draft.text(PARSE_ERROR, "invalid utf-8")?;
    }
    Ok(())
}

fn scope(draft: &mut Draft<'_>, scope: &Scope, flattener: &mut Flattener) -> Result<(), Refusal> {
    flattener.all(SCOPE, &scope.attributes, &mut |name, value| draft.put(name, value))?;
    for (name, bytes) in [("otel.scope.name", &scope.name), ("otel.scope.version", &scope.version)] {
        if !bytes.is_empty() {
            draft.text(name, &text(bytes, &mut flattener.wrong_utf8))?;
        }
    }
    Ok(())
}

/// Puts the body; answers the names that it took.
fn body(
    draft: &mut Draft<'_>,
    body: Option<&AnyValue>,
    flattener: &mut Flattener,
) -> Result<BTreeSet<String>, Refusal> {
    let mut names = BTreeSet::new();
    match body {
        None | Some(AnyValue { value: None }) => {}
        Some(AnyValue { value: Some(Any::Map(map)) }) => {
            flattener.all("", &map.values, &mut |name, value| {
                names.insert(name.to_owned());
                draft.put(name, value)
            })?;
        }
        Some(value) => {
            let message = flattener.plain(value)?;
            draft.message(&message)?;
            names.insert(MESSAGE.to_owned());
        }
    }
    Ok(names)
}

/// Puts the record's own attributes. One that is named as something else of the record makes room.
fn attributes(
    draft: &mut Draft<'_>,
    record: &LogRecord,
    of_body: &BTreeSet<String>,
    flattener: &mut Flattener,
) -> Result<(), Refusal> {
    let attributes: &[KeyValue] = &record.attributes;
    let own = own_names(record);
    flattener.all("", attributes, &mut |name, value| {
        let taken = of_body.contains(name) || own.iter().any(|(own, present)| *present && *own == name);
        if taken { draft.put(&format!("{name}_"), value) } else { draft.put(name, value) }
    })
}

/// Names that the record gives to what it says beside body and attributes, and whether it does.
fn own_names(record: &LogRecord) -> [(&'static str, bool); 8] {
    [
        ("severity_number", record.severity_number != 0),
        ("severity_text", !record.severity_text.is_empty()),
        ("level", level(record).is_some()),
        ("trace_id", is_id(&record.trace_id)),
        ("span_id", is_id(&record.span_id)),
        ("flags", record.flags != 0),
        ("event.name", !record.event_name.is_empty()),
        ("dropped_attributes_count", record.dropped_attributes_count != 0),
    ]
}

fn envelope(draft: &mut Draft<'_>, record: &LogRecord, wrong: &mut bool) -> Result<(), Refusal> {
    if record.severity_number != 0 {
        draft.number("severity_number", record.severity_number.into())?;
    }
    if let Some(level) = level(record) {
        draft.text("level", level.name())?;
    }
    for (name, bytes) in [("severity_text", &record.severity_text), ("event.name", &record.event_name)] {
        if !bytes.is_empty() {
            draft.text(name, &text(bytes, wrong))?;
        }
    }
    for (name, id) in [("trace_id", &record.trace_id), ("span_id", &record.span_id)] {
        if is_id(id) {
            draft.text(name, &HEXLOWER.encode(id))?;
        }
    }
    let counts = [("flags", record.flags), ("dropped_attributes_count", record.dropped_attributes_count)];
    for (name, number) in counts.into_iter().filter(|(_, number)| *number != 0) {
        draft.number(name, number.into())?;
    }
    Ok(())
}

/// How bad it is, by the number, or else by the word.
fn level(record: &LogRecord) -> Option<Severity> {
    let word = || std::str::from_utf8(&record.severity_text).ok().and_then(Severity::of_word);
    Severity::of_otel(record.severity_number.into()).or_else(word)
}

/// Zeros are no id.
fn is_id(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| *byte != 0)
}

/// What the record says; else what its message said; else when it was seen.
fn time(draft: &mut Draft<'_>, record: &LogRecord) -> Result<(), Refusal> {
    let said = readable(record.time_unix_nano);
    draft.time = said.or(draft.time).or(readable(record.observed_time_unix_nano));
    if record.time_unix_nano != 0 && said.is_none() {
        draft.text(PARSE_ERROR, &format!("otlp: the time {} is beyond the year 2262", record.time_unix_nano))?;
    }
    Ok(())
}

/// 0 is no time.
fn readable(nanos: u64) -> Option<Timestamp> {
    i64::try_from(nanos).ok().filter(|nanos| *nanos != 0).map(Timestamp)
}
