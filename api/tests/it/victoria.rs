//! What clients of VictoriaLogs ask, and the lines that they get.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use expect_test::expect;
use futures::StreamExt;
use tower::ServiceExt;
use vigil_api::QueryFailure;
use vigil_crdt::control::{Role, Scope};
use vigil_index::QueryError;

use crate::client::{Node, lines};
use crate::fake::Script;

const EVENTS: &str = r#"{"time":"2026-01-31T11:59:58Z","message":"Disk \"full\"","app":"shop","host":"web-1","n":1,"tags":["a","b"],"empty":""}
{"time":"2026-01-31T11:59:59Z","msg":"all well","service.name":"cart"}
"#;

async fn node() -> Node {
    let node = Node::new(Script::default());
    assert_eq!(node.ingest(EVENTS).await.json()["accepted"], 2);
    node
}

/// Without the names of events, which are long.
fn nameless(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).expect("an object");
        assert!(object.values().all(serde_json::Value::is_string), "{line}");
        object.remove("_id");
        out.push_str(&format!("{}\n", serde_json::to_string(&object).expect("JSON")));
    }
    out
}

#[tokio::test]
async fn a_query_answers_flat_lines_of_texts() {
    let node = node().await;
    let answer = node.get("/select/logsql/query?query=*").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("application/stream+json")));
    expect![[r#"
        {"_msg":"all well","_stream":"{service.name=\"cart\"}","_stream_id":"752395cb922dc94ce242dbf9","_time":"2026-01-31T11:59:59Z","service.name":"cart"}
        {"_msg":"Disk \"full\"","_stream":"{app=\"shop\",host=\"web-1\"}","_stream_id":"e3fb50ce4d35c5bfe28bb41e","_time":"2026-01-31T11:59:58Z","app":"shop","host":"web-1","n":"1","tags":"a, b"}
    "#]]
    .assert_eq(&nameless(&answer.text()));
    let first = answer.text();
    assert!(first.starts_with("{\"_time\":\"2026-01-31T11:59:59Z\",\"_stream_id\":"), "{first}");
}

#[tokio::test]
async fn the_health_check_of_the_plugin_of_grafana() {
    let node = node().await;
    let answer = node.get("/select/logsql/query?query=*&limit=1&start=-5m").await;
    assert_eq!((answer.status.as_u16(), answer.text().lines().count()), (200, 1));
    let typed = [("content-type", "application/x-www-form-urlencoded")];
    let by_post = node.post("/select/logsql/query", &typed, "query=*&start=1769860799&end=1769860800&limit=0").await;
    assert_eq!(by_post.text().lines().count(), 1, "{}", by_post.text());
    let none = node.get("/select/logsql/query?query=*&start=-5m&end=-10m").await;
    assert_eq!((none.status.as_u16(), none.text()), (200, String::new()));
}

#[tokio::test]
async fn a_node_has_no_tenants_and_slashes_too_many_do_not_matter() {
    let node = node().await;
    for path in ["/select/tenant_ids", "//select//tenant_ids?start=-5m", "/select/tenant_ids///"] {
        let answer = node.get(path).await;
        let found = (answer.status.as_u16(), answer.text());
        let expected = if path.ends_with('/') { 404 } else { 200 };
        assert_eq!(found.0, expected, "{path}");
        assert!(expected == 404 || found.1 == "[]\n", "{path}");
    }
    let (one, two) = ("/select/logsql/query?query=*", "//select/logsql//query?query=*");
    assert_eq!(node.get(two).await.text(), node.get(one).await.text());
    node.fake.add_named("secret", Role::Writer, Scope::default());
    for path in [one, two, "//select/tenant_ids"] {
        assert_eq!(node.get(path).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn columns_have_the_names_of_victorialogs() {
    let node = node().await;
    let path = "/select/logsql/query?query=*%20%7C%20fields%20_msg,%20_stream,%20h*%20%7C%20limit%202";
    assert_eq!(
        node.get(path).await.text(),
        "{\"_msg\":\"all well\",\"_stream\":\"{service.name=\\\"cart\\\"}\"}\n\
         {\"_msg\":\"Disk \\\"full\\\"\",\"_stream\":\"{app=\\\"shop\\\",host=\\\"web-1\\\"}\",\"host\":\"web-1\"}\n"
    );
    let counts = node.get("/select/logsql/query?query=*%20%7C%20stats%20count()%20as%20n").await;
    assert_eq!(counts.text(), "{\"n\":\"2\"}\n");
}

#[tokio::test]
async fn large_answers_are_asked_for_page_by_page() {
    let node = Node::new(Script::default());
    for _ in 0..3 {
        assert_eq!(node.ingest(lines(4_500)).await.status, 200);
    }
    assert_eq!(node.get("/select/logsql/query?query=*").await.text().lines().count(), 13_500);
    assert_eq!(node.fake.asked().len(), 2);
    assert_eq!(node.get("/select/logsql/query?query=*&limit=12000").await.text().lines().count(), 12_000);
    let limits: Vec<usize> = node.fake.asked().iter().map(|asked| asked.limit).collect();
    assert_eq!(limits, [10_000, 10_000, 10_000, 2_000]);
}

#[tokio::test]
async fn nothing_more_is_asked_for_once_the_client_hung_up() {
    let node = Node::new(Script::default());
    for _ in 0..3 {
        assert_eq!(node.ingest(lines(4_500)).await.status, 200);
    }
    let request = Request::get("/select/logsql/query?query=*").body(Body::empty()).expect("a request");
    let response = node.router.clone().oneshot(request).await.expect("a router always answers");
    let mut body = response.into_body().into_data_stream();
    assert!(body.next().await.is_some());
    drop(body);
    assert_eq!(node.fake.asked().len(), 1);
}

#[tokio::test]
async fn a_later_page_that_fails_breaks_the_answer_off() {
    let node = Node::new(Script::default());
    for _ in 0..3 {
        assert_eq!(node.ingest(lines(4_500)).await.status, 200);
    }
    let request = Request::get("/select/logsql/query?query=*").body(Body::empty()).expect("a request");
    let response = node.router.clone().oneshot(request).await.expect("a router always answers");
    node.fake.script(|script| script.query = Some(QueryFailure::Query(QueryError::CursorGone)));
    assert!(axum::body::to_bytes(response.into_body(), 64 << 20).await.is_err());
}

#[tokio::test]
async fn filters_may_be_added_as_text_and_as_json() {
    let node = node().await;
    for (more, found) in [
        ("extra_filters=host:%3D%22web-1%22", 1),
        ("extra_filters=%7B%22host%22:%22web-1%22%7D", 1),
        ("extra_stream_filters=%7Bapp%3D%22shop%22%7D", 1),
        ("extra_stream_filters=%7B%22app%22:%22shop%22%7D", 1),
        ("extra_stream_filters=%7Bapp!%3D%22shop%22%7D", 1),
        ("extra_filters=host:%3Dx&extra_filters=app:%3Dshop", 0),
    ] {
        let answer = node.get(&format!("/select/logsql/query?query=*&{more}")).await;
        assert_eq!((answer.status.as_u16(), answer.text().lines().count()), (200, found), "{more}: {}", answer.text());
    }
    for wrong in ["extra_filters=%7B%22a%22:1%7D", "extra_stream_filters=%7Ba%7D", "extra_filters=*%20%7C%20limit%201"]
    {
        assert_eq!(node.get(&format!("/select/logsql/query?query=*&{wrong}")).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn failures_are_plain_text() {
    let node = node().await;
    let broken = node.get("/select/logsql/query?query=a%20AND%20(b").await;
    assert_eq!((broken.status.as_u16(), broken.header("content-type")), (400, Some("text/plain; charset=utf-8")));
    assert!(broken.text().contains("1 | a AND (b") && broken.text().contains('^'), "{}", broken.text());
    assert_eq!(node.get("/select/logsql/query").await.status, 400);
    node.fake.script(|script| script.hang = true);
    let late = node.get("/select/logsql/query?query=*&timeout=10ms").await;
    assert_eq!((late.status.as_u16(), node.fake.queries_under_way()), (503, 0));
    assert!(late.text().starts_with("no answer within 0.01 s"), "{}", late.text());
}

#[tokio::test]
async fn pages_of_elsewhere_read_only_what_a_token_was_shown_for() {
    let node = node().await;
    let ask = |method: Method, origin: &str, token: Option<&str>| {
        let mut request =
            Request::builder().method(method).uri("/select/logsql/query?query=*").header("origin", origin);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        node.send(request.body(Body::empty()).expect("a request"))
    };
    let allowed = "access-control-allow-origin";
    assert_eq!(ask(Method::GET, "https://evil.example", None).await.header(allowed), None);
    let own = "http://localhost:3000";
    assert_eq!(ask(Method::GET, own, None).await.header(allowed), Some(own));
    let preflight = ask(Method::OPTIONS, "https://grafana.example", None).await;
    assert_eq!((preflight.status.as_u16(), preflight.header(allowed)), (204, Some("*")));
    node.fake.add_named("secret", Role::Admin, Scope::default());
    assert_eq!(ask(Method::GET, "https://grafana.example", Some("secret")).await.header(allowed), Some("*"));
}

#[tokio::test]
async fn a_tail_shows_what_was_there_just_now_and_what_comes() {
    let node = node().await;
    let path = "/select/logsql/tail?query=*%20%7C%20fields%20_msg&start_offset=1500ms";
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let response = node.router.clone().oneshot(request).await.expect("a router always answers");
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    let mut body = response.into_body().into_data_stream();
    let mut next = async || {
        let piece = tokio::time::timeout(Duration::from_secs(20), body.next()).await.expect("something comes");
        String::from_utf8(piece.expect("more").expect("sound").to_vec()).expect("text")
    };
    assert_eq!(next().await, "{\"_msg\":\"all well\"}\n");
    assert_eq!(node.ingest("fresh\n").await.status, 200);
    assert_eq!(next().await, "{\"_msg\":\"fresh\"}\n");
    let refused = node.get("/select/logsql/tail?query=*%20%7C%20stats%20count()").await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("`stats` needs one") && refused.text().contains("^^^^^"), "{}", refused.text());
}
