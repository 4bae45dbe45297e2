//! What a parser fills: the fields of one event, and the time that it read itself.

use jiff::tz::TimeZone;
use vigil_model::{Reader, Timestamp, Value};

use crate::event::{MESSAGE, PARSE_ERROR};
use crate::fields::Fields;
use crate::formats::LineParser;
use crate::{Refusal, json, numbers};

/// Why a line is not what its format says. It is kept as plain text and says so in `parse_error`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// What was expected, or found, in few words.
    Form(String),
    /// It would be an event, but one that no record can hold.
    Refused(Refusal),
}

impl From<Refusal> for Mismatch {
    fn from(refusal: Refusal) -> Mismatch {
        Mismatch::Refused(refusal)
    }
}

impl From<&str> for Mismatch {
    fn from(form: &str) -> Mismatch {
        Mismatch::Form(form.to_owned())
    }
}

/// One event in the making.
pub(crate) struct Draft<'a> {
    pub(crate) fields: &'a mut Fields,
    /// The time that the parser found; where it leaves this empty, fields that usually hold times are looked at.
    pub(crate) time: Option<Timestamp>,
    /// When the event arrived: what a missing year is guessed by.
    pub(crate) now: Timestamp,
    /// The zone of times that name none.
    pub(crate) zone: &'a TimeZone,
    /// Who reads a message that is a line of its own, where the source's format is one of lines.
    pub(crate) parser: Option<Box<dyn LineParser>>,
    /// The line is no event: it only says how others are read.
    pub(crate) skipped: bool,
}

impl<'a> Draft<'a> {
    /// An empty one for a parser that reads whole lines.
    pub(crate) fn new(fields: &'a mut Fields, now: Timestamp, zone: &'a TimeZone) -> Draft<'a> {
        Draft { fields, time: None, now, zone, parser: None, skipped: false }
    }
}

impl Draft<'_> {
    /// Says that the line is no event, but tells how those after it are read (`#Fields:` of W3C).
    pub(crate) fn skip(&mut self) {
        self.skipped = true;
    }

    /// Adds a field. Of two fields with one name the later one stays.
    pub(crate) fn put(&mut self, name: &str, value: Value<'_>) -> Result<(), Refusal> {
        self.fields.add(name, value)
    }

    /// Adds a text.
    pub(crate) fn text(&mut self, name: &str, text: &str) -> Result<(), Refusal> {
        self.put(name, Value::Str(text))
    }

    /// Adds a whole number.
    pub(crate) fn number(&mut self, name: &str, number: i64) -> Result<(), Refusal> {
        self.put(name, Value::Int(number))
    }

    /// Adds every member of a JSON object, nested ones by dotted names, as an event of NDJSON has them.
    pub(crate) fn object(&mut self, text: &str) -> Result<(), Refusal> {
        self.fields.huge_number = false;
        json::read(text, self.fields)?;
        // Of fields with one name the later stays: numbers beyond 64 bits, read again as text.
        match self.fields.huge_number.then(|| numbers::quote_huge(text)).flatten() {
            Some(quoted) => json::read(&quoted, self.fields),
            None => Ok(()),
        }
    }

    /// Adds the message, a line as some program wrote it: read by the source's format where it has one, else as it is.
    pub(crate) fn message(&mut self, line: &str) -> Result<(), Refusal> {
        let Some(mut parser) = self.parser.take() else { return self.text(MESSAGE, line) };
        let parsed = parser.parse(line, self);
        self.parser = Some(parser);
        match parsed {
            Ok(()) => Ok(()),
            Err(Mismatch::Refused(refusal)) => Err(refusal),
            Err(Mismatch::Form(why)) => {
                self.text(PARSE_ERROR, &why)?;
                self.text(MESSAGE, line)
            }
        }
    }

    /// Calls a field something else, if there is one.
    pub(crate) fn rename(&mut self, from: &str, to: &str) -> Result<(), Refusal> {
        let Some(value) = self.fields.value(from) else { return Ok(()) };
        let mut encoded = Vec::new();
        value.encode(&mut encoded);
        self.fields.forget(from);
        let value = Value::decode(&mut Reader(&encoded)).expect("what was encoded just now is decoded");
        self.put(to, value)
    }

    /// Whether there is such a field already.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.has(name)
    }
}
