//! A push as Promtail and Alloy send it: protobuf in a block of snappy.

use serde_json::json;

use crate::{EVENTS, Node, assert_fields, python};

#[test]
fn snappy_push() {
    let node = Node::with_sources("");
    python("loki.py", &[&node.process.url, &EVENTS.to_string()]);
    node.expect_all("job:shop");
    let event = node.one("\"GET /cart/4711 took\"");
    let fields = [
        ("message", json!("GET /cart/4711 took 11 ms")),
        ("_time", json!("2026-08-01T12:00:04.711Z")),
        ("pod", json!("shop-1")),
        ("trace_id", json!("t-4711")),
        ("source", json!("loki")),
    ];
    assert_fields(&event, &fields);
}
