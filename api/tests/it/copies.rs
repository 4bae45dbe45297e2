//! `durable=N`: when an answer waits for peers, and what it says when they do not come.

use serde_json::json;

use crate::client::Node;
use crate::fake::Script;

async fn ingest(node: &Node, parameters: &str) -> crate::client::Answer {
    node.post(&format!("/v1/ingest?{parameters}"), &[], "a\nb\n").await
}

#[tokio::test]
async fn so_many_peers_have_it() {
    let node = Node::new(Script::default());
    node.fake.others(|others| others.copies = 2);
    let answer = ingest(&node, "durable=2&timeout=3").await;
    assert_eq!(answer.status, 200);
    let durable = &answer.json()["receipt"]["durable"];
    assert_eq!(durable, &json!({"asked": 1, "reached": 1, "peers_asked": 2, "peers_reached": 2}));
    assert_eq!(node.fake.deeds(), ["2 copies of 1 blocks within 3 s"]);
}

#[tokio::test]
async fn fewer_peers_have_it_when_the_time_is_over() {
    let node = Node::new(Script::default());
    node.fake.others(|others| others.copies = 1);
    let (short, plain) = (ingest(&node, "durable=2").await, ingest(&node, "").await);
    assert_eq!((short.status.as_u16(), plain.status.as_u16()), (202, 200));
    let (short, plain) = (short.json(), plain.json());
    assert_eq!(short["accepted"], 2);
    let durable = &short["receipt"]["durable"];
    assert_eq!(durable, &json!({"asked": 1, "reached": 1, "peers_asked": 2, "peers_reached": 1}));
    assert_eq!(plain["receipt"]["durable"], json!({"asked": 1, "reached": 1}));
    assert_eq!(short["receipt"]["log"], plain["receipt"]["log"], "a receipt like any other");
    assert_eq!(node.fake.deeds(), ["2 copies of 1 blocks within 10 s"]);
}

#[tokio::test]
async fn a_request_that_is_sent_again_waits_again() {
    let node = Node::new(Script::default());
    let send = async || node.post("/v1/ingest?durable=1", &[("idempotency-key", "k")], "a\n").await;
    assert_eq!(send().await.status, 202);
    node.fake.others(|others| others.copies = 1);
    let again = send().await;
    assert_eq!((again.status.as_u16(), again.header("x-vigil-replayed")), (200, Some("true")));
    assert_eq!(again.json()["receipt"]["durable"]["peers_reached"], 1);
    assert_eq!(node.fake.messages(), ["a"]);
}

#[tokio::test]
async fn what_cannot_be_is_refused_at_once() {
    let node = Node::new(Script::default());
    for parameters in
        ["durable=3", "durable=-1", "durable=all", "timeout=5", "durable=1&timeout=700", "durable=1&timeout=x"]
    {
        assert_eq!(ingest(&node, parameters).await.code(), (400, "bad_parameter".to_owned()), "{parameters}");
    }
    assert_eq!(ingest(&node, "durable=0").await.status, 200);
    assert_eq!(node.fake.deeds(), Vec::<String>::new());
    let nothing = node.post("/v1/ingest?durable=1", &[], "").await;
    assert_eq!(nothing.code(), (400, "no_events".to_owned()), "nothing was taken, so nothing is waited for");
}
