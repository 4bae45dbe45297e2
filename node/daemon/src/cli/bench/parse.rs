//! What reading costs: each format alone, the stages alone and together, on one thread.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use vigil_ingest::{Batch, Decoder, Files, Format, Making, NoNames, Pipeline, Recipe};
use vigil_model::Timestamp;
use vigil_model::tree::{Content, Entry, Node, Place};

use super::samples::{self, Lines};
use crate::runtime::cpu_of_this_thread;

/// When the made events arrive.
const NOW: Timestamp = Timestamp(1_780_272_000_000_000_000);
/// Bytes decoded at once, as HTTP does.
const PIECE_BYTES: usize = 64 * 1024;
/// Bytes of lines of each kind.
const BODY_BYTES: usize = 16 << 20;
/// Events that are measured one by one.
const SINGLE_EVENTS: usize = 50_000;

/// Formats that are measured, with who makes their lines.
const FORMATS: [(Format, Lines); 8] = [
    (Format::Ndjson, samples::json),
    (Format::Lines, samples::plain),
    (Format::Syslog, samples::syslog),
    (Format::Cef, samples::cef),
    (Format::Leef, samples::leef),
    (Format::Logfmt, samples::logfmt),
    (Format::Access, samples::access),
    (Format::Detect, samples::json),
];

/// All figures. `given` is a file of lines of one format to measure instead of made ones.
pub(super) fn figures(given: Option<(Format, Vec<u8>)>) -> Json {
    if let Some((format, body)) = given {
        return json!({"format": format.name(), "parse": parsing(format, &body, Pipeline::none()),
            "usual": parsing(format, &body, Pipeline::usual())});
    }
    let mut formats = serde_json::Map::new();
    for (format, lines) in FORMATS {
        let body = samples::body(lines, BODY_BYTES);
        formats.insert(format.name().to_owned(), parsing(format, &body, Pipeline::none()));
    }
    let text = samples::body(samples::plain, BODY_BYTES);
    let json_lines = samples::body(samples::json, BODY_BYTES);
    json!({
        "formats": formats,
        "scrub": scrubbing(&text),
        "usual": parsing(Format::Ndjson, &json_lines, Pipeline::usual()),
        "whole": parsing(Format::Ndjson, &json_lines, whole()),
        "whole_single": singles(&json_lines, whole()),
    })
}

/// Events and bytes for a second of the processor.
fn parsing(format: Format, body: &[u8], pipeline: Arc<Pipeline>) -> Json {
    let (events, unparsed, cpu) = decode(format, body, pipeline);
    json!({
        "events": events,
        "parse_errors": unparsed,
        "bytes_per_event": body.len() as u64 / events.max(1),
        "events_per_cpu_s": (events as f64 / cpu.as_secs_f64()) as u64,
        "mb_per_cpu_s": (body.len() as f64 / 1e6 / cpu.as_secs_f64()) as u64,
    })
}

fn decode(format: Format, body: &[u8], pipeline: Arc<Pipeline>) -> (u64, u64, Duration) {
    let counts = Arc::new(vigil_ingest::Counts::default());
    let recipe = Recipe { format, pipeline, counts: Some(Arc::clone(&counts)), ..Recipe::default() };
    let mut decoder = Decoder::new(recipe);
    let mut batch = Batch::new();
    let before = cpu_of_this_thread();
    for piece in body.chunks(PIECE_BYTES) {
        decoder.feed(piece, NOW, &mut batch);
        drop(batch.take_full());
    }
    decoder.finish(NOW, &mut batch);
    let cpu = cpu_of_this_thread() - before;
    let counted = counts.counted();
    (batch.accepted() + counted.dropped, counted.parse_errors, cpu)
}

/// What the scrubber alone does with text, in megabytes for a second of the processor.
fn scrubbing(text: &[u8]) -> Json {
    let scrubbed = Pipeline::read(&list(vec![scalar("scrub")]), &mut Making::bare());
    let (_, _, with) = decode(Format::Lines, text, Arc::new(scrubbed));
    let (_, _, without) = decode(Format::Lines, text, Pipeline::none());
    let cost = with.saturating_sub(without).max(Duration::from_micros(1));
    json!({"mb_per_cpu_s": (text.len() as f64 / 1e6 / cost.as_secs_f64()) as u64})
}

/// Microseconds of the processor that single events take.
fn singles(body: &[u8], pipeline: Arc<Pipeline>) -> Json {
    let mut decoder = Decoder::new(Recipe { format: Format::Ndjson, pipeline, ..Recipe::default() });
    let mut batch = Batch::new();
    let mut took = Vec::with_capacity(SINGLE_EVENTS);
    for line in body.split_inclusive(|byte| *byte == b'\n').take(SINGLE_EVENTS) {
        let before = cpu_of_this_thread();
        decoder.feed(line, NOW, &mut batch);
        took.push((cpu_of_this_thread() - before).as_nanos() as u64);
        drop(batch.take_full());
    }
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize] as f64 / 1e3;
    json!({"p50_us": at(0.5), "p99_us": at(0.99), "p999_us": at(0.999)})
}

/// Every usual stage, a static table and a filter.
fn whole() -> Arc<Pipeline> {
    let lookup = [("file", "services.csv"), ("key", "service"), ("column", "service")];
    let mut options: Vec<Entry> = lookup.map(|(key, value)| entry(key, scalar(value))).into();
    options.push(entry("add", map(vec![entry("team", scalar("team"))])));
    let stages = vec![
        scalar("normalise"),
        scalar("scrub"),
        map(vec![entry("lookup", map(options))]),
        map(vec![entry("drop", scalar("level:debug AND service:chatty"))]),
    ];
    let mut making = Making { files: &Tables, resolver: Arc::new(NoNames), host: Vec::new(), faults: Vec::new() };
    let pipeline = Pipeline::read(&list(stages), &mut making);
    assert!(making.faults.is_empty(), "the stages of the bench are sound: {:?}", making.faults);
    Arc::new(pipeline)
}

/// The one table of the bench.
struct Tables;

impl Files for Tables {
    fn read(&self, _: &str) -> Result<Arc<Vec<u8>>, String> {
        Ok(Arc::new(samples::table()))
    }
}

fn scalar(text: &str) -> Node {
    node(Content::Scalar(text.to_owned()))
}

fn list(items: Vec<Node>) -> Node {
    node(Content::List(items))
}

fn map(entries: Vec<Entry>) -> Node {
    node(Content::Map(entries))
}

fn node(content: Content) -> Node {
    Node { at: Place::default(), content }
}

fn entry(key: &str, value: Node) -> Entry {
    Entry { key: key.to_owned(), at: Place::default(), value }
}
