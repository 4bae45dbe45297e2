//! How long a question takes while events come in as fast as the node takes them.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use serde_json::{Value, json};
use vigil_tests::NodeProcess;

use crate::ingest::{made, round, send};
use crate::load::short_line;

/// Questions in each of the two series.
const QUESTIONS: usize = 200;
/// The question: rows newest first, so that what just came in is read, too.
const QUESTION: &str = "refused";

/// The same question again and again, on an idle node and on one that takes events.
pub(super) fn measure(node: &NodeProcess) -> anyhow::Result<Value> {
    let idle = series(node)?;
    let body = made(2_000_000..2_050_000, short_line);
    let (stop, sent) = (AtomicBool::new(false), AtomicU64::new(0));
    let (busy, seconds) = std::thread::scope(|scope| {
        let sender = scope.spawn(|| keep_sending(node, &body, &stop, &sent));
        let begun = Instant::now();
        let busy = series(node);
        stop.store(true, Ordering::Relaxed);
        let seconds = begun.elapsed().as_secs_f64();
        sender.join().expect("a sender does not panic").and(busy.map(|busy| (busy, seconds)))
    })?;
    Ok(json!({
        "question": QUESTION,
        "idle_p50_ms": round(at(&idle, 0.5)),
        "idle_p99_ms": round(at(&idle, 0.99)),
        "busy_p50_ms": round(at(&busy, 0.5)),
        "busy_p99_ms": round(at(&busy, 0.99)),
        "ingest_events_per_s": (sent.load(Ordering::Relaxed) as f64 / seconds) as u64,
    }))
}

fn keep_sending(node: &NodeProcess, body: &str, stop: &AtomicBool, sent: &AtomicU64) -> anyhow::Result<()> {
    let client = node.client();
    while !stop.load(Ordering::Relaxed) {
        sent.fetch_add(send(&client, body)?, Ordering::Relaxed);
    }
    Ok(())
}

/// Milliseconds of each, sorted.
fn series(node: &NodeProcess) -> anyhow::Result<Vec<f64>> {
    let client = node.client();
    let mut took = Vec::with_capacity(QUESTIONS);
    for _ in 0..QUESTIONS {
        let begun = Instant::now();
        let answer = client.get("/v1/query", &[("q", QUESTION), ("limit", "100")])?;
        anyhow::ensure!(answer.status == 200, "{QUESTION}: {}", answer.text);
        took.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    took.sort_by(f64::total_cmp);
    Ok(took)
}

fn at(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}
