//! Splunk's event collector: what its clients are told.

use axum::body::Body;
use serde_json::json;
use vigil_api::HttpOptions;
use vigil_crdt::control::{Role, Scope};

use crate::client::{Node, gzip, options};
use crate::fake::{Script, busy};

const EVENT: &str = "/services/collector/event";

async fn send(node: &Node, body: impl Into<Body>) -> (u16, String) {
    let answer = node.post(EVENT, &[], body).await;
    (answer.status.as_u16(), answer.text())
}

#[tokio::test]
async fn objects_one_after_another_or_in_an_array() {
    let node = Node::new(Script::default());
    let ok = (200, r#"{"text":"Success","code":0}"#.to_owned());
    assert_eq!(send(&node, r#"{"event":"a"}{"event":"b"} {"event":"c"}"#).await, ok);
    assert_eq!(send(&node, r#"[{"event":"d"},{"event":{"message":"e"}}]"#).await, ok);
    for path in ["/services/collector", "/services/collector/event/1.0"] {
        let packed = gzip(br#"{"event":"f"}"#);
        assert_eq!(node.post(path, &[("content-encoding", "gzip")], packed).await.status, 200);
    }
    assert_eq!(node.fake.messages(), ["a", "b", "c", "d", "e", "f", "f"]);
}

#[tokio::test]
async fn one_bad_event_refuses_the_batch() {
    let node = Node::new(Script::default());
    for (body, said) in [
        ("", r#"{"text":"No data","code":5}"#),
        (r#"{"event":"a"}{"fields":{}}"#, r#"{"text":"Event field is required","code":12,"invalid-event-number":1}"#),
        (r#"{"event":""}"#, r#"{"text":"Event field cannot be blank","code":13,"invalid-event-number":0}"#),
    ] {
        assert_eq!(send(&node, body).await, (400, said.to_owned()));
    }
    let many = format!("{}oops", r#"{"event":"a"}"#.repeat(3_000));
    let (status, text) = send(&node, many).await;
    assert_eq!(status, 400);
    assert!(text.contains("Invalid data format") && text.contains(r#""invalid-event-number":3000"#), "{text}");
    assert!(node.fake.messages().is_empty(), "nothing of them is kept");
}

#[tokio::test]
async fn a_busy_node_says_so() {
    let node = Node::new(Script { always: Some(busy()), ..Script::default() });
    for (path, body) in [(EVENT, r#"{"event":"a"}"#), ("/services/collector/raw", "a\n")] {
        let answer = node.post(path, &[], body).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (503, &json!(9)), "{path}");
        assert!(answer.header("retry-after").is_some());
    }
}

#[tokio::test]
async fn raw_lines_with_what_the_query_says() {
    let node = Node::new(Script::default());
    let path = "/services/collector/raw/1.0?host=web-1&source=s&sourcetype=t&index=i&time=1447828325&channel=c";
    let answer = node.post(path, &[], "one\ntwo\n").await;
    assert_eq!(answer.status, 200);
    assert!(answer.json()["ackId"].is_u64());
    assert_eq!(node.fake.messages(), ["one", "two"]);
    let row = node.get("/v1/query?q=one").await.json()["rows"][0].clone();
    for (field, value) in [("host.name", "web-1"), ("source", "s"), ("sourcetype", "t"), ("index", "i")] {
        assert_eq!(row[field], value);
    }
    assert!(row["_time"].as_str().is_some_and(|time| time.starts_with("2015-11-18T06:32:05")), "{row}");
    let empty = node.post("/services/collector/raw", &[], "").await;
    assert_eq!((empty.status.as_u16(), &empty.json()["code"]), (400, &json!(5)));
    let wrong = node.post("/services/collector/raw?time=soon", &[], "x").await;
    assert_eq!(wrong.json()["code"], 6);
}

#[tokio::test]
async fn receipts_are_good_once_they_are_given() {
    let node = Node::new(Script::default());
    let channel = ("x-splunk-request-channel", "FE0ECFAD-13D5-401B-847D-77833BD77131");
    let mut given = Vec::new();
    for body in [r#"{"event":"a"}"#, r#"{"event":"b"}"#] {
        given.push(node.post(EVENT, &[channel], body).await.json()["ackId"].as_u64().expect("a receipt"));
    }
    let named = node.post(EVENT, &[], r#"{"event":"c","channel":"x"}"#).await.json();
    assert_eq!(named["ackId"].as_u64(), Some(given[1] + 1));
    let asked = json!({ "acks": [given[0], given[1], given[1] + 100] }).to_string();
    let answer = node.post("/services/collector/ack?channel=x", &[], asked.clone()).await.json();
    let good = |number: u64| &answer["acks"][number.to_string()];
    assert_eq!((good(given[0]), good(given[1]), good(given[1] + 100)), (&json!(true), &json!(true), &json!(false)));
    let missing = node.post("/services/collector/ack", &[], asked).await;
    assert_eq!((missing.status.as_u16(), &missing.json()["code"]), (400, &json!(10)));
    assert_eq!(node.post("/services/collector/ack?channel=x", &[], "{}").await.status, 400);
}

#[tokio::test]
async fn health_needs_no_token_and_all_else_does() {
    let node = Node::with(Script::default(), HttpOptions { loopback: false, ..options() });
    node.fake.add_token(Role::Writer, Scope::default());
    for path in ["/services/collector/health", "/services/collector/health/1.0"] {
        let answer = node.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, r#"{"text":"HEC is healthy","code":17}"#));
    }
    let none = node.post(EVENT, &[], r#"{"event":"a"}"#).await;
    assert_eq!((none.status.as_u16(), none.text().as_str()), (401, r#"{"text":"Token is required","code":2}"#));
    for (value, status, code) in
        [("Splunk writer", 200, 0), ("Basic eDp3cml0ZXI=", 200, 0), ("Splunk guess", 401, 4), ("Digest x", 401, 3)]
    {
        let answer = node.post(EVENT, &[("authorization", value)], r#"{"event":"a"}"#).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (status, &json!(code)), "{value}");
    }
    node.fake.script(|script| script.not_ready = Some("full".to_owned()));
    assert_eq!(node.get("/services/collector/health").await.status, 503);
}

#[tokio::test]
async fn what_is_not_there_is_said_as_splunk_says_it() {
    let node = Node::new(Script::default());
    let answer = node.post("/services/collector/mint", &[], "x").await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (404, &json!(404)));
}
