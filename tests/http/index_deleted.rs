//! The index is a cache: deleted or damaged, it comes back equal.

use vigil_tests::NodeProcess;

fn answers(node: &NodeProcess) -> Vec<serde_json::Value> {
    let client = node.client();
    let queries = [
        "refused",
        "\"failed password\"",
        "host:web-3",
        "user:alice-1*",
        "* | stats count() as n by host | sort by host",
        "n:>=990",
    ];
    queries.into_iter().map(|query| serde_json::json!(client.rows(query))).collect()
}

fn fill(node: &NodeProcess) {
    let line = |n: u64| {
        let day = 1 + n % 5;
        let text = if n.is_multiple_of(7) { "connection refused" } else { "failed password for root" };
        format!(
            "{{\"time\":\"2026-04-0{day}T00:00:{:02}Z\",\"host\":\"web-{}\",\"user\":\"alice-{n}\",\"n\":{n},\"message\":\"{text} {n}\"}}\n",
            n % 60,
            n % 4
        )
    };
    let body: String = (0..1000).map(line).collect();
    assert_eq!(node.client().ingest(&body)["accepted"], 1000);
}

#[test]
fn same_answers_without_the_index_directory() {
    let place = tempfile::tempdir().expect("a place for tests");
    let dir = place.path().join("data");
    let node = NodeProcess::start(&dir);
    fill(&node);
    let hot = answers(&node);
    node.wait_indexed();
    assert_eq!(answers(&node), hot, "index and hot tail answer alike");
    assert_eq!(node.stop().code, Some(0));

    std::fs::remove_dir_all(dir.join("index")).expect("the index is there");
    let node = NodeProcess::start(&dir);
    assert_eq!(answers(&node), hot, "rebuilt from the log");
    assert_eq!(node.stop().code, Some(0));

    damage(&dir.join("index"));
    let node = NodeProcess::start(&dir);
    assert_eq!(answers(&node), hot, "a damaged index is rebuilt");
}

/// Overwrites the middle of every file of the index.
fn damage(dir: &std::path::Path) {
    for entry in std::fs::read_dir(dir).expect("readable").flatten() {
        let path = entry.path();
        if path.is_dir() {
            damage(&path);
        } else if let Ok(mut bytes) = std::fs::read(&path) {
            let middle = bytes.len() / 2;
            bytes.iter_mut().skip(middle).take(16).for_each(|byte| *byte ^= 0xa5);
            std::fs::write(&path, bytes).expect("writable");
        }
    }
}
