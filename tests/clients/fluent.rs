//! Fluentd's logger for Python, in the forward protocol.

use serde_json::json;

use crate::{EVENTS, Node, assert_fields, free_port, python};

#[test]
fn forward() {
    let port = free_port();
    let node = Node::with_sources(&format!("  forward:\n    listen: tcp://127.0.0.1:{port}\n"));
    python("forward.py", &[&port.to_string(), &EVENTS.to_string()]);
    node.expect_all("tag:shop.cart");
    let fields = [("message", json!("item 4711 added")), ("user.id", json!("u-11")), ("source", json!("forward"))];
    assert_fields(&node.one("number:=4711"), &fields);
}
