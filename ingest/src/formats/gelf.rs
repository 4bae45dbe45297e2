//! What an object of Graylog's extended log format says.
//!
//! `short_message` becomes `message`, `host` becomes `host.name`, `timestamp` the time of the event. `level`, a severity
//! of syslog, becomes the word; what the sender wrote stays as `gelf.level`. `full_message` and all else keep their
//! names; fields of one's own lose the underscore in front, unless another field has the name: `_user` becomes `user`,
//! and `_level` stays. `version` says nothing of the event and is left out.
//!
//! Objects end with NUL or with the line; with lengths in front where the source says `octets`.

use vigil_model::Value;

use super::LineParser;
use crate::draft::{Draft, Mismatch};
use crate::fields::Fields;
use crate::{Refusal, Severity, json, numbers, time};

const LEVEL: &str = "gelf.level";
const VERSION: &str = "version";
const TIME: &str = "timestamp";
/// Names that a field of one's own cannot take.
const TAKEN: [&str; 8] = ["message", "level", "host.name", LEVEL, VERSION, TIME, "full_message", ""];

/// Reads objects one by one.
pub(super) struct Gelf;

impl LineParser for Gelf {
    fn parse(&mut self, line: &str, draft: &mut Draft<'_>) -> Result<(), Mismatch> {
        let watch = &mut draft.fields.watch;
        let (level, version, time) = (watch.add(LEVEL), watch.add(VERSION), watch.add(TIME));
        let quoted = numbers::quote_huge(line);
        json::read_renamed(quoted.as_deref().unwrap_or(line), draft.fields, rename).map_err(unlike)?;
        let watch = &mut draft.fields.watch;
        let severity = watch.value(level).and_then(severity);
        if matches!(watch.value(version), Some(Value::Str("1.0" | "1.1"))) {
            watch.release(version);
        }
        if let Some(read) = watch.value(time).and_then(|value| time::read(value, true, draft.zone)) {
            draft.time = Some(read);
            watch.release(time);
        }
        match severity {
            Some(severity) => Ok(draft.text("level", severity.name())?),
            None => Ok(()),
        }
    }
}

fn unlike(refusal: Refusal) -> Mismatch {
    match refusal {
        Refusal::NotJson { .. } => Mismatch::Form(refusal.to_string()),
        refusal => Mismatch::Refused(refusal),
    }
}

/// The name of a field, appended to the path.
fn rename(name: &str, fields: &mut Fields) {
    let new = match name {
        "short_message" => "message",
        "host" => "host.name",
        "level" => LEVEL,
        _ => match name.strip_prefix('_') {
            Some(own) if !TAKEN.contains(&own) && name != "_id" && !fields.has(own) => own,
            _ => name,
        },
    };
    fields.path.push_str(new);
    // What came under this name before stays, too.
    if fields.has(new) {
        fields.path.push('_');
    }
}

fn severity(value: Value<'_>) -> Option<Severity> {
    match value {
        Value::Int(code) => Severity::of_syslog(code),
        Value::Str(word) => word.parse().ok().and_then(Severity::of_syslog).or_else(|| Severity::of_word(word)),
        _ => None,
    }
}
