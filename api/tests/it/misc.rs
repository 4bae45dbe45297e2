//! Everything small: events, health, metrics, strangers.

use axum::body::Body;
use axum::http::Request;
use vigil_api::{HttpOptions, Status};

use crate::client::{Node, options};
use crate::fake::Script;

#[tokio::test]
async fn one_event_by_its_name() {
    let node = Node::new(Script::default());
    node.ingest("hello").await;
    let row = node.get("/v1/query?q=hello").await.json()["rows"][0].clone();
    let id = row["_id"].as_str().expect("an id");
    assert_eq!(node.get(&format!("/v1/events/{id}")).await.json(), row);
    let missing = id.replace(".logs.0", ".logs.7");
    assert_eq!(node.get(&format!("/v1/events/{missing}")).await.code(), (404, "no_such_event".to_owned()));
    let broken = node.get(&format!("/v1/events/{}", id.replace("logs", "noise"))).await;
    assert_eq!(broken.code(), (400, "bad_event_id".to_owned()));
    assert!(broken.json()["error"]["message"].as_str().is_some_and(|why| why.contains("the class is unknown")));
}

#[tokio::test]
async fn health_and_status() {
    let node = Node::new(Script::default());
    assert_eq!(node.get("/healthz").await.text(), "ok\n");
    assert_eq!(node.get("/readyz").await.text(), "ready\n");
    node.fake.script(|script| script.not_ready = Some("the disk is full".to_owned()));
    assert_eq!(node.get("/healthz").await.status, 200);
    let answer = node.get("/readyz").await;
    assert_eq!(answer.code(), (503, "not_ready".to_owned()));
    assert!(answer.text().contains("not ready: the disk is full"));
    let status: Status = serde_json::from_slice(&node.get("/v1/status").await.body).expect("a status");
    assert_eq!(status.name, "fake");
    let page = Request::get("/").header("accept", "text/html,*/*;q=0.8").body(Body::empty()).expect("a request");
    let page = node.send(page).await;
    assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
}

#[tokio::test]
async fn requests_are_counted_by_route_and_status() {
    let node = Node::new(Script::default());
    node.ingest("a\n").await;
    node.ingest("").await;
    node.get("/v1/events/nonsense").await;
    node.get("/nowhere").await;
    node.get("/nowhere/at/all").await;
    let text = node.get("/metrics").await.text();
    for line in [
        "vigil_fake 1",
        "vigil_http_requests_total{route=\"/v1/ingest\",status=\"200\"} 1",
        "vigil_http_requests_total{route=\"/v1/ingest\",status=\"400\"} 1",
        "vigil_http_requests_total{route=\"/v1/events/{id}\",status=\"400\"} 1",
        "vigil_http_requests_total{route=\"/{index}\",status=\"404\"} 1",
        "vigil_http_requests_total{route=\"other\",status=\"404\"} 1",
        "vigil_http_requests_in_flight 1",
    ] {
        assert!(text.lines().any(|other| other == line), "{line} in\n{text}");
    }
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there() {
    let node = Node::new(Script::default());
    let answer = node.get("/v1/search").await;
    assert_eq!(answer.code(), (404, "unknown_path".to_owned()));
    assert!(answer.json()["error"]["hint"].is_string());
    let answer = node.get("/v1/ingest").await;
    assert_eq!(answer.code(), (405, "wrong_method".to_owned()));
    assert_eq!(answer.header("allow"), Some("POST"));
    assert_eq!(node.post("/v1/status", &[], "").await.code(), (405, "wrong_method".to_owned()));
}

#[tokio::test]
async fn web_pages_are_kept_out() {
    let node = Node::new(Script::default());
    let foreign = |host: &str| Request::get("/v1/status").header("host", host).body(Body::empty()).expect("a request");
    assert_eq!(node.send(foreign("evil.example:8080")).await.code(), (403, "foreign_host".to_owned()));
    assert_eq!(node.send(foreign("localhost:8080")).await.status, 200);
    let origin = async |origin: &str| node.post("/v1/ingest", &[("origin", origin)], "x").await;
    assert_eq!(origin("https://evil.example").await.code(), (403, "foreign_origin".to_owned()));
    assert_eq!(origin("null").await.code(), (403, "foreign_origin".to_owned()));
    assert_eq!(origin("http://localhost:5173").await.status, 200);
    let open = Node::with(Script::default(), HttpOptions { loopback: false, open: true, ..options() });
    assert_eq!(open.send(foreign("node.lan:8080")).await.status, 200);
}

#[tokio::test]
async fn a_panic_is_an_answer() {
    let node = Node::new(Script::default());
    node.fake.panic_in_metrics();
    assert_eq!(node.get("/metrics").await.status, 500);
    assert_eq!(node.get("/healthz").await.status, 200);
}
