//! Elasticsearch: what its clients ask first, `_bulk` with an answer for each action, single documents.

use axum::body::Body;
use axum::http::Request;
use expect_test::expect;
use serde_json::{Value, json};
use vigil_crdt::control::{Role, Scope};
use vigil_model::limits::SUBMISSION_RECORDS_MAX;
use vigil_node::Refusal;

use crate::client::{Answer, Node, gzip};
use crate::fake::{Script, busy};

async fn send(node: &Node, method: &str, path: &str, body: &str) -> Answer {
    let request = Request::builder().method(method).uri(path).body(Body::from(body.to_owned())).expect("a request");
    let answer = node.send(request).await;
    assert_eq!(answer.header("x-elastic-product"), Some("Elasticsearch"), "{method} {path}");
    answer
}

/// The answer without the time that it took.
async fn bulk(node: &Node, path: &str, body: &str) -> String {
    let answer = send(node, "POST", path, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = answer.text();
    match text.strip_prefix("{\"took\":").and_then(|rest| rest.split_once(',')) {
        Some((_, rest)) => format!("{{{rest}"),
        None => text,
    }
}

async fn rows(node: &Node) -> Vec<Value> {
    let found = node.get("/v1/query?q=*").await.json();
    let mut rows = found["rows"].as_array().expect("rows").clone();
    for row in &mut rows {
        row.as_object_mut().expect("a row").retain(|name, _| name != "_id");
    }
    rows
}

#[tokio::test]
async fn every_action_is_answered_in_its_place() {
    let node = Node::new(Script::default());
    let body = "{ \"create\" : { \"_index\" : \"logs-app\", \"_id\": \"k\" } }\r\n\
        { \"log\" : \"a\", \"time\":\"2020-01-01T00:00:00Z\", \"@timestamp\": \"2026-01-31T10:00:00Z\" }\r\n\
        {\"delete\":{\"_id\":\"x\"}}\n{\"index\":{}}\noops\n{\"update\":{\"_id\":\"y\"}}\n{\"doc\":{}}\n\
        {\"index\":{\"_id\":\"z\"}}\n{\"message\":\"b\"}\n";
    expect![[r#"
        {"errors":true,"items":[{"create":{"_index":"logs-app","_id":"k","_version":1,"result":"created","status":201}},{"delete":{"_index":"web","_id":"x","status":400,"error":{"type":"illegal_argument_exception","reason":"[delete] is not possible: what is logged stays as it is"}}},{"index":{"_index":"web","_id":"ba8c8bbf3a41484d8b9e","status":400,"error":{"type":"document_parsing_exception","reason":"not a JSON object: expected value at line 1 column 1"}}},{"update":{"_index":"web","_id":"y","status":400,"error":{"type":"illegal_argument_exception","reason":"[update] is not possible: what is logged stays as it is"}}},{"index":{"_index":"web","_id":"z","_version":1,"result":"created","status":201}}]}
    "#]]
    .assert_eq(&bulk(&node, "/web/_bulk?refresh=wait_for&pipeline=x", body).await);
    let rows = rows(&node).await;
    let row = rows.iter().find(|row| row["event.id"] == "k").expect("it was kept");
    assert_eq!(row["message"], "a");
    assert_eq!(
        (&row["_time"], &row["index"], &row["source"]),
        (&json!("2026-01-31T10:00:00Z"), &json!("logs-app"), &json!("elastic"))
    );
    assert_eq!(rows.len(), 2);
}

#[tokio::test]
async fn the_text_of_an_answer_is_as_clients_search_it() {
    let node = Node::new(Script::default());
    let body = "{\"create\":{\"_id\":\"k\"}}\n{\"message\":\"a\"}\n";
    let text = send(&node, "PUT", "/_bulk", body).await.text();
    assert!(text.starts_with("{\"took\":") && text.contains(",\"errors\":false,\"items\":[{\"create\":{"), "{text}");
    assert!(!text.contains(' '), "{text}");
    for (path, answer) in [
        (
            "/_bulk?filter_path=errors,items.*.error,items.*.status",
            "{\"errors\":false,\"items\":[{\"create\":{\"status\":201}}]}\n",
        ),
        ("/_bulk?filter_path=items.*.error", "{}\n"),
        ("/elastic/_bulk?filter_path=errors", "{\"errors\":false}\n"),
        ("/insert/elasticsearch//_bulk?filter_path=-took,-items", "{\"errors\":false}\n"),
    ] {
        assert_eq!(bulk(&node, path, body).await, answer, "{path}");
    }
    assert_eq!(node.fake.messages().len(), 5);
}

#[tokio::test]
async fn what_the_node_refuses_is_said_of_the_items_that_it_is_about() {
    let documents = SUBMISSION_RECORDS_MAX + 2;
    let mut body: String = (0..documents).map(|n| format!("{{\"create\":{{}}}}\n{{\"message\":\"{n}\"}}\n")).collect();
    body.insert_str(0, "{\"create\":{}}\nno document\n");
    let refusals = std::iter::once(None).chain((0..50).map(|_| Some(busy()))).collect();
    let node = Node::new(Script { refusals, ..Script::default() });
    let answer = send(&node, "POST", "/_bulk", &body).await.json();
    let statuses: Vec<u64> = answer["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| item["create"]["status"].as_u64().expect("a status"))
        .collect();
    assert_eq!(answer["errors"], true);
    let kept = vec![201; SUBMISSION_RECORDS_MAX];
    assert_eq!(statuses, [vec![400], kept, vec![429, 429]].concat());
    assert_eq!(answer["items"][documents]["create"]["error"]["type"], "es_rejected_execution_exception");
    assert_eq!(node.fake.messages().len(), SUBMISSION_RECORDS_MAX);
}

#[tokio::test]
async fn a_node_that_takes_nothing_answers_for_all() {
    let body = "{\"create\":{}}\n{\"message\":\"a\"}\n";
    for (refusal, status, kind, again) in [
        (busy(), 429, "es_rejected_execution_exception", true),
        (Refusal::Stopping, 503, "unavailable_shards_exception", true),
        (Refusal::NoSpace("full".into()), 503, "unavailable_shards_exception", false),
    ] {
        let node = Node::new(Script { always: Some(refusal), ..Script::default() });
        for (path, body) in [("/_bulk", body), ("/logs/_doc", "{\"message\":\"a\"}")] {
            let answer = send(&node, "POST", path, body).await;
            assert_eq!((answer.status.as_u16(), &answer.json()["error"]["type"]), (status, &json!(kind)), "{path}");
            assert_eq!(answer.json()["status"], status);
            assert_eq!(answer.header("retry-after").is_some(), again, "{path} {status}");
        }
    }
}

#[tokio::test]
async fn what_is_no_bulk_is_a_bad_request() {
    let node = Node::new(Script::default());
    for (body, reason) in [("", "request body is required"), ("oops\n", "Malformed action/metadata line [1]")] {
        let answer = send(&node, "POST", "/_bulk", body).await;
        assert_eq!(answer.status, 400);
        let json = answer.json();
        assert_eq!(json["error"]["type"], "illegal_argument_exception");
        assert!(json["error"]["root_cause"][0]["reason"].as_str().is_some_and(|why| why.contains(reason)), "{json}");
    }
    assert_eq!(send(&node, "DELETE", "/_bulk", "").await.status, 405);
    assert!(node.fake.messages().is_empty());
}

#[tokio::test]
async fn packed_bodies_and_any_type() {
    let node = Node::new(Script::default());
    let body = b"{\"create\":{}}\n{\"message\":\"a\"}\n";
    let kind = "application/vnd.elasticsearch+x-ndjson; compatible-with=8";
    let headers = [("content-encoding", "gzip"), ("content-type", kind)];
    let two_members = [gzip(&body[..20]), gzip(&body[20..])].concat();
    assert_eq!(node.post("/_bulk", &headers, two_members).await.json()["errors"], false);
    assert_eq!(node.fake.messages(), ["a"]);
}

#[tokio::test]
async fn documents_one_by_one() {
    let node = Node::new(Script::default());
    let answer = send(&node, "PUT", "/logs/_doc/7", "{\"message\":\"a\"}").await;
    assert_eq!(answer.status, 201);
    assert_eq!(
        answer.text(),
        "{\"_index\":\"logs\",\"_id\":\"7\",\"_version\":1,\"result\":\"created\",\"_shards\":{\"total\":1,\"successful\":1,\"failed\":0},\"_seq_no\":0,\"_primary_term\":1}\n"
    );
    assert_eq!(send(&node, "POST", "/logs/_create/8", "{\"message\":\"b\"}").await.json()["_id"], "8");
    assert_eq!(send(&node, "POST", "/logs/_doc", "{\"message\":\"c\"}").await.status, 201);
    let wrong = send(&node, "POST", "/logs/_doc", "[]").await;
    assert_eq!((wrong.status.as_u16(), &wrong.json()["error"]["type"]), (400, &json!("document_parsing_exception")));
    assert_eq!(node.fake.messages(), ["a", "b", "c"]);
}

#[tokio::test]
async fn the_handshake() {
    let node = Node::new(Script::default());
    let root = send(&node, "GET", "/", "").await.json();
    assert_eq!((&root["version"]["number"], &root["version"]["build_flavor"]), (&json!("8.19.0"), &json!("default")));
    assert_eq!(root["tagline"], "You Know, for Search");
    assert_eq!(send(&node, "GET", "/elastic/", "").await.json(), root);
    assert_eq!(send(&node, "HEAD", "/", "").await.body.len(), 0);
    for path in ["/_license", "/_xpack"] {
        assert_eq!(send(&node, "GET", path, "").await.json()["license"]["type"], "basic");
    }
    assert_eq!(send(&node, "GET", "/_cluster/health?wait_for_status=yellow", "").await.json()["status"], "green");
    for path in ["/_nodes/http", "/_nodes/_all/http"] {
        assert_eq!(send(&node, "GET", path, "").await.json()["nodes"], json!({}));
    }
    for path in [
        "/_ilm/policy/p",
        "/_index_template/t",
        "/_template/t",
        "/_component_template/t",
        "/_data_stream/d",
        "/_ingest/pipeline/p",
    ] {
        assert_eq!(send(&node, "GET", path, "").await.json(), json!({}), "{path}");
        assert_eq!(send(&node, "HEAD", path, "").await.status, 200, "{path}");
        assert_eq!(send(&node, "PUT", path, "{}").await.json(), json!({"acknowledged": true}), "{path}");
    }
    assert_eq!(send(&node, "GET", "/_logstash/pipeline", "").await.status, 200);
    assert_eq!(send(&node, "HEAD", "/filebeat-8", "").await.status, 200);
    assert_eq!(send(&node, "PUT", "/filebeat-8", "{}").await.json()["index"], "filebeat-8");
}

#[tokio::test]
async fn our_own_paths_are_no_indexes() {
    let node = Node::new(Script::default());
    let body = "{\"create\":{}}\n{\"message\":\"a\"}\n";
    for path in ["/v1/_bulk", "/loki/_bulk", "/_nothing/_bulk", "/metrics/_doc", "/select/_doc"] {
        assert_eq!(node.post(path, &[], body).await.status, 404, "{path}");
    }
    for method in ["HEAD", "PUT"] {
        let request = Request::builder().method(method).uri("/v1").body(Body::empty()).expect("a request");
        assert_eq!(node.send(request).await.status, 404, "{method}");
    }
    let nowhere = node.get("/nowhere").await;
    assert_eq!((nowhere.code(), nowhere.header("x-elastic-product")), ((404, "unknown_path".to_owned()), None));
    assert!(node.fake.messages().is_empty());
}

#[tokio::test]
async fn who_may_not_is_told_in_the_same_words() {
    let node = Node::new(Script::default());
    node.fake.add_token(Role::Writer, Scope::default());
    let body = "{\"create\":{}}\n{\"message\":\"a\"}\n";
    let refused = send(&node, "POST", "/_bulk", body).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["error"]["type"]), (401, &json!("security_exception")));
    assert!(refused.header("www-authenticate").is_some());
    assert_eq!(send(&node, "GET", "/", "").await.status, 200);
    // base64 of `id:writer` and `elastic:writer`
    for authorization in ["ApiKey aWQ6d3JpdGVy", "ApiKey writer", "Basic ZWxhc3RpYzp3cml0ZXI=", "Bearer writer"] {
        let answer = node.post("/_bulk", &[("authorization", authorization)], body).await;
        assert_eq!(answer.status, 200, "{authorization}: {}", answer.text());
    }
}
