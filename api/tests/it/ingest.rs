//! Every way in which a request that brings events can end.

use std::time::Duration;

use axum::body::{Body, Bytes};
use futures::StreamExt;
use serde_json::{Value, json};
use vigil_model::limits::{INGEST_REQUESTS_MAX, REQUEST_BYTES_MAX, REQUEST_SUBMISSIONS_MAX, SUBMISSION_RECORDS_MAX};
use vigil_node::Refusal;

use crate::client::{Node, gzip, lines, options};
use crate::fake::{LOG, Script, busy};

fn receipt(blocks: &[(u64, u32)]) -> Value {
    let blocks: Vec<Value> = blocks
        .iter()
        .map(|(seq, count)| json!({"seq": seq, "hash": format!("{seq:02x}").repeat(32), "class": "logs", "first": 0, "count": count}))
        .collect();
    json!({"log": LOG.to_string(), "blocks": blocks, "durable": {"asked": 1, "reached": 1}})
}

#[tokio::test]
async fn what_is_good_is_taken_and_what_is_not_is_named() {
    let node = Node::new(Script::default());
    let answer =
        node.ingest("{\"message\":\"a\"}\n{oops\n{\"message\":\"b\",\"time\":\"2026-01-31T10:00:00Z\"}\n").await;
    assert_eq!(answer.status, 200);
    let json = answer.json();
    assert_eq!(json["accepted"], 2);
    assert_eq!(json["rejected_total"], 1);
    assert_eq!(json["rejected"][0]["line"], 2);
    assert_eq!(json["time_assumed"], 1);
    assert_eq!(json["receipt"], receipt(&[(0, 2)]));
    assert_eq!(json.get("error"), None);
    assert_eq!(node.fake.messages(), ["a", "b"]);
}

#[tokio::test]
async fn a_receipt_claims_the_disk_only_when_it_is_reached() {
    for (lazy, reached) in [(false, 1), (true, 0)] {
        let node = Node::new(Script { lazy, ..Script::default() });
        let answer = node.ingest("a\n").await.json();
        assert_eq!(answer["receipt"]["durable"], json!({"asked": 1, "reached": reached}));
    }
}

#[tokio::test]
async fn nothing_taken_is_an_error_with_reasons() {
    let node = Node::new(Script::default());
    for empty in ["", "\n\n"] {
        let answer = node.ingest(empty).await;
        assert_eq!(answer.code(), (400, "no_events".to_owned()));
        assert_eq!(answer.json()["error"]["message"], "no events in the body");
        assert_eq!(answer.json()["receipt"], Value::Null);
    }
    let answer = node.post("/v1/ingest", &[("content-type", "application/json")], "[{\"a\":1}, oops]").await;
    assert_eq!(answer.json()["accepted"], 1, "what came before the break stays: {}", answer.text());
    let answer = node.post("/v1/ingest", &[("content-type", "application/json")], "[oops").await;
    assert_eq!(answer.code(), (400, "all_rejected".to_owned()));
    assert!(answer.json()["rejected_total"].as_u64() >= Some(1));
}

#[tokio::test]
async fn content_types_and_parameters() {
    let node = Node::new(Script::default());
    let typed = async |kind: &str, body: &'static str| node.post("/v1/ingest", &[("content-type", kind)], body).await;
    assert_eq!(typed("text/plain", "{\"not\":\"json here\"}").await.json()["accepted"], 1);
    assert_eq!(typed("application/json", "[{\"a\":1},{\"a\":2}]").await.json()["accepted"], 2);
    assert_eq!(typed("application/json", "{\"a\":1}{\"a\":2} {\"a\":3}").await.json()["accepted"], 3);
    assert_eq!(typed("text/plain; charset=us-ascii", "x").await.json()["accepted"], 1);
    let foreign = typed("text/plain; charset=iso-8859-1", "x").await;
    assert_eq!(foreign.code(), (415, "content_type".to_owned()));
    assert_eq!(foreign.json()["error"]["message"], "text in the charset `iso-8859-1` cannot be read, only UTF-8");
    assert_eq!(typed("image/png", "x").await.code(), (415, "content_type".to_owned()));
    for (path, code) in [
        ("/v1/ingest?seal=later", "bad_parameter"),
        ("/v1/ingest?class=audit", "bad_parameter"),
        ("/v1/ingest?class=noise", "bad_parameter"),
        ("/v1/ingest?sauce=x", "unknown_parameter"),
        ("/v1/ingest?source=a&source=b", "bad_parameter"),
    ] {
        assert_eq!(node.post(path, &[], "x").await.code(), (400, code.to_owned()), "{path}");
    }
    let path = "/v1/ingest?source=app&seal=now&time_field=at&message_field=text&class=logs";
    let body = "{\"at\":\"2026-01-31T10:00:00Z\",\"text\":\"hello\"}";
    assert_eq!(node.post(path, &[], body).await.json()["time_assumed"], 0);
    assert_eq!(node.fake.messages().last().map(String::as_str), Some("hello"));
    let (_, last) = node.fake.submitted().pop().expect("submitted");
    assert!(last.seal_now);
    let found = node.get("/v1/query?q=source:app").await.json();
    assert_eq!(found["rows"][0]["_time"], "2026-01-31T10:00:00Z");
}

