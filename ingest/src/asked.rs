//! What a request asks for all of its events, in the words of VictoriaLogs: where time and message are, which fields go
//! and which come.

use jiff::tz::TimeZone;
use vigil_model::{Timestamp, Value};

use crate::draft::Draft;
use crate::event::{MESSAGE, PARSE_ERROR};
use crate::{Refusal, time};

/// What is asked. It is done before labels and stages see the event.
///
/// A name in `ignore` and `decolorize` that ends with `*` means all names that begin so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Fields that may hold the time: the first one that the event has, and that does.
    pub times: Vec<String>,
    /// Fields that may hold the message: the first one that is a text and not empty. An other field `message` of the
    /// event is called `message_` then.
    pub messages: Vec<String>,
    /// Fields that are left out.
    pub ignore: Vec<String>,
    /// Fields whose texts lose the colours of a terminal.
    pub decolorize: Vec<String>,
    /// Fields and texts that every event gets, whatever it has of that name.
    pub extra: Vec<(String, String)>,
}

impl Asked {
    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        *self == Asked::default()
    }

    /// Does all of it. Where the draft has a parser, it reads the message.
    pub(crate) fn apply(&self, draft: &mut Draft<'_>) -> Result<(), Refusal> {
        if !self.ignore.is_empty() {
            draft.fields.retain(|name| !names(&self.ignore, name));
        }
        if !self.decolorize.is_empty() {
            let plain = |name: &str, text: &str| {
                let asked = names(&self.decolorize, name);
                asked.then(|| vigil_query::decolorize(text)).flatten()
            };
            draft.fields.change_texts(plain);
        }
        self.take_time(draft)?;
        self.take_message(draft)?;
        self.extra.iter().try_for_each(|(name, value)| draft.text(name, value))
    }

    /// A time moves into the envelope. What stands for none (`0`, `-`, nothing) goes; what is neither stays.
    fn take_time(&self, draft: &mut Draft<'_>) -> Result<(), Refusal> {
        for name in &self.times {
            let Some(value) = draft.fields.value(name) else { continue };
            match read_time(value, draft.zone) {
                Some(found) => {
                    draft.fields.forget(name);
                    draft.time = found.or(draft.time);
                    return Ok(());
                }
                None if draft.has(PARSE_ERROR) => {}
                None => draft.text(PARSE_ERROR, &format!("time field `{name}` is not a time"))?,
            }
        }
        Ok(())
    }

    fn take_message(&self, draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let text = |name: &&String| match draft.fields.value(name) {
            Some(Value::Str(text)) if !text.is_empty() => Some(text.to_owned()),
            _ => None,
        };
        let found = self.messages.iter().find_map(|name| Some((name, text(&name)?)));
        let Some((name, line)) = found else { return Ok(()) };
        if name == MESSAGE && draft.parser.is_none() {
            return Ok(());
        }
        draft.fields.forget(name);
        draft.rename(MESSAGE, "message_")?;
        draft.message(&line)
    }
}

/// The time that a value means, `None` in it where it stands for none; `None` where it is something else.
fn read_time(value: Value<'_>, zone: &TimeZone) -> Option<Option<Timestamp>> {
    match value {
        Value::Null | Value::Int(0) | Value::Str("" | "0" | "-") => Some(None),
        value => time::read(value, true, zone).map(Some),
    }
}

/// Whether one of these patterns means the name.
fn names(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(front) => name.starts_with(front),
        None => pattern == name,
    })
}
