//! How one line or JSON object becomes one record: its time, message and source found.

mod asking;

use std::borrow::Cow;

use vigil_model::limits::SAMPLE_BYTES_MAX;
use vigil_model::{RecordBuilder, Timestamp, Value};

use crate::draft::{Draft, Mismatch};
use crate::fields::Fields;
use crate::formats::{self, LineParser};
use crate::stage::{Event, Verdict};
use crate::watch::Slot;
use crate::writer::Fate;
use crate::{Batch, Format, Recipe, Refusal, json, time};

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
/// What happened, in words.
pub(crate) const MESSAGE: &str = "message";
const SOURCE: &str = "source";
/// Why an event is not what its format says.
pub(crate) const PARSE_ERROR: &str = "parse_error";
/// Bytes that are no text were replaced.
pub(crate) const INVALID_UTF8: &str = "invalid utf-8";

/// Writes events by one recipe; its memory is reused from event to event.
pub(crate) struct EventWriter {
    fields: Fields,
    recipe: Recipe,
    /// Reads a line, where the recipe's format is one of lines.
    parser: Option<Box<dyn LineParser>>,
    times: Vec<Slot>,
    /// Where the message is to come from, and where the event's own would be.
    message: Option<(Slot, Slot)>,
    /// Where time and message of an event of the systemd journal would be.
    journal: (Slot, Slot),
    source: Option<Slot>,
    labels: Vec<Slot>,
    explain: Option<Explain>,
    /// The line, or element, that is being read.
    pub(crate) number: u64,
}

/// Is shown an event behind its parser and behind every stage.
pub type Explain = Box<dyn FnMut(Shown<'_>, &Event<'_>) + Send>;

/// How far the event has come that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown<'a> {
    /// It was read.
    Parsed {
        /// By this format.
        format: &'a str,
        /// From this line of the body, or element of the array; the last one that belongs to it.
        line: u64,
    },
    /// It came through this stage, or ended there.
    Stage(&'static str, Verdict),
}

impl EventWriter {
    pub(crate) fn new(recipe: Recipe) -> EventWriter {
        let mut fields = Fields::default();
        let watch = &mut fields.watch;
        let times = match &recipe.time_field {
            Some(name) => vec![watch.add(name)],
            None => TIME_NAMES.iter().map(|name| watch.add(name)).collect(),
        };
        let message = recipe.message_field.as_ref().filter(|name| *name != MESSAGE);
        let message = message.map(|name| (watch.add(name), watch.add(MESSAGE)));
        let journal = (watch.add(JOURNAL_TIME), watch.add(JOURNAL_MESSAGE));
        let source = recipe.source.as_ref().map(|_| watch.add(SOURCE));
        let labels = recipe.labels.iter().map(|(name, _)| watch.add(name)).collect();
        let parser = formats::parser(&recipe);
        EventWriter { fields, recipe, parser, times, message, journal, source, labels, explain: None, number: 0 }
    }

    /// Shows every event on its way.
    pub(crate) fn explain(&mut self, explain: Explain) {
        self.explain = Some(explain);
    }

    /// The format turned out to be this one.
    pub(crate) fn decide(&mut self, format: Format) {
        self.recipe.format = format;
        self.parser = formats::parser(&self.recipe);
    }

    /// Writes by another recipe from here on, in the format that was decided on; its parser knows what it has seen.
    pub(crate) fn follow(&mut self, recipe: Recipe) {
        let (format, parser) = (self.recipe.format, self.parser.take());
        *self = EventWriter::new(Recipe { format, ..recipe });
        if format != Format::Custom {
            self.parser = parser;
        }
    }

    /// From here on every event has this field, unless it brings its own.
    pub(crate) fn stamp(&mut self, name: &str, text: &str) {
        if let Some((_, value)) = self.recipe.labels.iter_mut().find(|(label, _)| label == name) {
            value.clear();
            value.push_str(text);
            return;
        }
        self.labels.push(self.fields.watch.add(name));
        self.recipe.labels.push((name.to_owned(), text.to_owned()));
    }

    /// What it writes by.
    pub(crate) fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Bytes came in, unpacked.
    pub(crate) fn count_bytes(&self, bytes: usize) {
        self.recipe.counts.iter().for_each(|counts| counts.read(bytes));
    }

