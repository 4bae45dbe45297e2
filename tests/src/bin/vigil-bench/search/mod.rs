//! How long questions take over a million events: warm, cold, and while events come in.
//!
//! `VIGIL_BENCH_DATA` names an NDJSON file to use instead of made events, `VIGIL_BENCH_EVENTS` says how many short ones
//! are made, `VIGIL_BENCH_VICTORIALOGS` is the address of a VictoriaLogs that is asked the same over the same events.

mod during;
mod questions;
mod yardstick;

use std::time::Instant;

use serde_json::{Map, Value, json};
use vigil_tests::{Client, NodeProcess, dir_size};

use crate::ingest::{made, round, send};
use crate::load::{short_line, wide_line};
use questions::{QUESTIONS, Question};
use yardstick::VictoriaLogs;

/// Events that are made when no file is named.
const SHORT_EVENTS: u64 = 1_000_000;
/// Lines that are made and sent at a time.
const PORTION: u64 = 500_000;
/// Runs of a warm question; the median counts.
const RUNS: usize = 7;

/// Sends events, asks every question cold, warm and under load.
pub(crate) fn all() -> anyhow::Result<Value> {
    let place = tempfile::tempdir()?;
    let dir = place.path().join("data");
    let victoria = VictoriaLogs::from_environment();
    let node = NodeProcess::start(&dir);
    let (begun, before) = (Instant::now(), node.usage());
    let sent = fill(&node.client(), victoria.as_ref())?;
    node.wait_indexed();
    let (wall, cpu) = (begun.elapsed().as_secs_f64(), node.usage().cpu_s - before.cpu_s);
    node.stop();
    let (log, index) = (dir_size(&dir.join("log")), dir_size(&dir.join("index")));
    let node = NodeProcess::start(&dir);
    let cold = ask_each(|question| once(&node.client(), question))?;
    let warm = ask_each(|question| median(|| once(&node.client(), question)))?;
    let cpu_of = ask_each(|question| cpu_ms(&node.client(), question))?;
    let by_columns = ask_each(|question| share_of_columns(&node.client(), question))?;
    let theirs = match &victoria {
        Some(victoria) => ask_each(|question| median(|| victoria.ask(question)))?,
        None => Map::new(),
    };
    let rss = node.usage().rss_peak_mib;
    let during = during::measure(&node)?;
    node.stop();
    Ok(json!({
        "events": sent.events,
        "raw_bytes": sent.bytes,
        "ingest_events_per_cpu_s": (sent.events as f64 / cpu) as u64,
        "ingest_wall_s": round(wall),
        "disk_share_of_raw": round((log + index) as f64 / sent.bytes as f64),
        "index_share_of_raw": round(index as f64 / sent.bytes as f64),
        "rss_peak_mib": round(rss),
        "questions": report(&[("warm_ms", &warm), ("cold_ms", &cold), ("cpu_ms", &cpu_of), ("share_by_columns", &by_columns)], &theirs),
        "during_ingest": during,
    }))
}

/// What was sent.
#[derive(Default)]
struct Sent {
    events: u64,
    bytes: u64,
}

fn fill(client: &Client, victoria: Option<&VictoriaLogs>) -> anyhow::Result<Sent> {
    let mut sent = Sent::default();
    let mut take = |body: &str| -> anyhow::Result<()> {
        sent.events += send(client, body)?;
        sent.bytes += body.len() as u64;
        victoria.map_or(Ok(()), |victoria| victoria.insert(body))
    };
    match std::env::var_os("VIGIL_BENCH_DATA") {
        Some(file) => take(&std::fs::read_to_string(file)?)?,
        None => {
            let events = std::env::var("VIGIL_BENCH_EVENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(SHORT_EVENTS);
            portions(events, &mut take)?;
        }
    }
    Ok(sent)
}

/// Short events, and a tenth as many wide ones.
fn portions(events: u64, take: &mut dyn FnMut(&str) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut made_so_far = 0;
    while made_so_far < events {
        let portion = PORTION.min(events - made_so_far);
        take(&made(made_so_far..made_so_far + portion, short_line))?;
        take(&made(made_so_far / 10..(made_so_far + portion) / 10, wide_line))?;
        made_so_far += portion;
    }
    Ok(())
}

fn ask_each(mut ask: impl FnMut(&Question) -> anyhow::Result<f64>) -> anyhow::Result<Map<String, Value>> {
    let mut all = Map::new();
    for question in &QUESTIONS {
        all.insert(question.name.to_owned(), json!(round(ask(question)?)));
    }
    Ok(all)
}

fn median(mut run: impl FnMut() -> anyhow::Result<f64>) -> anyhow::Result<f64> {
    let mut runs = (0..RUNS).map(|_| run()).collect::<anyhow::Result<Vec<_>>>()?;
    runs.sort_by(f64::total_cmp);
    Ok(runs[RUNS / 2])
}

/// Milliseconds of one run, as the client sees it.
fn once(client: &Client, question: &Question) -> anyhow::Result<f64> {
    let begun = Instant::now();
    ask(client, question)?;
    Ok(begun.elapsed().as_secs_f64() * 1000.0)
}

/// Milliseconds of processor time that the node says it took.
fn cpu_ms(client: &Client, question: &Question) -> anyhow::Result<f64> {
    Ok(ask(client, question)?["stats"]["cpu_us"].as_f64().unwrap_or(f64::NAN) / 1000.0)
}

/// The share of rows that columns answered for, of those that were looked at.
fn share_of_columns(client: &Client, question: &Question) -> anyhow::Result<f64> {
    let stats = ask(client, question)?["stats"].take();
    let count = |name: &str| stats[name].as_f64().unwrap_or(0.0);
    let by_columns = count("rows_by_columns");
    Ok(by_columns / (by_columns + count("rows_read")).max(1.0))
}

fn ask(client: &Client, question: &Question) -> anyhow::Result<Value> {
    let limit = question.limit.to_string();
    let answer = client.get("/v1/query", &[("q", question.vql), ("limit", &limit)])?;
    anyhow::ensure!(answer.status == 200, "{}: {}", question.vql, answer.text);
    let answer = answer.json();
    anyhow::ensure!(
        answer["complete"] == true,
        "{}: the answer is not complete: {}",
        question.vql,
        answer["partial_reason"]
    );
    Ok(answer)
}

/// A row for each question; `figures` are named, each by question.
fn report(figures: &[(&str, &Map<String, Value>)], theirs: &Map<String, Value>) -> Value {
    let warm = figures[0].1;
    let row = |question: &Question| {
        let (best, worst) = question.yardstick_ms.unzip();
        let mut row = json!({
            "question": question.name,
            "promised_ms": (question.promised_ms < f64::MAX).then_some(question.promised_ms),
            "held": warm[question.name].as_f64().is_some_and(|ms| ms <= question.promised_ms),
            "yardstick_quiet_ms": best.zip(worst),
            "yardstick_here_ms": theirs.get(question.name),
        });
        figures.iter().for_each(|(name, by_question)| row[*name] = by_question[question.name].clone());
        row
    };
    QUESTIONS.iter().map(row).collect()
}
