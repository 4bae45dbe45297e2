//! What only a real socket shows: time-outs, back-pressure, early answers, a clean end.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use vigil_api::{HttpOptions, Stop, Stopper, serve};

use crate::client::{lines, options};
use crate::fake::{Fake, Handle, Script, busy};

pub(crate) struct Served {
    pub(crate) fake: Arc<Fake>,
    pub(crate) address: std::net::SocketAddr,
    pub(crate) stopper: Stopper,
    pub(crate) ended: JoinHandle<bool>,
}

pub(crate) async fn start(script: Script, patience: Duration) -> Served {
    let fake = Fake::new(script);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("bound");
    let (stopper, stop) = Stop::pair();
    let options = HttpOptions { patience, stop, ..options() };
    let backend = Arc::new(Handle(Arc::clone(&fake)));
    let ended = tokio::spawn(serve(listener, backend, options, Duration::from_secs(5)));
    Served { fake, address, stopper, ended }
}

pub(crate) async fn connect(served: &Served, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(served.address).await.expect("it listens");
    stream.write_all(head.as_bytes()).await.expect("it reads");
    stream
}

/// Everything until the node closes.
pub(crate) async fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    tokio::time::timeout(Duration::from_secs(20), read).await.expect("it ends").expect("a clean end");
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) const PATIENT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_request_over_a_socket() {
    let served = start(Script::default(), PATIENT).await;
    let head = "POST /v1/ingest HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 6\r\n\r\nhello\n";
    let answer = read_all(&mut connect(&served, head).await).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"accepted\":1"), "{answer}");
    assert_eq!(served.fake.messages(), ["hello"]);
}

#[tokio::test]
async fn those_who_say_nothing_are_shown_out() {
    let served = start(Script::default(), Duration::from_millis(50)).await;
    for head in ["", "GET /healthz HT", "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"] {
        read_all(&mut connect(&served, head).await).await;
    }
    let half = "POST /v1/ingest HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nhalf";
    let answer = read_all(&mut connect(&served, half).await).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn an_early_refusal_reaches_a_sender_that_is_still_sending() {
    let served = start(Script { always: Some(busy()), ..Script::default() }, PATIENT).await;
    let body = lines(150_000);
    for (header, status) in
        [("accept: */*", "429"), ("content-type: image/png", "415"), ("content-encoding: br", "415")]
    {
        let head = format!(
            "POST /v1/ingest HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{header}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = read_all(&mut connect(&served, &head).await).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
}

/// As most clients do: they look for an answer once everything is sent.
#[tokio::test]
async fn an_early_refusal_of_a_large_body_is_not_lost() {
    let served = start(Script::default(), PATIENT).await;
    let piece = vec![b'x'; 1 << 20];
    for (path, header, pieces, status) in [
        ("/v1/ingest", "idempotency-key: k", 33, "413"),
        ("/v1/ingest", "content-type: image/png", 33, "415"),
        ("/v1/ingest?seal=later", "accept: */*", 33, "400"),
        ("/v1/query", "content-type: application/json", 33, "413"),
        ("/nowhere", "accept: */*", 33, "404"),
    ] {
        let length = pieces * piece.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\n{header}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        );
        let mut stream = connect(&served, &head).await;
        for _ in 0..pieces {
            stream.write_all(&piece).await.expect("it reads on");
        }
        let answer = read_all(&mut stream).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path} {header}: {answer}");
    }
}

#[tokio::test]
async fn a_connection_with_an_unread_rest_is_closed_and_says_so() {
    let served = start(Script::default(), PATIENT).await;
    let head = "POST /v1/ingest HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-type: image/png\r\ncontent-length: 9\r\n\r\n";
    let answer = read_all(&mut connect(&served, head).await).await;
    assert!(answer.starts_with("HTTP/1.1 415") && answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn stopping_ends_tails_and_idle_connections_and_waits_for_answers() {
    let served = start(Script { hold: true, ..Script::default() }, PATIENT).await;
    let mut tail = connect(&served, "GET /v1/tail HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let mut idle = connect(&served, "").await;
    let head = "POST /v1/ingest HTTP/1.1\r\nhost: localhost\r\ncontent-length: 6\r\n\r\nhello\n";
    let mut sender = connect(&served, head).await;
    until(|| served.fake.under_way() > 0).await;
    served.stopper.stop();
    assert!(read_all(&mut tail).await.ends_with("0\r\n\r\n"), "a clean end of a chunked body");
    read_all(&mut idle).await;
    served.fake.release();
    assert!(read_all(&mut sender).await.contains("\"accepted\":1"));
    assert!(served.ended.await.expect("no panic"), "everyone ended in time");
    assert!(TcpStream::connect(served.address).await.is_err());
}

#[tokio::test]
async fn a_client_that_goes_away_takes_its_query_along() {
    let served = start(Script { hang: true, ..Script::default() }, PATIENT).await;
    let client = connect(&served, "GET /v1/query?q=* HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    until(|| served.fake.queries_under_way() == 1).await;
    drop(client);
    until(|| served.fake.queries_under_way() == 0).await;
}

pub(crate) async fn until(reached: impl Fn() -> bool) {
    while !reached() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
