//! OpenTelemetry's SDK for Python, over HTTP with protobuf and over gRPC.

use serde_json::json;

use crate::{Node, assert_fields, python};

fn deliver(protocol: &str) {
    let node = Node::with_sources("");
    python("otel.py", &[protocol, node.address(), &crate::EVENTS.to_string()]);
    node.expect_all("service.name:checkout");
    let event = node.one("order.number:=4711");
    assert_fields(
        &event,
        &[
            ("message", json!("order 4711 placed")),
            ("severity_text", json!("WARN")),
            ("level", json!("warn")),
            ("order.number", json!(4711)),
            ("deployment.environment", json!("test")),
            ("source", json!("otlp")),
        ],
    );
}

#[test]
fn over_http() {
    deliver("http");
}

#[test]
fn over_grpc() {
    deliver("grpc");
}
