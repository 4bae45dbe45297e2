//! `kill -9` at any instant: nothing acknowledged is lost, nothing is there twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use vigil_tests::{Client, NodeProcess};

/// Crashes in one test run.
const ROUNDS: u64 = 4;
/// Events in one request.
const BATCH: u64 = 200;

/// Sends numbered events until the node dies; answers how many were acknowledged in the end.
fn send_until_dead(client: &Client, acknowledged: &AtomicU64, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let first = acknowledged.load(Ordering::Relaxed);
        let body: String = (first..first + BATCH).map(|n| format!("{{\"n\":{n},\"message\":\"event\"}}\n")).collect();
        let key = format!("from-{first}");
        let headers = [("content-type", "application/x-ndjson"), ("idempotency-key", key.as_str())];
        match client.post("/v1/ingest", &headers, body.as_bytes()) {
            Ok(answer) if answer.status == 200 => {
                acknowledged.fetch_add(answer.json()["accepted"].as_u64().expect("a number"), Ordering::Relaxed);
            }
            _ => return,
        }
    }
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_is_doubled() {
    let place = tempfile::tempdir().expect("a place for tests");
    let dir = place.path().join("data");
    let acknowledged = Arc::new(AtomicU64::new(0));
    for round in 0..ROUNDS {
        let node = NodeProcess::start(&dir);
        let stop = Arc::new(AtomicBool::new(false));
        let sender = {
            let (client, acknowledged, stop) = (node.client(), acknowledged.clone(), stop.clone());
            std::thread::spawn(move || send_until_dead(&client, &acknowledged, &stop))
        };
        std::thread::sleep(Duration::from_millis(300 + 137 * round));
        node.kill();
        stop.store(true, Ordering::Relaxed);
        sender.join().expect("the sender ends with the node");

        let node = NodeProcess::start(&dir);
        let count = node.client().count("event");
        let promised = acknowledged.load(Ordering::Relaxed);
        assert!(count >= promised, "round {round}: {count} events, {promised} were acknowledged");
        assert!(
            count <= promised + BATCH,
            "round {round}: {count} events, {promised} acknowledged, one batch in flight"
        );
        assert_eq!(node.stop().code, Some(0));
    }
    let node = NodeProcess::start(&dir);
    let promised = acknowledged.load(Ordering::Relaxed);
    assert!(promised > 0, "the test sent something");
    // Every number below what was acknowledged is there exactly once.
    assert_eq!(node.client().count(&format!("n:<{promised}")), promised);
}
