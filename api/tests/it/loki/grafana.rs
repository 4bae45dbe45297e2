//! Grafana: Save & test, and Explore with its volume of logs.

use expect_test::expect;
use vigil_api::QueryFailure;
use vigil_crdt::control::{Role, Scope};
use vigil_model::ClassSet;

use super::{get, json, node, path, text};
use crate::client::{Node, options};
use crate::fake::Script;

#[tokio::test]
async fn save_and_test() {
    let node = Node::new(Script::default());
    let answer = node.get("/loki/api/v1/query?query=vector(1)%2Bvector(1)&time=4000000000").await;
    expect![[r#"
        {"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[4000000000,"2"]}],"stats":{}}}
    "#]]
    .assert_eq(&answer.text());
    let scalar = node.get("/loki/api/v1/query?query=1%2B1&time=4000000000.5").await;
    expect![[r#"
        {"status":"success","data":{"resultType":"scalar","result":[4000000000.5,"2"],"stats":{}}}
    "#]]
    .assert_eq(&scalar.text());
    assert_eq!(node.get("/ready").await.text(), "ready\n");
    assert_eq!(node.get("/loki/api/v2alpha/tail").await.status, 404);
    expect![[r#"
        {"branch":"vigil","buildDate":"","buildUser":"","goVersion":"","revision":"vigil-0.1.0","version":"3.5.0"}"#]]
    .assert_eq(&node.get("/loki/api/v1/status/buildinfo").await.json().to_string());
}

#[tokio::test]
async fn the_label_browser() {
    let node = node().await;
    expect![[r#"{"data":["host","service","service_name"],"status":"success"}"#]]
        .assert_eq(&text(&node, "labels", &[]).await);
    expect![[r#"{"data":["service_name"],"status":"success"}"#]]
        .assert_eq(&text(&node, "label", &[("query", "{service_name=\"cart\"}")]).await);
    expect![[r#"{"data":["web-1","web-2"],"status":"success"}"#]]
        .assert_eq(&text(&node, "label/host/values", &[]).await);
    expect![[r#"{"data":["cart","shop","unknown_service"],"status":"success"}"#]]
        .assert_eq(&text(&node, "label/service_name/values", &[]).await);
    expect![[r#"{"data":["error","info","unknown","warn"],"status":"success"}"#]]
        .assert_eq(&text(&node, "label/detected_level/values", &[]).await);
    expect![[r#"{"data":[],"status":"success"}"#]].assert_eq(&text(&node, "label/nothing/values", &[]).await);
    expect![[r#"{"bytes":87,"chunks":2,"entries":3,"streams":2}"#]]
        .assert_eq(&text(&node, "index/stats", &[("query", "{service_name=\"shop\"}")]).await);
}

#[tokio::test]
async fn the_volume_of_logs_and_other_numbers() {
    let node = node().await;
    let volume = "sum by (level, detected_level) (count_over_time({service_name=~\".+\"} [30s]))";
    expect![[r#"{"data":{"result":[{"metric":{"detected_level":"error","level":"ERR"},"values":[[1769860800,"1"]]},{"metric":{"detected_level":"info","level":"info"},"values":[[1769860800,"2"]]},{"metric":{"detected_level":"unknown"},"values":[[1769860800,"1"]]},{"metric":{"detected_level":"warn","level":"warning"},"values":[[1769860800,"1"]]}],"resultType":"matrix","stats":{}},"status":"success"}"#]]
        .assert_eq(&text(&node, "query_range", &[("query", volume), ("step", "30000ms")]).await);
    let rate = "sum by (service_name) (bytes_over_time({}[1m]))";
    expect![[r#"{"data":{"result":[{"metric":{"service_name":"cart"},"value":[1769860800,"21"]},{"metric":{"service_name":"shop"},"value":[1769860800,"87"]}],"resultType":"vector","stats":{}},"status":"success"}"#]]
        .assert_eq(&text(&node, "query", &[("query", rate), ("time", "1769860800")]).await);
    let by_post = node
        .post(
            "/loki/api/v1/query_range",
            &[("content-type", "application/x-www-form-urlencoded")],
            "query=count_over_time({service_name%3D%22cart%22}[1h])&start=1769860800&end=1769860800&step=60",
        )
        .await;
    expect![[r#"
        {"status":"success","data":{"resultType":"matrix","result":[{"metric":{"service_name":"cart"},"values":[[1769860800,"1"]]}],"stats":{}}}
    "#]].assert_eq(&by_post.text());
}

#[tokio::test]
async fn nothing_found_is_an_empty_answer() {
    let node = Node::new(Script::default());
    for endpoint in ["labels", "label/host/values", "series", "patterns"] {
        assert_eq!(json(&node, endpoint, &[]).await["data"], serde_json::json!([]), "{endpoint}");
    }
    let all = [("query", "{service_name=~\".+\"}")];
    expect![[r#"{"data":{"result":[],"resultType":"streams","stats":{}},"status":"success"}"#]]
        .assert_eq(&text(&node, "query_range", &all).await);
    expect![[r#"{"bytes":0,"chunks":0,"entries":0,"streams":0}"#]].assert_eq(&text(&node, "index/stats", &all).await);
    expect![[r#"{"fields":[],"limit":1000}"#]].assert_eq(&text(&node, "detected_fields", &all).await);
    expect![[r#"{"detectedLabels":[]}"#]].assert_eq(&text(&node, "detected_labels", &[("query", "")]).await);
    expect![[r#"{"data":{"result":[],"resultType":"vector","stats":{}},"status":"success"}"#]]
        .assert_eq(&text(&node, "index/volume", &all).await);
}

#[tokio::test]
async fn what_is_wrong_is_said_in_plain_text() {
    let node = node().await;
    let wrong = get(&node, "query_range", &[("query", "{app=\"x\"} | jsn")]).await;
    assert_eq!((wrong.status.as_u16(), wrong.header("content-type")), (400, Some("text/plain; charset=utf-8")));
    expect![[r#"
        error: unknown stage `jsn`
        1 | {app="x"} | jsn
          |             ^^^
          = hint: did you mean `json`?
    "#]]
    .assert_eq(&wrong.text());
    for (endpoint, name, value) in [
        ("query", "query", "{app=\"x\"}"),
        ("query", "query", ""),
        ("query", "query", "sum(1)"),
        ("query_range", "limit", "0"),
        ("query_range", "limit", "5001"),
        ("query_range", "direction", "sideways"),
        ("query_range", "since", "soon"),
        ("index/volume", "query", "rate({}[1m])"),
        ("index/volume", "aggregateBy", "colour"),
        ("tail", "query", "{app=\"x"),
        ("tail", "query", "{}"),
        ("tail", "delay_for", "6"),
    ] {
        let mut parameters = vec![(name, value)];
        if name != "query" {
            parameters.push(("query", "{}"));
        }
        assert_eq!(get(&node, endpoint, &parameters).await.status, 400, "{endpoint} {name}={value}");
    }
    let backwards = node.get("/loki/api/v1/query_range?query={}&start=20&end=10").await;
    assert_eq!(backwards.status, 400, "{}", backwards.text());
    let steps = node.get("/loki/api/v1/query_range?query=vector(1)&start=0&end=1769860800&step=1").await;
    assert!(steps.status == 400 && steps.text().contains("limit is"), "{}", steps.text());
}

#[tokio::test]
async fn busy_and_late_have_their_status() {
    let busy = Node::new(Script { query: Some(QueryFailure::Busy { running: 8 }), ..Script::default() });
    assert_eq!(get(&busy, "query_range", &[("query", "{}")]).await.status, 429);
    let options = vigil_api::HttpOptions { query_patience: std::time::Duration::from_millis(10), ..options() };
    let late = Node::with(Script { hang: true, ..Script::default() }, options);
    assert_eq!(get(&late, "labels", &[]).await.status, 504);
    assert_eq!(late.fake.queries_under_way(), 0);
}

#[tokio::test]
async fn a_token_sees_what_its_scope_allows() {
    let node = node().await;
    let scope = Scope { classes: ClassSet::ALL, filter: "service:shop".to_owned() };
    node.fake.add_named("secret", Role::Reader, scope);
    let request = axum::http::Request::get(path("label/service_name/values", &[]))
        .header("authorization", "Bearer secret")
        .header("x-scope-orgid", "tenant-7");
    let answer = node.send(request.body(axum::body::Body::empty()).expect("a request")).await;
    assert_eq!(answer.json()["data"], serde_json::json!(["shop"]));
}
