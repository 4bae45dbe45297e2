//! How one line or JSON object becomes one record: its time, message and source found.

use vigil_model::{Timestamp, Value};

use crate::fields::Fields;
use crate::watch::Slot;
use crate::{Batch, Recipe, Refusal, json, numbers, time};

/// Fields that hold the event time, when the recipe names none: the first of them, in this order,
/// that reads as a time.
pub const TIME_NAMES: [&str; 12] = [
    "_time",
    "time",
    "timestamp",
    "@timestamp",
    "ts",
    "eventTime",
    "EventTime",
    "datetime",
    "date",
    "Timestamp",
    "TimeCreated",
    JOURNAL_TIME,
];
/// The time of an event of the systemd journal, microseconds as text. No other has this field.
const JOURNAL_TIME: &str = "__REALTIME_TIMESTAMP";
/// Its message.
const JOURNAL_MESSAGE: &str = "MESSAGE";
const MESSAGE: &str = "message";
const SOURCE: &str = "source";
const PARSE_ERROR: &str = "parse_error";

/// Writes events by one recipe; its memory is reused from event to event.
pub(crate) struct EventWriter {
    fields: Fields,
    /// Set when the recipe names the time field.
    time_field: Option<String>,
    times: Vec<Slot>,
    /// Where the message is to come from, and where the event's own would be.
    message: Option<(Slot, Slot)>,
    /// Where time and message of an event of the systemd journal would be.
    journal: (Slot, Slot),
    source: Option<(Slot, String)>,
}

impl EventWriter {
    pub(crate) fn new(recipe: Recipe) -> EventWriter {
        let mut fields = Fields::default();
        let watch = &mut fields.watch;
        let times = match &recipe.time_field {
            Some(name) => vec![watch.add(name)],
            None => TIME_NAMES.iter().map(|name| watch.add(name)).collect(),
        };
        let message = recipe.message_field.filter(|name| name != MESSAGE);
        let message = message.map(|name| (watch.add(&name), watch.add(MESSAGE)));
        let journal = (watch.add(JOURNAL_TIME), watch.add(JOURNAL_MESSAGE));
        let source = recipe.source.map(|source| (watch.add(SOURCE), source));
        EventWriter { fields, time_field: recipe.time_field, times, message, journal, source }
    }

    /// One JSON object.
    pub(crate) fn json(&mut self, bytes: &[u8], now: Timestamp, out: &mut Batch) -> Result<(), Refusal> {
        let text = std::str::from_utf8(bytes).map_err(|error| Refusal::InvalidUtf8(error.valid_up_to()))?;
        self.read(text)?;
        let journal = self.fields.watch.value(self.journal.0).is_some();
        let time = self.take_time();
        self.move_message();
        if journal {
            self.move_journal_message();
        }
        self.finish(time, now, out)
    }

    /// One plain line.
    pub(crate) fn plain(&mut self, line: &[u8], now: Timestamp, out: &mut Batch) -> Result<(), Refusal> {
        self.fields.clear();
        let text = String::from_utf8_lossy(line);
        if matches!(text, std::borrow::Cow::Owned(_)) {
            self.fields.builder.push(PARSE_ERROR, Value::Str("invalid utf-8"));
        }
        self.fields.builder.push(MESSAGE, Value::Str(&text));
        self.finish(None, now, out)
    }

    fn read(&mut self, text: &str) -> Result<(), Refusal> {
        self.fields.clear();
        json::read(text, &mut self.fields)?;
        match self.fields.huge_number.then(|| numbers::quote_huge(text)).flatten() {
            None => Ok(()),
            Some(quoted) => {
                self.fields.clear();
                json::read(&quoted, &mut self.fields)
            }
        }
    }

    /// Takes the event time out of the fields. Where the recipe named a field and it gives none,
    /// the event says so.
    fn take_time(&mut self) -> Option<Timestamp> {
        let named = self.time_field.is_some();
        let watch = &mut self.fields.watch;
        let mut readable = self.times.iter().filter_map(|slot| Some((*slot, time::read(watch.value(*slot)?, named)?)));
        if let Some((slot, time)) = readable.next() {
            watch.release(slot);
            return Some(time);
        }
        self.explain_missing_time();
        None
    }

    fn explain_missing_time(&mut self) {
        let Some(name) = &self.time_field else { return };
        if self.fields.builder.contains(PARSE_ERROR) {
            return;
        }
        let found = self.times.iter().any(|slot| self.fields.watch.value(*slot).is_some());
        let problem = if found { "is not a time" } else { "is missing" };
        self.fields.builder.push(PARSE_ERROR, Value::Str(&format!("time field `{name}` {problem}")));
    }

    /// Renames the field that the recipe names; the event's own `message` makes room for it.
    fn move_message(&mut self) {
        let Some((from, own)) = self.message else { return };
        let Fields { builder, watch, .. } = &mut self.fields;
        let Some(message @ Value::Str(_)) = watch.value(from) else { return };
        builder.push(MESSAGE, message);
        if let Some(value) = watch.value(own) {
            builder.push("message_", value);
        }
        watch.release(from);
        watch.release(own);
    }

    /// The journal's message is called as everywhere else, unless the event has another.
    fn move_journal_message(&mut self) {
        let Fields { builder, watch, .. } = &mut self.fields;
        let held = self.message.is_some_and(|(_, own)| watch.value(own).is_some());
        if held || builder.contains(MESSAGE) {
            return;
        }
        if let Some(message @ Value::Str(_)) = watch.value(self.journal.1) {
            builder.push(MESSAGE, message);
            watch.release(self.journal.1);
        }
    }

    fn finish(&mut self, time: Option<Timestamp>, now: Timestamp, out: &mut Batch) -> Result<(), Refusal> {
        if let Some((slot, source)) = &self.source
            && self.fields.watch.value(*slot).is_none()
        {
            self.fields.builder.push(SOURCE, Value::Str(source));
        }
        self.fields.put_held();
        out.push(&mut self.fields.builder, time.unwrap_or(now), time.is_none())?;
        Ok(())
    }
}
