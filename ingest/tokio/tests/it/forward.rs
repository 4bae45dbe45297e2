//! Do messages of the forward protocol arrive, and is a client told so only once they are kept?

use std::io::Write;
use std::path::Path;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use vigil_ingest::protocols::forward::digest;
use vigil_ingest::{Door, Format, Spec, Transport};

use crate::{At, EVENTS, event, source, spec, until};

fn text(text: &str) -> Vec<u8> {
    [&[0xd9, text.len() as u8], text.as_bytes()].concat()
}

fn bytes(bytes: &[u8]) -> Vec<u8> {
    [&[0xc6][..], &(bytes.len() as u32).to_be_bytes(), bytes].concat()
}

fn entry(n: usize) -> Vec<u8> {
    [&[0x92, 0xce][..], &1_785_585_600_u32.to_be_bytes(), &[0x81], &text("log"), &text(&event(n))].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// `[tag, entries, {"chunk": name}]`, the entries packed in one of four ways.
fn message(range: std::ops::Range<usize>, way: usize, chunk: &str) -> Vec<u8> {
    let count = (range.len() as u16).to_be_bytes();
    let (first, second) = (range.start..range.start + range.len() / 2, range.start + range.len() / 2..range.end);
    let plain = |range: std::ops::Range<usize>| range.flat_map(entry).collect::<Vec<u8>>();
    let entries = match way {
        0 => [&[0xdc][..], &count, &plain(range)].concat(),
        1 => bytes(&plain(range)),
        2 => bytes(&[gzip(&plain(first)), gzip(&plain(second))].concat()),
        _ => bytes(&zstd::encode_all(plain(range).as_slice(), 1).expect("memory")),
    };
    [&[0x93][..], &text("app"), &entries, &[0x81], &text("chunk"), &text(chunk)].concat()
}

fn ack(chunk: &str) -> Vec<u8> {
    [&[0x81][..], &text("ack"), &text(chunk)].concat()
}

async fn answered(client: &mut TcpStream, expected: &[u8]) {
    let mut answer = vec![0; expected.len()];
    client.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(answer, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_events_arrive_and_are_acknowledged() {
    let at = At::start(source(spec(Door::Forward, Some(Transport::Tcp)), Format::Lines), Path::new("/none")).await;
    let mut client = TcpStream::connect(at.address()).await.expect("it listens");
    for part in 0..EVENTS / 500 {
        let chunk = format!("chunk {part}");
        let message = message(part * 500..(part + 1) * 500, part % 4, &chunk);
        for piece in message.chunks(7_001) {
            client.write_all(piece).await.expect("it reads");
        }
        answered(&mut client, &ack(&chunk)).await;
        assert_eq!(at.kept.count(), (part + 1) * 500, "what is acknowledged is kept");
    }
    at.kept.assert_all(EVENTS);
    assert_eq!(at.kept.texts("tag").get("app"), Some(&EVENTS));

    at.kept.hold(true);
    client.write_all(&message(0..3, 1, "held")).await.expect("it reads");
    until(|| at.kept.waiting() == 1, || "nothing waits".to_owned()).await;
    assert!(client.try_read(&mut [0]).is_err(), "no answer before it is kept");
    at.kept.hold(false);
    answered(&mut client, &ack("held")).await;
    at.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_knows_the_key_is_heard() {
    let secret = Some("secret".to_owned());
    let spec = Spec { secret, ..spec(Door::Forward, Some(Transport::Tcp)) };
    let at = At::start(source(spec, Format::Lines), Path::new("/none")).await;
    for (key, heard) in [("wrong", false), ("secret", true)] {
        let mut client = TcpStream::connect(at.address()).await.expect("it listens");
        let mut helo = [0; 69];
        client.read_exact(&mut helo).await.expect("the server begins");
        assert!(helo.starts_with(b"\x92\xd9\x04HELO\x83\xd9\x05nonce\xc4\x20"));
        let nonce = &helo[17..49];
        let proof = digest(b"salt", b"client", nonce, key);
        let ping = [text("PING"), text("client"), text("salt"), text(&proof), text(""), text("")].concat();
        client.write_all(&[&[0x96][..], &ping].concat()).await.expect("it reads");
        let mut pong = [0; 8];
        client.read_exact(&mut pong).await.expect("the server answers");
        assert_eq!(
            pong,
            *b"\x95\xd9\x04PONG\xc3".map(|byte| if byte == 0xc3 && !heard { 0xc2 } else { byte }).as_slice()
        );
        if !heard {
            continue;
        }
        let mut rest = vec![0; text("").len() + text("it").len() + 130];
        client.read_exact(&mut rest).await.expect("the server proves itself");
        assert!(rest.ends_with(digest(b"salt", b"it", nonce, key).as_bytes()));
        client.write_all(&message(0..10, 0, "c")).await.expect("it reads");
        answered(&mut client, &ack("c")).await;
    }
    at.kept.assert_all(10);
    at.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heartbeats_are_answered_and_hostile_bytes_end_only_themselves() {
    let at = At::start(source(spec(Door::Forward, Some(Transport::Tcp)), Format::Lines), Path::new("/none")).await;
    let beat = UdpSocket::bind("127.0.0.1:0").await.expect("a port is free");
    beat.send_to(&[0], at.address()).await.expect("it is heard");
    let mut echo = [1; 2];
    assert_eq!(beat.recv(&mut echo).await.expect("an echo"), 1);
    for hostile in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\xc1", &[0x91; 300], b"\xdd\xff\xff\xff\xff\xdb\xff\xff\xff\xff"]
    {
        let mut client = TcpStream::connect(at.address()).await.expect("it listens");
        let _ = client.write_all(hostile).await;
        let _ = client.shutdown().await;
        let _ = client.read_to_end(&mut Vec::new()).await;
    }
    let mut client = TcpStream::connect(at.address()).await.expect("it listens");
    client.write_all(b"\xc0").await.expect("it reads");
    client.write_all(&message(0..5, 2, "after")).await.expect("it reads");
    answered(&mut client, &ack("after")).await;
    at.kept.assert_all(5);
    assert!(at.counted().rejected >= 3, "{:?}", at.counted());
    at.stop().await;
}
