//! NDJSON over HTTP to indexed: events per CPU-second of the node's process, memory, disk.

use std::ops::Range;
use std::time::Instant;

use serde_json::{Value, json};
use vigil_tests::{Client, NodeProcess, dir_size};

use crate::load::{Random, short_line, wide_line};

/// Bytes in one request.
const REQUEST_BYTES: usize = 4 << 20;

/// 1 M events of about 270 bytes.
pub(crate) fn short() -> anyhow::Result<Value> {
    measure(&made(0..1_000_000, short_line))
}

/// Wide events: real ones when `VIGIL_BENCH_WIDE` names a file, else made ones.
pub(crate) fn wide() -> anyhow::Result<Value> {
    let body = match std::env::var_os("VIGIL_BENCH_WIDE") {
        Some(file) => std::fs::read_to_string(file)?,
        None => made(0..100_000, wide_line),
    };
    measure(&body)
}

/// Lines of one kind, the same in every run; the number of a line is its time.
pub(crate) fn made(numbers: Range<u64>, line: fn(u64, &mut Random, &mut String)) -> String {
    let mut random = Random::new(7 + numbers.start);
    let mut body = String::new();
    numbers.for_each(|n| line(n, &mut random, &mut body));
    body
}

fn measure(body: &str) -> anyhow::Result<Value> {
    let place = tempfile::tempdir()?;
    let dir = place.path().join("data");
    let node = NodeProcess::start(&dir);
    let client = node.client();
    let (begun, before) = (Instant::now(), node.usage());
    let events = send(&client, body)?;
    node.wait_indexed();
    let (wall, after) = (begun.elapsed().as_secs_f64(), node.usage());
    let cpu = after.cpu_s - before.cpu_s;
    let queries = queries(&client)?;
    let counted = client.count("*");
    anyhow::ensure!(counted == events, "{counted} events are found, {events} were acknowledged");
    node.stop();
    let (log, index) = (dir_size(&dir.join("log")), dir_size(&dir.join("index")));
    let again = NodeProcess::start(&dir);
    let start = again.start_took.as_secs_f64();
    again.stop();
    Ok(json!({
        "events": events,
        "bytes_per_event": body.len() as u64 / events,
        "cpu_s": round(cpu),
        "events_per_cpu_s": (events as f64 / cpu) as u64,
        "wall_s": round(wall),
        "rss_peak_mib": round(after.rss_peak_mib),
        "log_bytes": log,
        "index_bytes": index,
        "disk_share_of_raw": round((log + index) as f64 / body.len() as f64),
        "restart_s": round(start),
        "query_ms": queries,
    }))
}

/// Sends everything in requests that end at a line's end; answers how many events were acknowledged.
pub(crate) fn send(client: &Client, body: &str) -> anyhow::Result<u64> {
    requests(body).map(|request| send_one(client, request)).sum()
}

/// The body in parts of some megabytes that end at a line's end.
pub(crate) fn requests(body: &str) -> impl Iterator<Item = &str> {
    let mut rest = body;
    std::iter::from_fn(move || {
        let cut = rest.as_bytes()[..rest.len().min(REQUEST_BYTES)].iter().rposition(|byte| *byte == b'\n');
        let (request, later) = rest.split_at(cut.map_or(rest.len(), |at| at + 1));
        rest = later;
        (!request.is_empty()).then_some(request)
    })
}

fn send_one(client: &Client, request: &str) -> anyhow::Result<u64> {
    loop {
        let answer = client.post("/v1/ingest", &[("content-type", "application/x-ndjson")], request.as_bytes())?;
        match answer.status {
            200 => return Ok(answer.json()["accepted"].as_u64().unwrap_or(0)),
            429 => std::thread::sleep(std::time::Duration::from_millis(100)),
            status => anyhow::bail!("HTTP {status}: {}", answer.text),
        }
    }
}

/// Median of five runs of each kind of query, in milliseconds as the client sees it.
fn queries(client: &Client) -> anyhow::Result<Value> {
    let kinds = [
        ("word", "refused"),
        ("word_count", "refused | stats count() as n"),
        ("phrase", "\"Failed password\""),
        ("field", "level:error"),
        ("prefix", "auth*"),
        ("none", "there_is_no_such_word"),
        ("latest_100", "*"),
        ("count", "* | stats count() as n"),
        ("count_by_host", "* | stats count() as n by host"),
    ];
    let mut medians = serde_json::Map::new();
    for (name, query) in kinds {
        let mut runs = Vec::new();
        for _ in 0..5 {
            let begun = Instant::now();
            let answer = client.get("/v1/query", &[("q", query), ("limit", "100")])?;
            anyhow::ensure!(answer.status == 200, "{query}: {}", answer.text);
            runs.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        runs.sort_by(f64::total_cmp);
        medians.insert(name.to_owned(), json!(round(runs[2])));
    }
    Ok(Value::Object(medians))
}

/// Three digits are enough for a figure.
pub(crate) fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
