//! What a tail shows, and what happens when nobody reads it.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use axum::response::Response;
use futures::StreamExt;
use tower::ServiceExt;
use vigil_api::{HttpOptions, Stop};
use vigil_crdt::control::{Role, Scope};
use vigil_ingest::{Batch, Decoder, Recipe};
use vigil_model::{Class, Records};

use crate::client::{Node, options};
use crate::fake::{NOW, Script};

pub(crate) fn records(body: &str) -> Records {
    let mut batch = Batch::new();
    let mut decoder = Decoder::new(Recipe::default());
    decoder.feed(body.as_bytes(), NOW, &mut batch);
    decoder.finish(NOW, &mut batch);
    batch.take_rest().remove(0)
}

async fn open(node: &Node, path: &str, accept: &str) -> Response {
    let request = Request::get(path).header("accept", accept).body(Body::empty()).expect("a request");
    node.router.clone().oneshot(request).await.expect("a router always answers")
}

async fn next(stream: &mut BodyDataStream) -> String {
    let piece = tokio::time::timeout(Duration::from_secs(20), stream.next()).await.expect("something comes");
    String::from_utf8(piece.expect("more").expect("sound").to_vec()).expect("text")
}

#[tokio::test]
async fn what_passes_is_shown() {
    let node = Node::new(Script::default());
    let mut all = open(&node, "/v1/tail", "*/*").await.into_body().into_data_stream();
    let mut some = open(&node, "/v1/tail?q=disk%20%7C%20fields%20message", "*/*").await.into_body().into_data_stream();
    assert_eq!(node.ingest("all well\ndisk full\n").await.status, 200);
    let shown = next(&mut all).await;
    assert_eq!(shown.lines().count(), 2);
    assert!(shown.contains("\"_id\":") && shown.contains("\"_time\":"), "{shown}");
    assert_eq!(next(&mut some).await, "{\"message\":\"disk full\"}\n");
    let found = node.get("/v1/query?q=well&format=ndjson").await.text();
    assert!(shown.starts_with(&found), "a tail shows the rows that a query finds");
}

#[tokio::test]
async fn events_for_browsers() {
    let node = Node::new(Script::default());
    let response = open(&node, "/v1/tail?q=*%20%7C%20fields%20message", "text/event-stream").await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    node.fake.publish(records("a"));
    assert_eq!(next(&mut stream).await, "id: fake.1.1\ndata: {\"message\":\"a\"}\n\n");
}

#[tokio::test]
async fn a_slow_reader_is_told_what_it_missed() {
    let node = Node::new(Script::default());
    let mut stream = open(&node, "/v1/tail?q=*%20%7C%20fields%20message", "*/*").await.into_body().into_data_stream();
    node.fake.publish(records("first\n"));
    assert_eq!(next(&mut stream).await, "{\"message\":\"first\"}\n");
    // The ring of the fake holds four batches.
    for n in 0..10 {
        node.fake.publish(records(&format!("{n}a\n{n}b\n")));
    }
    let shown = next(&mut stream).await;
    assert_eq!(shown, "{\"_skipped\":12}\n{\"message\":\"6a\"}\n{\"message\":\"6b\"}\n");
    assert_eq!(next(&mut stream).await, "{\"message\":\"7a\"}\n{\"message\":\"7b\"}\n");
}

/// A tail of messages, read on.
async fn messages(node: &Node, more: &str) -> BodyDataStream {
    let response = open(node, &format!("/v1/tail?q=*%20%7C%20fields%20message{more}"), "*/*").await;
    assert_eq!(response.status(), 200);
    response.into_body().into_data_stream()
}

fn cursor(line: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(line).expect("JSON");
    json["_cursor"].as_str().expect("a cursor").to_owned()
}

