//! Datadog's intake of logs: an object, or a list of them.
//!
//! `ddtags` (`env:prod,team:a,team:b,blue`) becomes fields: `env` and `team`, the latter a list, and `blue` in the list
//! `tags`. A tag that is called like a field of the event is `ddtags.NAME`. `status` gives `level`. Members of a `message`
//! that is an object come to stand beside the others.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use vigil_model::limits::LINE_BYTES_MAX;
use vigil_model::{List, Timestamp, Value};

use super::elements::each;
use super::tally::Tally;
use crate::draft::Draft;
use crate::event::{MESSAGE, TIME_NAMES};
use crate::severity::Severity;
use crate::writer::Writer;
use crate::{Batch, Refusal};

const TAGS: &str = "ddtags";
/// Where tags stand that have no name of their own.
const BARE: &str = "tags";

/// Why a body is none of Datadog's at all. Then no event was made of it.
#[derive(Debug, thiserror::Error)]
pub enum Undecodable {
    /// Not JSON.
    #[error("the body is no JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// In bytes that are no text.
    #[error("the body is no UTF-8 text: {0}")]
    Utf8(#[from] std::str::Utf8Error),
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Whole<'a>(#[serde(borrow)] &'a RawValue);

/// Makes an event of every object. `time` is that of objects which say none. An empty body and an empty object say only
/// that the sender lives.
pub fn datadog(
    body: &[u8],
    time: Option<Timestamp>,
    writer: &mut Writer,
    now: Timestamp,
    out: &mut Batch,
) -> Result<Tally, Undecodable> {
    let text = std::str::from_utf8(body)?.trim();
    let mut tally = Tally::default();
    if text.is_empty() {
        return Ok(tally);
    }
    let Whole(whole) = serde_json::from_str(text)?;
    writer.count_bytes(body.len());
    let mut take = |object: &str| {
        let is_empty = object.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        if is_empty.is_none_or(|inside| !inside.trim().is_empty()) {
            read(object, time, writer, now, out, &mut tally);
        }
    };
    match text.starts_with('[') {
        true => each(whole.get(), take)?,
        false => take(whole.get()),
    }
    Ok(tally)
}

fn read(
    object: &str,
    time: Option<Timestamp>,
    writer: &mut Writer,
    now: Timestamp,
    out: &mut Batch,
    tally: &mut Tally,
) {
    if object.len() > LINE_BYTES_MAX {
        return tally.reject(Refusal::TooLong, writer, object.as_bytes(), now, out);
    }
    let fate = writer.object(object.as_bytes(), now, out, |draft| {
        unfold_message(draft)?;
        split_tags(draft)?;
        level(draft)?;
        if !TIME_NAMES.iter().any(|name| draft.has(name)) {
            draft.time = time;
        }
        Ok(())
    });
    tally.note(fate, out);
}

/// Members of a message that is an object lose its name, unless there is another of theirs.
fn unfold_message(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    if draft.has(MESSAGE) {
        return Ok(());
    }
    let members = draft.fields.builder.iter().filter_map(|(name, _)| name.strip_prefix("message.").map(str::to_owned));
    let members: Vec<String> = members.collect();
    for inner in members {
        if !draft.has(&inner) {
            draft.rename(&format!("{MESSAGE}.{inner}"), &inner)?;
        }
    }
    Ok(())
}

fn level(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let Some(Value::Str(status)) = draft.fields.value("status") else { return Ok(()) };
    match Severity::of_word(status).filter(|_| !draft.has("level")) {
        Some(level) => draft.text("level", level.name()),
        None => Ok(()),
    }
}

fn split_tags(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let Some(Value::Str(text)) = draft.fields.value(TAGS) else { return Ok(()) };
    let text = text.to_owned();
    draft.fields.forget(TAGS);
    let mut named: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
        let (name, value) = tag.split_once(':').filter(|(name, _)| !name.is_empty()).unwrap_or((BARE, tag));
        named.entry(name).or_default().push(value);
    }
    for (name, values) in named {
        let free = !draft.has(name);
        let field = if free { name } else { &format!("{TAGS}.{name}") };
        match &values[..] {
            [value] if name != BARE => draft.text(field, value)?,
            values => {
                let mut items = Vec::new();
                values.iter().for_each(|value| Value::Str(value).encode(&mut items));
                draft.put(field, Value::List(List::from_encoded(&items)))?;
            }
        }
    }
    Ok(())
}
