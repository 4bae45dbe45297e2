//! Do the examples of `openapi.json` have the shape of real answers?

use serde_json::Value;
use vigil_index::{OwnedValue, Row};

use crate::client::Node;
use crate::fake::cluster::site_d;
use crate::fake::{NOW, Script};

/// Names and types of everything inside, values left out; a list is the shape of its first item.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
        Value::Array(items) => items.first().map(shape).into_iter().collect(),
        Value::String(_) => "text".into(),
        Value::Number(number) if number.is_f64() => "float".into(),
        Value::Number(_) => "whole".into(),
        Value::Bool(_) => "flag".into(),
        Value::Null => Value::Null,
    }
}

async fn document(node: &Node) -> Value {
    node.get("/openapi.json").await.json()
}

fn example<'a>(document: &'a Value, pointer: &str) -> &'a Value {
    let at = format!("{pointer}/content/application~1json/example");
    document.pointer(&at).unwrap_or_else(|| panic!("no example at {at}"))
}

#[tokio::test]
async fn examples_are_shaped_like_answers() {
    let node = Node::new(Script::default());
    let document = document(&node).await;
    let taken = node.ingest("{\"host\":\"web-1\"}\n{oops\n{\"host\":\"web-1\"}\n").await.json();
    assert_eq!(shape(&taken), shape(example(&document, "/paths/~1v1~1ingest/post/responses/200")));
    let nothing = node.ingest("").await.json();
    assert_eq!(shape(&nothing), shape(example(&document, "/components/responses/Ingest")));
    let found = node.get("/v1/query?q=*%20%7C%20stats%20count()%20as%20n%20by%20host").await.json();
    assert_eq!(shape(&found), shape(example(&document, "/components/responses/Query")));
    let wrong = node.get("/v1/query?q=*%20%7C%20stast%20count()").await.json();
    assert_eq!(shape(&wrong), shape(example(&document, "/components/responses/Error")));
    let status = node.get("/v1/status").await.json();
    assert_eq!(shape(&status), shape(example(&document, "/paths/~1v1~1status/get/responses/200")));
}

#[tokio::test]
async fn examples_of_peers_and_tokens_are_shaped_like_answers() {
    let node = Node::new(Script::default());
    let document = document(&node).await;
    let (found, lag) = (node.get("/v1/peers").await.json(), node.get("/v1/peers/site-c/lag").await.json());
    assert_eq!(shape(&found), shape(example(&document, "/paths/~1v1~1peers/get/responses/200")));
    assert_eq!(shape(&found["peers"][0]), shape(example(&document, "/components/responses/Peer")));
    assert_eq!(shape(&lag), shape(example(&document, "/paths/~1v1~1peers~1{peer}~1lag/get/responses/200")));
    let cluster = node.get("/v1/cluster?full=true").await.json();
    assert_eq!(shape(&cluster), shape(example(&document, "/paths/~1v1~1cluster/get/responses/200")));
    for (path, body) in [
        ("/v1/invites", "{}"),
        ("/v1/join", r#"{"target":"vigil1x"}"#),
        ("/v1/leave", ""),
        ("/v1/tokens", r#"{"name":"root","role":"admin"}"#),
    ] {
        let answer = node.post(path, &[], body).await.json();
        let at = format!("/paths/{}/post/responses/200", path.replace('/', "~1"));
        assert_eq!(shape(&answer), shape(example(&document, &at)), "{path}");
    }
    let tokens = node.post("/v1/tokens", &[("authorization", "Bearer root")], r#"{"name":"a","role":"reader"}"#).await;
    assert_eq!(tokens.status, 200);
}

#[tokio::test]
async fn examples_of_what_is_missing_and_whose_tokens_there_are() {
    let node = Node::new(Script::default());
    let document = document(&node).await;
    node.fake.others(|others| others.missing = vec![site_d()]);
    let synced = node.post("/v1/sync", &[], "").await.json();
    assert_eq!(shape(&synced), shape(example(&document, "/paths/~1v1~1sync/post/responses/200")));
    node.fake.add_token(vigil_crdt::control::Role::Admin, vigil_crdt::control::Scope::default());
    let request = axum::http::Request::get("/v1/tokens").header("authorization", "Bearer admin");
    let tokens = node.send(request.body(axum::body::Body::empty()).expect("a request")).await.json();
    assert_eq!(shape(&tokens), shape(example(&document, "/paths/~1v1~1tokens/get/responses/200")));
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let node = Node::new(Script::default());
    let document = document(&node).await;
    let mut open = vec![&document];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(reference)) = fields.get("$ref") {
                    let pointer = reference.trim_start_matches('#');
                    assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
                }
                open.extend(fields.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
}

#[tokio::test]
async fn examples_of_what_there_is_to_ask_for_are_shaped_like_answers() {
    let text = |text: &str| OwnedValue::Str(text.to_owned());
    let row =
        |columns: &[(&str, OwnedValue)]| Row::new(columns.iter().map(|(name, value)| ((*name).into(), value.clone())));
    let hits = |column: &str| vec![row(&[(column, text("web-1")), ("hits", OwnedValue::Int(12))])];
    let time = ("_time", OwnedValue::Time(NOW));
    let counted = || row(&[time.clone(), ("level", text("error")), ("_hits", OwnedValue::Int(12))]);
    let stats = || row(&[time.clone(), ("host", text("web-1")), ("n", OwnedValue::Int(12))]);
    let facet = || row(&[("field_name", text("host")), ("field_value", text("web-1")), ("hits", OwnedValue::Int(12))]);
    let q = "query=*%20%7C%20stats%20by%20(host)%20count()%20as%20n";
    for (path, described, rows) in [
        ("/v1/fields", "/v1/fields", hits("name")),
        ("/v1/values/host", "/v1/values/{field}", hits("host")),
        ("/v1/hits?from=-1m&to=now&step=1m&by=level", "/v1/hits", vec![counted()]),
        ("/select/logsql/field_names?query=*", "/select/logsql/field_names", hits("name")),
        ("/select/logsql/streams?query=*", "/select/logsql/streams", vec![counted()]),
        ("/select/logsql/hits?query=*", "/select/logsql/hits", vec![counted()]),
        ("/select/logsql/facets?query=*", "/select/logsql/facets", vec![facet()]),
        (&format!("/select/logsql/stats_query_range?{q}"), "/select/logsql/stats_query_range", vec![stats()]),
    ] {
        let node = Node::new(Script::default());
        let document = document(&node).await;
        node.fake.answer_with(rows);
        let answer = node.get(path).await.json();
        let at = format!("/paths/{}/get/responses/200", described.replace('/', "~1"));
        assert_eq!(shape(&answer), shape(example(&document, &at)), "{path}");
    }
}
