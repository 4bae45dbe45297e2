//! A format of the operator's own.
//!
//! - Every named part of the first pattern that fits is a field; parts that did not take part are missing.
//! - `message` is the part of that name, or else the whole line. Where there is such a part and the pattern leaves out
//!   some of the line, `event.original` is the whole line.
//! - The part that `time_field` names is read by `time_format`, or in any form that is known; where no part is named so,
//!   parts called like times (`timestamp`, `ts`, …) are tried. What does not read stays a field.
//! - `:int` and `:float` make numbers; what does not read as one stays text.

use std::sync::Arc;

use regex::CaptureLocations;
use vigil_model::{Timestamp, Value};

use super::names::Names;
use super::{LineParser, check_length};
use crate::draft::{Draft, Mismatch};
use crate::event::MESSAGE;
use crate::pattern::{Group, Kind};
use crate::{Pattern, Refusal, TIME_NAMES, time};

/// Reads a line.
struct Custom {
    pattern: Arc<Pattern>,
    room: Vec<CaptureLocations>,
    time_field: Option<String>,
    names: Names,
}

/// A reader of lines by a pattern.
pub(crate) fn parser(pattern: &Arc<Pattern>, time_field: Option<&str>) -> Box<dyn LineParser> {
    let (room, time_field) = (pattern.room(), time_field.map(str::to_owned));
    Box::new(Custom { pattern: Arc::clone(pattern), room, time_field, names: Names::default() })
}

impl LineParser for Custom {
    fn parse(&mut self, line: &str, draft: &mut Draft<'_>) -> Result<(), Mismatch> {
        let Custom { pattern, room, time_field, names } = self;
        let (groups, places) = pattern.find(line, room).ok_or("no pattern fits")?;
        // Parts may lie in one another.
        let length = |group: &Group| places.get(group.place).map_or(0, |(start, end)| end - start);
        check_length(line.len().max(groups.iter().map(length).sum::<usize>() / 2))?;
        names.clear();
        let parts = groups.iter().filter_map(|group| {
            let (start, end) = places.get(group.place)?;
            Some((group, &line[start..end]))
        });
        for (group, text) in parts {
            let time = time_of(group, text, time_field.as_deref(), pattern.time_form(), draft);
            let put = match time {
                Some(time) => {
                    draft.time = Some(time);
                    Ok(())
                }
                None => names.put(draft, &group.name, value(group.kind, text)).map(|_| ()),
            };
            // What no record can hold as fields, it can hold as a line.
            put.map_err(|refusal| Mismatch::Form(refusal.to_string()))?;
        }
        let whole = places.get(0) == Some((0, line.len()));
        keep_rest(whole, line, draft).map_err(|refusal| Mismatch::Form(refusal.to_string()))
    }
}

/// The time of the event, where this part gives it and none did before.
fn time_of(
    group: &Group,
    text: &str,
    time_field: Option<&str>,
    form: Option<&str>,
    draft: &Draft<'_>,
) -> Option<Timestamp> {
    let meant = time_field.map_or_else(|| TIME_NAMES.contains(&group.name.as_str()), |name| name == group.name);
    if !meant || draft.time.is_some() {
        return None;
    }
    match form {
        Some(form) => time::strftime::read(form, text, draft.now, draft.zone),
        None => time::any(text, draft.now, draft.zone),
    }
}

fn value(kind: Kind, text: &str) -> Value<'_> {
    let number = match kind {
        Kind::Text => None,
        Kind::Int => text.parse().ok().map(Value::Int),
        Kind::Float => text.parse().ok().map(Value::Float),
    };
    number.unwrap_or(Value::Str(text))
}

fn keep_rest(whole: bool, line: &str, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    if !draft.has(MESSAGE) {
        return draft.text(MESSAGE, line);
    }
    if whole { Ok(()) } else { draft.text("event.original", line) }
}
