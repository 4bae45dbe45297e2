//! Events go in and are found again: at once, after a restart, by word, phrase, field and count.

use vigil_tests::NodeProcess;

const EVENTS: &str = r#"{"time":"2026-03-01T10:00:00Z","host":"web-1","level":"error","message":"Connection refused by upstream 10.0.0.7"}
{"time":"2026-03-01T10:00:01Z","host":"web-2","level":"info","message":"request served","http":{"status":200,"path":"/a/b"}}
{"time":"2026-03-02T10:00:02Z","host":"web-1","level":"warn","message":"connection reset, refused earlier","n":42}
"#;

#[test]
fn what_was_acknowledged_is_found_at_once_and_after_a_restart() {
    let place = tempfile::tempdir().expect("a place for tests");
    let dir = place.path().join("data");
    let node = NodeProcess::start(&dir);
    let client = node.client();
    let answer = client.ingest(EVENTS);
    assert_eq!(answer["accepted"], 3);
    assert_eq!(answer["rejected"], serde_json::json!([]));
    assert_eq!(answer["receipt"]["durable"]["reached"], 1);
    check_queries(&client);
    node.wait_indexed();
    check_queries(&client);

    let exit = node.stop();
    assert_eq!(exit.code, Some(0), "{}", exit.printed);
    let node = NodeProcess::start(&dir);
    check_queries(&node.client());
}

fn check_queries(client: &vigil_tests::Client) {
    for (query, hits) in [
        ("connection", 2),
        ("CONNECTION", 2),
        ("\"connection refused\"", 1),
        ("level:error", 1),
        ("conn*", 2),
        ("host:web-1 AND NOT level:error", 1),
        ("level:(error OR warn)", 2),
        ("http.status:200", 1),
        ("n:>41", 1),
        ("n:[1 TO 42]", 1),
        ("http.path:*", 1),
        ("_time:[2026-03-01, 2026-03-02)", 2),
        ("10.0.0.7", 1),
        ("nothing_like_this", 0),
        ("*", 3),
    ] {
        assert_eq!(client.count(query), hits, "{query}");
    }
    let rows = client.rows("* | stats count() as n by host | sort by n desc");
    assert_eq!(serde_json::json!(rows), serde_json::json!([{"host": "web-1", "n": 2}, {"host": "web-2", "n": 1}]));
    let latest = client.rows("* | limit 1");
    assert_eq!(latest[0]["_time"], "2026-03-02T10:00:02Z");
    let id = latest[0]["_id"].as_str().expect("a row of an event has an id");
    let event = client.get(&format!("/v1/events/{id}"), &[]).expect("reachable");
    assert_eq!(event.status, 200, "{}", event.text);
    assert!(event.text.contains("connection reset"), "{}", event.text);
}

#[test]
fn bad_input_is_named_and_the_rest_is_kept() {
    let place = tempfile::tempdir().expect("a place for tests");
    let node = NodeProcess::start(&place.path().join("data"));
    let client = node.client();
    let body = "{\"message\":\"good one\"}\nnot json\n{\"message\":\"good two\"}\n";
    let answer = client.post("/v1/ingest", &[("content-type", "application/x-ndjson")], body.as_bytes()).expect("sent");
    assert_eq!(answer.status, 200, "{}", answer.text);
    let json = answer.json();
    assert_eq!((json["accepted"].as_u64(), json["rejected"][0]["line"].as_u64()), (Some(2), Some(2)));
    assert_eq!(client.count("good"), 2);

    let answer = client.post("/v1/ingest", &[("content-type", "application/x-ndjson")], b"junk\n").expect("sent");
    assert_eq!(answer.status, 400, "{}", answer.text);
    let answer = client.get("/v1/query", &[("q", "level:error |")]).expect("sent");
    assert_eq!(answer.status, 400, "{}", answer.text);
    assert!(answer.json()["error"]["span"].is_object(), "{}", answer.text);
}

#[test]
fn a_retried_request_is_stored_once() {
    let place = tempfile::tempdir().expect("a place for tests");
    let dir = place.path().join("data");
    let node = NodeProcess::start(&dir);
    let headers = [("content-type", "application/x-ndjson"), ("idempotency-key", "batch-1")];
    let send =
        |node: &NodeProcess, body: &str| node.client().post("/v1/ingest", &headers, body.as_bytes()).expect("sent");
    let first = send(&node, EVENTS);
    assert_eq!(first.status, 200, "{}", first.text);
    let again = send(&node, EVENTS);
    assert_eq!(again.json()["receipt"], first.json()["receipt"]);
    assert_eq!(send(&node, "{\"other\":1}\n").status, 422);
    node.kill();
    let node = NodeProcess::start(&dir);
    let after = send(&node, EVENTS);
    assert_eq!(after.json()["receipt"], first.json()["receipt"]);
    assert_eq!(node.client().count("*"), 3);
}
