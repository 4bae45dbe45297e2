//! Lines as they come, over a WebSocket on a real socket.

use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use vigil_crdt::control::{Role, Scope};
use vigil_model::ClassSet;

use crate::fake::Script;
use crate::socket::{PATIENT, Served, connect, read_all, start};
use crate::tail::records;

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;

fn head(parameters: &str, headers: &str) -> String {
    format!(
        "GET /loki/api/v1/tail?{parameters} HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    )
}

/// A tail behind its handshake.
async fn open(served: &Served, parameters: &str, headers: &str) -> TcpStream {
    let mut stream = connect(served, &head(parameters, headers)).await;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.expect("an answer"));
    }
    let answer = String::from_utf8(answer).expect("text");
    assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
    assert!(answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{answer}");
    stream
}

/// The next message: its kind and what is in it.
async fn message(stream: &mut TcpStream) -> (u8, Vec<u8>) {
    let kind = stream.read_u8().await.expect("a message") & 0x0f;
    let length = match stream.read_u8().await.expect("a length") {
        126 => u64::from(stream.read_u16().await.expect("a length")),
        127 => stream.read_u64().await.expect("a length"),
        short => u64::from(short),
    };
    let mut body = vec![0; usize::try_from(length).expect("short")];
    stream.read_exact(&mut body).await.expect("all of it");
    (kind, body)
}

async fn frame(stream: &mut TcpStream) -> Value {
    loop {
        if let (TEXT, body) = message(stream).await {
            return serde_json::from_slice(&body).expect("JSON");
        }
    }
}

const OLD: &str = r#"{"time":"2026-01-31T11:50:00Z","message":"old","app":"shop"}
{"time":"2026-01-31T11:51:00Z","message":"newer","app":"shop"}
{"time":"2026-01-31T11:52:00Z","message":"other","app":"cart"}
"#;

#[tokio::test]
async fn lines_that_are_there_and_lines_that_come() {
    let served = start(Script::default(), PATIENT).await;
    served.fake.publish(records(OLD));
    let query = "query={app%3D%22shop%22}%20|%20drop%20detected_level&limit=2&delay_for=0";
    let mut stream = open(&served, query, "").await;
    for (time, line) in [("1769860200000000000", "old"), ("1769860260000000000", "newer")] {
        let labels = serde_json::json!({"app":"shop","service_name":"shop"});
        let expected = serde_json::json!({"streams":[{"stream":labels,"values":[[time, line]]}]});
        assert_eq!(frame(&mut stream).await, expected);
    }
    served.fake.publish(records(OLD));
    assert_eq!(frame(&mut stream).await["streams"][0]["values"][0][1], "old");
    while message(&mut stream).await.0 != PING {}
    served.stopper.stop();
    while message(&mut stream).await.0 != CLOSE {}
    assert!(served.ended.await.expect("no panic"), "everyone ended in time");
}

#[tokio::test]
async fn labels_by_category() {
    let served = start(Script::default(), PATIENT).await;
    let flags = "x-loki-response-encoding-flags: categorize-labels\r\n";
    let mut stream = open(&served, "query={}%20|%20logfmt", flags).await;
    served.fake.publish(records("{\"message\":\"a=b\",\"app\":\"shop\",\"n\":1}"));
    let shown = frame(&mut stream).await;
    assert_eq!(shown["encodingFlags"], serde_json::json!(["categorize-labels"]));
    let third = &shown["streams"][0]["values"][0][2];
    assert_eq!(third["parsed"], serde_json::json!({"a":"b"}), "{shown}");
    assert_eq!(third["structuredMetadata"]["n"], "1", "{shown}");
}

#[tokio::test]
async fn pages_of_elsewhere_need_a_token() {
    let served = start(Script::default(), PATIENT).await;
    let foreign = "origin: https://evil.example\r\n";
    let refused =
        read_all(&mut connect(&served, &head("query={}", &format!("{foreign}connection: close\r\n"))).await).await;
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    open(&served, "query={}", "origin: http://localhost:3000\r\n").await;
    served.fake.add_named("secret", Role::Reader, Scope { classes: ClassSet::ALL, filter: String::new() });
    open(&served, "query={}", &format!("{foreign}authorization: Bearer secret\r\n")).await;
}

#[tokio::test]
async fn a_bad_query_is_refused_before_it_becomes_a_socket() {
    let served = start(Script::default(), PATIENT).await;
    for parameters in ["query={app=", "query=rate({}[1m])", "query={}&delay_for=6", "query={}&limit=0"] {
        let refused = read_all(&mut connect(&served, &head(parameters, "connection: close\r\n")).await).await;
        assert!(refused.starts_with("HTTP/1.1 400"), "{parameters}: {refused}");
    }
}