#[tokio::test]
async fn a_cursor_goes_on_without_gap_and_without_showing_anything_twice() {
    let node = Node::new(Script::default());
    let mut stream = messages(&node, "&cursors=true").await;
    let begin = next(&mut stream).await;
    assert_eq!(begin, "{\"_cursor\":\"fake.0\"}\n", "who is cut off before the first event can go on, too");
    node.fake.publish(records("a\nb\n"));
    let shown = next(&mut stream).await;
    assert_eq!(shown, "{\"message\":\"a\"}\n{\"message\":\"b\"}\n{\"_cursor\":\"fake.1\"}\n");
    let cursor = cursor(shown.lines().last().expect("a line"));
    drop(stream);
    let mut anew = messages(&node, "&cursor=fake.0").await;
    assert_eq!(next(&mut anew).await, shown);
    // More than the ring holds, and another class in between.
    for n in 0..6 {
        node.fake.publish(records(&format!("{n}\n")));
        node.fake.publish_as(Class::Audit, records("audit\n"));
    }
    let mut stream = messages(&node, &format!("&cursor={cursor}")).await;
    let old = next(&mut stream).await;
    let messages: Vec<&str> = old.lines().filter(|line| line.contains("message")).collect();
    assert_eq!(messages.len(), 6, "{old}");
    assert!(messages[0].contains("\"0\"") && messages[5].contains("\"5\""), "{old}");
    node.fake.publish(records("live\n"));
    assert_eq!(next(&mut stream).await, "{\"message\":\"live\"}\n{\"_cursor\":\"fake.14\"}\n");
}

#[tokio::test]
async fn a_browser_goes_on_within_a_block() {
    let node = Node::new(Script::default());
    node.fake.publish(records("a\nb\nc\n"));
    let request = Request::get("/v1/tail?q=*%20%7C%20fields%20message&format=sse").header("last-event-id", "fake.1.2");
    let response = node.router.clone().oneshot(request.body(Body::empty()).expect("a request"));
    let mut stream = response.await.expect("a router always answers").into_body().into_data_stream();
    assert_eq!(next(&mut stream).await, "id: fake.1.3\ndata: {\"message\":\"c\"}\n\n");
    node.fake.publish(records("d\n"));
    assert_eq!(next(&mut stream).await, "id: fake.2.1\ndata: {\"message\":\"d\"}\n\n");
}

#[tokio::test]
async fn a_tail_can_begin_in_the_past() {
    let node = Node::new(Script::default());
    let old = "{\"time\":\"2026-01-31T11:50:00Z\",\"message\":\"old\"}\n{\"time\":\"2026-01-31T11:58:00Z\",\"message\":\"x\"}\n\
               {\"time\":\"2026-01-31T11:56:00Z\",\"message\":\"y\"}\n";
    node.fake.publish(records(old));
    let mut stream = messages(&node, "&since=5m&cursors=true").await;
    assert_eq!(next(&mut stream).await, "{\"message\":\"y\"}\n{\"message\":\"x\"}\n{\"_cursor\":\"fake.1\"}\n");
    node.fake.publish(records(old));
    assert_eq!(next(&mut stream).await.lines().count(), 4, "what comes is shown whatever its time");
}

#[tokio::test]
async fn cursors_of_elsewhere_and_nonsense_are_refused() {
    let node = Node::new(Script::default());
    assert_eq!(node.get("/v1/tail?cursor=other.5").await.code(), (410, "cursor_gone".to_owned()));
    assert_eq!(node.get("/v1/tail?cursor=nonsense").await.code(), (400, "query".to_owned()));
    for parameter in ["from=-1h", "to=now", "timeout=5s", "limit=3"] {
        assert_eq!(node.get(&format!("/v1/tail?{parameter}")).await.code(), (400, "unknown_parameter".to_owned()));
    }
}

#[tokio::test]
async fn a_reader_that_was_slow_from_the_start_misses_nothing() {
    let node = Node::new(Script::default());
    let mut stream = messages(&node, "&cursors=true").await;
    for n in 0..9 {
        node.fake.publish(records(&format!("{n}\n")));
    }
    assert_eq!(next(&mut stream).await, "{\"_cursor\":\"fake.0\"}\n");
    let shown = next(&mut stream).await;
    assert_eq!(shown.lines().filter(|line| line.contains("message")).count(), 9, "{shown}");
}