#[tokio::test]
async fn packed_bodies() {
    let node = Node::new(Script::default());
    let packed = async |name: &str, body: Vec<u8>| node.post("/v1/ingest", &[("content-encoding", name)], body).await;
    let two_members = [gzip(b"a\nb"), gzip(b"c\nd\n")].concat();
    assert_eq!(packed("gzip", two_members).await.json()["accepted"], 3);
    assert_eq!(packed("zstd", zstd::encode_all(&b"e\nf\n"[..], 3).expect("memory")).await.json()["accepted"], 2);
    assert_eq!(packed("identity", b"g".to_vec()).await.json()["accepted"], 1);
    assert_eq!(node.fake.messages(), ["a", "bc", "d", "e", "f", "g"]);
    assert_eq!(packed("br", vec![1]).await.code(), (415, "content_encoding".to_owned()));
    assert_eq!(packed("gzip, zstd", vec![1]).await.code(), (415, "content_encoding".to_owned()));
    assert_eq!(packed("gzip", b"plain".to_vec()).await.code(), (400, "broken_body".to_owned()));
    assert_eq!(packed("zstd", b"plain".to_vec()).await.code(), (400, "broken_body".to_owned()));
    assert_eq!(packed("gzip", Vec::new()).await.code(), (400, "broken_body".to_owned()));
}

#[tokio::test]
async fn packed_bodies_that_do_not_say_so() {
    let node = Node::new(Script::default());
    let bytewise = |body: Vec<u8>| {
        let bytes = body.into_iter().map(|byte| Ok::<_, std::io::Error>(Bytes::from(vec![byte])));
        Body::from_stream(futures::stream::iter(bytes))
    };
    assert_eq!(node.ingest(gzip(b"a\nb\n")).await.json()["accepted"], 2);
    assert_eq!(node.ingest(bytewise(zstd::encode_all(&b"c\n"[..], 3).expect("memory"))).await.json()["accepted"], 1);
    assert_eq!(node.ingest(bytewise(b"(\xb5d\n".to_vec())).await.json()["accepted"], 1);
    assert_eq!(node.ingest("(").await.json()["accepted"], 1);
    let keyed = node.post("/v1/ingest", &[("idempotency-key", "k")], gzip(b"e\n")).await;
    assert_eq!(keyed.json()["accepted"], 1);
    assert_eq!(node.fake.messages(), ["a", "b", "c", "(\u{fffd}d", "(", "e"]);
    assert_eq!(node.ingest(vec![0x1f, 0x8b, 8]).await.code(), (400, "broken_body".to_owned()));
}

#[tokio::test]
async fn a_cut_body_keeps_what_came_before_and_says_so() {
    let node = Node::new(Script::default());
    let mut packed = gzip(lines(5_000).as_bytes());
    packed.truncate(packed.len() - 10);
    let answer = node.post("/v1/ingest", &[("content-encoding", "gzip")], packed).await;
    assert_eq!(answer.status, 200);
    let json = answer.json();
    assert_eq!(json["accepted"].as_u64(), Some(node.fake.messages().len() as u64));
    assert_eq!(json["rejected_total"], 1);
    let last = json["rejected"].as_array().expect("a list").last().expect("an entry")["reason"].to_string();
    assert!(last.contains("nothing from here on was read: the body cannot be read"), "{last}");
}

#[tokio::test]
async fn a_bomb_ends_at_the_cap() {
    let node = Node::new(Script::default());
    let zeros = vec![0_u8; 1 << 20];
    // Frames may follow one another: 1100 MiB in a few KiB.
    let bomb = zstd::encode_all(&zeros[..], 3).expect("memory").repeat(1_100);
    assert!(bomb.len() < 1 << 20);
    let answer = node.post("/v1/ingest", &[("content-encoding", "zstd")], bomb).await;
    assert_eq!(answer.code(), (413, "too_large".to_owned()));
    assert_eq!(answer.json()["accepted"], 0);
    let announced = (REQUEST_BYTES_MAX + 1).to_string();
    let answer = node.post("/v1/ingest", &[("content-length", &announced)], Body::empty()).await;
    assert_eq!(answer.code(), (413, "too_large".to_owned()));
}

#[tokio::test]
async fn refusals_before_anything_was_taken_are_the_answer() {
    for (refusal, status, code, retry) in [
        (busy(), 429, "busy", Some("1")),
        (Refusal::NoSpace("2 MiB left".to_owned()), 507, "no_space", None),
        (Refusal::Store("broken".to_owned()), 503, "store", None),
        (Refusal::Stopping, 503, "stopping", Some("5")),
    ] {
        let node = Node::new(Script { always: Some(refusal), ..Script::default() });
        let answer = node.ingest(lines(5_000)).await;
        assert_eq!(answer.code(), (status, code.to_owned()));
        assert_eq!(answer.header("retry-after"), retry);
        assert_eq!(answer.json()["accepted"], 0);
        assert_eq!(answer.json()["receipt"], Value::Null);
    }
}

