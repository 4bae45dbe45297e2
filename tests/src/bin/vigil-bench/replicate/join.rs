//! An empty peer joins a node that holds events: until it has them, and what that costs both.

use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::{Value, json};
use vigil_tests::{Client, Cluster, Site, Usage};

use super::{Holding, end, failed, progress};
use crate::ingest::{made, round, send};
use crate::load::line_of_300;

/// How many events are received, and how often that is measured: the clock of a process counts
/// hundredths of a second, so the small ones need several runs.
const SIZES: [(u64, u32); 4] = [(0, 5), (10_000, 5), (100_000, 3), (1_000_000, 1)];
/// Between two looks. Each look costs the node something.
const LOOK: Duration = Duration::from_millis(50);
/// Nothing arrives for so long: it hangs.
const STALLED: Duration = Duration::from_secs(60);

/// One join.
struct Join {
    /// Until the new node answers again, as a member.
    member: Duration,
    /// Until a query found an event.
    first: Option<Duration>,
    stored: Duration,
    indexed: Duration,
    /// Of both until then, from before the join.
    receiver: Usage,
    receiver_cpu_stored: f64,
    sender_cpu: f64,
    held: Holding,
    raw_bytes: u64,
    /// `received_bytes` of `/v1/peers`.
    said: u64,
}

/// The join of the largest size, and the cost of all sizes. A size that fails is reported as such, and
/// the others are measured all the same.
pub(super) fn all() -> (Value, Value) {
    let mut spent = Vec::new();
    let mut last = Value::Null;
    for (events, runs) in SIZES {
        progress(&format!("an empty peer joins a node of {events} events, {runs} times"));
        let body = made(0..events, line_of_300);
        match (0..runs).map(|_| run(&body, events)).collect::<anyhow::Result<Vec<Join>>>() {
            Ok(joins) => {
                spent.push((events, joins.iter().map(|join| join.receiver.cpu_s).collect::<Vec<f64>>()));
                last = report(events, joins.last().expect("each size is measured at least once"));
            }
            Err(error) => last = failed(&error.context(format!("join of {events} events"))),
        }
    }
    (last, costs(&spent))
}

fn run(body: &str, events: u64) -> anyhow::Result<Join> {
    let mut cluster = Cluster::apart(1, &[]);
    let accepted = send(&cluster.sites[0].client(), body)?;
    anyhow::ensure!(accepted == events, "{accepted} of {events} events were accepted");
    cluster.sites[0].node().wait_indexed();
    cluster.add("site-b", &[]).start();
    let join = watch(&cluster, body.len() as u64, events).with_context(|| told(&cluster))?;
    if events > 0 {
        let counted = cluster.sites[1].client().count("*");
        anyhow::ensure!(counted == events, "{counted} of {events} events are found on the new node");
    }
    end(cluster);
    Ok(join)
}

/// What both say of each other and of themselves, for the one who has to find out why.
fn told(cluster: &Cluster) -> String {
    let tell = |site: &Site| {
        let peers = site.client().get("/v1/peers", &[]).map(|answer| answer.text);
        let lag = site.client().get("/v1/peers/site-a/lag", &[]).map(|answer| answer.text);
        format!("{}\n{peers:?}\n{lag:?}", site.node().printed())
    };
    cluster.running().map(tell).collect::<Vec<_>>().join("\n----\n")
}

