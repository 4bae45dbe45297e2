//! A full disk refuses events, not queries, and ends by itself.

use std::time::{Duration, Instant};

use vigil_tests::{NodeOptions, NodeProcess};

/// Fills until refused; answers the status of the refusal and how many events were accepted.
fn fill(client: &vigil_tests::Client) -> (u16, u64) {
    let noise = |n: u64| {
        let mut x = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1;
        let mut word = || {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            format!("{x:016x}")
        };
        (0..30).map(|_| word()).collect::<Vec<_>>().join(" ")
    };
    let mut accepted = 0;
    for round in 0..400 {
        let body: String = (0..500).map(|n| format!("{{\"message\":\"{}\"}}\n", noise(round * 500 + n))).collect();
        let sent = client.post("/v1/ingest", &[("content-type", "application/x-ndjson")], body.as_bytes());
        let answer = sent.expect("the node is reachable");
        if answer.status != 200 {
            assert!(answer.text.contains("max_disk"), "the reason says which bound: {}", answer.text);
            return (answer.status, accepted);
        }
        accepted += answer.json()["accepted"].as_u64().expect("a number");
    }
    panic!("never refused");
}

#[test]
fn refused_with_a_reason_and_taken_again_when_there_is_room() {
    let place = tempfile::tempdir().expect("a place for tests");
    let dir = place.path().join("data");
    std::fs::create_dir(&dir).expect("writable");
    // A file of ours stands for what somebody else has on the disk.
    let ballast = dir.join("ballast");
    std::fs::write(&ballast, vec![0; 44 << 20]).expect("writable");
    let options = NodeOptions {
        environment: vec![("VIGIL_STORAGE__MAX_DISK".to_owned(), "64MiB".to_owned())],
        ..Default::default()
    };
    let node = NodeProcess::start_with(&dir, &options);
    let client = node.client();
    let (status, accepted) = fill(&client);
    assert_eq!(status, 507);
    assert!(accepted > 0, "there was room at first");
    assert!(client.count("*") >= accepted, "reads go on");

    std::fs::remove_file(&ballast).expect("there");
    let begun = Instant::now();
    let refused = |client: &vigil_tests::Client| {
        let sent = client.post("/v1/ingest", &[("content-type", "text/plain")], b"room again\n");
        sent.expect("reachable").status != 200
    };
    while refused(&client) {
        assert!(begun.elapsed() < Duration::from_secs(30), "ingest resumes by itself");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(client.count("\"room again\""), 1);
}