#[tokio::test]
async fn busy_later_is_waited_out() {
    let refusals = [None, Some(busy()), None, None, Some(busy()), Some(busy())].into();
    let node = Node::new(Script { refusals, ..Script::default() });
    let answer = node.ingest(lines(4_000)).await;
    assert_eq!(answer.json()["accepted"], 4_000);
    assert_eq!(answer.json()["rejected"], json!([]));
    assert_eq!(node.fake.messages().len(), 4_000);
}

#[tokio::test]
async fn busy_for_too_long_tells_what_was_taken() {
    let node = Node::new(Script { refusals: [None].into(), ..Script::default() });
    // From the second submission on it is busy for ever.
    let body = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from(lines(SUBMISSION_RECORDS_MAX)))]);
    let fake = std::sync::Arc::clone(&node.fake);
    let rest = futures::stream::once(async move {
        fake.script(|script| script.always = Some(busy()));
        Ok(Bytes::from(lines(2_000)))
    });
    let answer = node.ingest(Body::from_stream(body.chain(rest))).await;
    assert_eq!(answer.status, 200);
    let json = answer.json();
    assert_eq!(json["accepted"], SUBMISSION_RECORDS_MAX);
    let first = &json["rejected"][0];
    assert_eq!(first["line"], SUBMISSION_RECORDS_MAX + 1);
    assert!(first["reason"].as_str().is_some_and(|why| why.contains("were not taken: busy")), "{first}");
    assert_eq!(json["rejected_total"], 2_000);
}

#[tokio::test]
async fn a_full_disk_later_tells_what_was_taken() {
    let refusals = [None, None, Some(Refusal::NoSpace("full".to_owned()))].into();
    let node = Node::new(Script { refusals, ..Script::default() });
    let answer = node.ingest(lines(2_500)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["accepted"], 2_048);
    assert_eq!(answer.code(), (200, "no_space".to_owned()), "a program need not read the reasons");
    assert_eq!(answer.json()["rejected_total"], 452);
    assert_eq!(answer.json()["rejected"][0]["reason"], "events 2049 to 2500 were not taken: no space: full");
}

#[tokio::test]
async fn only_so_much_is_under_way_and_the_rest_of_the_body_waits() {
    let node = Node::new(Script { hold: true, ..Script::default() });
    let (sender, receiver) = futures::channel::mpsc::unbounded::<Result<Bytes, std::io::Error>>();
    let chunk = Bytes::from(lines(SUBMISSION_RECORDS_MAX));
    for _ in 0..4 * REQUEST_SUBMISSIONS_MAX {
        sender.unbounded_send(Ok(chunk.clone())).expect("open");
    }
    drop(sender);
    let sending = node.ingest(Body::from_stream(receiver));
    let releasing = async {
        while node.fake.under_way() < REQUEST_SUBMISSIONS_MAX {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        node.fake.release();
    };
    let (answer, ()) = tokio::join!(sending, releasing);
    assert_eq!(answer.json()["accepted"], 4 * REQUEST_SUBMISSIONS_MAX * SUBMISSION_RECORDS_MAX);
    assert_eq!(node.fake.most_under_way(), REQUEST_SUBMISSIONS_MAX);
}

#[tokio::test]
async fn a_silent_body_is_given_up() {
    let options = vigil_api::HttpOptions { patience: Duration::from_millis(20), ..options() };
    let node = Node::with(Script::default(), options);
    let silent = futures::stream::pending::<Result<Bytes, std::io::Error>>();
    assert_eq!(node.ingest(Body::from_stream(silent)).await.code(), (408, "slow_body".to_owned()));
}

#[tokio::test]
async fn only_so_many_requests_at_once_and_a_place_comes_back() {
    let node = Node::new(Script { hold: true, ..Script::default() });
    let held = futures::future::join_all((0..INGEST_REQUESTS_MAX).map(|_| node.ingest("x")));
    let other = async {
        while node.fake.under_way() < INGEST_REQUESTS_MAX {
            tokio::task::yield_now().await;
        }
        let refused = node.ingest("one too many").await;
        node.fake.release();
        refused
    };
    let (taken, refused) = tokio::join!(held, other);
    assert_eq!(refused.code(), (429, "busy".to_owned()));
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert!(taken.iter().all(|answer| answer.status == 200));
    assert_eq!(node.ingest("x").await.status, 200);
}

#[tokio::test]
async fn what_dies_with_the_node_is_counted() {
    let refusals = [None, Some(Refusal::Stopping)].into();
    let node = Node::new(Script { refusals, loses: true, ..Script::default() });
    let json = node.ingest(lines(1_500)).await.json();
    assert_eq!(json["accepted"], 1_024);
    assert_eq!(json["rejected_total"], 476);
    assert_eq!(json["rejected"][0]["reason"], "events 1025 to 1500 were not taken: the node is stopping");
}
