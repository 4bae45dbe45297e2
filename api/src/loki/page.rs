//! How entries are put into streams, and streams written.

use std::collections::BTreeMap;

use serde::Serialize;
use vigil_index::Row;

use super::entry::Entry;
use super::envelope::{CATEGORIZED, LabelSet};
use super::shape::Shape;

/// Which entries are wanted, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    /// So many at most.
    pub(super) limit: usize,
    /// The oldest first.
    pub(super) forward: bool,
    /// Labels are told by category.
    pub(super) categorize: bool,
}

/// Lines of the same labels.
#[derive(Serialize)]
pub(super) struct Stream {
    stream: LabelSet,
    values: Vec<Line>,
}

/// Time in nanoseconds and line, and labels by category where they are asked for.
#[derive(Serialize)]
#[serde(untagged)]
enum Line {
    Plain(String, String),
    Categorized(String, String, Categories),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Categories {
    #[serde(skip_serializing_if = "LabelSet::is_empty")]
    structured_metadata: LabelSet,
    #[serde(skip_serializing_if = "LabelSet::is_empty")]
    parsed: LabelSet,
}

/// A message to one who follows.
#[derive(Serialize)]
struct Frame {
    streams: Vec<Stream>,
    #[serde(rename = "encodingFlags", skip_serializing_if = "<[_]>::is_empty")]
    flags: &'static [&'static str],
}

/// Entries by their streams, in the order of time.
pub(super) fn streams(mut entries: Vec<Entry>, page: Page) -> Vec<Stream> {
    // Those of one time stay in the order that they have.
    match page.forward {
        true => entries.sort_by_key(|entry| entry.time),
        false => entries.sort_by_key(|entry| std::cmp::Reverse(entry.time)),
    }
    let mut streams: BTreeMap<LabelSet, Vec<Line>> = BTreeMap::new();
    for entry in entries {
        let (labels, line) = written(entry, page.categorize);
        streams.entry(labels).or_default().push(line);
    }
    streams.into_iter().map(|(stream, values)| Stream { stream, values }).collect()
}

fn written(entry: Entry, categorize: bool) -> (LabelSet, Line) {
    let time = entry.time.to_string();
    if !categorize {
        return (entry.all(), Line::Plain(time, entry.line));
    }
    let categories = Categories { structured_metadata: entry.metadata, parsed: entry.parsed };
    (entry.stream, Line::Categorized(time, entry.line, categories))
}

/// Appends the row as a message of one line for those who follow; nothing where it does not pass.
pub(crate) fn write_frame(shape: &Shape, row: &Row, out: &mut Vec<u8>) {
    let Some(entry) = shape.entry(row) else { return };
    let page = Page { limit: 1, forward: true, categorize: shape.categorize };
    let flags = if shape.categorize { CATEGORIZED } else { &[] };
    let frame = Frame { streams: streams(vec![entry], page), flags };
    serde_json::to_writer(&mut *out, &frame).expect("labels are JSON and a vector takes everything");
    out.push(b'\n');
}

/// The message that so many lines went by that were not looked at. Which ones nobody knows: they are told as one.
pub(crate) fn dropped(count: u64) -> String {
    format!("{{\"streams\":[],\"dropped_entries\":[{{\"timestamp\":\"0\",\"labels\":{{\"dropped\":\"{count}\"}}}}]}}\n")
}
