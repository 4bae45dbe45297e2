//! Lists, counts and figures for clients of VictoriaLogs: questions and shapes.

use expect_test::{Expect, expect};
use vigil_index::{OwnedValue, Row};
use vigil_model::Timestamp;

use crate::client::Node;
use crate::fake::{NOW, Script};

const MINUTE: i64 = 60_000_000_000;

fn row(columns: &[(&str, OwnedValue)]) -> Row {
    Row::new(columns.iter().map(|(name, value)| ((*name).into(), value.clone())))
}

fn text(text: &str) -> OwnedValue {
    OwnedValue::Str(text.to_owned())
}

fn int(number: i64) -> OwnedValue {
    OwnedValue::Int(number)
}

fn at(minutes_ago: i64) -> OwnedValue {
    OwnedValue::Time(Timestamp(NOW.0 - minutes_ago * MINUTE))
}

/// What is answered when the node answers the only query of it with these rows; and the pipes of that query.
async fn answer(path: &str, rows: Vec<Row>, expected: &Expect) -> String {
    let node = Node::new(Script::default());
    node.fake.answer_with(rows);
    let answer = node.get(&format!("/select/logsql/{path}")).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, Some("application/json")),
        "{}",
        answer.text()
    );
    expected.assert_eq(answer.text().trim_end());
    let asked = node.fake.asked();
    assert_eq!(asked.len(), 1);
    format!("{:?}", asked[0].question.query().pipes)
}

