//! Datadog's intake of logs.

use std::io::Write;

use serde_json::json;
use vigil_crdt::control::{Role, Scope};

use crate::client::{Node, gzip};
use crate::fake::{Script, busy};

const BODY: &str = r#"[{"message":"a","status":"warn","timestamp":1769860799000,"hostname":"h","service":"s","ddsource":"nginx","ddtags":"env:prod,blue"}]"#;

#[tokio::test]
async fn events_however_they_are_packed() {
    let node = Node::new(Script::default());
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(BODY.as_bytes()).expect("memory");
    for (encoding, body) in [
        ("identity", BODY.as_bytes().to_vec()),
        ("gzip", gzip(BODY.as_bytes())),
        ("deflate", zlib.finish().expect("memory")),
        ("zstd", zstd::encode_all(BODY.as_bytes(), 1).expect("memory")),
    ] {
        let answer = node.post("/api/v2/logs", &[("content-encoding", encoding)], body).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (202, json!({})), "{encoding}");
    }
    let single = r#"{"message":"b","ddtags":"env:x"}"#;
    let headers = [("dd-message-timestamp", "1769860790000")];
    assert_eq!(node.post("/v1/input", &headers, single).await.status, 202);
    let rows = node.get("/v1/query?q=b").await.json()["rows"].clone();
    assert_eq!((&rows[0]["_time"], &rows[0]["env"]), (&json!("2026-01-31T11:59:50Z"), &json!("x")));
    let rows = node.get("/v1/query?q=a").await.json()["rows"].clone();
    let row = &rows[0];
    assert_eq!(
        (&row["_time"], &row["level"], &row["tags"]),
        (&json!("2026-01-31T11:59:59Z"), &json!("warn"), &json!(["blue"]))
    );
}

#[tokio::test]
async fn signs_of_life_and_nonsense() {
    let node = Node::new(Script::default());
    for body in ["", "{}", "[]"] {
        assert_eq!(node.post("/api/v2/logs", &[], body).await.status, 202, "{body}");
    }
    for body in ["oops", "[7]"] {
        let answer = node.post("/api/v2/logs", &[], body).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["errors"][0]), (400, &json!("Bad Request")), "{body}");
    }
    assert!(node.fake.messages().is_empty());
    for path in ["/api/v2/series", "/api/v1/series", "/api/beta/sketches", "/api/v0.2/traces"] {
        assert_eq!(node.post(path, &[], "{}").await.status, 404, "{path}");
    }
    node.fake.script(|script| script.always = Some(busy()));
    let answer = node.post("/api/v2/logs", &[], BODY).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, Some("1")));
}

#[tokio::test]
async fn the_key_is_a_token_wherever_it_stands() {
    let node = Node::new(Script::default());
    node.fake.add_token(Role::Writer, Scope::default());
    for (path, headers, status) in [
        ("/api/v2/logs", vec![], 401),
        ("/api/v2/logs", vec![("dd-api-key", "wrong")], 401),
        ("/api/v2/logs", vec![("dd-api-key", "writer")], 202),
        ("/api/v2/logs?dd-api-key=writer", vec![], 202),
        ("/v1/input/writer", vec![], 202),
        ("/v1/input/wrong-secret", vec![], 401),
    ] {
        let answer = node.post(path, &headers, BODY).await;
        assert_eq!(answer.status, status, "{path} {headers:?}");
        assert_eq!(answer.json().get("errors").is_some(), status == 401);
    }
    assert_eq!(node.get("/api/v1/validate").await.status, 401);
    assert_eq!(node.get("/api/v1/validate?dd-api-key=writer").await.json(), json!({"valid": true}));
    let audits = serde_json::to_string(&node.fake.audits()).expect("JSON");
    assert!(audits.contains("/v1/input/***") && !audits.contains("wrong-secret"), "{audits}");
}
