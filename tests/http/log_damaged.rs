//! A damaged log is named by every answer, also after the index was built anew from it.

use std::path::{Path, PathBuf};

use serde_json::Value;
use vigil_tests::NodeProcess;

const EVENTS: u64 = 6_000;

/// Events that do not shrink, so that the damaged byte is one of theirs.
fn fill(node: &NodeProcess) {
    let mut x = 0x9e37_79b9_7f4a_7c15_u64;
    let mut word = || {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        format!("{x:016x}")
    };
    for part in 0..6 {
        let mut line = |n: u64| {
            let noise: Vec<_> = (0..24).map(|_| word()).collect();
            format!("{{\"n\":{n},\"host\":\"web-{}\",\"message\":\"{}\"}}\n", n % 4, noise.join(" "))
        };
        let body: String = (part * 1_000..(part + 1) * 1_000).map(&mut line).collect();
        assert_eq!(node.client().ingest(&body)["accepted"], 1_000);
    }
}

fn flip_in_largest_table(dir: &Path) {
    let tables = std::fs::read_dir(dir).expect("the log is there").flatten().map(|entry| entry.path());
    let tables = tables.filter(|path| path.extension().is_some_and(|end| end == "sst"));
    let size = |path: &PathBuf| path.metadata().map_or(0, |data| data.len());
    let largest = tables.max_by_key(size).expect("a start writes what the last run logged into tables");
    let mut bytes = std::fs::read(&largest).expect("readable");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    std::fs::write(&largest, bytes).expect("writable");
}

fn ask(node: &NodeProcess, query: &str) -> Value {
    let answer = node.client().get("/v1/query", &[("q", query), ("limit", "10000")]).expect("reachable");
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

/// The numbers of the events that are found.
fn found(answer: &Value) -> Vec<u64> {
    let rows = answer["rows"].as_array().expect("rows");
    rows.iter().map(|row| row["n"].as_u64().expect("a number")).collect()
}

fn assert_named(answer: &Value) {
    assert_eq!(answer["complete"], false, "{answer}");
    let problems = answer["problems"].to_string();
    assert!(problems.contains(" seq "), "the block is named: {problems}");
}

#[test]
fn what_cannot_be_read_is_named_before_and_after_a_rebuild() {
    let place = tempfile::tempdir().expect("a place for tests");
    let dir = place.path().join("data");
    let node = NodeProcess::start(&dir);
    fill(&node);
    node.wait_indexed();
    assert_eq!(node.stop().code, Some(0));
    assert_eq!(NodeProcess::start(&dir).stop().code, Some(0));
    flip_in_largest_table(&dir.join("log"));

    let node = NodeProcess::start(&dir);
    let before = ask(&node, "message:*");
    assert_named(&before);
    let left = found(&before);
    assert!(left.len() < EVENTS as usize && left.len() > 3_000, "{} are left", left.len());
    assert_eq!(node.stop().code, Some(0));

    std::fs::remove_dir_all(dir.join("index")).expect("the index is there");
    let node = NodeProcess::start(&dir);
    let after = ask(&node, "message:*");
    assert_named(&after);
    assert_eq!(found(&after), left, "everything that can be read is found");
    let count = ask(&node, "* | stats count() as n");
    assert_named(&count);
    assert_eq!(count["rows"][0]["n"], left.len(), "only what can be read is counted");
    assert_named(&ask(&node, "nosuchword"));
    assert_eq!(node.client().ingest("{\"host\":\"after\"}\n")["accepted"], 1, "the node goes on");
    assert_eq!(found(&ask(&node, "n:*")), left);
    assert_eq!(node.stop().code, Some(0));
}
