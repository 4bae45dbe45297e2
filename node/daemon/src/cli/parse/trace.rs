//! What happened to one event on its way: how it was read, and what each stage changed.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value as Json, json};
use vigil_index::OwnedValue;
use vigil_ingest::{Event, Explain, Shown, Verdict};
use vigil_model::Value;

use crate::cli::output::{Look, Paint, one_line};

/// Fields by name.
type Fields = BTreeMap<String, Json>;

/// The way of one event.
#[derive(Debug, Default)]
pub(super) struct Trace {
    line: u64,
    format: String,
    parsed: Fields,
    stages: Vec<Stage>,
}

/// Events that came so far and were not shown yet; a piece of input bounds how many.
pub(super) type Traces = Arc<Mutex<Vec<Trace>>>;

/// What one stage made of it.
#[derive(Debug)]
struct Stage {
    name: &'static str,
    kept: bool,
    after: Fields,
}

/// How a field differs.
enum Change<'a> {
    Added(&'a str, &'a Json),
    Changed(&'a str, &'a Json, &'a Json),
    Removed(&'a str),
}

/// Gathers what the decoder shows; hands each event on once the next begins, or at the end.
pub(super) struct Tracer {
    out: Traces,
    current: Option<Trace>,
}

impl Tracer {
    /// Hands events to `out`.
    pub(super) fn new(out: Traces) -> Tracer {
        Tracer { out, current: None }
    }

    /// For [`vigil_ingest::Decoder::explain`].
    pub(super) fn into_explain(mut self) -> Explain {
        Box::new(move |shown, event| self.see(shown, event))
    }

    fn see(&mut self, shown: Shown<'_>, event: &Event<'_>) {
        match shown {
            Shown::Parsed { format, line } => {
                self.hand_on();
                let (format, parsed) = (format.to_owned(), fields(event));
                self.current = Some(Trace { line, format, parsed, stages: Vec::new() });
            }
            Shown::Stage(name, verdict) => {
                let trace = self.current.as_mut().expect("an event is parsed before a stage sees it");
                trace.stages.push(Stage { name, kept: verdict == Verdict::Keep, after: fields(event) });
            }
        }
    }

    fn hand_on(&mut self) {
        if let Some(trace) = self.current.take() {
            self.out.lock().push(trace);
        }
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        self.hand_on();
    }
}

fn fields(event: &Event<'_>) -> Fields {
    let time = match event.time_assumed {
        true => format!("{} (arrival)", event.time),
        false => event.time.to_string(),
    };
    let own = event.fields.iter().map(|(name, value)| (name.to_owned(), json_of(&value)));
    own.chain([("_time".to_owned(), Json::from(time))]).collect()
}

/// A value as queries show it.
fn json_of(value: &Value<'_>) -> Json {
    let mut written = Vec::new();
    OwnedValue::from(*value).write_json(&mut written);
    serde_json::from_slice(&written).expect("what is written as JSON reads as JSON")
}

impl Trace {
    /// The event at the end of its way.
    pub(super) fn event(&self) -> &Fields {
        self.stages.last().map_or(&self.parsed, |stage| &stage.after)
    }

    /// `{line, format, parsed, stages: [{stage, kept, added, changed, removed}], event}`
    pub(super) fn json(&self) -> Json {
        let stages: Vec<Json> = self.steps().map(|(before, stage)| stage_json(before, stage)).collect();
        json!({"line": self.line, "format": self.format, "parsed": self.parsed, "stages": stages, "event": self.event()})
    }

    /// A few lines for people.
    pub(super) fn explained(&self, look: &Look) -> String {
        let mut out = String::new();
        let head = format!("line {}", self.line);
        let _ = writeln!(out, "{}  {}", look.paint(Paint::Bold, &head), look.paint(Paint::Dim, &self.format));
        for (name, value) in &self.parsed {
            let _ = writeln!(out, "    {} {}", look.paint(Paint::Cyan, &format!("{name:<28}")), shown(value));
        }
        for (before, stage) in self.steps() {
            explain(&mut out, look, before, stage);
        }
        out
    }

    /// Each stage with the fields before it.
    fn steps(&self) -> impl Iterator<Item = (&Fields, &Stage)> {
        let before = std::iter::once(&self.parsed).chain(self.stages.iter().map(|stage| &stage.after));
        before.zip(&self.stages)
    }
}

fn explain(out: &mut String, look: &Look, before: &Fields, stage: &Stage) {
    let name = look.paint(Paint::Yellow, &format!("{:<10}", stage.name));
    if !stage.kept {
        let _ = writeln!(out, "  {name} {}", look.paint(Paint::Red, "dropped"));
        return;
    }
    let changes: Vec<Change<'_>> = changes(before, &stage.after).collect();
    if changes.is_empty() {
        let _ = writeln!(out, "  {name} {}", look.paint(Paint::Dim, "unchanged"));
    }
    for change in changes {
        let text = match change {
            Change::Added(field, value) => format!("+ {field} = {}", shown(value)),
            Change::Changed(field, old, new) => format!("~ {field}: {} -> {}", shown(old), shown(new)),
            Change::Removed(field) => format!("- {field}"),
        };
        let _ = writeln!(out, "  {name} {text}");
    }
}

fn changes<'a>(before: &'a Fields, after: &'a Fields) -> impl Iterator<Item = Change<'a>> {
    let here = after.iter().filter_map(|(name, new)| match before.get(name) {
        None => Some(Change::Added(name, new)),
        Some(old) if old != new => Some(Change::Changed(name, old, new)),
        Some(_) => None,
    });
    here.chain(before.keys().filter(|name| !after.contains_key(*name)).map(|name| Change::Removed(name)))
}

fn stage_json(before: &Fields, stage: &Stage) -> Json {
    let (mut added, mut changed, mut removed) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for change in changes(before, &stage.after) {
        match change {
            Change::Added(name, value) => drop(added.insert(name, value)),
            Change::Changed(name, old, new) => drop(changed.insert(name, json!({"from": old, "to": new}))),
            Change::Removed(name) => removed.push(name),
        }
    }
    json!({"stage": stage.name, "kept": stage.kept, "added": added, "changed": changed, "removed": removed})
}

fn shown(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), one_line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn text(pairs: &[(&str, &str)]) -> Fields {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Json::from(*value))).collect()
    }

    #[test]
    fn every_change_is_shown_with_its_stage() {
        let parsed = text(&[("message", "password=hunter2"), ("old", "x")]);
        let scrubbed = text(&[("message", "password=***REDACTED***"), ("new", "y")]);
        let stages = vec![
            Stage { name: "normalise", kept: true, after: parsed.clone() },
            Stage { name: "scrub", kept: true, after: scrubbed.clone() },
            Stage { name: "drop", kept: false, after: scrubbed },
        ];
        let trace = Trace { line: 3, format: "text".into(), parsed, stages };
        expect![[r#"
            line 3  text
                message                      password=hunter2
                old                          x
              normalise  unchanged
              scrub      ~ message: password=hunter2 -> password=***REDACTED***
              scrub      + new = y
              scrub      - old
              drop       dropped
        "#]]
        .assert_eq(&trace.explained(&Look::default()));
        assert_eq!(trace.json()["stages"][1]["removed"], json!(["old"]));
    }
}