#[tokio::test]
async fn names_and_values() {
    let rows = |column: &str| {
        vec![row(&[(column, text("a")), ("hits", int(1))]), row(&[(column, text("b")), ("hits", int(5))])]
    };
    let asked = answer(
        "field_names?query=*",
        rows("name"),
        &expect![[r#"{"values":[{"value":"b","hits":5},{"value":"a","hits":1}]}"#]],
    )
    .await;
    assert_eq!(asked, "[FieldNames]");
    let cut = expect![[r#"{"values":[{"value":"b","hits":0}]}"#]];
    let asked = answer("field_values?query=*&field=host&limit=1", rows("host"), &cut).await;
    assert_eq!(asked, "[FieldValues(FieldValues { field: \"host\", limit: None })]");
    let whole = expect![[r#"{"values":[{"value":"b","hits":5},{"value":"a","hits":1}]}"#]];
    let asked = answer("field_values?query=*&field=_msg&limit=2", rows("message"), &whole).await;
    assert!(asked.contains("field: \"message\""), "{asked}");
    assert_eq!(Node::new(Script::default()).get("/select/logsql/field_values?query=*").await.status, 400);
}

#[tokio::test]
async fn streams_are_sets_of_labels() {
    let rows = || {
        vec![
            row(&[("app", text("shop")), ("host", text("web-1")), ("_hits", int(2))]),
            row(&[("app", text("")), ("host", text("web-2")), ("_hits", int(3))]),
            row(&[("_hits", int(1))]),
        ]
    };
    let asked = answer("streams?query=*", rows(), &expect![[r#"{"values":[{"value":"{host=\"web-2\"}","hits":3},{"value":"{app=\"shop\",host=\"web-1\"}","hits":2},{"value":"{}","hits":1}]}"#]]).await;
    assert!(asked.contains("field: \"service.name\", bucket: None"), "{asked}");
    answer("stream_ids?query=*", rows(), &expect![[r#"{"values":[{"value":"835df69938eda9ea3b9c7f08","hits":3},{"value":"e3fb50ce4d35c5bfe28bb41e","hits":2},{"value":"69fa3e5f50ec693222a51df9","hits":1}]}"#]]).await;
    answer(
        "stream_field_names?query=*",
        rows(),
        &expect![[r#"{"values":[{"value":"host","hits":5},{"value":"app","hits":2}]}"#]],
    )
    .await;
    answer(
        "stream_field_values?query=*&field=host",
        rows(),
        &expect![[r#"{"values":[{"value":"web-2","hits":3},{"value":"web-1","hits":2}]}"#]],
    )
    .await;
    answer("stream_field_values?query=*&field=user", rows(), &expect![[r#"{"values":[]}"#]]).await;
}

#[tokio::test]
async fn hits_by_day_or_step() {
    let bucket = |ago, level: &str, hits| row(&[("_time", at(ago)), ("level", text(level)), ("_hits", int(hits))]);
    let rows = || vec![bucket(1, "info", 5), bucket(3, "error", 7), bucket(2, "info", 1), bucket(2, "debug", 1)];
    let asked = answer("hits?query=*&step=1m&offset=-30s&field=level&fields_limit=1", rows(), &expect![[r#"{"hits":[{"fields":{"level":"error"},"timestamps":["2026-01-31T11:57:00Z"],"values":[7],"total":7},{"fields":{},"timestamps":["2026-01-31T11:58:00Z","2026-01-31T11:59:00Z"],"values":[2,5],"total":7}]}"#]]).await;
    assert!(asked.contains("width: 60000000000, offset: -30000000000"), "{asked}");
    let day = vec![row(&[("_time", at(720)), ("_hits", int(4))])];
    let asked = answer(
        "hits?query=*",
        day,
        &expect![[r#"{"hits":[{"fields":{},"timestamps":["2026-01-31T00:00:00Z"],"values":[4],"total":4}]}"#]],
    )
    .await;
    assert!(asked.contains("width: 86400000000000, offset: 0"), "{asked}");
}

#[tokio::test]
async fn facets_by_field() {
    let facet = |name: &str, value: &str, hits| {
        row(&[("field_name", text(name)), ("field_value", text(value)), ("hits", int(hits))])
    };
    let rows = vec![facet("host", "a", 3), facet("host", "b", 1), facet("level", "info", 4)];
    let asked = answer("facets?query=*&limit=2&keep_const_fields=1", rows, &expect![[r#"{"facets":[{"field_name":"host","values":[{"field_value":"a","hits":3},{"field_value":"b","hits":1}]},{"field_name":"level","values":[{"field_value":"info","hits":4}]}]}"#]]).await;
    assert_eq!(asked, "[Facets(Facets { limit: 2, max_values: 1000, max_value_len: 128, keep_const: true })]");
}

#[tokio::test]
async fn stats_are_samples_of_prometheus() {
    let path = "stats_query?time=2026-01-31T11:00:00Z&query=*%20%7C%20stats%20by%20(host)%20count()%20as%20n,%20max(size)%20as%20top";
    let rows = vec![
        row(&[("host", text("a")), ("n", int(3)), ("top", text("x"))]),
        row(&[("host", text("")), ("n", int(1)), ("top", int(7))]),
    ];
    answer(path, rows, &expect![[r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"n","host":"a"},"value":[1769857200.0,"3"]},{"metric":{"__name__":"top","host":"a"},"value":[1769857200.0,"x"]},{"metric":{"__name__":"n"},"value":[1769857200.0,"1"]},{"metric":{"__name__":"top"},"value":[1769857200.0,"7"]}]}}"#]]).await;
    let without = Node::new(Script::default()).get("/select/logsql/stats_query?query=*").await;
    assert_eq!(without.status, 400);
    assert!(without.text().contains("must have a `stats` pipe"), "{}", without.text());
}

#[tokio::test]
async fn stats_over_time_are_series_of_prometheus() {
    let path = "stats_query_range?step=1m&query=*%20%7C%20stats%20by%20(host)%20count()%20as%20n";
    let sample = |ago, host: &str, n| row(&[("_time", at(ago)), ("host", text(host)), ("n", int(n))]);
    let rows = vec![sample(0, "a", 1), sample(1, "b", 2), sample(1, "a", 3)];
    let asked = answer(path, rows, &expect![[r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"n","host":"a"},"values":[[1769860740.0,"3"],[1769860800.0,"1"]]},{"metric":{"__name__":"n","host":"b"},"values":[[1769860740.0,"2"]]}]}}"#]]).await;
    assert!(asked.contains("field: \"_time\", bucket: Some(Time { width: 60000000000, offset: 0 })"), "{asked}");
}
