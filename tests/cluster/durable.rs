//! `durable=N`: a receipt that says on how many nodes the events are.

use vigil_tests::Cluster;

use crate::events;

#[test]
fn a_receipt_waits_for_copies_or_says_how_many_there_are() {
    let mut cluster = Cluster::start(3);
    cluster.wait_in_step();
    let headers = [("content-type", "application/x-ndjson")];
    let body = events(0..10, "host");
    let client = cluster.sites[0].client();
    let answer = client.post("/v1/ingest?durable=2&timeout=30s", &headers, body.as_bytes()).expect("reachable");
    assert_eq!(answer.status, 200, "{}", answer.text);
    cluster.sites[1].stop();
    cluster.sites[2].stop();
    let answer = client.post("/v1/ingest?durable=1&timeout=1s", &headers, body.as_bytes()).expect("reachable");
    assert_eq!(answer.status, 202, "{}", answer.text);
    assert_eq!(answer.json()["accepted"], 10);
    assert_eq!(client.count("host:host"), 20);
}
