//! What is called differently everywhere, and gets one name and one form beside the sender's own.
//!
//! Fields are added, and none is changed or taken away:
//!
//! - `level`, one of trace debug info warn error fatal, where no field says it in words ([`vigil_model::roles::LEVEL`]):
//!   from `PRIORITY` (0–7, systemd), from `severity` (0–7) beside other fields of syslog, from `severityNumber`,
//!   `severity_number` and `SeverityNumber` (1–24, OpenTelemetry), from `Level` (0–5) of an event of Windows.
//! - `log.level`, the word for a `level` of 10 to 60 as Bunyan and Pino count.
//! - Of an event of Windows: `host.name` from `Computer`, and for each name with spaces the same without (`Threat Name`:
//!   `ThreatName`), because rules are written so.
//! - `clock_skew_ms`, by how much the time of the event is ahead of its arrival, where that is more than ten minutes.

mod sight;
#[cfg(test)]
mod tests;

use vigil_model::tree::Node;
use vigil_model::{RecordBuilder, Value};

use self::sight::Sight;
use crate::Severity;
use crate::options::Options;
use crate::stage::{Event, Kind, Making, Stage, Verdict};

pub(crate) const KIND: Kind = Kind { name: "normalise", make };

/// Clocks of senders that are less ahead are usual.
const SKEW_NANOS: i64 = 10 * 60 * 1_000_000_000;
/// Longer values do not get a second name: they would cost too much.
const ALIAS_BYTES_MAX: usize = 1_024;
/// More names of one event do not get one.
const ALIASES_MAX: usize = 64;

fn make(node: &Node, making: &mut Making<'_>) -> Option<Box<dyn Stage>> {
    Options::of(node, KIND.name, &mut making.faults).finish();
    Some(Box::new(Normalise))
}

struct Normalise;

impl Stage for Normalise {
    fn apply(&self, event: &mut Event<'_>) -> Verdict {
        let sight = Sight::of(event.fields);
        if let Some((name, severity)) = severity(&sight, event.fields) {
            event.add(name, Value::Str(severity.name()));
        }
        if sight.is_windows() {
            windows(event);
        }
        let ahead = event.time.0.saturating_sub(event.now.0);
        if ahead > SKEW_NANOS {
            event.add("clock_skew_ms", Value::Int(ahead / 1_000_000));
        }
        Verdict::Keep
    }
}

/// How bad the event is, and the field that is to say so; `None` where one does already, or nothing tells.
fn severity(sight: &Sight, fields: &RecordBuilder) -> Option<(&'static str, Severity)> {
    let number = |place: Option<usize>| whole(fields.nth(place?)?);
    if sight.level_word {
        return None;
    }
    if let Some(place) = sight.level {
        let counted = fields.nth(place).filter(|value| matches!(value, Value::Int(_))).and_then(whole);
        return counted.and_then(Severity::of_bunyan).map(|severity| ("log.level", severity));
    }
    if let Some(place) = sight.severity {
        let code = number(Some(place)).filter(|_| sight.syslog || sight.priority.is_some());
        return code.and_then(Severity::of_syslog).map(|severity| ("level", severity));
    }
    let syslog = || number(sight.priority).and_then(Severity::of_syslog);
    let otel = || number(sight.severity_number).and_then(Severity::of_otel);
    let windows = || number(sight.windows_level.filter(|_| sight.is_windows())).and_then(Severity::of_windows);
    syslog().or_else(otel).or_else(windows).map(|severity| ("level", severity))
}

/// A whole number, written as such or as text.
fn whole(value: Value<'_>) -> Option<i64> {
    match value {
        Value::Int(number) => Some(number),
        Value::Str(text) if text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    }
}

#[cold]
fn windows(event: &mut Event<'_>) {
    if let Some(Value::Str(computer)) = event.fields.get("Computer").filter(|_| !event.fields.contains("host.name")) {
        let computer = computer.to_owned();
        event.add("host.name", Value::Str(&computer));
    }
    let spaced = |name: &&[u8]| name.contains(&b' ');
    let spaced: Vec<String> = event.fields.names().filter(spaced).filter_map(text).take(ALIASES_MAX).collect();
    for name in spaced {
        let alias = name.replace(' ', "");
        let fits = event.fields.get(&name).is_some_and(|value| is_short(&value) && event.has_room(&alias, &value));
        if fits && !alias.is_empty() && !event.fields.contains(&alias) {
            event.fields.copy(&name, &alias);
        }
    }
}

fn text(name: &[u8]) -> Option<String> {
    std::str::from_utf8(name).ok().map(str::to_owned)
}

fn is_short(value: &Value<'_>) -> bool {
    match value {
        Value::Str(text) => text.len() <= ALIAS_BYTES_MAX,
        Value::Bytes(_) | Value::List(_) => false,
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Time(_) => true,
    }
}
