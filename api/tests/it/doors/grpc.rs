//! OpenTelemetry over gRPC, by a client of HTTP/2 over a real socket.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, Request};
use data_encoding::BASE64_NOPAD;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use vigil_api::{Further, HttpOptions, Server, Stop};
use vigil_crdt::control::{Role, Scope};
use vigil_node::Refusal;

use super::{request, with_a_bad_one};
use crate::client::{gzip, options};
use crate::fake::{Fake, Handle, Script, busy};
use crate::socket::{PATIENT, Served, start, until};

const LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

/// What a call came to.
#[derive(Debug)]
struct Called {
    http: u16,
    headers: HeaderMap,
    messages: Vec<u8>,
    trailers: HeaderMap,
}

impl Called {
    /// The status of gRPC, wherever it stands, and its message.
    fn status(&self) -> (u32, String) {
        let found = |name: &str| self.trailers.get(name).or(self.headers.get(name));
        let text = |name: &str| found(name).map(|value| value.to_str().expect("visible").to_owned());
        let status = text("grpc-status").expect("every call has a status").parse().expect("a number");
        (status, text("grpc-message").unwrap_or_default())
    }
}

async fn connect(address: std::net::SocketAddr) -> SendRequest<Body> {
    let stream = TcpStream::connect(address).await.expect("it listens");
    let (sender, connection) =
        handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("prior knowledge is enough");
    tokio::spawn(connection);
    sender
}

async fn call(sender: &mut SendRequest<Body>, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Called {
    let mut request = Request::post(format!("http://localhost{path}")).header("te", "trailers");
    for (name, value) in [("content-type", "application/grpc")].iter().chain(headers) {
        request = request.header(*name, *value);
    }
    let answer = sender.send_request(request.body(Body::from(body)).expect("a request")).await.expect("an answer");
    let (parts, mut body) = answer.into_parts();
    let (mut messages, mut trailers) = (Vec::new(), HeaderMap::new());
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        match frame.expect("a whole answer").into_data() {
            Ok(data) => messages.extend_from_slice(&data),
            Err(frame) => trailers = frame.into_trailers().expect("data or trailers"),
        }
    }
    Called { http: parts.status.as_u16(), headers: parts.headers, messages, trailers }
}

fn framed(packed: u8, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("short").to_be_bytes();
    [&[packed][..], &length, message].concat()
}

async fn served(script: Script) -> (Served, SendRequest<Body>) {
    let served = start(script, PATIENT).await;
    let sender = connect(served.address).await;
    (served, sender)
}

#[tokio::test]
async fn a_call_is_answered_in_a_message_and_trailers() {
    let (served, mut sender) = served(Script::default()).await;
    for _ in 0..3 {
        let called = call(&mut sender, LOGS, &[], framed(0, &request(&["hello"]))).await;
        assert_eq!((called.http, called.status()), (200, (0, String::new())));
        assert_eq!(called.headers["content-type"], "application/grpc");
        assert_eq!(called.messages, framed(0, b""));
        assert_eq!(called.trailers["grpc-status"], "0", "it stands behind the message");
    }
    assert_eq!(served.fake.messages(), ["hello"; 3]);
}

#[tokio::test]
async fn messages_may_be_packed() {
    let (served, mut sender) = served(Script::default()).await;
    let zstd = zstd::encode_all(&request(&["z"])[..], 1).expect("memory");
    for (encoding, message) in [("gzip", gzip(&request(&["g"]))), ("zstd", zstd)] {
        let called = call(&mut sender, LOGS, &[("grpc-encoding", encoding)], framed(1, &message)).await;
        assert_eq!(called.status().0, 0, "{encoding}: {called:?}");
    }
    let plain = call(&mut sender, LOGS, &[("grpc-encoding", "gzip")], framed(0, &request(&["p"]))).await;
    assert_eq!(plain.status().0, 0, "a packed call may have a plain message");
    assert_eq!(served.fake.messages(), ["g", "z", "p"]);
    let unknown = call(&mut sender, LOGS, &[("grpc-encoding", "br")], framed(1, b"x")).await;
    assert_eq!(
        (unknown.status().0, &unknown.headers["grpc-accept-encoding"]),
        (12, &"identity,gzip,zstd".parse().expect("visible"))
    );
    for (headers, body) in [
        (&[][..], framed(1, b"x")),
        (&[("grpc-encoding", "gzip")], framed(1, b"no gzip")),
        (&[], framed(2, b"")),
        (&[], b"\0\0".to_vec()),
        (&[], [framed(0, b""), framed(0, b"")].concat()),
        (&[], framed(0, b"{}")),
        (&[], framed(0, &with_a_bad_one(&[]))),
    ] {
        let called = call(&mut sender, LOGS, headers, body).await;
        assert_eq!((called.http, called.status().0), (200, 3), "{called:?}");
    }
}

#[tokio::test]
async fn some_records_may_be_rejected() {
    let (served, mut sender) = served(Script::default()).await;
    let called = call(&mut sender, LOGS, &[], framed(0, &with_a_bad_one(&["good"]))).await;
    assert_eq!(called.status().0, 0);
    assert!(called.messages.windows(2).any(|pair| pair == b"\x08\x01"), "{called:?}");
    assert_eq!(served.fake.messages(), ["good"]);
    assert_eq!(call(&mut sender, LOGS, &[], framed(0, b"")).await.status().0, 0, "nothing is success");
}

