//! `{"log":"The content\n","stream":"stdout","time":"2026-08-01T12:00:00.5Z"}`: what Docker writes.

use std::borrow::Cow;
use std::fmt;

use jiff::tz::TimeZone;
use serde::Deserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde_json::Value as Json;
use vigil_model::Value;

use super::{Head, Part};
use crate::draft::Mismatch;
use crate::time;

/// Reads one line of a file. Members that Docker adds by its settings (`attrs`) are kept.
pub(super) fn read(line: &str) -> Result<Part<'_>, Mismatch> {
    let mut json = serde_json::Deserializer::from_str(line);
    let read = json.deserialize_map(Members).and_then(|members| json.end().map(|()| members));
    let (log, stream, time, mut others) = read.map_err(|error| Mismatch::Form(error.to_string()))?;
    let log = log.ok_or("no text `log`")?;
    let read_time = time.as_deref().and_then(|time| time::read(Value::Str(time), false, &TimeZone::UTC));
    if let (None, Some(unread)) = (read_time, time) {
        others.insert("time".to_owned(), Json::String(unread.into_owned()));
    }
    let members = if others.is_empty() { String::new() } else { Json::Object(others).to_string() };
    let goes_on = !log.ends_with('\n');
    let head = Head { time: read_time, members, damaged: false };
    Ok(Part { stream: stream.unwrap_or_default(), head, text: without_end(log), goes_on })
}

fn without_end(log: Cow<'_, str>) -> Cow<'_, str> {
    let trim = |text: &str| text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text)).len();
    match log {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..trim(text)]),
        Cow::Owned(mut text) => {
            text.truncate(trim(&text));
            Cow::Owned(text)
        }
    }
}

/// `log`, `stream`, `time`, and all others.
type Read<'a> = (Option<Cow<'a, str>>, Option<Cow<'a, str>>, Option<Cow<'a, str>>, serde_json::Map<String, Json>);

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Read<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read<'de>, A::Error> {
        let mut read: Read<'de> = Read::default();
        while let Some(Text(name)) = map.next_key::<Text<'de>>()? {
            match &*name {
                "log" => read.0 = Some(map.next_value::<Text<'de>>()?.0),
                "stream" => read.1 = Some(map.next_value::<Text<'de>>()?.0),
                "time" => read.2 = Some(map.next_value::<Text<'de>>()?.0),
                _ => drop(read.3.insert(name.into_owned(), map.next_value()?)),
            }
        }
        Ok(read)
    }
}

/// A text, borrowed where it has no escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Text<'de>, D::Error> {
        json.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
}
