//! Which fields and values there are, and how many events when: questions and shapes.

use expect_test::{Expect, expect};
use serde_json::Value as Json;
use vigil_api::{HttpOptions, QueryFailure};
use vigil_index::{OwnedValue, Row};
use vigil_model::Timestamp;

use crate::client::{Answer, Node, options};
use crate::fake::{NOW, Script};

const MINUTE: i64 = 60_000_000_000;

fn row(columns: &[(&str, OwnedValue)]) -> Row {
    Row::new(columns.iter().map(|(name, value)| ((*name).into(), value.clone())))
}

fn text(text: &str) -> OwnedValue {
    OwnedValue::Str(text.to_owned())
}

fn at(minutes_ago: i64) -> OwnedValue {
    OwnedValue::Time(Timestamp(NOW.0 - minutes_ago * MINUTE))
}

fn counted(name: &str, counts: &[(&str, i64)]) -> Vec<Row> {
    counts.iter().map(|(value, hits)| row(&[(name, text(value)), ("hits", OwnedValue::Int(*hits))])).collect()
}

/// The answer as JSON, without what it cost.
fn shown(answer: &Answer) -> String {
    let mut json = answer.json();
    json.as_object_mut().expect("an object").remove("stats").expect("every answer says what it cost");
    serde_json::to_string(&json).expect("JSON")
}

fn check(answer: &Answer, expected: &Expect) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    expected.assert_eq(&shown(answer));
}

fn pipes(node: &Node) -> String {
    let asked = node.fake.asked();
    format!("{:?}", asked.last().expect("a query was put").question.query().pipes)
}

#[tokio::test]
async fn fields_are_listed_the_most_frequent_first() {
    let node = Node::new(Script::default());
    node.fake.answer_with(counted("name", &[("host", 9), ("level", 2)]));
    let answer = node.get("/v1/fields?q=disk&from=-1h&limit=1").await;
    check(
        &answer,
        &expect![[
            r#"{"as_of":{"arrival":0,"frontier":"0303030303030303030303030303030303030303030303030303030303030303"},"complete":true,"fields":[{"hits":9,"name":"host"}],"missing":[],"more":true}"#
        ]],
    );
    assert_eq!(
        pipes(&node),
        "[FieldNames, Sort([SortKey { field: \"hits\", descending: true }, SortKey { field: \"name\", descending: false }])]"
    );
    let asked = node.fake.asked().remove(0);
    assert_eq!((asked.limit, asked.question.query().time.from.0), (2, NOW.0 - 60 * MINUTE));
    node.fake.answer_with(vec![]);
    assert_eq!(node.get("/v1/fields").await.json()["fields"], Json::Array(vec![]));
}

