//! Lines: streams, categories of labels, directions.

use axum::body::Body;
use axum::http::Request;
use expect_test::expect;

use super::{get, json, node, path, text};
use crate::client::Node;

async fn categorized(node: &Node, query: &str) -> String {
    let request = Request::get(path("query_range", &[("query", query)]))
        .header("X-Loki-Response-Encoding-Flags", "categorize-labels")
        .body(Body::empty());
    let answer = node.send(request.expect("a request")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let data = &answer.json()["data"];
    assert_eq!(data["encodingFlags"], serde_json::json!(["categorize-labels"]));
    pretty(&data["result"])
}

/// A stream a line.
fn pretty(streams: &serde_json::Value) -> String {
    streams.as_array().expect("streams").iter().map(|stream| format!("{stream}\n")).collect()
}

async fn folded(node: &Node, query: &str) -> String {
    pretty(&json(node, "query_range", &[("query", query)]).await["data"]["result"])
}

#[tokio::test]
async fn labels_are_told_by_category_on_demand() {
    let node = node().await;
    expect![[r#"
        {"stream":{"host":"web-1","service":"shop","service_name":"shop"},"values":[["1769860797000000000","{\"user\":\"bob\",\"nested\":{\"deep\":true}}",{"structuredMetadata":{"detected_level":"error","level":"ERR","status":"500"}}],["1769860795000000000","GET /orders/17 took 20 ms",{"structuredMetadata":{"detected_level":"info","level":"info","status":"200","trace_id":"a1"}}]]}
        {"stream":{"host":"web-2","service":"shop","service_name":"shop"},"values":[["1769860796000000000","GET /orders/18 took 31 ms",{"structuredMetadata":{"detected_level":"info","level":"info","status":"404","trace_id":"a2"}}]]}
        {"stream":{"service_name":"cart"},"values":[["1769860798000000000","user=alice took=250ms",{"structuredMetadata":{"detected_level":"warn","severity":"warning"}}]]}
        {"stream":{"service_name":"unknown_service"},"values":[["1769860799000000000","{\"b\":\"x\",\"n\":5}",{"structuredMetadata":{"b":"x","detected_level":"unknown","n":"5"}}]]}
    "#]].assert_eq(&categorized(&node, "{}").await);
    expect![[r#"
        {"stream":{"detected_level":"error","host":"web-1","level":"ERR","service":"shop","service_name":"shop","status":"500"},"values":[["1769860797000000000","{\"user\":\"bob\",\"nested\":{\"deep\":true}}"]]}
        {"stream":{"detected_level":"info","host":"web-1","level":"info","service":"shop","service_name":"shop","status":"200","trace_id":"a1"},"values":[["1769860795000000000","GET /orders/17 took 20 ms"]]}
        {"stream":{"detected_level":"info","host":"web-2","level":"info","service":"shop","service_name":"shop","status":"404","trace_id":"a2"},"values":[["1769860796000000000","GET /orders/18 took 31 ms"]]}
    "#]].assert_eq(&folded(&node, "{service_name=\"shop\"}").await);
}

#[tokio::test]
async fn what_stages_make_is_parsed() {
    let node = node().await;
    expect![[r#"
        {"stream":{"host":"web-1","service":"shop","service_name":"shop"},"values":[["1769860797000000000","{\"user\":\"bob\",\"nested\":{\"deep\":true}}",{"parsed":{"nested_deep":"true","user":"bob"},"structuredMetadata":{"detected_level":"error","level":"ERR","status":"500"}}]]}
    "#]].assert_eq(&categorized(&node, "{service_name=\"shop\"} | json | user=\"bob\"").await);
    expect![[r#"
        {"stream":{"service_name":"cart"},"values":[["1769860798000000000","alice",{"parsed":{"took":"250ms","user":"alice"},"structuredMetadata":{"detected_level":"warn","severity":"warning"}}]]}
    "#]].assert_eq(&categorized(&node, "{} | logfmt | took > 100ms | line_format \"{{.user}}\"").await);
    expect![[r#"
        {"stream":{},"values":[["1769860798000000000","user=alice took=250ms",{}]]}
    "#]]
    .assert_eq(&categorized(&node, "{service_name=\"cart\"} | drop detected_level, service_name").await);
    expect![[r#"
        {"stream":{"host":"web-2"},"values":[["1769860796000000000","GET /orders/18 took 31 ms",{"parsed":{"who":"WEB-2"}}]]}
    "#]].assert_eq(
        &categorized(&node, "{host=\"web-2\"} | label_format who=\"{{.host | upper}}\" | keep who, host").await,
    );
}

#[tokio::test]
async fn a_service_that_nobody_names_can_be_asked_for() {
    let node = node().await;
    expect![[r#"
        {"stream":{"b":"x","detected_level":"unknown","n":"5","service_name":"unknown_service"},"values":[["1769860799000000000","{\"b\":\"x\",\"n\":5}"]]}
    "#]].assert_eq(&folded(&node, "{service_name=\"unknown_service\"}").await);
    let some = json(&node, "query_range", &[("query", "{service_name=~\"unk.*|cart\"}")]).await;
    assert_eq!(some["data"]["result"].as_array().map(Vec::len), Some(2), "{some}");
    let others =
        json(&node, "query_range", &[("query", "{service_name!=\"unknown_service\", service_name!~\"ca.*\"}")]).await;
    assert_eq!(others["data"]["result"].as_array().map(Vec::len), Some(3), "{others}");
}

fn times(answer: &serde_json::Value) -> Vec<String> {
    let streams = answer["data"]["result"].as_array().expect("streams").iter();
    let values = streams.flat_map(|stream| stream["values"].as_array().expect("values"));
    values.map(|value| value[0].as_str().expect("ns").to_owned()).collect()
}

#[tokio::test]
async fn the_direction_says_which_lines_and_in_which_order() {
    let node = node().await;
    let only = "{service_name=\"shop\"} | keep service_name";
    let mut parameters = [("query", only), ("limit", "2"), ("direction", "FORWARD")];
    let forward = json(&node, "query_range", &parameters).await;
    assert_eq!(times(&forward), ["1769860795000000000", "1769860796000000000"]);
    parameters[2].1 = "backward";
    let backward = json(&node, "query_range", &parameters).await;
    assert_eq!(times(&backward), ["1769860797000000000", "1769860796000000000"]);
}

#[tokio::test]
async fn a_start_is_inside_and_an_end_is_not() {
    let node = node().await;
    let between = |start: &str, end: &str| format!("/loki/api/v1/query_range?query={{}}&start={start}&end={end}");
    for (start, end, count) in [
        ("1769860795", "1769860796", 1),
        ("1769860795000000001", "1769860797", 1),
        ("1769860795.5", "1769860797.5", 2),
        ("2026-01-31T11:59:55Z", "2026-01-31T12:00:00Z", 5),
        ("4000000000", "4000000001", 0),
    ] {
        let found = node.get(&between(start, end)).await.json();
        assert_eq!(times(&found).len(), count, "{start} {end}");
    }
}

#[tokio::test]
async fn lines_left_out_at_the_end_make_room_for_others() {
    let node = node().await;
    let query = "{service_name=\"shop\"} | keep host | host=\"web-1\"";
    for direction in ["forward", "backward"] {
        let found = json(&node, "query_range", &[("query", query), ("limit", "2"), ("direction", direction)]).await;
        assert_eq!(times(&found).len(), 2, "{direction}: {found}");
    }
}

#[tokio::test]
async fn what_may_be_missing_is_a_warning() {
    let node = node().await;
    node.fake.script(|script| {
        script.answers.push_back(vigil_index::Answer {
            partial_reason: Some("half of it".to_owned()),
            ..vigil_index::Answer::default()
        });
    });
    expect![[
        r#"{"data":{"result":[],"resultType":"streams","stats":{}},"status":"success","warnings":["half of it"]}"#
    ]]
    .assert_eq(&text(&node, "query_range", &[("query", "{}")]).await);
    assert_eq!(get(&node, "query_range", &[("query", "{}")]).await.json()["warnings"], serde_json::Value::Null);
}

#[tokio::test]
async fn a_label_is_a_field_with_other_signs() {
    let node = node().await;
    node.ingest("{\"time\":\"2026-01-31T11:59:50Z\",\"message\":\"a\",\"http.status_code\":503,\"n\":7}\n").await;
    for query in ["{http_status_code=\"503\"}", "{} | http_status_code > 500", "{http_status_code=~\"5..\"} | n=7"] {
        let found = json(&node, "query_range", &[("query", query)]).await;
        assert_eq!(times(&found), ["1769860790000000000"], "{query}: {found}");
    }
    let values = json(&node, "label/http_status_code/values", &[]).await;
    assert_eq!(values["data"], serde_json::json!(["503"]));
    let count = "sum by (http_status_code) (count_over_time({http_status_code!=\"\"}[5m]))";
    let counted = json(&node, "query", &[("query", count), ("time", "1769860800")]).await;
    assert_eq!(counted["data"]["result"][0]["metric"], serde_json::json!({"http_status_code":"503"}), "{counted}");
}
