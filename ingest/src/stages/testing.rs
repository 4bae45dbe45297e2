//! How stages are tried out: settings as text, events as JSON.
//!
//! The settings are YAML's flow style, as much of it as tests need: `{a: b, c: [d, 'e f']}`, over any number of lines.

use std::collections::BTreeMap;
use std::sync::Arc;

use vigil_model::tree::{Content, Entry, Node, Place};
use vigil_model::{RecordBuilder, Timestamp, Value};

use crate::fields::Fields;
use crate::json;
use crate::stage::{Event, Files, Making, NoNames, Stage, Summary, SummaryValue, Verdict};

/// When events arrive, unless a test says otherwise: 2026-08-01T12:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp(1_785_585_600_000_000_000);

/// What a text of settings says.
pub(crate) fn tree(text: &str) -> Node {
    let mut reader = Flow { rest: text, at: Place { line: 1, column: 1 } };
    let node = reader.node();
    reader.space();
    assert!(reader.rest.is_empty(), "left over: {}", reader.rest);
    node
}

struct Flow<'t> {
    rest: &'t str,
    at: Place,
}

impl<'t> Flow<'t> {
    fn skip(&mut self, bytes: usize) -> &'t str {
        let (skipped, rest) = self.rest.split_at(bytes);
        for c in skipped.chars() {
            self.at = match c {
                '\n' => Place { line: self.at.line + 1, column: 1 },
                _ => Place { column: self.at.column + 1, ..self.at },
            };
        }
        self.rest = rest;
        skipped
    }

    fn space(&mut self) {
        self.skip(self.rest.len() - self.rest.trim_start().len());
    }

    fn eat(&mut self, mark: char) -> bool {
        self.space();
        let found = self.rest.starts_with(mark);
        self.skip(if found { mark.len_utf8() } else { 0 });
        found
    }

    fn scalar(&mut self) -> &'t str {
        self.space();
        if let Some(quote) = self.rest.chars().next().filter(|c| matches!(c, '\'' | '"')) {
            self.skip(1);
            let text = self.skip(self.rest.find(quote).expect("a closing quote"));
            self.skip(1);
            return text;
        }
        let ends = [", ", ": ", ",\n", ":\n", "]", "}", ":]"];
        let end = ends.iter().filter_map(|end| self.rest.find(end)).min().unwrap_or(self.rest.len());
        self.skip(end).trim_end()
    }

    fn node(&mut self) -> Node {
        self.space();
        let at = self.at;
        let content = if self.eat('{') {
            let mut entries = Vec::new();
            while !self.eat('}') {
                self.space();
                let at = self.at;
                let key = self.scalar().to_owned();
                assert!(self.eat(':'), "a colon before {}", self.rest);
                entries.push(Entry { key, at, value: self.node() });
                self.eat(',');
            }
            Content::Map(entries)
        } else if self.eat('[') {
            let mut items = Vec::new();
            while !self.eat(']') {
                items.push(self.node());
                self.eat(',');
            }
            Content::List(items)
        } else {
            match self.scalar() {
                "" => Content::Nothing,
                text => Content::Scalar(text.to_owned()),
            }
        };
        Node { at, content }
    }
}

/// Files by name.
#[derive(Default)]
pub(crate) struct Held(pub(crate) BTreeMap<&'static str, Vec<u8>>);

impl Files for Held {
    fn read(&self, path: &str) -> Result<Arc<Vec<u8>>, String> {
        self.0.get(path).map(|bytes| Arc::new(bytes.clone())).ok_or_else(|| "no such file".to_owned())
    }
}

/// A stage made of its options, and what was wrong with them, a line each.
pub(crate) fn made(name: &str, options: &str, files: &[(&'static str, &[u8])]) -> Result<Box<dyn Stage>, String> {
    let held = Held(files.iter().map(|(name, bytes)| (*name, bytes.to_vec())).collect());
    let host = vec![("host.name".to_owned(), "web-1".to_owned()), ("host.os.type".to_owned(), "linux".to_owned())];
    let mut making = Making { files: &held, resolver: Arc::new(NoNames), host, faults: Vec::new() };
    made_with(name, options, &mut making)
}

/// As [`made`], with what the caller has.
pub(crate) fn made_with(name: &str, options: &str, making: &mut Making<'_>) -> Result<Box<dyn Stage>, String> {
    let kind = super::kind(name).expect("a stage of this name");
    let stage = (kind.make)(&tree(options), making);
    match stage {
        Some(stage) if making.faults.is_empty() => Ok(stage),
        _ => Err(making.faults.iter().map(|fault| format!("{fault}\n")).collect()),
    }
}

/// A stage of options that are right.
pub(crate) fn stage(name: &str, options: &str) -> Box<dyn Stage> {
    made(name, options, &[]).unwrap_or_else(|faults| panic!("{faults}"))
}

/// What is wrong with some options.
pub(crate) fn faults(name: &str, options: &str) -> String {
    made(name, options, &[]).err().unwrap_or_else(|| "fine\n".to_owned())
}

/// The fields of an event written as JSON, settled as events that reach stages are.
pub(crate) fn fields(event: &str) -> RecordBuilder {
    let mut fields = Fields::default();
    json::read(event, &mut fields).expect("a JSON object");
    fields.builder.settle();
    fields.builder
}

/// What a stage makes of an event that happened at [`NOW`].
pub(crate) fn applied(stage: &dyn Stage, event: &str) -> String {
    applied_at(stage, event, NOW)
}

/// As [`applied`], arriving at `now`.
pub(crate) fn applied_at(stage: &dyn Stage, event: &str, now: Timestamp) -> String {
    let mut fields = fields(event);
    let mut event = Event { fields: &mut fields, time: NOW, time_assumed: false, now };
    let verdict = stage.apply(&mut event);
    if verdict == Verdict::Drop {
        return "dropped\n".to_owned();
    }
    fields.settle();
    shown(fields.iter())
}

/// What a stage does to every event, one a line.
pub(crate) fn all(stage: &dyn Stage, events: &[&str]) -> String {
    events.iter().map(|event| applied(stage, event)).collect()
}

/// What a stage has to say.
pub(crate) fn said(stage: &dyn Stage, now: Timestamp, last: bool) -> Vec<Summary> {
    let mut said = Vec::new();
    stage.summaries(now, last, &mut |summary| said.push(summary));
    said
}

/// Summaries, one a line.
pub(crate) fn lines(summaries: &[Summary]) -> String {
    summaries.iter().map(line).collect()
}

fn line(summary: &Summary) -> String {
    shown(summary.fields.iter().map(|(name, value)| match value {
        SummaryValue::Text(text) => (name.as_str(), Value::Str(text)),
        SummaryValue::Number(number) => (name.as_str(), Value::Int(*number)),
    }))
}

fn shown<'v>(fields: impl Iterator<Item = (&'v str, Value<'v>)>) -> String {
    let shown = fields.map(|(name, value)| match value {
        Value::Str(text) => format!("{name}={text:?}"),
        Value::List(list) => format!("{name}=[{list}]", list = Value::List(list)),
        value => format!("{name}={value}"),
    });
    format!("{}\n", shown.collect::<Vec<_>>().join(" "))
}