#[tokio::test]
async fn values_of_a_field_are_listed() {
    let node = Node::new(Script::default());
    node.fake.answer_with(counted("host", &[("web-1", 3), ("web-2", 1)]));
    let answer = node.get("/v1/values/host").await;
    check(
        &answer,
        &expect![[
            r#"{"as_of":{"arrival":0,"frontier":"0303030303030303030303030303030303030303030303030303030303030303"},"complete":true,"missing":[],"more":false,"values":[{"hits":3,"value":"web-1"},{"hits":1,"value":"web-2"}]}"#
        ]],
    );
    assert!(pipes(&node).starts_with("[FieldValues(FieldValues { field: \"host\", limit: None }), Sort("));
    node.fake.answer_with(vec![]);
    let dotted =
        node.post("/v1/values/http.status%2Fcode", &[], r#"{"q":"x","extra_filters":["host:a","host:b"]}"#).await;
    assert_eq!(dotted.status, 200, "{}", dotted.text());
    assert!(pipes(&node).contains("field: \"http.status/code\""));
}

#[tokio::test]
async fn a_histogram_has_a_bucket_for_each_step() {
    let node = Node::new(Script::default());
    let bucket =
        |ago, level: &str, hits| row(&[("_time", at(ago)), ("level", text(level)), ("_hits", OwnedValue::Int(hits))]);
    node.fake.answer_with(vec![
        bucket(1, "info", 5),
        bucket(3, "error", 7),
        bucket(2, "info", 1),
        bucket(2, "debug", 1),
    ]);
    let answer = node.get("/v1/hits?q=*&from=-3m&to=now&step=1m&by=level&fields_limit=1").await;
    check(
        &answer,
        &expect![[
            r#"{"as_of":{"arrival":0,"frontier":"0303030303030303030303030303030303030303030303030303030303030303"},"complete":true,"missing":[],"series":[{"fields":{"level":"error"},"timestamps":["2026-01-31T11:57:00Z","2026-01-31T11:58:00Z","2026-01-31T11:59:00Z"],"total":7,"values":[7,0,0]},{"fields":{},"timestamps":["2026-01-31T11:57:00Z","2026-01-31T11:58:00Z","2026-01-31T11:59:00Z"],"total":7,"values":[0,2,5]}],"step_s":60.0,"total":14}"#
        ]],
    );
    let asked = pipes(&node);
    assert!(
        asked.contains("width: 60000000000, offset: 0") && asked.contains("field: \"level\", bucket: None"),
        "{asked}"
    );
}

#[tokio::test]
async fn a_histogram_without_a_range_is_of_the_range_of_its_events() {
    let node = Node::new(Script::default());
    node.fake.answer_with(vec![row(&[("first", at(60)), ("last", at(1))])]);
    node.fake.answer_with(vec![row(&[("_time", at(60)), ("_hits", OwnedValue::Int(2))])]);
    let json = node.get("/v1/hits").await.json();
    assert_eq!((&json["step_s"], json["series"][0]["values"].as_array().map(Vec::len)), (&60.0.into(), Some(60)));
    node.fake.answer_with(vec![]);
    node.fake.answer_with(vec![]);
    let nothing = node.get("/v1/hits?q=nothing").await.json();
    assert_eq!((&nothing["series"], &nothing["total"]), (&Json::Array(vec![]), &0.into()));
}

#[tokio::test]
async fn what_cannot_be_shown_is_refused() {
    let node = Node::new(Script::default());
    for path in [
        "/v1/fields?limit=0",
        "/v1/fields?limit=10000",
        "/v1/fields?lang=sql",
        "/v1/fields?cursor=x",
        "/v1/values/host?by=x",
        "/v1/hits?step=0",
        "/v1/hits?from=-1d&to=now&step=1ms",
        "/v1/hits?by=_time",
        "/v1/hits?fields_limit=100000",
        "/v1/hits?timeout=700",
        "/v1/fields?extra_filters=*%20%7C%20limit%201",
    ] {
        assert_eq!(node.get(path).await.status, 400, "{path}");
    }
    let broken = node.get("/v1/fields?q=(").await;
    assert!(broken.json()["error"]["rendered"].as_str().is_some_and(|drawn| drawn.contains('^')));
    node.fake.script(|script| script.query = Some(QueryFailure::Busy { running: 4 }));
    assert_eq!(node.get("/v1/hits?from=-1h&to=now").await.code(), (429, "busy".to_owned()));
}

#[tokio::test]
async fn what_takes_too_long_is_cancelled() {
    let node = Node::with(Script { hang: true, ..Script::default() }, HttpOptions { ..options() });
    for path in ["/v1/query?q=*&timeout=10ms", "/v1/fields?timeout=10ms", "/v1/hits?timeout=10ms"] {
        let answer = node.get(path).await;
        assert_eq!(answer.code(), (504, "timeout".to_owned()), "{path}");
        assert!(answer.json()["error"]["message"].as_str().is_some_and(|text| text == "no answer within 0.01 s"));
        assert_eq!(node.fake.queries_under_way(), 0, "{path}");
    }
    let options = HttpOptions { query_patience: std::time::Duration::from_millis(5), ..options() };
    let node = Node::with(Script { hang: true, ..Script::default() }, options);
    assert_eq!(node.get("/v1/query?q=*").await.status, 504);
}

#[tokio::test]
async fn filters_may_be_added_and_words_be_exact() {
    let node = Node::new(Script::default());
    for path in ["/v1/query?q=Disk&lang=logsql&extra_filters=host:a&extra_filters=NOT%20Full", "/v1/query?q=Disk"] {
        node.fake.answer_with(vec![]);
        assert_eq!(node.get(path).await.status, 200, "{path}");
    }
    let filters: Vec<String> =
        node.fake.asked().iter().map(|asked| format!("{:?}", asked.question.query().filter)).collect();
    assert!(filters[0].contains("CasedPhrase(\"Disk\")") && filters[0].contains("Not("), "{}", filters[0]);
    assert!(filters[0].contains("Named(\"host\")") && filters[0].contains("CasedPhrase(\"a\")"), "{}", filters[0]);
    assert!(filters[1].contains(" Phrase(\"Disk\")"), "{}", filters[1]);
}

#[tokio::test]
async fn a_query_may_be_a_tree() {
    let node = Node::new(Script::default());
    let typed = [("content-type", "application/json")];
    let ask = async |body: &str| node.post("/v1/query", &typed, body.to_owned()).await;
    node.fake.answer_with(vec![]);
    let tree = r#"{"query":{"filter":{"field":"level","is":"error"},"pipes":[{"limit":3}]},"from":"-1h","limit":5}"#;
    assert_eq!(ask(tree).await.status, 200);
    assert_eq!(pipes(&node), "[Limit(3)]");
    let wrong = ask(r#"{"query":{"pipes":[{"limitt":3}]}}"#).await;
    assert_eq!(wrong.code(), (400, "query_parse".to_owned()));
    assert!(wrong.text().contains("/pipes/0"), "{}", wrong.text());
    assert_eq!(ask(r#"{"query":{},"q":"x"}"#).await.code(), (400, "bad_parameter".to_owned()));
}
