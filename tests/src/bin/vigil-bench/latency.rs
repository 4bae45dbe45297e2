//! How long until an event is durable, and until it is found.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vigil_tests::{Client, NodeProcess};

use crate::ingest::round;
use crate::load::{Random, short_line};

/// Probes measured.
const PROBES: u64 = 300;
/// Events in one request of the background load, ten times a second.
const BACKGROUND: u64 = 500;

/// Acknowledged to visible, under 5,000 events a second.
pub(crate) fn visible() -> anyhow::Result<Value> {
    let place = tempfile::tempdir()?;
    let node = NodeProcess::start(&place.path().join("data"));
    let stop = Arc::new(AtomicBool::new(false));
    let background = {
        let (client, stop) = (node.client(), stop.clone());
        std::thread::spawn(move || keep_sending(&client, &stop))
    };
    let client = node.client();
    let mut waits = Vec::new();
    for n in 0..PROBES {
        let body = format!("{{\"message\":\"probe{n}x\"}}\n");
        client.ingest(&body);
        let acknowledged = Instant::now();
        while client.count(&format!("probe{n}x")) == 0 {}
        waits.push(acknowledged.elapsed());
        std::thread::sleep(Duration::from_millis(20));
    }
    stop.store(true, Ordering::Relaxed);
    let sent = background.join().expect("the background load ends when told");
    node.stop();
    let mut report = quantiles(waits);
    report["background_events"] = json!(sent);
    Ok(report)
}

fn keep_sending(client: &Client, stop: &AtomicBool) -> u64 {
    let mut random = Random::new(11);
    let begun = Instant::now();
    let mut sent = 0;
    while !stop.load(Ordering::Relaxed) {
        let mut body = String::new();
        (0..BACKGROUND).for_each(|n| short_line(sent + n, &mut random, &mut body));
        client.ingest(&body);
        sent += BACKGROUND;
        let due = Duration::from_millis(sent / BACKGROUND * 100);
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
    }
    sent
}

/// One event in a request, on an idle node.
pub(crate) fn single() -> anyhow::Result<Value> {
    let place = tempfile::tempdir()?;
    let node = NodeProcess::start(&place.path().join("data"));
    let client = node.client();
    let mut waits = Vec::new();
    for n in 0..PROBES {
        let begun = Instant::now();
        client.ingest(&format!("{{\"message\":\"single {n}\"}}\n"));
        waits.push(begun.elapsed());
        std::thread::sleep(Duration::from_millis(10));
    }
    node.stop();
    Ok(quantiles(waits))
}

/// What waiting was like, in milliseconds.
pub(crate) fn quantiles(mut waits: Vec<Duration>) -> Value {
    waits.sort();
    let at = |q: f64| round(waits[((waits.len() - 1) as f64 * q) as usize].as_secs_f64() * 1000.0);
    json!({ "probes": waits.len(), "p50_ms": at(0.5), "p90_ms": at(0.9), "p99_ms": at(0.99), "max_ms": at(1.0) })
}