#[tokio::test]
async fn with_cursors_silence_and_gaps_say_where_they_are() {
    let options = HttpOptions { heartbeat: Duration::from_millis(50), ..options() };
    let node = Node::with(Script::default(), options);
    let mut stream = messages(&node, "&cursors=true").await;
    for _ in 0..2 {
        assert_eq!(next(&mut stream).await, "{\"_cursor\":\"fake.0\"}\n");
    }
    node.fake.publish(records("first\n"));
    assert!(next(&mut stream).await.ends_with("{\"_cursor\":\"fake.1\"}\n"));
    for n in 0..10 {
        node.fake.publish(records(&format!("{n}\n")));
    }
    assert!(next(&mut stream).await.starts_with("{\"_skipped\":6,\"_cursor\":\"fake.1\"}\n"));
}

#[tokio::test]
async fn silence_is_broken_and_a_stop_ends_it() {
    let (stopper, stop) = Stop::pair();
    let options = HttpOptions { heartbeat: Duration::from_millis(5), stop, ..options() };
    let node = Node::with(Script::default(), options);
    let mut lines = open(&node, "/v1/tail?q=x", "*/*").await.into_body().into_data_stream();
    let mut sse = open(&node, "/v1/tail?q=x&format=sse", "*/*").await.into_body().into_data_stream();
    assert_eq!(next(&mut lines).await, "\n");
    assert!(next(&mut sse).await.starts_with(':'));
    stopper.stop();
    assert!(lines.next().await.is_none());
    assert!(sse.next().await.is_none());
}

#[tokio::test]
async fn what_needs_an_end_is_refused() {
    let node = Node::new(Script::default());
    for path in ["/v1/tail?q=*%20%7C%20stats%20count()", "/v1/tail?q=*&format=csv", "/v1/tail?q=*&limit=3"] {
        assert_eq!(node.get(path).await.status, 400, "{path}");
    }
    assert_eq!(node.get("/v1/tail?q=(").await.code(), (400, "query_parse".to_owned()));
    let counted = node.get("/v1/tail?q=*%20%7C%20fields%20a%20%7C%20stats%20count()").await.json();
    assert_eq!(
        counted["error"]["rendered"].as_str().expect("drawn").lines().take(3).collect::<Vec<&str>>(),
        [
            "error: a tail has no end, and `stats` needs one",
            "1 | * | fields a | stats count()",
            "  |                ^^^^^^^^^^^^^"
        ]
    );
}

#[tokio::test]
async fn only_so_many_at_once_and_a_place_comes_back() {
    let node = Node::new(Script::default());
    let mut open_tails = Vec::new();
    for _ in 0..vigil_model::limits::TAILS_MAX {
        open_tails.push(open(&node, "/v1/tail", "*/*").await);
    }
    assert_eq!(node.get("/v1/tail").await.code(), (429, "busy".to_owned()));
    open_tails.pop();
    assert_eq!(open(&node, "/v1/tail", "*/*").await.status(), 200);
}

/// Everything that a tail says until it ends, which it must.
async fn ended(response: Response) -> String {
    let body = axum::body::to_bytes(response.into_body(), 1 << 20);
    let bytes = tokio::time::timeout(Duration::from_secs(20), body).await.expect("it ends").expect("a clean end");
    String::from_utf8(bytes.to_vec()).expect("text")
}

#[tokio::test]
async fn a_tail_ends_with_the_token_that_asked_for_it() {
    let options = HttpOptions { heartbeat: Duration::from_millis(5), ..options() };
    let node = Node::with(Script::default(), options);
    let open = |secret: Option<&str>| {
        let mut request = Request::get("/v1/tail");
        if let Some(secret) = secret {
            request = request.header("authorization", format!("Bearer {secret}"));
        }
        node.router.clone().oneshot(request.body(Body::empty()).expect("a request"))
    };
    let without = open(None).await.expect("a router always answers");
    node.fake.add_named("admin", Role::Admin, Scope::default());
    node.fake.add_named("reader", Role::Reader, Scope::default());
    ended(without).await;
    let reader = open(Some("reader")).await.expect("a router always answers");
    assert_eq!(reader.status(), 200);
    node.fake.others(|others| others.tokens.retain(|(secret, _)| secret != "reader"));
    tokio::time::sleep(Duration::from_millis(10)).await;
    node.post("/v1/ingest", &[("authorization", "Bearer admin")], "too late").await;
    assert!(!ended(reader).await.contains("too late"));
}
