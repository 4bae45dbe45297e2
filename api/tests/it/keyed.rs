//! A request with an idempotency key is taken once, however often it is sent.

use serde_json::json;
use vigil_model::limits::{KEYED_BYTES_MAX, KEYED_REQUEST_BYTES_MAX, SUBMISSION_RECORDS_MAX};
use vigil_node::Refusal;

use crate::client::{Answer, Node, gzip, lines};
use crate::fake::{Script, busy};

async fn send(node: &Node, key: &str, body: impl Into<axum::body::Body>) -> Answer {
    node.post("/v1/ingest", &[("idempotency-key", key)], body).await
}

#[tokio::test]
async fn the_same_request_gets_the_same_receipt() {
    let node = Node::new(Script::default());
    let body = format!("{}\u{7f}\n", lines(2_500));
    let first = send(&node, "k1", body.clone()).await;
    assert_eq!(first.json()["accepted"], 2_501);
    assert_eq!(first.header("x-vigil-replayed"), None);
    let packed = gzip(body.as_bytes());
    let headers = [("idempotency-key", "k1"), ("content-encoding", "gzip")];
    for again in [send(&node, "k1", body.clone()).await, node.post("/v1/ingest", &headers, packed).await] {
        assert_eq!(again.status, 200);
        assert_eq!(again.header("x-vigil-replayed"), Some("true"));
        let mut json = again.json();
        assert_eq!(json["replayed"], true);
        json.as_object_mut().expect("an object").remove("replayed");
        assert_eq!(json, first.json());
    }
    assert_eq!(node.fake.messages().len(), 2_501);
    assert_eq!(send(&node, "k2", body).await.json()["accepted"], 2_501);
    assert_eq!(node.fake.messages().len(), 2 * 2_501);
}

#[tokio::test]
async fn rejects_are_told_again_too() {
    let node = Node::new(Script::default());
    let body = "{\"message\":\"a\"}\n{oops\n";
    let first = send(&node, "k", body).await.json();
    let again = send(&node, "k", body).await.json();
    assert_eq!(first["rejected"], again["rejected"]);
    assert_eq!(again["rejected_total"], 1);
}

#[tokio::test]
async fn another_body_under_the_key_is_refused() {
    let node = Node::new(Script::default());
    assert_eq!(send(&node, "k", "a").await.status, 200);
    assert_eq!(send(&node, "k", "b").await.code(), (422, "key_reused".to_owned()));
    let otherwise = node.post("/v1/ingest?source=x", &[("idempotency-key", "k")], "a").await;
    assert_eq!(otherwise.code(), (422, "key_reused".to_owned()));
    assert_eq!(node.fake.messages(), ["a"]);
}

#[tokio::test]
async fn what_was_broken_off_goes_on_where_it_ended() {
    let full = Refusal::NoSpace("full".to_owned());
    let node = Node::new(Script { refusals: [None, Some(full)].into(), ..Script::default() });
    let first = send(&node, "k", lines(3_000)).await.json();
    assert_eq!(first["accepted"], SUBMISSION_RECORDS_MAX);
    assert!(!node.fake.rows()[0].complete);
    let second = send(&node, "k", lines(3_000)).await;
    assert_eq!(second.json()["accepted"], 3_000);
    assert_eq!(second.header("x-vigil-replayed"), None);
    assert_eq!(second.json()["receipt"]["blocks"].as_array().map(Vec::len), Some(3));
    assert!(node.fake.rows()[0].complete);
    let expected: Vec<String> = lines(3_000).lines().map(str::to_owned).collect();
    assert_eq!(node.fake.messages(), expected);
}

#[tokio::test]
async fn going_on_begins_in_the_middle_of_a_chunk_if_need_be() {
    let node = Node::new(Script::default());
    assert_eq!(send(&node, "k", lines(3_000)).await.status, 200);
    let (records, parts) = (3_000, node.fake.submitted());
    assert_eq!(parts.iter().map(|(count, _)| count).sum::<usize>(), records);
    let keyed = |n: usize| parts[n].1.idempotent.clone().expect("keyed");
    assert_eq!(
        (0..3).map(|n| (keyed(n).from, keyed(n).last)).collect::<Vec<_>>(),
        [(0, false), (1024, false), (2048, true)]
    );
}

#[tokio::test]
async fn busy_at_the_beginning_of_an_attempt_is_told() {
    let full = Refusal::NoSpace("full".to_owned());
    let node = Node::new(Script { refusals: [None, Some(full), Some(busy())].into(), ..Script::default() });
    assert_eq!(send(&node, "k", lines(3_000)).await.status, 200);
    let busy = send(&node, "k", lines(3_000)).await;
    assert_eq!(busy.code(), (429, "busy".to_owned()));
    assert_eq!(busy.json()["accepted"], SUBMISSION_RECORDS_MAX, "an earlier attempt's records are durable");
    assert_eq!(send(&node, "k", lines(3_000)).await.json()["accepted"], 3_000);
}

#[tokio::test]
async fn bad_keys_and_bodies_too_large_to_hold() {
    let node = Node::new(Script::default());
    for key in ["", "two words", &"k".repeat(256)] {
        assert_eq!(send(&node, key, "a").await.code(), (400, "bad_idempotency_key".to_owned()));
    }
    assert_eq!(send(&node, "k", vec![b'x'; KEYED_REQUEST_BYTES_MAX + 1]).await.code(), (413, "too_large".to_owned()));
    assert_eq!(send(&node, "k", "").await.code(), (400, "no_events".to_owned()));
    assert_eq!(send(&node, "k", "").await.json()["rejected"], json!([]));
    assert!(node.fake.rows().is_empty());
}

#[tokio::test]
async fn only_so_much_is_held_at_once() {
    let node = Node::new(Script { hold: true, ..Script::default() });
    // One event each, so that a body is large and its record is not.
    let body = format!("{}x\n", "\n".repeat(KEYED_REQUEST_BYTES_MAX - 2));
    let full = KEYED_BYTES_MAX / KEYED_REQUEST_BYTES_MAX;
    let keys: Vec<String> = (0..full).map(|n| format!("k{n}")).collect();
    let held = futures::future::join_all(keys.iter().map(|key| send(&node, key, body.clone())));
    let other = async {
        while node.fake.under_way() < full {
            tokio::task::yield_now().await;
        }
        let refused = send(&node, "other", "y").await;
        node.fake.release();
        refused
    };
    let (taken, refused) = tokio::join!(held, other);
    assert_eq!(refused.code(), (429, "busy".to_owned()));
    assert!(taken.iter().all(|answer| answer.json()["accepted"] == 1));
    assert_eq!(send(&node, "other", "y").await.status, 200);
}