    /// One JSON object.
    pub(crate) fn json(&mut self, bytes: &[u8], now: Timestamp, out: &mut Batch) -> Result<Fate, Refusal> {
        let read = std::str::from_utf8(bytes).map_err(|error| Refusal::InvalidUtf8(error.valid_up_to()));
        match read.and_then(|text| self.read(text)) {
            Ok(()) => self.complete_object(now, out),
            Err(refusal) => Err(self.refused(refusal, bytes, now)),
        }
    }

    /// One line that should be a JSON object; where the recipe is lenient it is kept as plain text if it is none.
    pub(crate) fn json_line(&mut self, bytes: &[u8], now: Timestamp, out: &mut Batch) -> Result<Fate, Refusal> {
        if !self.recipe.lenient {
            return self.json(bytes, now, out);
        }
        let read = std::str::from_utf8(bytes).map_err(|error| Refusal::InvalidUtf8(error.valid_up_to()));
        match read.and_then(|text| self.read(text)) {
            Ok(()) => self.complete_object(now, out),
            Err(refusal) => self.unparsed(&String::from_utf8_lossy(bytes), &refusal.to_string(), now, out),
        }
    }

    /// One line by the recipe's format; a plain one where it has none. What does not read is kept as plain text.
    pub(crate) fn line(&mut self, line: &[u8], now: Timestamp, out: &mut Batch) -> Result<Fate, Refusal> {
        let Some(mut parser) = self.parser.take() else { return self.plain(line, now, out) };
        let text = text_of(line);
        self.fields.clear();
        let zone = &self.recipe.zone;
        let mut draft = Draft::new(&mut self.fields, now, zone);
        let parsed = parser.parse(&text, &mut draft).map(|()| (draft.time, draft.skipped));
        self.parser = Some(parser);
        match parsed {
            Ok((_, true)) => Ok(Fate::Dropped),
            Ok((time, false)) => {
                if matches!(text, Cow::Owned(_)) {
                    self.fields.builder.push(PARSE_ERROR, Value::Str(INVALID_UTF8));
                }
                let time = self.as_asked(time, false, now)?;
                self.complete(time, now, out)
            }
            Err(Mismatch::Refused(refusal)) => Err(self.refused(refusal, line, now)),
            Err(Mismatch::Form(why)) => self.unparsed(&text, &why, now, out),
        }
    }

    /// One plain line.
    pub(crate) fn plain(&mut self, line: &[u8], now: Timestamp, out: &mut Batch) -> Result<Fate, Refusal> {
        self.fields.clear();
        let text = text_of(line);
        if matches!(text, Cow::Owned(_)) {
            self.fields.builder.push(PARSE_ERROR, Value::Str(INVALID_UTF8));
        }
        self.fields.builder.push(MESSAGE, Value::Str(&text));
        self.finish(None, now, out)
    }

