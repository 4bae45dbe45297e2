//! What the text of a field says, put into fields of its own: a line of JSON or logfmt that came as a message.
//!
//! What was read goes beside what the event has. A name that is taken gets an underscore behind it, but for the field
//! that was read itself: where the text has one of that name it takes its place. A text that does not read stays as it
//! is and the event says why in `parse_error`; for JSON only where it begins with a brace, because logs that have some
//! lines of JSON are usual.

use std::sync::Mutex;

use vigil_model::limits::{FIELD_NAME_BYTES_MAX, RECORD_BYTES_MAX, RECORD_FIELDS_MAX};
use vigil_model::tree::Node;
use vigil_model::{RecordBuilder, Timestamp, Value};

use super::{key, read};
use crate::draft::{Draft, Mismatch};
use crate::event::{MESSAGE, PARSE_ERROR};
use crate::fields::Fields;
use crate::formats::{self, LineParser};
use crate::options::Options;
use crate::stage::{Event, Kind, Making, Stage, Verdict};
use crate::{Format, Recipe, json};

pub(crate) const KIND: Kind = Kind { name: "parse", make };

/// Formats of which a line says something without those before it. (Others have parts to put together, or a header.)
const FORMATS: [Format; 8] = [
    Format::Json,
    Format::Logfmt,
    Format::Syslog,
    Format::Cef,
    Format::Leef,
    Format::Access,
    Format::ErrorLog,
    Format::WindowsXml,
];

/// Bytes that a name may grow by until it is free.
const NAME_ROOM: usize = 16;

fn make(node: &Node, making: &mut Making<'_>) -> Option<Box<dyn Stage>> {
    let faults = making.faults.len();
    let mut options = Options::of(node, KIND.name, &mut making.faults);
    let field = options.text("field").map_or(MESSAGE, |(_, field)| field).to_owned();
    let prefix = options.text("prefix");
    if let Some((at, prefix)) = prefix {
        read::makes(at, prefix, &mut options);
    }
    let format = options.required("format").and_then(|(at, name)| {
        let format = parser(name);
        if format.is_none() {
            let known: Vec<&str> = names().collect();
            options.fault(
                at,
                format_args!("`format`: `{name}` is not read within an event; there are: {}", known.join(", ")),
            );
        }
        format
    });
    let remove = options.flag("remove", false);
    options.finish();
    let (format, parser) = format.filter(|_| making.faults.len() == faults)?;
    let prefix = prefix.map(|(_, prefix)| prefix.to_owned()).unwrap_or_default();
    let inner = Mutex::new(Inner { parser, fields: Fields::default() });
    Some(Box::new(Parse { field, prefix, format, remove, inner }))
}

/// The format of a name and who reads its lines; nobody but [`json`] for JSON.
fn parser(name: &str) -> Option<(Format, Option<Box<dyn LineParser>>)> {
    let format = Format::of_name(name).filter(|format| FORMATS.contains(format))?;
    let parser = formats::parser(&Recipe { format, ..Recipe::default() });
    (format == Format::Json || parser.is_some()).then_some((format, parser))
}

fn names() -> impl Iterator<Item = &'static str> {
    FORMATS.iter().map(|format| format.name()).filter(|name| parser(name).is_some())
}

struct Parse {
    field: String,
    /// Put before every name.
    prefix: String,
    format: Format,
    /// The text goes when it was read.
    remove: bool,
    inner: Mutex<Inner>,
}

/// What one thread uses at a time.
struct Inner {
    parser: Option<Box<dyn LineParser>>,
    fields: Fields,
}

impl Inner {
    /// Reads a text into `fields`, and its time where the parser knows it.
    fn read(&mut self, text: &str, now: Timestamp) -> Result<Option<Timestamp>, Mismatch> {
        let Some(parser) = &mut self.parser else {
            return Ok(json::read_exact(text, &mut self.fields).map(|()| None)?);
        };
        self.fields.clear();
        let zone = &jiff::tz::TimeZone::UTC;
        let mut draft = Draft::new(&mut self.fields, now, zone);
        parser.parse(text, &mut draft)?;
        let time = draft.time;
        self.fields.builder.settle();
        Ok(time)
    }
}

