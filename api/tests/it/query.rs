//! How questions are read and answers written.

use axum::http::Request;
use serde_json::{Value, json};
use vigil_api::QueryFailure;
use vigil_index::QueryError;

use crate::client::Node;
use crate::fake::Script;

const EVENTS: &str = r#"{"time":"2026-01-31T11:00:00Z","message":"disk full","host":"a","n":1}
{"time":"2026-01-31T11:30:00Z","message":"disk fine, \"really\"","host":"b","n":2}
{"time":"2026-01-31T11:59:00Z","message":"all well","host":"a","n":3}
"#;

async fn node() -> Node {
    let node = Node::new(Script::default());
    assert_eq!(node.ingest(EVENTS).await.json()["accepted"], 3);
    node
}

fn hosts(answer: &Value) -> Vec<&str> {
    answer["rows"].as_array().expect("rows").iter().map(|row| row["host"].as_str().expect("a host")).collect()
}

#[tokio::test]
async fn rows_and_what_they_are_worth() {
    let node = node().await;
    let answer = node.get("/v1/query?q=disk").await;
    assert_eq!(answer.status, 200);
    let json = answer.json();
    assert_eq!(hosts(&json), ["b", "a"], "newest first");
    assert_eq!((&json["complete"], &json["missing"]), (&json!(true), &json!([])));
    assert_eq!(json["as_of"], json!({"frontier": "03".repeat(32), "arrival": 1}));
    assert_eq!(json["stats"]["rows_matched"], 2);
    assert!(json["stats"]["elapsed_ms"].is_f64());
    assert_eq!(json.get("problems"), None);
}

#[tokio::test]
async fn every_way_to_ask_asks_the_same() {
    let node = node().await;
    let form = "q=*&from=-45m&to=now-15m";
    let json = r#"{"q":"*","from":"-45m","to":"now-15m"}"#;
    let typed = |kind: &'static str| [("content-type", kind)];
    let answers = [
        node.get(&format!("/v1/query?{form}")).await,
        node.post("/v1/query", &typed("application/x-www-form-urlencoded"), form).await,
        node.post("/v1/query", &typed("application/json"), json).await,
        node.post("/v1/query", &[], json).await,
        node.post(&format!("/v1/query?{form}"), &[], "").await,
        node.get("/v1/query?q=*&from=2026-01-31T11:15:00Z&to=1769859900").await,
    ];
    for answer in answers {
        assert_eq!(hosts(&answer.json()), ["b"], "{}", answer.text());
    }
    let other = node.post("/v1/query", &typed("text/xml"), "<q/>").await;
    assert_eq!(other.code(), (415, "content_type".to_owned()));
}

#[tokio::test]
async fn aggregates_are_rows() {
    let node = node().await;
    let answer = node.get("/v1/query?q=*%20%7C%20stats%20count()%20as%20n%20by%20host%20%7C%20sort%20by%20host").await;
    assert_eq!(answer.json()["rows"], json!([{"host": "a", "n": 2}, {"host": "b", "n": 1}]));
}

#[tokio::test]
async fn pages_follow_one_another() {
    let node = node().await;
    let mut path = "/v1/query?q=*&limit=2&from=-1h".to_owned();
    let first = node.get(&path).await.json();
    assert_eq!(hosts(&first), ["a", "b"]);
    path.push_str(&format!("&cursor={}", first["cursor"].as_str().expect("there is more")));
    let second = node.get(&path).await.json();
    assert_eq!(hosts(&second), ["a"]);
    assert_eq!(second["cursor"], Value::Null);
    assert_eq!(node.get(&path.replace("q=*", "q=x")).await.code(), (400, "query".to_owned()));
    assert_eq!(node.get("/v1/query?q=*&cursor=nonsense").await.code(), (400, "query".to_owned()));
}