    /// One event whose fields somebody else puts in.
    pub(crate) fn filled(
        &mut self,
        now: Timestamp,
        out: &mut Batch,
        fill: impl FnOnce(&mut Draft<'_>) -> Result<(), Refusal>,
    ) -> Result<Fate, Refusal> {
        self.fields.clear();
        let (zone, parser) = (&self.recipe.zone, self.parser.take());
        let mut draft = Draft { parser, ..Draft::new(&mut self.fields, now, zone) };
        let filled = fill(&mut draft).map(|()| (draft.time, draft.skipped));
        self.parser = draft.parser.take();
        match filled {
            Ok((_, true)) => Ok(Fate::Dropped),
            Ok((time, false)) => {
                let time = self.as_asked(time, false, now)?;
                self.complete(time, now, out)
            }
            Err(refusal) => Err(self.refused(refusal, b"", now)),
        }
    }

    /// Something became no event.
    pub(crate) fn refused(&self, refusal: Refusal, bytes: &[u8], now: Timestamp) -> Refusal {
        if let Some(counts) = &self.recipe.counts {
            let sample = self.scrubbed(&String::from_utf8_lossy(&bytes[..bytes.len().min(SAMPLE_BYTES_MAX)]), now);
            counts.reject(&refusal.to_string(), &sample, now);
        }
        refusal
    }

    /// A line that is not what its format says.
    fn unparsed(&mut self, text: &str, why: &str, now: Timestamp, out: &mut Batch) -> Result<Fate, Refusal> {
        self.fields.clear();
        let why = format!("{}: {why}", self.recipe.format.name());
        if let Some(counts) = &self.recipe.counts {
            let start = text.char_indices().nth(SAMPLE_BYTES_MAX).map_or(text.len(), |(at, _)| at);
            counts.parse_error(&why, &self.scrubbed(&text[..start], now), now);
        }
        self.fields.builder.push(PARSE_ERROR, Value::Str(&why));
        self.fields.builder.push(MESSAGE, Value::Str(text));
        self.finish(None, now, out)
    }

    /// A text as it would stand in an event of this source.
    fn scrubbed(&self, text: &str, now: Timestamp) -> String {
        let mut fields = RecordBuilder::new();
        fields.push(MESSAGE, Value::Str(text));
        let mut event = Event { fields: &mut fields, time: now, time_assumed: true, now };
        self.recipe.pipeline.scrub(&mut event);
        event.text(MESSAGE).unwrap_or_default().to_owned()
    }

    /// Finds time and message, unless the parser did.
    fn complete(&mut self, time: Option<Timestamp>, now: Timestamp, out: &mut Batch) -> Result<Fate, Refusal> {
        let journal = self.fields.watch.value(self.journal.0).is_some();
        let time = time.or_else(|| self.take_time());
        self.move_message();
        if journal {
            self.move_journal_message();
        }
        self.finish(time, now, out)
    }

    fn read(&mut self, text: &str) -> Result<(), Refusal> {
        json::read_exact(text, &mut self.fields)
    }

    /// Takes the event time out of the fields. Where the recipe named a field and it gives none,
    /// the event says so.
    fn take_time(&mut self) -> Option<Timestamp> {
        let named = self.recipe.time_field.is_some();
        let (watch, zone) = (&mut self.fields.watch, &self.recipe.zone);
        let mut readable =
            self.times.iter().filter_map(|slot| Some((*slot, time::read(watch.value(*slot)?, named, zone)?)));
        if let Some((slot, time)) = readable.next() {
            watch.release(slot);
            return Some(time);
        }
        self.explain_missing_time();
        None
    }

    fn explain_missing_time(&mut self) {
        let Some(name) = &self.recipe.time_field else { return };
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

    fn finish(&mut self, time: Option<Timestamp>, now: Timestamp, out: &mut Batch) -> Result<Fate, Refusal> {
        self.label();
        self.fields.put_held();
        self.fields.builder.settle();
        let (time, time_assumed) = (time.unwrap_or(now), time.is_none());
        let mut event = Event { fields: &mut self.fields.builder, time, time_assumed, now };
        let verdict = match &mut self.explain {
            None => self.recipe.pipeline.run(&mut event, self.recipe.keyed),
            Some(explain) => {
                explain(Shown::Parsed { format: self.recipe.format.name(), line: self.number }, &event);
                let mut shown = |stage, event: &Event<'_>, verdict| explain(Shown::Stage(stage, verdict), event);
                self.recipe.pipeline.run_shown(&mut event, &mut shown)
            }
        };
        let (time, assumed) = (event.time, event.time_assumed);
        self.put(verdict, time, assumed, now, out)
    }

    fn put(
        &mut self,
        verdict: Verdict,
        time: Timestamp,
        assumed: bool,
        now: Timestamp,
        out: &mut Batch,
    ) -> Result<Fate, Refusal> {
        let counts = self.recipe.counts.as_ref();
        if verdict == Verdict::Drop {
            counts.into_iter().for_each(|counts| counts.drop_event());
            out.drop_event();
            return Ok(Fate::Dropped);
        }
        match out.push(&mut self.fields.builder, time, assumed) {
            Ok(()) => {
                counts.into_iter().for_each(|counts| counts.event(time, now));
                Ok(Fate::Kept)
            }
            Err(error) => Err(self.refused(error.into(), b"", now)),
        }
    }

    /// Adds the source and the labels that the event does not have itself.
    fn label(&mut self) {
        let Fields { builder, watch, .. } = &mut self.fields;
        let source = self.source.zip(self.recipe.source.as_ref());
        let labels = self.labels.iter().copied().zip(self.recipe.labels.iter().map(|(_, value)| value));
        for (slot, value) in source.into_iter().chain(labels) {
            if watch.value(slot).is_none() {
                builder.push(watch.name(slot), Value::Str(value));
            }
        }
    }
}

/// A line as text, with U+FFFD in place of bytes that are none. Checked as a whole first: that is several times faster.
fn text_of(line: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(line).map_or_else(|_| String::from_utf8_lossy(line), Cow::Borrowed)
}
