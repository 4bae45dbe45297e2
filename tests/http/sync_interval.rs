//! `storage.sync: interval` acknowledges before the fsync and says so.

use vigil_tests::{NodeOptions, NodeProcess};

#[test]
fn acknowledged_before_the_fsync_and_visible_at_once() {
    let place = tempfile::tempdir().expect("a place for tests");
    let dir = place.path().join("data");
    let environment = vec![
        ("VIGIL_STORAGE__SYNC".to_owned(), "interval".to_owned()),
        ("VIGIL_STORAGE__SYNC_INTERVAL".to_owned(), "400ms".to_owned()),
    ];
    let options = NodeOptions { environment, ..NodeOptions::default() };
    let node = NodeProcess::start_with(&dir, &options);
    let client = node.client();
    client.ingest("{\"message\":\"early bird\"}\n");
    assert_eq!(client.count("early"), 1);
    let status = client.get("/v1/status", &[]).expect("reachable").json();
    assert_eq!(status["storage"]["sync"], "interval");
    node.wait_indexed();
    // The death of the process alone loses nothing even so.
    node.kill();
    let node = NodeProcess::start(&dir);
    assert_eq!(node.client().count("early"), 1);
}
