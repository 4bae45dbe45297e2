//! Loki's push as JSON, in today's shape and in that of `/api/prom/push`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use jiff::tz::TimeZone;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use vigil_model::limits::LINE_BYTES_MAX;
use vigil_model::{Timestamp, Value};

use super::{Entry, Pairs, Push, Stream, Undecodable};
use crate::protocols::elements::each;
use crate::protocols::tally::Tally;
use crate::writer::Writer;
use crate::{Batch, Refusal, time};

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, default)]
    streams: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct JsonStream<'a> {
    #[serde(borrow, default)]
    stream: Option<&'a RawValue>,
    #[serde(borrow, default)]
    values: Option<&'a RawValue>,
    /// Labels as text, of old.
    #[serde(borrow, default)]
    labels: Option<Cow<'a, str>>,
    /// Lines, of old.
    #[serde(borrow, default)]
    entries: Option<&'a RawValue>,
}

/// `["<nanoseconds>", "line", {"name": "value"}]`
struct JsonEntry<'a> {
    time: Cow<'a, str>,
    line: Cow<'a, str>,
    metadata: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct OldEntry<'a> {
    #[serde(borrow, alias = "timestamp")]
    ts: Cow<'a, str>,
    #[serde(borrow)]
    line: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Makes an event of every line. A body that is no JSON, or has no list of streams, is refused as a whole; a stream or
/// line that is not as it should be is rejected alone.
pub fn json(body: &[u8], writer: &mut Writer, now: Timestamp, out: &mut Batch) -> Result<Tally, Undecodable> {
    let Body { streams } = serde_json::from_str(std::str::from_utf8(body)?)?;
    writer.count_bytes(body.len());
    let mut push = Push { writer, now, out, tally: Tally::default() };
    if let Some(streams) = streams {
        each(streams.get(), |stream| read_stream(stream, &mut push))?;
    }
    Ok(push.tally)
}

fn read_stream(text: &str, push: &mut Push<'_>) {
    let read = serde_json::from_str::<JsonStream<'_>>(text);
    let result = read.map_err(|error| refusal(&error)).and_then(|read| {
        let stream = match (&read.stream, &read.labels) {
            (Some(labels), _) => Stream { labels: labels_of(labels.get())?, broken: None },
            (None, labels) => Stream::of_text(labels.as_deref().unwrap_or("{}"))?,
        };
        let lines = |list: Option<&RawValue>, read: fn(&str, &Stream<'_>, &mut Push<'_>), push: &mut Push<'_>| {
            list.map_or(Ok(()), |list| each(list.get(), |line| read(line, &stream, push)))
        };
        lines(read.values, read_entry, push).map_err(|error| refusal(&error))?;
        lines(read.entries, read_old_entry, push).map_err(|error| refusal(&error))
    });
    if let Err(refusal) = result {
        push.reject(refusal, text.as_bytes());
    }
}

fn labels_of(text: &str) -> Result<Pairs<'static>, Refusal> {
    if text.len() > LINE_BYTES_MAX {
        return Err(Refusal::TooLong);
    }
    let labels: BTreeMap<String, String> = serde_json::from_str(text).map_err(|error| refusal(&error))?;
    Ok(pairs(labels))
}

fn pairs(map: BTreeMap<String, String>) -> Pairs<'static> {
    map.into_iter().map(|(name, value)| (Cow::Owned(name), Cow::Owned(value))).collect()
}

fn read_entry(text: &str, stream: &Stream<'_>, push: &mut Push<'_>) {
    let read = within_limit(text).and_then(|text| {
        let entry: JsonEntry<'_> = serde_json::from_str(text).map_err(|error| refusal(&error))?;
        let nanos = entry.time.parse().map_err(|_| no_time(&entry.time))?;
        Ok((Timestamp(nanos), entry.line, pairs(entry.metadata)))
    });
    put(read, text, stream, push);
}

fn read_old_entry(text: &str, stream: &Stream<'_>, push: &mut Push<'_>) {
    let read = within_limit(text).and_then(|text| {
        let entry: OldEntry<'_> = serde_json::from_str(text).map_err(|error| refusal(&error))?;
        let time = time::read(Value::Str(&entry.ts), true, &TimeZone::UTC).ok_or_else(|| no_time(&entry.ts))?;
        Ok((time, entry.line, Vec::new()))
    });
    put(read, text, stream, push);
}

fn put(
    read: Result<(Timestamp, Cow<'_, str>, Pairs<'_>), Refusal>,
    text: &str,
    stream: &Stream<'_>,
    push: &mut Push<'_>,
) {
    match read {
        Ok((time, line, metadata)) => push.entry(stream, &Entry { time, line: line.as_bytes(), metadata }),
        Err(refusal) => push.reject(refusal, text.as_bytes()),
    }
}

fn within_limit(text: &str) -> Result<&str, Refusal> {
    if text.len() > LINE_BYTES_MAX { Err(Refusal::TooLong) } else { Ok(text) }
}

fn refusal(error: &serde_json::Error) -> Refusal {
    Refusal::Item(format!("not as Loki has it: {error}"))
}

fn no_time(text: &str) -> Refusal {
    let start: String = text.chars().take(40).collect();
    Refusal::Item(format!("`{start}` is no time in nanoseconds"))
}

impl<'de: 'a, 'a> Deserialize<'de> for JsonEntry<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<JsonEntry<'a>, D::Error> {
        json.deserialize_seq(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = JsonEntry<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[\"<nanoseconds>\", \"line\"]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<JsonEntry<'de>, A::Error> {
        let Text(time) = list.next_element()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
        let Text(line) = list.next_element()?.ok_or_else(|| A::Error::invalid_length(1, &self))?;
        let metadata = list.next_element::<Option<BTreeMap<String, String>>>()?.flatten().unwrap_or_default();
        Ok(JsonEntry { time, line, metadata })
    }
}
