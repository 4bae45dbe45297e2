//! How one entry of the forward protocol becomes the fields of an event.

use vigil_model::{Timestamp, Value};

use super::super::msgpack::{Head, Reader};
use crate::Refusal;
use crate::draft::Draft;

const NANOS: i64 = 1_000_000_000;

/// Time, metadata and record of an entry.
pub(super) struct Entry<'a> {
    time: Option<Timestamp>,
    metadata: Option<Reader<'a>>,
    record: Reader<'a>,
}

/// Takes an entry apart; `None` where it is not `[time, record]`.
pub(super) fn parts(mut entry: Reader<'_>, bare: bool) -> Option<Entry<'_>> {
    if !bare && entry.list()? < 2 {
        return None;
    }
    let (mut head, record) = (entry.value()?, entry.value()?);
    Reader(record.0).map()?;
    let mut metadata = None;
    if let Some(Head::List(count)) = Reader(head.0).head() {
        head.head()?;
        let time = head.value()?;
        metadata = (count > 1).then(|| head.value()).flatten().filter(|value| Reader(value.0).map() > Some(0));
        head = time;
    }
    Some(Entry { time: time(head)?, metadata, record })
}

/// Seconds, or an extension with seconds and nanoseconds; `Some(None)` where it is beyond what a time can be.
fn time(mut value: Reader<'_>) -> Option<Option<Timestamp>> {
    let (seconds, nanos) = match value.head()? {
        Head::Int(seconds) => (Some(seconds), 0),
        Head::Uint(seconds) => (i64::try_from(seconds).ok(), 0),
        Head::Float(seconds) => return Some(of_float(seconds)),
        Head::Ext(0, 8) => {
            let (seconds, nanos) = value.take(8)?.split_at(4);
            let number = |bytes: &[u8]| bytes.iter().fold(0_i64, |number, byte| number << 8 | i64::from(*byte));
            (Some(number(seconds)), number(nanos))
        }
        _ => return None,
    };
    Some(seconds.and_then(|seconds| seconds.checked_mul(NANOS)?.checked_add(nanos)).map(Timestamp))
}

fn of_float(seconds: f64) -> Option<Timestamp> {
    let nanos = seconds * NANOS as f64;
    (nanos.abs() < i64::MAX as f64).then_some(Timestamp(nanos as i64))
}

impl Entry<'_> {
    /// Puts everything into the event.
    pub(super) fn fill(&self, tag: &str, draft: &mut Draft<'_>) -> Result<(), Refusal> {
        draft.time = self.time;
        let line = self.line();
        let mut record = self.record;
        for _ in 0..record.map().expect("it was seen to be a map") {
            let (Some(name), Some(value)) = (record.value(), record.value()) else {
                return Err(Refusal::Item("the record is cut off".to_owned()));
            };
            let name = name_of(name)?;
            match text_of(value) {
                Some(text) if line == Some(name.as_str()) => {
                    draft.message(String::from_utf8_lossy(text).trim_end_matches(['\r', '\n']))?;
                }
                _ => field(&name, value, draft)?,
            }
        }
        if let Some(metadata) = self.metadata {
            field("metadata", metadata, draft)?;
        }
        draft.text(if draft.has("tag") { "forward.tag" } else { "tag" }, tag)
    }

    /// The name of the field that is a line as some program wrote it.
    fn line(&self) -> Option<&'static str> {
        let mut record = self.record;
        let mut line = None;
        for _ in 0..record.map()? {
            let (mut name, value) = (record.value()?, record.value()?);
            match name.text()? {
                b"message" if text_of(value).is_some() => return Some("message"),
                b"log" if text_of(value).is_some() => line = Some("log"),
                _ => {}
            }
        }
        line
    }
}

fn text_of(mut value: Reader<'_>) -> Option<&[u8]> {
    value.text()
}

/// Names are texts; a client that sends another kind gets it as JSON has it.
fn name_of(value: Reader<'_>) -> Result<String, Refusal> {
    if let Some(text) = text_of(value) {
        return Ok(String::from_utf8_lossy(text).into_owned());
    }
    let mut name = String::new();
    let mut reader = value;
    json(&mut reader, &mut name)?;
    Ok(name)
}

fn field(name: &str, value: Reader<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let mut reader = value;
    match reader.head() {
        Some(Head::Nil) => draft.put(name, Value::Null),
        Some(Head::Bool(flag)) => draft.put(name, Value::Bool(flag)),
        Some(Head::Int(number)) => draft.number(name, number),
        Some(Head::Text(length) | Head::Bytes(length)) => {
            draft.text(name, &String::from_utf8_lossy(reader.take(length).unwrap_or_default()))
        }
        // Lists, maps, and what needs care: as the same in JSON.
        _ => {
            let mut object = String::from("{");
            quote(name, &mut object);
            object.push(':');
            json(&mut { value }, &mut object)?;
            object.push('}');
            draft.object(&object)
        }
    }
}

/// Appends one value as JSON. Depth is bounded: the whole message was seen to nest no deeper than is read.
fn json(reader: &mut Reader<'_>, out: &mut String) -> Result<(), Refusal> {
    let cut = || Refusal::Item("a value is cut off".to_owned());
    match reader.head().ok_or_else(cut)? {
        Head::Nil => out.push_str("null"),
        Head::Bool(flag) => out.push_str(if flag { "true" } else { "false" }),
        Head::Int(number) => out.push_str(&number.to_string()),
        Head::Uint(number) => match i64::try_from(number) {
            Ok(number) => out.push_str(&number.to_string()),
            Err(_) => quote(&number.to_string(), out),
        },
        // JSON has no infinity.
        Head::Float(number) if number.is_finite() => out.push_str(&format!("{number:?}")),
        Head::Float(number) => quote(&number.to_string(), out),
        Head::Text(length) | Head::Bytes(length) => {
            quote(&String::from_utf8_lossy(reader.take(length).ok_or_else(cut)?), out);
        }
        Head::Ext(kind, length) => {
            let bytes = reader.take(length).ok_or_else(cut)?;
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            quote(&format!("ext {kind}: {hex}"), out);
        }
        Head::List(count) => {
            out.push('[');
            for n in 0..count {
                separate(n, out);
                json(reader, out)?;
            }
            out.push(']');
        }
        Head::Map(count) => {
            out.push('{');
            for n in 0..count {
                separate(n, out);
                quote(&name_of(reader.value().ok_or_else(cut)?)?, out);
                out.push(':');
                json(reader, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn separate(n: usize, out: &mut String) {
    if n > 0 {
        out.push(',');
    }
}

fn quote(text: &str, out: &mut String) {
    out.push_str(&serde_json::to_string(text).expect("a text is JSON"));
}
