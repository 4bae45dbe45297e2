//! The live tail shows what is accepted, and only what is asked for.

use std::io::{BufRead, BufReader};
use std::time::Duration;

use vigil_tests::NodeProcess;

#[test]
fn matching_events_are_shown_as_they_come() {
    let place = tempfile::tempdir().expect("a place for tests");
    let node = NodeProcess::start(&place.path().join("data"));
    let url = format!("{}/v1/tail?q=level%3Aerror", node.url);
    let response = ureq::get(&url).call().expect("the tail opens");
    let mut lines = BufReader::new(response.into_body().into_reader()).lines();
    let client = node.client();
    let sender = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        client.ingest("{\"level\":\"info\",\"message\":\"one\"}\n{\"level\":\"error\",\"message\":\"two\"}\n");
        client.ingest("{\"level\":\"error\",\"message\":\"three\"}\n");
    });
    let mut next = || loop {
        let line = lines.next().expect("the stream goes on").expect("readable");
        if !line.is_empty() {
            return serde_json::from_str::<serde_json::Value>(&line).expect("a row");
        }
    };
    assert_eq!(next()["message"], "two");
    assert_eq!(next()["message"], "three");
    sender.join().expect("sent");
    drop(lines);
    assert_eq!(node.stop().code, Some(0), "a tail under way does not keep the node from stopping");
}