#[tokio::test]
async fn ndjson_and_csv_hold_rows_only() {
    let node = node().await;
    let q = "q=*%20%7C%20fields%20host,message";
    let ndjson = node.get(&format!("/v1/query?{q}&limit=2&format=ndjson")).await;
    assert_eq!(ndjson.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(ndjson.text().lines().count(), 2);
    assert_eq!(ndjson.header("x-vigil-complete"), Some("true"));
    assert!(ndjson.header("x-vigil-cursor").is_some());
    let by_header = node.send(
        Request::get(format!("/v1/query?{q}"))
            .header("accept", "text/csv")
            .body(Default::default())
            .expect("a request"),
    );
    let csv = by_header.await;
    assert_eq!(csv.header("x-vigil-cursor"), None);
    assert_eq!(csv.text(), "host,message\r\na,all well\r\nb,\"disk fine, \"\"really\"\"\"\r\na,disk full\r\n");
}

#[tokio::test]
async fn an_answer_says_how_it_was_found() {
    let node = node().await;
    let asked = node.get("/v1/query?q=disk%20%7C%20limit%201&explain=true").await.json();
    assert_eq!(hosts(&asked), ["b"]);
    let explain = &asked["explain"];
    let lines: Vec<&str> = explain["lines"].as_array().expect("lines").iter().filter_map(Value::as_str).collect();
    assert_eq!(lines[1..4], ["frames  `disk`", "filter  disk", "head    newest first | limit 1"]);
    let parts = (&explain["from"], &explain["filter"], &explain["rest"], &explain["streams"]);
    assert_eq!(parts, (&Value::Null, &json!("disk"), &json!([]), &json!(true)));
    let by_body = node.post("/v1/query", &[], r#"{"q":"disk | limit 1","explain":true}"#).await.json();
    assert_eq!(&by_body["explain"], explain);
    assert_eq!(node.get("/v1/query?q=disk&explain=false").await.json().get("explain"), None);
    let nowhere = node.get("/v1/query?q=disk&explain=true&format=csv").await;
    assert_eq!(nowhere.code(), (400, "bad_parameter".to_owned()));
}

#[tokio::test]
async fn letter_case_counts_in_logsql_alone() {
    let node = node().await;
    for q in ["DISK", "DIS*", "host:A", "*%20%7C%20where%20DISK"] {
        assert_ne!(hosts(&node.get(&format!("/v1/query?q={q}")).await.json()), [""; 0], "{q}");
        assert_eq!(hosts(&node.get(&format!("/v1/query?q={q}&lang=logsql")).await.json()), [""; 0], "{q}");
        let theirs = node.get(&format!("/select/logsql/query?query={q}")).await;
        assert_eq!(theirs.text(), "", "{q}");
    }
    assert_eq!(hosts(&node.get("/v1/query?q=i(DISK)&lang=logsql").await.json()), ["b", "a"]);
}

#[tokio::test]
async fn a_large_answer_comes_in_pieces_and_whole() {
    let node = Node::new(Script::default());
    let body: String =
        (0..9_000).map(|n| format!("{{\"message\":\"number {n} of many events\",\"n\":{n}}}\n")).collect();
    assert_eq!(node.ingest(body).await.json()["accepted"], 9_000);
    let json = node.get("/v1/query?q=many&limit=10000").await.json();
    assert_eq!(json["rows"].as_array().map(Vec::len), Some(9_000));
    let ndjson = node.get("/v1/query?q=many&limit=10000&format=ndjson").await;
    assert_eq!(ndjson.text().lines().count(), 9_000);
}

#[tokio::test]
async fn what_is_wrong_is_said_and_shown() {
    let node = node().await;
    let broken = node.get("/v1/query?q=a%20AND%20(b").await;
    assert_eq!(broken.code(), (400, "query_parse".to_owned()));
    let error = &broken.json()["error"];
    assert!(error["span"]["start"].is_u64() && error["span"]["end"].is_u64());
    assert!(error["rendered"].as_str().is_some_and(|drawn| drawn.contains("1 | a AND (b") && drawn.contains('^')));
    for (path, code) in [
        ("/v1/query", "bad_parameter"),
        ("/v1/query?q=*&limit=0", "bad_parameter"),
        ("/v1/query?q=*&limit=10001", "bad_parameter"),
        ("/v1/query?q=*&limit=-1", "bad_parameter"),
        ("/v1/query?q=*&from=yesterday", "bad_parameter"),
        ("/v1/query?q=*&from=now&to=-1h", "bad_parameter"),
        ("/v1/query?q=*&class=noise", "bad_parameter"),
        ("/v1/query?q=*&format=xml", "bad_parameter"),
        ("/v1/query?q=*&lmit=5", "unknown_parameter"),
    ] {
        assert_eq!(node.get(path).await.code(), (400, code.to_owned()), "{path}");
    }
    let message = node.get("/v1/query?q=*&limit=0").await.json()["error"]["message"].to_string();
    assert!(message.contains("`0` is not a number from 1 to 10000"), "{message}");
}

#[tokio::test]
async fn failures_of_the_node() {
    let node = node().await;
    let table = [
        (QueryFailure::Busy { running: 4 }, (429, "busy")),
        (QueryFailure::Failed("broken".to_owned()), (500, "internal")),
        (QueryFailure::Query(QueryError::CursorGone), (410, "cursor_gone")),
        (QueryFailure::Query(QueryError::CursorOtherNode("n".to_owned())), (410, "cursor_gone")),
        (QueryFailure::Query(QueryError::CursorOtherQuery), (400, "query")),
    ];
    for (failure, (status, code)) in table {
        node.fake.script(|script| script.query = Some(failure));
        assert_eq!(node.get("/v1/query?q=*").await.code(), (status, code.to_owned()));
    }
}
