//! Splunk's HTTP event collector: how a body of JSON objects, one after another or in an array, becomes events.
//!
//! What an event becomes: the members of an `event` that is an object are fields; any other is the `message`, text read
//! by the source's format where it has one. Docker's `line` is the message of an object that has none. The members of
//! `fields` are fields. `host` is `host.name`; `source`, `sourcetype` and `index` keep their names, or `splunk.` stands in
//! front of them where the event has such a field itself. `time` is seconds, or milliseconds from 10¹² on.

use serde::Deserialize;
use serde_json::value::RawValue;
use vigil_model::limits::LINE_BYTES_MAX;
use vigil_model::{Timestamp, Value};

use crate::draft::Draft;
use crate::event::MESSAGE;
use crate::scan::Scanner;
use crate::{Batch, Fate, Refusal, Writer, time};

/// Why a body is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no event in it.
    #[error("No data")]
    NoData,
    /// This event, counted from 0, is none.
    #[error("Invalid data format")]
    Invalid(u64, String),
    /// It has no `event`.
    #[error("Event field is required")]
    Missing(u64),
    /// Its `event` is an empty text.
    #[error("Event field cannot be blank")]
    Blank(u64),
}

/// One element of a body.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Envelope<'b> {
    #[serde(borrow)]
    time: Option<&'b RawValue>,
    #[serde(borrow)]
    host: Option<&'b RawValue>,
    #[serde(borrow)]
    source: Option<&'b RawValue>,
    #[serde(borrow)]
    sourcetype: Option<&'b RawValue>,
    #[serde(borrow)]
    index: Option<&'b RawValue>,
    #[serde(borrow)]
    event: Option<&'b RawValue>,
    #[serde(borrow)]
    fields: Option<&'b RawValue>,
    #[serde(borrow)]
    channel: Option<&'b RawValue>,
}

/// A body, read event by event.
pub struct Events<'b> {
    rest: &'b [u8],
    /// Events so far.
    count: u64,
    /// They stand in an array.
    array: bool,
    closed: bool,
    /// The channel that the last event with one named.
    channel: Option<String>,
}

impl<'b> Events<'b> {
    /// All of a body.
    pub fn new(body: &'b [u8]) -> Events<'b> {
        let rest = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
        let array = rest.first() == Some(&b'[');
        Events { rest: &rest[usize::from(array)..], count: 0, array, closed: false, channel: None }
    }

    /// The channel that an event named: some clients say it there.
    pub fn channel(&self) -> Option<&str> {
        self.channel.as_deref()
    }

    /// Writes the next event. `Ok(None)` at the end. After a fault nothing of the body should be kept.
    pub fn next(&mut self, writer: &mut Writer, now: Timestamp, batch: &mut Batch) -> Result<Option<Fate>, Fault> {
        let Some(bytes) = self.element()? else {
            return if self.count == 0 { Err(Fault::NoData) } else { Ok(None) };
        };
        let number = self.count;
        let envelope = self.envelope(bytes)?;
        self.count += 1;
        let fate = writer.event(now, batch, |draft| fill(draft, &envelope));
        fate.map(Some).map_err(|refusal| Fault::Invalid(number, refusal.to_string()))
    }

    /// The bytes of the next object; what stands between two may be space or commas.
    fn element(&mut self) -> Result<Option<&'b [u8]>, Fault> {
        let between = |byte: &u8| byte.is_ascii_whitespace() || *byte == b',';
        let start = self.rest.iter().position(|byte| !between(byte)).unwrap_or(self.rest.len());
        self.rest = &self.rest[start..];
        match self.rest.first() {
            None if self.array && !self.closed => Err(self.invalid("the array is not closed")),
            None => Ok(None),
            Some(b']') if self.array && !self.closed => {
                self.closed = true;
                self.rest = &self.rest[1..];
                self.element()
            }
            Some(b'{') if !self.closed => {
                let end = Scanner::default().advance(self.rest);
                let end = end.ok_or_else(|| self.invalid("the object is not closed"))?;
                let (element, rest) = self.rest.split_at(end);
                self.rest = rest;
                Ok(Some(element))
            }
            Some(_) => Err(self.invalid("an object is expected")),
        }
    }

