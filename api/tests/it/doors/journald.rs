//! systemd-journal-upload: bodies without end, and a client that gives up at any refusal.

use std::time::Duration;

use axum::body::{Body, Bytes};
use futures::StreamExt;
use vigil_node::Refusal;

use crate::client::Node;
use crate::fake::{Script, busy};

const KIND: (&str, &str) = ("content-type", "application/vnd.fdo.journal");
const ENTRY: &str = "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1423944916375353\nPRIORITY=3\nMESSAGE=hello\n\n";

#[tokio::test]
async fn entries_are_kept_and_the_client_may_pack_the_next() {
    let node = Node::new(Script::default());
    for path in ["/upload", "/insert/journald/upload"] {
        let answer = node.post(path, &[KIND], ENTRY).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "OK.\n"));
        assert_eq!(answer.header("accept-encoding"), Some("zstd"));
    }
    let packed = zstd::encode_all(ENTRY.as_bytes(), 1).expect("memory");
    assert_eq!(node.post("/upload", &[KIND, ("content-encoding", "zstd")], packed).await.status, 200);
    assert_eq!(node.fake.messages(), ["hello"; 3]);
    let row = node.get("/v1/query?q=hello&limit=1").await.json()["rows"][0].clone();
    assert_eq!((&row["__CURSOR"], &row["level"]), (&"s=1".into(), &"error".into()));
    assert_eq!(row["_time"], "2015-02-14T20:15:16.375353Z");
}

#[tokio::test]
async fn what_has_come_is_kept_while_more_comes() {
    let node = Node::new(Script::default());
    let (sender, receiver) = futures::channel::mpsc::unbounded::<Bytes>();
    let body = Body::from_stream(receiver.map(Ok::<_, std::convert::Infallible>));
    let upload = node.post("/upload", &[KIND], body);
    let watch = async {
        for _ in 0..4_000 {
            sender.unbounded_send(Bytes::from_static(ENTRY.as_bytes())).expect("it listens");
        }
        while node.fake.messages().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        drop(sender);
    };
    let (answer, ()) = futures::join!(upload, watch);
    assert_eq!(answer.status, 200);
    assert_eq!(node.fake.messages().len(), 4_000);
}

#[tokio::test]
async fn a_busy_node_makes_it_wait() {
    let refusals = vec![Some(busy()), Some(busy())].into();
    let node = Node::new(Script { refusals, ..Script::default() });
    assert_eq!(node.post("/upload", &[KIND], ENTRY).await.status, 200);
    let node = Node::new(Script { always: Some(Refusal::Stopping), ..Script::default() });
    assert_eq!(node.post("/upload", &[KIND], ENTRY).await.status, 503);
}
