//! Logs Drilldown: services, fields, patterns.

use expect_test::expect;

use super::{json, node, text};

const ALL: (&str, &str) = ("query", "{service_name=~\".+\"}");
const SHOP: (&str, &str) = ("query", "{service_name=\"shop\"}");

#[tokio::test]
async fn it_asks_what_it_may_ask() {
    let node = node().await;
    let limits = json(&node, "drilldown-limits", &[]).await;
    assert_eq!(limits["limits"]["volume_enabled"], true);
    assert_eq!(limits["limits"]["max_entries_limit_per_query"], 5_000);
    assert_eq!(limits["pattern_ingester_enabled"], true);
    assert!(limits["version"].as_str().is_some_and(|version| version.starts_with("3.")));
}

#[tokio::test]
async fn services_by_size() {
    let node = node().await;
    expect![[r#"{"data":{"result":[{"metric":{"service_name":"shop"},"value":[1769860800,"87"]},{"metric":{"service_name":"cart"},"value":[1769860800,"21"]},{"metric":{"service_name":"unknown_service"},"value":[1769860800,"0"]}],"resultType":"vector","stats":{}},"status":"success"}"#]]
        .assert_eq(&text(&node, "index/volume", &[ALL, ("targetLabels", "service_name"), ("limit", "5000")]).await);
    expect![[r#"{"data":{"result":[{"metric":{"host":"web-1","level":"ERR"},"value":[1769860800,"37"]},{"metric":{"host":"web-1","level":"info"},"value":[1769860800,"25"]},{"metric":{"host":"web-2","level":"info"},"value":[1769860800,"25"]}],"resultType":"vector","stats":{}},"status":"success"}"#]].assert_eq(&text(&node, "index/volume", &[SHOP, ("targetLabels", "host,level")]).await);
    expect![[r#"{"data":{"result":[{"metric":{"host":""},"value":[1769860800,"87"]},{"metric":{"service":""},"value":[1769860800,"87"]},{"metric":{"service_name":""},"value":[1769860800,"87"]}],"resultType":"vector","stats":{}},"status":"success"}"#]].assert_eq(&text(&node, "index/volume", &[SHOP, ("aggregateBy", "labels")]).await);
    expect![[r#"{"data":{"result":[{"metric":{"service_name":"shop"},"values":[[1769860770,"87"]]},{"metric":{"service_name":"cart"},"values":[[1769860770,"21"]]},{"metric":{"service_name":"unknown_service"},"values":[[1769860770,"0"]]}],"resultType":"matrix","stats":{}},"status":"success"}"#]]
        .assert_eq(&text(&node, "index/volume_range", &[ALL, ("targetLabels", "service_name"), ("step", "30s")]).await);
}

#[tokio::test]
async fn labels_and_fields() {
    let node = node().await;
    expect![[r#"{"detectedLabels":[{"cardinality":2,"label":"host"},{"cardinality":1,"label":"service"},{"cardinality":3,"label":"service_name"}]}"#]].assert_eq(&text(&node, "detected_labels", &[("query", "")]).await);
    let fields = json(&node, "detected_fields", &[ALL]).await;
    let lines: String = fields["fields"].as_array().expect("fields").iter().map(|field| format!("{field}\n")).collect();
    expect![[r#"
        {"cardinality":1,"label":"b","parsers":null,"type":"string"}
        {"cardinality":4,"label":"detected_level","parsers":null,"type":"string"}
        {"cardinality":2,"label":"level","parsers":null,"type":"string"}
        {"cardinality":1,"label":"n","parsers":null,"type":"int"}
        {"cardinality":1,"jsonPath":["nested","deep"],"label":"nested_deep","parsers":["json"],"type":"boolean"}
        {"cardinality":1,"label":"severity","parsers":null,"type":"string"}
        {"cardinality":3,"label":"status","parsers":null,"type":"int"}
        {"cardinality":1,"label":"took","parsers":["logfmt"],"type":"duration"}
        {"cardinality":2,"label":"trace_id","parsers":null,"type":"string"}
        {"cardinality":2,"jsonPath":["user"],"label":"user","parsers":["json","logfmt"],"type":"string"}
    "#]]
    .assert_eq(&lines);
    expect![[r#"{"limit":1000,"values":["200","404","500"]}"#]]
        .assert_eq(&text(&node, "detected_field/status/values", &[ALL]).await);
    expect![[r#"{"limit":5,"values":["true"]}"#]]
        .assert_eq(&text(&node, "detected_field/nested_deep/values", &[SHOP, ("limit", "5")]).await);
    expect![[r#"{"limit":1000,"values":[]}"#]]
        .assert_eq(&text(&node, "detected_field/nothing/values", &[ALL, ("line_limit", "3")]).await);
}

#[tokio::test]
async fn fields_that_the_query_parses() {
    let node = node().await;
    let fields = json(&node, "detected_fields", &[("query", "{service_name=\"cart\"} | logfmt")]).await;
    let took = fields["fields"].as_array().expect("fields").iter().find(|field| field["label"] == "took");
    assert_eq!(
        took.map(|took| (&took["type"], &took["parsers"])),
        Some((&"duration".into(), &serde_json::json!(["logfmt"])))
    );
}

#[tokio::test]
async fn patterns() {
    let node = node().await;
    expect![[r#"{"data":[{"level":"info","pattern":"GET /orders/<_> took <_> ms","samples":[[1769860770,2]]},{"level":"warn","pattern":"user=alice took=<_>ms","samples":[[1769860770,1]]},{"level":"error","pattern":"{\"user\":\"bob\",\"nested\":{\"deep\":true}}","samples":[[1769860770,1]]}],"status":"success"}"#]].assert_eq(&text(&node, "patterns", &[ALL, ("step", "30s")]).await);
}
