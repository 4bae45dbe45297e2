//! `POST /insert/jsonline`, as VictoriaLogs takes events, with its arguments.

use serde_json::json;
use vigil_model::limits::SUBMISSION_RECORDS_MAX;

use crate::client::Node;
use crate::fake::{Script, busy};

#[tokio::test]
async fn lines_are_taken_and_counted() {
    let node = Node::new(Script::default());
    let body = "{\"_time\":\"2026-01-31T10:00:00Z\",\"_msg\":\"a\"}\noops\n\n{\"_time\":\"0\",\"_msg\":\"b\"}\n";
    for path in ["/insert/jsonline", "/ingest", "/api/v1/ingest"] {
        let answer = node.post(path, &[("content-type", "application/stream+json")], body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (200, json!({"status": "ok", "accepted": 2, "rejected": 1}))
        );
    }
    assert_eq!(node.fake.messages(), ["a", "b", "a", "b", "a", "b"]);
    assert_eq!(node.post("/insert/jsonline", &[], "").await.status, 200);
    let nothing = node.post("/insert/jsonline", &[], "oops\n[1]\n").await;
    assert_eq!(nothing.status, 400);
    assert!(nothing.text().contains("item 1: not a JSON object"), "{}", nothing.text());
    assert_eq!(node.get("/insert/ready").await.json(), json!({"status": "ok"}));
}

#[tokio::test]
async fn arguments_come_before_headers() {
    let node = Node::new(Script::default());
    let path = "/insert/jsonline?_msg_field=text,log&_time_field=at&ignore_fields=tmp.*,pw&extra_fields=env=prod,team=a%3Db&_stream_fields=x";
    let headers = [("vl-msg-field", "other"), ("vl-decolorize-fields", "text"), ("vl-time-field", "never")];
    let body = "{\"at\":\"2026-01-31T10:00:00Z\",\"text\":\"\\u001b[1mhi\\u001b[0m\",\"tmp\":{\"x\":1},\"pw\":1,\"env\":\"own\"}";
    assert_eq!(node.post(path, &headers, body).await.status, 200);
    let found = node.get("/v1/query?q=*").await.json();
    let mut row = found["rows"][0].clone();
    row.as_object_mut().expect("a row").remove("_id");
    let expected =
        json!({"_time": "2026-01-31T10:00:00Z", "message": "hi", "env": "prod", "team": "a=b", "source": "victoria"});
    assert_eq!(row, expected);
    // Every door obeys them.
    let path = "/_bulk?extra_fields=env=test&_msg_field=text";
    assert_eq!(node.post(path, &[], "{\"create\":{}}\n{\"text\":\"es\",\"env\":\"own\"}\n").await.status, 200);
    let found = node.get("/v1/query?q=env:test").await.json();
    assert_eq!(found["rows"][0]["message"], "es");
    for wrong in ["/insert/jsonline?extra_fields=x", "/insert/jsonline?extra_fields==x"] {
        assert_eq!(node.post(wrong, &[], body).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_trial_stores_nothing() {
    let node = Node::new(Script::default());
    for (path, body, status) in [
        ("/insert/jsonline?debug=1", "{\"_msg\":\"a\"}\n", 200),
        ("/_bulk?debug=1", "{\"create\":{}}\n{\"message\":\"a\"}\n", 200),
        ("/api/v2/logs?debug=1", "{\"message\":\"a\"}", 202),
    ] {
        assert_eq!(node.post(path, &[], body).await.status, status, "{path}");
    }
    assert!(node.fake.messages().is_empty() && node.fake.submitted().is_empty());
}

#[tokio::test]
async fn many_lines_and_a_busy_node() {
    let lines: String = (0..3 * SUBMISSION_RECORDS_MAX).map(|n| format!("{{\"_msg\":\"{n}\"}}\n")).collect();
    let node = Node::new(Script::default());
    let answer = node.post("/insert/jsonline", &[], lines.clone()).await;
    assert_eq!(answer.json()["accepted"], 3 * SUBMISSION_RECORDS_MAX);
    let messages: Vec<String> = (0..3 * SUBMISSION_RECORDS_MAX).map(|n| n.to_string()).collect();
    assert_eq!(node.fake.messages(), messages);
    let node = Node::new(Script { always: Some(busy()), ..Script::default() });
    let answer = node.post("/insert/jsonline", &[], lines).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, Some("1")));
}
