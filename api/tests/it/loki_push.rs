//! Loki's push: bodies as its clients send them, and what each kind of failure answers.

use std::io::Write;

use vigil_node::Refusal;

use crate::client::{Answer, Node, gzip};
use crate::fake::{Script, busy};

const PUSH: &str = "/loki/api/v1/push";
const JSON: &str =
    "{\"streams\":[{\"stream\":{\"app\":\"shop\"},\"values\":[[\"1769860799000000000\",\"a\"],[\"1\",\"b\"]]}]}";

/// `PushRequest` with one stream `{app="x"}` of one entry `hi` at one second, as gogo/protobuf writes it.
const PROTOBUF: &[u8] = b"\x0a\x15\x0a\x09{app=\"x\"}\x12\x08\x0a\x02\x08\x01\x12\x02hi";

fn snappy(bytes: &[u8]) -> Vec<u8> {
    snap::raw::Encoder::new().compress_vec(bytes).expect("small")
}

async fn push(node: &Node, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    node.post(PUSH, headers, body).await
}

#[tokio::test]
async fn protocol_buffers_however_they_are_packed() {
    let node = Node::new(Script::default());
    let kind = ("content-type", "application/x-protobuf");
    for (headers, body) in [
        (vec![kind], snappy(PROTOBUF)),
        (vec![], snappy(PROTOBUF)),
        (vec![kind, ("content-encoding", "snappy")], snappy(PROTOBUF)),
        (vec![kind, ("content-encoding", "gzip")], gzip(&snappy(PROTOBUF))),
        (vec![kind], PROTOBUF.to_vec()),
    ] {
        let answer = push(&node, &headers, body).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (204, ""), "{headers:?}");
    }
    assert_eq!(node.fake.messages(), ["hi"; 5]);
    let found = node.get("/v1/query?q=app:x").await.json();
    let row = &found["rows"][0];
    assert_eq!((row["_time"].as_str(), row["service_name"].as_str()), (Some("1970-01-01T00:00:01Z"), Some("x")));
}

#[tokio::test]
async fn json_however_it_is_packed_and_wherever_it_is_sent() {
    let node = Node::new(Script::default());
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(JSON.as_bytes()).expect("memory");
    let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    raw.write_all(JSON.as_bytes()).expect("memory");
    for (encoding, body) in [
        ("identity", JSON.as_bytes().to_vec()),
        ("gzip", gzip(JSON.as_bytes())),
        ("deflate", zlib.finish().expect("memory")),
        ("deflate", raw.finish().expect("memory")),
        ("snappy", snappy(JSON.as_bytes())),
    ] {
        let headers = [("content-type", "application/json; charset=utf-8"), ("content-encoding", encoding)];
        assert_eq!(push(&node, &headers, body).await.status, 204, "{encoding}");
    }
    for path in ["/api/prom/push", "/insert/loki/api/v1/push", "//loki/api/v1/push"] {
        let headers = [("content-type", "application/json"), ("x-scope-orgid", "team-a")];
        assert_eq!(node.post(path, &headers, JSON).await.status, 204, "{path}");
    }
    assert_eq!(node.fake.messages().len(), 16);
    let found = node.get("/v1/query?q=tenant:team-a").await.json();
    assert_eq!(found["rows"].as_array().map(Vec::len), Some(6));
    assert_eq!(found["rows"][0]["source"], "loki");
}

#[tokio::test]
async fn good_lines_stay_where_others_are_bad() {
    let node = Node::new(Script::default());
    let body = "{\"streams\":[{\"stream\":{\"a\":\"b\"},\"values\":[[\"1\",\"good\"],[2,\"bad\"]]}]}";
    let json = [("content-type", "application/json")];
    assert_eq!(push(&node, &json, body.into()).await.status, 204);
    assert_eq!(node.fake.messages(), ["good"]);
    let metrics = node.get("/metrics").await.text();
    assert!(metrics.lines().any(|line| line.contains("reject") && line.ends_with(" 1")), "{metrics}");
    assert_eq!(push(&node, &json, b"{\"streams\":[]}".to_vec()).await.status, 204);
}

#[tokio::test]
async fn failures_are_plain_text_under_the_status_that_clients_obey() {
    let node = Node::new(Script::default());
    let json = ("content-type", "application/json");
    for (headers, body, status) in [
        (vec![json], b"oops".to_vec(), 400),
        (vec![json], b"{\"streams\":[{\"stream\":{},\"values\":[[1,\"x\"]]}]}".to_vec(), 400),
        (vec![], b"oops".to_vec(), 400),
        (vec![("content-encoding", "br")], PROTOBUF.to_vec(), 400),
        (vec![("content-encoding", "gzip")], PROTOBUF.to_vec(), 400),
        (vec![("content-encoding", "snappy")], PROTOBUF.to_vec(), 400),
    ] {
        let answer = push(&node, &headers, body).await;
        assert_eq!(answer.status, status, "{headers:?}");
        assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/plain")));
    }
    assert!(node.fake.messages().is_empty());
    for (refusal, status, again) in
        [(busy(), 429, true), (Refusal::Stopping, 503, true), (Refusal::NoSpace("full".into()), 503, false)]
    {
        node.fake.script(|script| script.always = Some(refusal));
        let answer = push(&node, &[json], JSON.into()).await;
        assert_eq!((answer.status.as_u16(), answer.header("retry-after").is_some()), (status, again));
        assert!(!answer.text().starts_with('{'), "{}", answer.text());
    }
}
