//! Do datagrams arrive, and are those counted that do not?

use std::path::Path;

use tokio::net::UdpSocket;
use vigil_ingest::{Door, Format, Transport};

use crate::{At, EVENTS, event, source, spec, until};

async fn client(at: &At) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port is free");
    socket.connect(at.address()).await.expect("it is there");
    socket
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_datagrams_arrive_with_their_sender() {
    let at = At::start(source(spec(Door::Syslog, Some(Transport::Udp)), Format::Lines), Path::new("/none")).await;
    let client = client(&at).await;
    for n in (0..EVENTS).step_by(2) {
        // Two messages in a datagram, as some devices have it.
        let datagram = format!("{}\n{}\r\n\0", event(n), event(n + 1));
        client.send(datagram.as_bytes()).await.expect("it is heard");
        if n % 500 == 498 {
            at.kept.until(n + 2).await;
        }
    }
    at.kept.until(EVENTS).await;
    at.kept.assert_all(EVENTS);
    assert_eq!(at.kept.texts("log.source.address").get("127.0.0.1"), Some(&EVENTS));
    assert_eq!(at.counted().turned_away, 0);
    at.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_busy_node_cannot_take_is_counted() {
    const SENT: usize = 60_000;
    let at = At::start(source(spec(Door::Socket, Some(Transport::Udp)), Format::Lines), Path::new("/none")).await;
    at.kept.hold(true);
    let client = client(&at).await;
    for n in 0..SENT {
        client.send(event(n).as_bytes()).await.expect("it is heard");
    }
    until(|| at.counted().turned_away > 0, || format!("{:?}", at.counted())).await;
    at.kept.hold(false);
    let sum = || at.kept.count() + at.counted().turned_away as usize;
    until(|| sum() == SENT, || format!("{} events, {:?}", at.kept.count(), at.counted())).await;
    at.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_datagram_of_json_is_a_body_and_gelf_comes_packed_and_in_parts() {
    let at = At::start(source(spec(Door::Socket, Some(Transport::Udp)), Format::Detect), Path::new("/none")).await;
    let client_of_json = client(&at).await;
    client_of_json.send(b"{\"message\":\"one\"}\n{\"message\":\"two\"}").await.expect("it is heard");
    client_of_json.send(b"plain").await.expect("it is heard");
    at.kept.until(3).await;
    let messages: Vec<String> = at.kept.texts("message").into_keys().collect();
    assert_eq!(messages, ["one", "plain", "two"]);
    at.stop().await;

    let at = At::start(source(spec(Door::Gelf, Some(Transport::Udp)), Format::Lines), Path::new("/none")).await;
    let client = client(&at).await;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, b"packed in parts").expect("memory");
    let packed = gzip.finish().expect("memory");
    for (n, part) in packed.chunks(10).enumerate().collect::<Vec<_>>().into_iter().rev() {
        let count = packed.len().div_ceil(10) as u8;
        client.send(&[&b"\x1e\x0fmessage1"[..], &[n as u8, count], part].concat()).await.expect("it is heard");
    }
    client.send(b"\x1f\x8bno gzip").await.expect("it is heard");
    client.send(b"plain").await.expect("it is heard");
    at.kept.until(2).await;
    let messages: Vec<String> = at.kept.texts("message").into_keys().collect();
    assert_eq!(messages, ["packed in parts", "plain"]);
    assert_eq!(at.counted().rejected, 1);
    at.stop().await;
}