    fn envelope(&mut self, bytes: &'b [u8]) -> Result<Envelope<'b>, Fault> {
        if bytes.len() > LINE_BYTES_MAX {
            return Err(self.invalid(&Refusal::TooLong.to_string()));
        }
        let envelope: Envelope<'b> = serde_json::from_slice(bytes).map_err(|error| self.invalid(&error.to_string()))?;
        let Some(event) = envelope.event else { return Err(Fault::Missing(self.count)) };
        if event.get() == "\"\"" {
            return Err(Fault::Blank(self.count));
        }
        if let Some(channel) = envelope.channel {
            self.channel = Some(plain(channel));
        }
        Ok(envelope)
    }

    fn invalid(&self, why: &str) -> Fault {
        Fault::Invalid(self.count, why.to_owned())
    }
}

fn fill(draft: &mut Draft<'_>, envelope: &Envelope<'_>) -> Result<(), Refusal> {
    let event = envelope.event.expect("an event without was refused").get();
    if event.starts_with('{') {
        draft.object(event)?;
        docker_line(draft)?;
    } else {
        draft.message(&text_of(event))?;
    }
    if let Some(fields) = envelope.fields {
        draft.object(fields.get())?;
    }
    if let Some(host) = envelope.host {
        draft.text("host.name", &plain(host))?;
    }
    let others = [("source", envelope.source), ("sourcetype", envelope.sourcetype), ("index", envelope.index)];
    for (name, value) in others {
        let Some(value) = value else { continue };
        match draft.has(name) {
            true => draft.text(&format!("splunk.{name}"), &plain(value))?,
            false => draft.text(name, &plain(value))?,
        }
    }
    if let Some(time) = envelope.time {
        let text = plain(time);
        match time::read_number(&text) {
            Some(time) => draft.time = Some(time),
            // It may be a date; if not, it stays a field.
            None => draft.text("time", &text)?,
        }
    }
    Ok(())
}

/// The time that a number means: seconds, or milliseconds and so on by its magnitude.
pub fn time(number: &str) -> Option<Timestamp> {
    time::read_number(number)
}

/// Docker's driver says the line of a container as a member of its event.
fn docker_line(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    if draft.has(MESSAGE) {
        return Ok(());
    }
    let Some(Value::Str(line)) = draft.fields.builder.get("line") else { return Ok(()) };
    let line = line.to_owned();
    draft.fields.builder.remove("line");
    draft.message(&line)
}

/// The text that a JSON value means: a string without its quotes, anything else as it stands.
fn text_of(json: &str) -> String {
    serde_json::from_str(json).unwrap_or_else(|_| json.to_owned())
}

fn plain(raw: &RawValue) -> String {
    text_of(raw.get())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use proptest::prelude::*;

    use super::*;
    use crate::{Pipeline, Recipe};

    fn decode(body: &[u8]) -> Result<String, Fault> {
        let recipe = Recipe { source: Some("hec".to_owned()), pipeline: Pipeline::none(), ..Recipe::default() };
        let (mut writer, mut batch) = (Writer::new(recipe), Batch::new());
        let mut events = Events::new(body);
        while events.next(&mut writer, Timestamp(1_000_000_000), &mut batch)?.is_some() {}
        let chunks = batch.take_rest();
        let records = chunks.iter().flat_map(|records| records.iter()).flatten();
        Ok(records.map(|record| format!("{record:?}\n")).collect())
    }

    #[test]
    fn events_of_every_kind() {
        let body = concat!(
            r#"{"time":1447828325.123456789,"host":"web-1","source":"/var/log/x","sourcetype":"st","index":"main","event":"hello","fields":{"device":"mac","n":1}}"#,
            r#"{"time":"1447828325","event":{"a":{"b":1},"source":"mine","message":"said"},"source":"theirs"},"#,
            "\n\n",
            r#"{"time":1447828325123,"event":{"line":"of docker","tag":"t"}} {"event":5}{"event":["x"],"time":"2026-01-31T10:00:00Z"}"#,
            r#"{"event":"e","time":"soon","host":7,"other":1}"#,
        );
        expect![[r#"
            2015-11-18T06:32:05.123456789Z {"device": Str("mac"), "host.name": Str("web-1"), "index": Str("main"), "message": Str("hello"), "n": Int(1), "source": Str("/var/log/x"), "sourcetype": Str("st")}
            2015-11-18T06:32:05Z {"a.b": Int(1), "message": Str("said"), "source": Str("mine"), "splunk.source": Str("theirs")}
            2015-11-18T06:32:05.123Z {"message": Str("of docker"), "source": Str("hec"), "tag": Str("t")}
            1970-01-01T00:00:01Z {"message": Str("5"), "source": Str("hec")}
            2026-01-31T10:00:00Z {"message": Str("[\"x\"]"), "source": Str("hec")}
            1970-01-01T00:00:01Z {"host.name": Str("7"), "message": Str("e"), "source": Str("hec"), "time": Str("soon")}
        "#]].assert_eq(&decode(body.as_bytes()).expect("events"));
        let array = format!("\u{feff} [{}]\n", r#"{"event":"a"} , {"event":"b"}"#);
        assert_eq!(decode(array.as_bytes()).expect("events").lines().count(), 2);
    }

    #[test]
    fn one_bad_event_is_told_by_its_number() {
        let fault = |body: &str| decode(body.as_bytes()).expect_err(body);
        for body in ["", "  \n", "[]", "[ ]"] {
            assert_eq!(fault(body), Fault::NoData, "{body}");
        }
        assert_eq!(fault(r#"{"event":"a"}{"host":"b"}"#), Fault::Missing(1));
        assert_eq!(fault(r#"{"event":null}"#), Fault::Missing(0));
        assert_eq!(fault(r#"[{"event":"a"},{"event":"b"},{"event":""}]"#), Fault::Blank(2));
        for body in ["oops", r#"{"event":"#, r#"{"event":"a"}x"#, r#"[{"event":"a"}"#, r#"[{"event":1}]{}"#, r#"[5]"#] {
            assert!(matches!(fault(body), Fault::Invalid(..)), "{body}");
        }
        assert!(matches!(fault(r#"{"event":"a"}{"event":"b","fields":5}"#), Fault::Invalid(1, _)));
    }

    const PIECES: [&str; 9] =
        [r#"{"event":"a"}"#, r#"{"event":{"x":[1]},"time":"x"}"#, "[", "]", ",", "{", "\"", "\n", r#"{"host":"}"}"#];

    proptest! {
        #[test]
        fn no_bytes_are_a_panic(body in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = decode(&body);
        }

        #[test]
        fn no_mixture_is_a_panic(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..8)) {
            let _ = decode(pieces.concat().as_bytes());
        }

        #[test]
        fn separators_do_not_matter(count in 1..6_usize, between in "[ \n,]{0,3}") {
            let body = vec![PIECES[0]; count].join(&between);
            prop_assert_eq!(decode(body.as_bytes()).expect("events").lines().count(), count);
        }
    }
}