impl Stage for Parse {
    fn apply(&self, event: &mut Event<'_>) -> Verdict {
        let Some(text) = event.text(&self.field).map(str::to_owned) else { return Verdict::Keep };
        if self.format == Format::Json && !text.trim_ascii_start().starts_with('{') {
            return Verdict::Keep;
        }
        let mut inner = key::locked(&self.inner);
        match inner.read(&text, event.now) {
            Ok(_) if !self.fits(&inner.fields.builder, event) => self.tell("the event would be too large", event),
            Ok(time) => {
                self.put(&inner.fields.builder, event);
                if let Some(time) = time.filter(|_| event.time_assumed) {
                    (event.time, event.time_assumed) = (time, false);
                }
            }
            Err(Mismatch::Form(why)) => self.tell(&why, event),
            Err(Mismatch::Refused(refusal)) => self.tell(&refusal.to_string(), event),
        }
        Verdict::Keep
    }
}

impl Parse {
    fn put(&self, read: &RecordBuilder, event: &mut Event<'_>) {
        if self.remove || (self.prefix.is_empty() && read.contains(&self.field)) {
            event.fields.remove(&self.field);
        }
        for (name, value) in read.iter() {
            let wanted = format!("{}{name}", self.prefix);
            let free = event.free_name(&wanted);
            event.fields.push(&free, value);
        }
    }

    /// Whether the event with all that was read is still one that a record can hold.
    fn fits(&self, read: &RecordBuilder, event: &Event<'_>) -> bool {
        let more = self.prefix.len() + NAME_ROOM;
        read.len() + event.fields.len() <= RECORD_FIELDS_MAX
            && read.bytes_bound() + read.len() * more + event.fields.bytes_bound() <= RECORD_BYTES_MAX
            && read.names().all(|name| name.len() + more <= FIELD_NAME_BYTES_MAX)
    }

    fn tell(&self, why: &str, event: &mut Event<'_>) {
        let told = format!("{}: {}: {why}", self.field, self.format.name());
        event.add(PARSE_ERROR, Value::Str(&told));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use proptest::prelude::*;

    use crate::stages::testing::{all, applied, faults, stage};

    #[test]
    fn json_in_a_message_becomes_fields() {
        let events = [
            r#"{"message":" {\"message\":\"hi\",\"level\":\"info\",\"a\":{\"b\":18446744073709551616}}","level":"x"}"#,
            r#"{"message":"{\"a\":1}"}"#,
            r#"{"message":"no json"}"#,
            r#"{"message":"{no json"}"#,
            r#"{"message":7}"#,
        ];
        expect![[r#"
            a.b="18446744073709551616" level="x" level_="info" message="hi"
            a=1 message="{\"a\":1}"
            message="no json"
            message="{no json" parse_error="message: json: not a JSON object: key must be a string at line 1 column 2"
            message=7
        "#]]
        .assert_eq(&all(&*stage("parse", "{format: json}"), &events));
        let other = stage("parse", "{format: json, field: log, prefix: app., remove: true}");
        expect![[r#"
            app._id_=2 app.log="hi"
            log="x"
        "#]]
        .assert_eq(&all(&*other, &[r#"{"log":"{\"log\":\"hi\",\"_id\":2}"}"#, r#"{"log":"x"}"#]));
    }

    #[test]
    fn faults_of_settings() {
        let told = ["", "{format: docker}", "{format: json, feild: x}", "{format: json, prefix: '', remove: maybe}"];
        let told: String = told.map(|options| faults("parse", options)).concat();
        assert!(told.contains("`docker` is not read within an event; there are: json"), "{told}");
        let told: String =
            told.lines().filter(|line| !line.contains("docker")).map(|line| format!("{line}\n")).collect();
        expect![[r#"
            1:1: parse: `format` is missing
            1:16: parse: unknown key `feild`; did you mean `field`?
            1:36: parse: `remove`: `maybe` is not true or false
        "#]]
        .assert_eq(&told);
    }

    #[test]
    fn what_does_not_fit_stays_as_it_came() {
        let name = "n".repeat(510);
        let told = all(
            &*stage("parse", "{format: json, remove: true}"),
            &[&serde_json::json!({"message": format!("{{\"{name}\":1}}")}).to_string()],
        );
        assert!(told.contains("message: json: the event would be too large") && told.contains(&name), "{told}");
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic_and_none_is_lost(text in "\\PC{0,30}|\\{[\"a:1,{}\\[\\] ]{0,20}") {
            let event = serde_json::json!({ "message": text, "a": "own" }).to_string();
            let told = applied(&*stage("parse", "{format: json}"), &event);
            prop_assert!(told.contains("a=\"own\""), "{}", told);
        }
    }
}
