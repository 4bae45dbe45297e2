//! An index that cannot be written, for a while, costs no event and no answer, and mends by itself.

use std::time::{Duration, Instant};

use vigil_tests::NodeProcess;

fn send(node: &NodeProcess, count: u64) {
    let body: String = (0..count).map(|n| format!("{{\"n\":{n},\"message\":\"number {n}\"}}\n")).collect();
    assert_eq!(node.client().ingest(&body)["accepted"], count);
}

/// Whether a warning says that the index does not follow.
fn is_behind(node: &NodeProcess) -> bool {
    let status = node.client().get("/v1/status", &[]).expect("reachable").json();
    status["warnings"].to_string().contains("does not follow the log")
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Puts a file where the index was: nothing can be written below it. `keep` says whether the index
/// comes back as it was, or has to be built anew.
fn fails_and_mends(keep: bool) {
    let place = tempfile::tempdir().expect("a place for tests");
    let dir = place.path().join("data");
    let node = NodeProcess::start(&dir);
    send(&node, 2_000);
    node.wait_indexed();
    assert_eq!(node.client().count("number"), 2_000);

    let (index, away) = (dir.join("index"), place.path().join("away"));
    std::fs::rename(&index, &away).expect("the index is there");
    std::fs::write(&index, "").expect("writable");
    send(&node, 1_000);
    wait_until("the failure is told", || is_behind(&node));
    send(&node, 1_000);
    assert_eq!(node.client().count("number"), 4_000, "answers are exact meanwhile");

    std::fs::remove_file(&index).expect("there");
    if keep {
        std::fs::rename(&away, &index).expect("writable");
    }
    wait_until("it follows again", || !is_behind(&node));
    node.wait_indexed();
    send(&node, 1_000);
    assert_eq!(node.client().count("number"), 5_000);
    node.wait_indexed();
    assert_eq!(node.client().count("number"), 5_000);
    assert_eq!(node.stop().code, Some(0));

    let node = NodeProcess::start(&dir);
    assert!(!node.printed().contains("panicked at"), "{}", node.printed());
    assert_eq!(node.client().count("number"), 5_000);
}

#[test]
fn an_index_that_comes_back_is_gone_on_with() {
    fails_and_mends(true);
}

#[test]
fn an_index_that_is_lost_while_the_node_runs_is_built_anew() {
    fails_and_mends(false);
}
