//! Elasticsearch's client for Python and its helper for bulks.

use serde_json::json;

use crate::{EVENTS, Node, assert_fields, python};

#[test]
fn the_bulk_helper_delivers_and_is_told_the_truth() {
    let node = Node::with_sources("");
    python("elastic.py", &[&node.process.url, &EVENTS.to_string()]);
    node.expect_all("service:billing");
    let event = node.one("invoice.number:=4711");
    let fields = [
        ("message", json!("invoice 4711 sent")),
        ("_time", json!("2026-08-01T12:00:00.711Z")),
        ("invoice.customer", json!("c-11")),
        ("source", json!("elastic")),
    ];
    assert_fields(&event, &fields);
}
