//! While a lost shelf of the index is rebuilt, the node answers at once, exactly, and takes events.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use vigil_tests::NodeProcess;

/// Events of the node, spread over [`DAYS`] days.
const EVENTS: u64 = 200_000;
const DAYS: u64 = 4;

fn send(node: &NodeProcess, from: u64, count: u64) {
    let line = |n: u64| {
        let (day, second) = (1 + n % DAYS, n / DAYS % 60);
        format!(
            "{{\"time\":\"2026-04-0{day}T00:00:{second:02}Z\",\"host\":\"web-{}\",\"message\":\"number {n}\"}}\n",
            n % 3
        )
    };
    let body: String = (from..from + count).map(line).collect();
    assert_eq!(node.client().ingest(&body)["accepted"], count);
}

/// Counts that a whole index and none at all must agree upon.
fn check(node: &NodeProcess, events: u64) {
    let client = node.client();
    assert_eq!(client.count("*"), events);
    assert_eq!(client.count("host:web-1"), (events + 1) / 3);
    assert_eq!(client.count("_time:2026-04-02"), events / DAYS);
    assert_eq!(client.count("\"number 777\""), 1);
    assert_eq!(client.rows("number | limit 5").len(), 5);
}

fn is_rebuilding(node: &NodeProcess) -> bool {
    let status = node.client().get("/v1/status", &[]).expect("reachable").json();
    status["warnings"].to_string().contains("index: rebuilding")
}

fn wait_whole(node: &NodeProcess, events: u64) {
    let begun = Instant::now();
    while is_rebuilding(node) {
        check(node, events);
        assert!(begun.elapsed() < Duration::from_secs(60), "the index is whole again");
    }
    node.wait_indexed();
}

fn shelf_of_the_second_day(data: &Path) -> PathBuf {
    let shelf = data.join("index/2026-04-02");
    assert!(shelf.is_dir(), "one shelf for each day");
    shelf
}

/// Overwrites a byte of every file of postings.
fn damage(shelf: &Path) {
    for entry in std::fs::read_dir(shelf).expect("readable").flatten() {
        if entry.path().extension().is_some_and(|end| end == "idx") {
            let mut bytes = std::fs::read(entry.path()).expect("readable");
            bytes[10] ^= 0x40;
            std::fs::write(entry.path(), bytes).expect("writable");
        }
    }
}

#[test]
fn answers_are_exact_while_a_shelf_is_rebuilt() {
    let place = tempfile::tempdir().expect("a place for tests");
    let data = place.path().join("data");
    let node = NodeProcess::start(&data);
    (0..4).for_each(|n| send(&node, n * EVENTS / 4, EVENTS / 4));
    node.wait_indexed();
    check(&node, EVENTS);
    assert_eq!(node.stop().code, Some(0));

    damage(&shelf_of_the_second_day(&data));
    let node = NodeProcess::start(&data);
    check(&node, EVENTS);
    send(&node, EVENTS, 1_200);
    check(&node, EVENTS + 1_200);
    node.kill();

    // It dies in the middle, or just after; and loses the same shelf again.
    std::fs::remove_dir_all(data.join("index/2026-04-02")).ok();
    let node = NodeProcess::start(&data);
    check(&node, EVENTS + 1_200);
    wait_whole(&node, EVENTS + 1_200);
    check(&node, EVENTS + 1_200);
    assert!(shelf_of_the_second_day(&data).is_dir());
    let printed = node.printed();
    assert!(printed.contains("the index is whole again"), "{printed}");
    assert_eq!(node.stop().code, Some(0));

    let node = NodeProcess::start(&data);
    check(&node, EVENTS + 1_200);
    wait_whole(&node, EVENTS + 1_200);
    let since = node.printed().split_off(printed.len());
    assert!(!since.contains("rebuil") && !since.contains("whole again"), "nothing is left to rebuild: {since}");
    assert!(!node.printed().contains("panicked at"), "{}", node.printed());
}

#[test]
fn answers_are_exact_while_the_whole_index_is_rebuilt() {
    let place = tempfile::tempdir().expect("a place for tests");
    let data = place.path().join("data");
    let node = NodeProcess::start(&data);
    send(&node, 0, 60_000);
    assert_eq!(node.stop().code, Some(0));
    std::fs::remove_dir_all(data.join("index")).expect("there");
    let node = NodeProcess::start(&data);
    check(&node, 60_000);
    send(&node, 60_000, 600);
    check(&node, 60_600);
    wait_whole(&node, 60_600);
    check(&node, 60_600);
    assert!(node.printed().contains("being rebuilt from the log"), "{}", node.printed());
}
