//! What clients of Loki ask, in the order in which they do, and what they get.

mod drilldown;
mod grafana;
mod lines;
mod logcli;
mod tail;

use serde_json::Value;

use crate::client::{Answer, Node};
use crate::fake::Script;

/// Five events of two services, one of which says nothing of itself.
const EVENTS: &str = r#"{"time":"2026-01-31T11:59:55Z","message":"GET /orders/17 took 20 ms","level":"info","service":"shop","host":"web-1","status":200,"trace.id":"a1"}
{"time":"2026-01-31T11:59:56Z","message":"GET /orders/18 took 31 ms","level":"info","service":"shop","host":"web-2","status":404,"trace.id":"a2"}
{"time":"2026-01-31T11:59:57Z","message":"{\"user\":\"bob\",\"nested\":{\"deep\":true}}","level":"ERR","service":"shop","host":"web-1","status":500}
{"time":"2026-01-31T11:59:58Z","msg":"user=alice took=250ms","severity":"warning","service.name":"cart"}
{"time":"2026-01-31T11:59:59Z","n":5,"b":"x"}
"#;

/// The minute in which the events are.
const MINUTE: &str = "start=1769860740&end=1769860800";

async fn node() -> Node {
    let node = Node::new(Script::default());
    assert_eq!(node.ingest(EVENTS).await.json()["accepted"], 5);
    node
}

/// A request as these clients write it.
fn path(endpoint: &str, parameters: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("/loki/api/v1/{endpoint}?{query}&{MINUTE}")
}

async fn get(node: &Node, endpoint: &str, parameters: &[(&str, &str)]) -> Answer {
    node.get(&path(endpoint, parameters)).await
}

async fn json(node: &Node, endpoint: &str, parameters: &[(&str, &str)]) -> Value {
    let answer = get(node, endpoint, parameters).await;
    assert_eq!(answer.status, 200, "{endpoint} {parameters:?}: {}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.json()
}

async fn text(node: &Node, endpoint: &str, parameters: &[(&str, &str)]) -> String {
    json(node, endpoint, parameters).await.to_string()
}
