//! Three nodes that all take events: how long from acknowledged on one to found on another?

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vigil_tests::{Client, Cluster};

use super::{Holding, end, progress};
use crate::ingest::round;
use crate::latency::quantiles;
use crate::load::{Random, line_of_300};

const TIME: Duration = Duration::from_secs(15);
/// Requests of each writer in a second, and events in each: 3 × 10 × 333 are 10,000 a second.
const REQUEST: Duration = Duration::from_millis(100);
const BATCH: u64 = 333;
/// Between two probes, and between two looks for them.
const PROBE: Duration = Duration::from_millis(50);
const LOOK: Duration = Duration::from_millis(3);
/// Nothing new is found for so long: it is lost.
const LOST: Duration = Duration::from_secs(60);

/// When each probe was acknowledged, or found.
type Moments = BTreeMap<u64, Instant>;

/// Writes on all, asks on the third for what the first took.
pub(super) fn run() -> anyhow::Result<Value> {
    progress(&format!("three nodes, 10,000 events/s in total for {} s", TIME.as_secs()));
    let cluster = Cluster::start(3);
    cluster.wait_in_step();
    let clients: Vec<Client> = cluster.sites.iter().map(vigil_tests::Site::client).collect();
    let cpu = || cluster.sites.iter().map(|site| site.node().usage().cpu_s).collect::<Vec<f64>>();
    let (before, begun, ended) = (cpu(), Instant::now(), AtomicBool::new(false));
    let (written, sent, found) = std::thread::scope(|scope| {
        let writers: Vec<_> =
            clients.iter().zip(1..).map(|(client, seed)| scope.spawn(move || write(client, seed, begun))).collect();
        let finder = scope.spawn(|| find(&clients[2], &ended));
        let sent = probe(&clients[0], begun);
        let written: u64 = writers.into_iter().map(|writer| writer.join().expect("a writer ends")).sum();
        let took = begun.elapsed();
        ended.store(true, Ordering::Relaxed);
        ((written, took), sent, finder.join().expect("the finder ends"))
    });
    let found = found?;
    let missing: Vec<_> = sent.keys().filter(|n| !found.contains_key(n)).collect();
    anyhow::ensure!(missing.is_empty(), "never found on the third node: {missing:?}");
    // A probe can be found on the third node before the first has acknowledged it: that is zero.
    let waits = sent.iter().map(|(n, at)| found[n].saturating_duration_since(*at)).collect();
    cluster.wait_in_step();
    let total = written.0 + sent.len() as u64;
    for client in &clients {
        let held = Holding::of(client)?.events;
        anyhow::ensure!(held == total, "{held} events are held, {total} were acknowledged");
    }
    let mut report = quantiles(waits);
    let cpu: Vec<f64> = cpu().iter().zip(&before).map(|(after, before)| round(after - before)).collect();
    report["events"] = json!(total);
    report["events_per_s"] = json!((total as f64 / written.1.as_secs_f64()) as u64);
    report["cpu_s_of_each"] = json!(cpu);
    end(cluster);
    Ok(report)
}

/// Sends a request each time it is due; answers how many events were acknowledged.
fn write(client: &Client, seed: u64, begun: Instant) -> u64 {
    let (mut random, mut written) = (Random::new(seed), 0);
    for request in 0.. {
        let due = REQUEST * request;
        if due >= TIME {
            break;
        }
        let mut body = String::new();
        (0..BATCH).for_each(|n| line_of_300(written + n, &mut random, &mut body));
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
        client.ingest(&body);
        written += BATCH;
    }
    written
}

/// One event after the other that the finder knows.
fn probe(client: &Client, begun: Instant) -> Moments {
    let mut sent = Moments::new();
    while begun.elapsed() < TIME {
        let n = sent.len() as u64;
        client.ingest(&format!("{{\"probe\":{n},\"message\":\"replicationprobe\"}}\n"));
        sent.insert(n, Instant::now());
        std::thread::sleep((PROBE * (n as u32 + 1)).saturating_sub(begun.elapsed()));
    }
    sent
}

/// Looks for probes until the load has ended and all that were sent before are found.
fn find(client: &Client, ended: &AtomicBool) -> anyhow::Result<Moments> {
    let (mut found, mut moved) = (Moments::new(), Instant::now());
    loop {
        let over = ended.load(Ordering::Relaxed);
        let answer = client.get("/v1/query", &[("q", "replicationprobe"), ("limit", "100")])?;
        let now = Instant::now();
        let answer = answer.json();
        let rows = answer["rows"].as_array().cloned().unwrap_or_default();
        let known = found.len();
        rows.iter().filter_map(|row| row["probe"].as_u64()).for_each(|n| {
            found.entry(n).or_insert(now);
        });
        if found.len() > known {
            moved = now;
        }
        // The nodes agree within this time, or the caller says which probes are missing.
        let whole = found.keys().next_back().is_some_and(|last| *last + 1 == found.len() as u64);
        if over && (whole && moved.elapsed() > Duration::from_secs(2) || moved.elapsed() > LOST) {
            return Ok(found);
        }
        std::thread::sleep(LOOK);
    }
}
