//! OpenTelemetry over HTTP: every way in which a request can end.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use vigil_api::HttpOptions;
use vigil_crdt::control::{Role, Scope};
use vigil_node::Refusal;

use super::{request, with_a_bad_one};
use crate::client::{Answer, Node, gzip, options};
use crate::fake::{Script, busy};

const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
const JSON: (&str, &str) = ("content-type", "application/json; charset=utf-8");

fn said(messages: &[&str]) -> String {
    let records: Vec<_> = messages.iter().map(|message| json!({ "body": { "stringValue": message } })).collect();
    json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": records }] }] }).to_string()
}

async fn send(node: &Node, kind: (&str, &str), body: impl Into<Body>) -> Answer {
    node.post("/v1/logs", &[kind], body).await
}

#[tokio::test]
async fn both_encodings_at_every_path() {
    let node = Node::new(Script::default());
    for path in ["/v1/logs", "/otlp/v1/logs", "/insert/opentelemetry/v1/logs", "//v1//logs"] {
        let answer = node.post(path, &[PROTOBUF], request(&["p"])).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_slice()), (200, &b""[..]), "{path}");
        assert_eq!(answer.header("content-type"), Some("application/x-protobuf"));
        let answer = node.post(path, &[JSON], said(&["j"])).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "{}"), "{path}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    assert_eq!(node.fake.messages(), ["p", "j"].repeat(4));
}

#[tokio::test]
async fn packed_bodies_and_those_that_say_nothing_of_themselves() {
    let node = Node::new(Script::default());
    let zstd = zstd::encode_all(&request(&["c"])[..], 1).expect("memory");
    for (headers, body) in [
        (&[PROTOBUF, ("content-encoding", "gzip")][..], gzip(&request(&["a"]))),
        (&[JSON, ("content-encoding", "gzip")], gzip(said(&["b"]).as_bytes())),
        (&[PROTOBUF, ("content-encoding", "zstd")], zstd),
        (&[], request(&["d"])),
        (&[], said(&["e"]).into_bytes()),
    ] {
        assert_eq!(node.post("/v1/logs", headers, body).await.status, 200, "{headers:?}");
    }
    assert_eq!(node.fake.messages(), ["a", "b", "c", "d", "e"]);
}

#[tokio::test]
async fn nothing_is_success() {
    let node = Node::new(Script::default());
    for (kind, body) in [(PROTOBUF, ""), (JSON, ""), (JSON, "{}"), (JSON, r#"{"resourceLogs":[]}"#)] {
        assert_eq!(send(&node, kind, body).await.status, 200, "{kind:?} {body}");
    }
    assert_eq!(node.fake.submitted().len(), 0);
}

#[tokio::test]
async fn what_is_bad_is_counted_and_the_rest_is_kept() {
    let node = Node::new(Script::default());
    let answer = send(&node, PROTOBUF, with_a_bad_one(&["good"])).await;
    assert_eq!(answer.status, 200);
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(answer.body.windows(2).any(|pair| pair == b"\x08\x01"), "one was rejected: {:?}", answer.body);
    assert!(text.contains("record 1: the log record cannot be read"), "{text}");
    let json = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"too"}},{"traceId":"x"}]}]}]}"#;
    let partial = send(&node, JSON, json).await.json();
    assert_eq!(partial["partialSuccess"]["rejectedLogRecords"], "1");
    assert_eq!(node.fake.messages(), ["good", "too"]);
    assert!(node.get("/metrics").await.text().contains("vigil_ingest_rejected_total 2"));
}

#[tokio::test]
async fn errors_are_a_status_in_the_encoding_of_the_request() {
    let node = Node::new(Script::default());
    let bad = send(&node, JSON, "{").await;
    assert_eq!((bad.status.as_u16(), &bad.json()["code"]), (400, &json!(3)));
    let bad = send(&node, PROTOBUF, "{}").await;
    assert_eq!((bad.status.as_u16(), &bad.body[..2]), (400, &b"\x08\x03"[..]));
    assert_eq!(bad.header("content-type"), Some("application/x-protobuf"));
    let none = send(&node, PROTOBUF, with_a_bad_one(&[])).await;
    assert_eq!(none.status, 400, "no record could be taken");
    assert_eq!(send(&node, ("content-type", "text/plain"), "x").await.status, 415);
    let unknown = node.post("/v1/logs", &[PROTOBUF, ("content-encoding", "br")], "x").await;
    assert_eq!((unknown.status.as_u16(), &unknown.body[..2]), (415, &b"\x08\x0c"[..]));
    let huge = ["a body may have 64 MiB".to_owned(), " ".repeat(64 << 20)].concat();
    let huge = send(&node, JSON, huge).await;
    assert_eq!((huge.status.as_u16(), &huge.json()["code"]), (413, &json!(8)));
    assert!(node.fake.messages().is_empty());
}

#[tokio::test]
async fn a_full_node_is_tried_again_and_never_answers_500() {
    for (refusal, status) in [
        (busy(), 429),
        (Refusal::Stopping, 503),
        (Refusal::NoSpace("the disk is full".to_owned()), 503),
        (Refusal::Store("it broke".to_owned()), 503),
    ] {
        let node = Node::new(Script { always: Some(refusal), ..Script::default() });
        let answer = send(&node, JSON, said(&["a"])).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (status, &json!(14)));
        assert!(answer.header("retry-after").is_some());
        assert_eq!(answer.json()["details"][0]["@type"], "type.googleapis.com/google.rpc.RetryInfo");
    }
}

#[tokio::test]
async fn metrics_and_traces_are_refused_for_good() {
    let node = Node::new(Script::default());
    for path in ["/v1/metrics", "/v1/traces", "/otlp/v1/traces", "/insert/opentelemetry/v1/metrics"] {
        let answer = node.post(path, &[JSON], "{}").await;
        assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (404, &json!(12)), "{path}");
        let why = answer.json()["message"].as_str().expect("a text").to_owned();
        assert!(why.starts_with("this node does not store "), "{why}");
    }
}

#[tokio::test]
async fn who_may_not_is_told_in_the_same_form() {
    let node = Node::with(Script::default(), HttpOptions { loopback: false, ..options() });
    node.fake.add_token(Role::Reader, Scope::default());
    for (secret, status, code) in [(None, 401, 16), (Some("guess"), 401, 16), (Some("reader"), 403, 7)] {
        let mut request = Request::post("/v1/logs").header("content-type", "application/json");
        if let Some(secret) = secret {
            request = request.header("authorization", format!("Bearer {secret}"));
        }
        let answer = node.send(request.body(Body::from("{}")).expect("a request")).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (status, &json!(code)));
    }
}

#[tokio::test]
async fn many_records_are_many_submissions() {
    let node = Node::new(Script::default());
    let messages: Vec<String> = (0..5_000).map(|n| format!("line {n}")).collect();
    let texts: Vec<&str> = messages.iter().map(String::as_str).collect();
    assert_eq!(send(&node, JSON, said(&texts)).await.status, 200);
    assert_eq!(node.fake.messages(), messages);
    assert!(node.fake.submitted().len() >= 5);
}
