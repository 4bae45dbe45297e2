//! What Grafana, Logs Drilldown and logcli send, in the order in which they send it, is answered in the shapes that they read.

use serde_json::Value;
use vigil_tests::{Client, NodeProcess};

use crate::events;

const FROM: &str = "1785585600";
const TO: &str = "1785589200";

fn loki(client: &Client, path: &str, parameters: &[(&str, &str)]) -> Value {
    let answer = client.get(&format!("/loki/api/v1/{path}"), parameters).expect("the node is reachable");
    assert_eq!(answer.status, 200, "{path} {parameters:?}: {}", answer.text);
    answer.json()
}

fn node() -> (tempfile::TempDir, NodeProcess) {
    let place = tempfile::tempdir().expect("a place for tests");
    let node = NodeProcess::start(&place.path().join("data"));
    events::fill(&node, 2_000);
    (place, node)
}

#[test]
fn grafana_saves_tests_and_explores() {
    let (_place, node) = node();
    let client = node.client();
    let health = loki(&client, "query", &[("query", "vector(1)+vector(1)"), ("time", "4000000000")]);
    assert_eq!(health["data"]["resultType"], "vector");
    assert_eq!(health["data"]["result"][0]["value"][1], "2");
    let range = [("start", FROM), ("end", TO)];
    let labels = loki(&client, "labels", &range);
    assert!(labels["data"].as_array().is_some_and(|names| names.contains(&Value::from("host"))), "{labels}");
    let hosts = loki(&client, "label/host/values", &range);
    assert_eq!(hosts["data"].as_array().map(Vec::len), Some(7), "{hosts}");
    let stats = loki(&client, "index/stats", &[("query", r#"{host=~".+"}"#), ("start", FROM), ("end", TO)]);
    assert_eq!(stats["entries"], 2_000, "{stats}");
    let rows = loki(
        &client,
        "query_range",
        &[
            ("query", r#"{host="web-01"} |= "refused""#),
            ("start", FROM),
            ("end", TO),
            ("limit", "50"),
            ("direction", "BACKWARD"),
        ],
    );
    assert_eq!(rows["data"]["resultType"], "streams");
    let streams = rows["data"]["result"].as_array().expect("streams");
    assert!(!streams.is_empty());
    for stream in streams {
        let values = stream["values"].as_array().expect("values");
        let times: Vec<u64> = values.iter().map(|v| v[0].as_str().and_then(|t| t.parse().ok()).expect("ns")).collect();
        assert!(times.is_sorted_by(|a, b| a >= b), "newest first");
        assert!(values.iter().all(|v| v[1].as_str().is_some_and(|line| line.contains("refused"))));
    }
    let volume = loki(
        &client,
        "query_range",
        &[
            ("query", r#"sum by (level) (count_over_time({host=~".+"}[5m]))"#),
            ("start", FROM),
            ("end", TO),
            ("step", "300000ms"),
        ],
    );
    assert_eq!(volume["data"]["resultType"], "matrix");
    let total: f64 = volume["data"]["result"]
        .as_array()
        .expect("series")
        .iter()
        .flat_map(|series| series["values"].as_array().expect("samples"))
        .map(|sample| sample[1].as_str().and_then(|n| n.parse::<f64>().ok()).expect("a number"))
        .sum();
    // The event at the very start is in the window that ends there, too.
    assert!((1_999.0..=2_001.0).contains(&total), "{total}");
}

#[test]
fn drilldown_finds_services_fields_and_patterns() {
    let (_place, node) = node();
    let client = node.client();
    let limits = loki(&client, "drilldown-limits", &[]);
    assert_eq!(limits["limits"]["volume_enabled"], true, "{limits}");
    let all = [("query", r#"{service_name=~".+"}"#), ("start", FROM), ("end", TO)];
    let volume = loki(&client, "index/volume", &[all[0], all[1], all[2], ("targetLabels", "service_name")]);
    assert_eq!(volume["data"]["resultType"], "vector");
    let services: Vec<_> = volume["data"]["result"]
        .as_array()
        .expect("a vector")
        .iter()
        .map(|one| one["metric"]["service_name"].as_str().expect("a name").to_owned())
        .collect();
    assert_eq!(services.len(), 3, "{services:?}");
    let labels = loki(&client, "detected_labels", &[("query", ""), all[1], all[2]]);
    assert!(labels["detectedLabels"].as_array().is_some_and(|labels| !labels.is_empty()), "{labels}");
    let fields = loki(&client, "detected_fields", &all);
    let status = fields["fields"].as_array().expect("fields").iter().find(|field| field["label"] == "status");
    let status = status.unwrap_or_else(|| panic!("{fields}"));
    assert_eq!((&status["type"], &status["parsers"]), (&Value::from("int"), &Value::Null));
    let values = loki(&client, "detected_field/status/values", &all);
    assert_eq!(values["values"].as_array().map(Vec::len), Some(3), "{values}");
    let patterns = loki(&client, "patterns", &all);
    assert!(patterns["data"].as_array().is_some_and(|patterns| !patterns.is_empty()), "{patterns}");
}

#[test]
fn logcli_lists_series_and_reads_page_by_page() {
    let (_place, node) = node();
    let client = node.client();
    let series = loki(&client, "series", &[("match", r#"{service="payments"}"#), ("start", FROM), ("end", TO)]);
    assert!(series["data"].as_array().is_some_and(|series| !series.is_empty()), "{series}");
    let forward = [("query", r#"{service="payments"}"#), ("end", TO), ("limit", "100"), ("direction", "FORWARD")];
    let first = loki(&client, "query_range", &[forward[0], ("start", FROM), forward[1], forward[2], forward[3]]);
    let newest = first["data"]["result"].as_array().expect("streams").iter();
    let newest = newest.flat_map(|stream| stream["values"].as_array().expect("values"));
    let newest = newest.map(|value| value[0].as_str().expect("ns").to_owned()).max().expect("there are lines");
    let second = loki(&client, "query_range", &[forward[0], ("start", &newest), forward[1], forward[2], forward[3]]);
    assert!(second["data"]["result"].as_array().is_some_and(|streams| !streams.is_empty()));
    let wrong = client.get("/loki/api/v1/query_range", &[("query", r#"{service="#)]).expect("reachable");
    assert_eq!(wrong.status, 400, "{}", wrong.text);
    assert!(wrong.text.contains('^'), "{}", wrong.text);
    let log_query = client.get("/loki/api/v1/query", &[("query", r#"{service="payments"}"#)]).expect("reachable");
    assert_eq!(log_query.status, 400, "an instant query is about numbers: {}", log_query.text);
}

#[test]
fn victorialogs_clients_are_answered() {
    let (_place, node) = node();
    let client = node.client();
    let get = |path: &str, parameters: &[(&str, &str)]| {
        let answer = client.get(&format!("/select/logsql/{path}"), parameters).expect("the node is reachable");
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer
    };
    // Its Grafana plugin tests the connection like this.
    get("query", &[("query", "*"), ("limit", "1"), ("start", "-5m")]);
    let lines = get("query", &[("query", "level:Error"), ("limit", "5")]);
    let rows: Vec<Value> = lines.text.lines().map(|line| serde_json::from_str(line).expect("a row")).collect();
    assert_eq!(rows.len(), 5);
    for row in &rows {
        let row = row.as_object().expect("an object");
        assert!(row.values().all(Value::is_string), "all values are texts");
        assert!(["_time", "_stream", "_stream_id", "_msg"].iter().all(|name| row.contains_key(*name)), "{row:?}");
    }
    assert_eq!(get("query", &[("query", "level:error"), ("limit", "5")]).text, "", "letter case counts here");
    let hits = get("hits", &[("query", "*"), ("start", FROM), ("end", TO), ("step", "5m"), ("field", "level")]).json();
    assert_eq!(hits["hits"].as_array().map(Vec::len), Some(4), "{hits}");
    let names = get("field_names", &[("query", "*")]).json();
    assert!(
        names["values"].as_array().is_some_and(|names| names.iter().any(|name| name["value"] == "host")),
        "{names}"
    );
    let stats = get("stats_query", &[("query", "* | stats by (level) count() as n")]).json();
    assert_eq!(stats["data"]["resultType"], "vector");
    assert_eq!(stats["data"]["result"][0]["metric"]["__name__"], "n");
}