#[tokio::test]
async fn a_full_node_says_when_to_come_again() {
    for refusal in [busy(), Refusal::Stopping] {
        let (_served, mut sender) = served(Script { always: Some(refusal), ..Script::default() }).await;
        let called = call(&mut sender, LOGS, &[], framed(0, &request(&["a"]))).await;
        assert_eq!((called.http, called.status().0), (200, 14));
        let details = called.headers["grpc-status-details-bin"].as_bytes();
        let details = BASE64_NOPAD.decode(details).expect("base64");
        assert!(String::from_utf8_lossy(&details).contains("google.rpc.RetryInfo"));
    }
}

#[tokio::test]
async fn what_is_not_there_is_unimplemented() {
    let (_served, mut sender) = served(Script::default()).await;
    for path in [
        "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        "/opentelemetry.proto.collector.logs.v1.LogsService/Import",
        "/some.other.Service/Method",
    ] {
        let called = call(&mut sender, path, &[], framed(0, b"")).await;
        assert_eq!((called.http, called.status().0), (200, 12), "{path}");
        assert!(!called.status().1.is_empty());
    }
    let plain = call(&mut sender, LOGS, &[("content-type", "text/plain")], Vec::new()).await;
    assert_eq!(plain.http, 200, "the first content type counts");
}

#[tokio::test]
async fn who_may_not_is_told_in_grpc() {
    let (served, mut sender) = served(Script::default()).await;
    served.fake.add_token(Role::Writer, Scope::default());
    served.fake.add_token(Role::Reader, Scope::default());
    let message = framed(0, &request(&["a"]));
    for (headers, status) in [
        (&[][..], 16),
        (&[("authorization", "Bearer guess")], 16),
        (&[("authorization", "Bearer reader")], 7),
        (&[("authorization", "Bearer writer")], 0),
    ] {
        let called = call(&mut sender, LOGS, headers, message.clone()).await;
        assert_eq!((called.http, called.status().0), (200, status), "{headers:?}");
    }
}

#[tokio::test]
async fn a_message_of_many_mebibytes_is_taken_and_one_too_large_is_not() {
    let (_served, mut sender) = served(Script::default()).await;
    // Fields that nobody knows: they are stepped over.
    let large = |bytes: usize| {
        let mut message = vec![0x7a];
        let mut length = bytes;
        while length >= 128 {
            message.push((length % 128) as u8 | 128);
            length /= 128;
        }
        message.push(length as u8);
        message.resize(message.len() + bytes, 7);
        framed(0, &message)
    };
    assert_eq!(call(&mut sender, LOGS, &[], large(20 << 20)).await.status().0, 0);
    assert_eq!(call(&mut sender, LOGS, &[], large(64 << 20)).await.status().0, 8);
}

#[tokio::test]
async fn calls_on_one_connection_do_not_wait_for_each_other() {
    let (served, sender) = served(Script { hold: true, ..Script::default() }).await;
    let calls: Vec<_> = (0..20)
        .map(|n| {
            let mut sender = sender.clone();
            tokio::spawn(async move { call(&mut sender, LOGS, &[], framed(0, &request(&[&format!("{n}")]))).await })
        })
        .collect();
    until(|| served.fake.under_way() == 20).await;
    served.stopper.stop();
    served.fake.release();
    for call in calls {
        assert_eq!(call.await.expect("no panic").status().0, 0, "what is under way is answered");
    }
    assert!(served.ended.await.expect("no panic"), "everyone ended in time");
}

#[tokio::test]
async fn connections_that_say_nothing_are_ended() {
    let served = start(Script::default(), Duration::from_millis(50)).await;
    let mut sender = connect(served.address).await;
    assert_eq!(call(&mut sender, LOGS, &[], framed(0, b"")).await.status().0, 0);
    let closed = async {
        while !sender.is_closed() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), closed).await.expect("it is shown out");
}

#[tokio::test]
async fn who_stops_in_the_middle_of_what_http_2_begins_with_is_shown_out() {
    let served = start(Script::default(), Duration::from_secs(2)).await;
    let mut half = crate::socket::connect(&served, "PR").await;
    assert_eq!(crate::socket::read_all(&mut half).await, "");
}

#[tokio::test]
async fn further_sockets_share_the_node_and_name_its_sources() {
    let fake = Fake::new(Script::default());
    let (stopper, stop) = Stop::pair();
    let server = Server::new(Arc::new(Handle(Arc::clone(&fake))), HttpOptions { stop, ..options() });
    let mut addresses = Vec::new();
    let mut ends = Vec::new();
    for further in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        addresses.push(listener.local_addr().expect("bound"));
        let server = server.clone();
        ends.push(tokio::spawn(async move {
            let drain = Duration::from_secs(5);
            match further {
                false => server.serve(listener, drain).await,
                true => {
                    let source = Some("otlp".to_owned());
                    server.serve_further(listener, Further { source, ..Further::default() }, drain).await
                }
            }
        }));
    }
    for address in addresses {
        let called = call(&mut connect(address).await, LOGS, &[], framed(0, &request(&["a"]))).await;
        assert_eq!(called.status().0, 0);
    }
    assert_eq!(fake.messages(), ["a", "a"]);
    stopper.stop();
    for end in ends {
        assert!(end.await.expect("no panic"));
    }
}

#[tokio::test]
async fn a_message_in_pieces_is_one_message() {
    let (served, mut sender) = served(Script::default()).await;
    let whole = framed(0, &request(&["in pieces"]));
    let pieces: Vec<Result<Bytes, std::convert::Infallible>> =
        whole.chunks(1).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let request = Request::post(format!("http://localhost{LOGS}")).header("content-type", "application/grpc+proto");
    let body = Body::from_stream(futures::stream::iter(pieces));
    let answer = sender.send_request(request.body(body).expect("a request")).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    until(|| served.fake.messages() == ["in pieces"]).await;
}