fn watch(cluster: &Cluster, raw_bytes: u64, events: u64) -> anyhow::Result<Join> {
    let (founder, new) = (&cluster.sites[0], &cluster.sites[1]);
    let ticket = founder.invite();
    let before = (founder.node().usage(), new.node().usage());
    let begun = Instant::now();
    new.join_by(&ticket);
    let member = begun.elapsed();
    let client = new.client();
    let first = (events > 0).then(|| first_found(&client, begun)).transpose()?;
    until(&client, |held| held.events >= events)?;
    if events == 0 {
        new.wait("they are in step", |site| site.peer("site-a").is_some_and(|peer| peer["state"] == "in step"));
    }
    let (stored, receiver_cpu_stored) = (begun.elapsed(), new.node().usage().cpu_s - before.1.cpu_s);
    let held = until(&client, |held| held.indexed >= held.arrival)?;
    let (indexed, after) = (begun.elapsed(), (founder.node().usage(), new.node().usage()));
    let receiver = Usage { cpu_s: after.1.cpu_s - before.1.cpu_s, ..after.1 };
    let said = new.peer("site-a").and_then(|peer| peer["received_bytes"].as_u64()).unwrap_or(0);
    let sender_cpu = after.0.cpu_s - before.0.cpu_s;
    Ok(Join { member, first, stored, indexed, receiver, receiver_cpu_stored, sender_cpu, held, raw_bytes, said })
}

fn first_found(client: &Client, begun: Instant) -> anyhow::Result<Duration> {
    let asked = Instant::now();
    while asked.elapsed() < STALLED {
        let answer = client.get("/v1/query", &[("q", "*"), ("limit", "1")])?;
        if answer.status == 200 && answer.json()["rows"].as_array().is_some_and(|rows| !rows.is_empty()) {
            return Ok(begun.elapsed());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    anyhow::bail!("no event is found")
}

/// Waits until it holds so; an error only when nothing changes any more.
fn until(client: &Client, so: impl Fn(&Holding) -> bool) -> anyhow::Result<Holding> {
    let (mut last, mut moved) = (Holding::of(client)?, Instant::now());
    while !so(&last) {
        anyhow::ensure!(moved.elapsed() < STALLED, "nothing moves any more: {last:?}");
        std::thread::sleep(LOOK);
        let now = Holding::of(client)?;
        if now != last {
            (last, moved) = (now, Instant::now());
        }
    }
    Ok(last)
}

fn report(events: u64, join: &Join) -> Value {
    let rate = |took: Duration| (events as f64 / took.as_secs_f64()) as u64;
    json!({
        "events": events,
        "bytes_per_event": join.raw_bytes / events.max(1),
        "member_s": round(join.member.as_secs_f64()),
        "first_found_s": join.first.map(|took| round(took.as_secs_f64())),
        "stored_s": round(join.stored.as_secs_f64()),
        "stored_events_per_s": rate(join.stored),
        "indexed_s": round(join.indexed.as_secs_f64()),
        "indexed_events_per_s": rate(join.indexed),
        "receiver_cpu_s_until_stored": round(join.receiver_cpu_stored),
        "receiver_cpu_s": round(join.receiver.cpu_s),
        "receiver_events_per_cpu_s": (events as f64 / join.receiver.cpu_s) as u64,
        "receiver_rss_peak_mib": round(join.receiver.rss_peak_mib),
        "sender_cpu_s": round(join.sender_cpu),
        "blocks": join.held.blocks,
        "peers_received_bytes": join.said,
        "raw_bytes": join.raw_bytes,
    })
}

/// Flat when the last column is: what joining itself costs is taken away there. Of the small sizes
/// that is a difference of small numbers, so all runs are shown.
fn costs(spent: &[(u64, Vec<f64>)]) -> Value {
    let Some((0, empty)) = spent.first() else { return Value::Null };
    let empty_mean = mean(empty);
    let row = |(events, runs): &(u64, Vec<f64>)| {
        let (millions, cpu) = (*events as f64 / 1e6, mean(runs));
        json!({
            "events": events,
            "receiver_cpu_s": round(cpu),
            "runs": runs.iter().map(|run| round(*run)).collect::<Vec<_>>(),
            "cpu_s_per_million": round(cpu / millions),
            "cpu_s_per_million_without_joining": round((cpu - empty_mean) / millions),
        })
    };
    let runs: Vec<f64> = empty.iter().map(|run| round(*run)).collect();
    json!({ "joining_cpu_s": round(empty_mean), "joining_runs": runs, "sizes": spent[1..].iter().map(row).collect::<Vec<_>>() })
}

fn mean(runs: &[f64]) -> f64 {
    runs.iter().sum::<f64>() / runs.len() as f64
}
