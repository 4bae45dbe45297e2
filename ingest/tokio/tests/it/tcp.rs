//! Do streams arrive whole, does a busy node make them wait, and do settings change without losing any?

use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use vigil_ingest::{Door, Format, Recipe, Source, Sources, Spec, Transport};

use crate::{At, EVENTS, event, lines, source, spec, until};

fn plain() -> Source {
    source(spec(Door::Socket, Some(Transport::Tcp)), Format::Lines)
}

async fn start(source: Source) -> At {
    At::start(source, Path::new("/none")).await
}

async fn connect(at: &At) -> TcpStream {
    TcpStream::connect(at.address()).await.expect("it listens")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_lines_arrive_over_several_connections() {
    let at = start(plain()).await;
    let mut clients = Vec::new();
    for part in 0..4 {
        let mut client = connect(&at).await;
        clients.push(tokio::spawn(async move {
            let text = lines(part * EVENTS / 4..(part + 1) * EVENTS / 4);
            for piece in text.as_bytes().chunks(997) {
                client.write_all(piece).await.expect("it reads");
            }
            client.shutdown().await.expect("open");
        }));
    }
    at.kept.until(EVENTS).await;
    at.kept.assert_all(EVENTS);
    assert_eq!(at.kept.texts("log.source.address").get("127.0.0.1"), Some(&EVENTS));
    at.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_messages_of_syslog_arrive_with_and_without_their_length() {
    let syslog = source(spec(Door::Syslog, Some(Transport::Tcp)), Format::Syslog);
    let at = start(Source { recipe: Recipe { octets: true, ..syslog.recipe }, ..syslog }).await;
    let mut client = connect(&at).await;
    let message = |n: usize| format!("<13>1 2026-08-01T12:00:00Z web-1 shop 42 - - {}", event(n));
    let framed = |n: usize| match n % 3 {
        0 => message(n) + "\n",
        _ => format!("{} {}", message(n).len(), message(n)),
    };
    let text: String = (0..EVENTS).map(framed).collect();
    for piece in text.as_bytes().chunks(1_009) {
        client.write_all(piece).await.expect("it reads");
    }
    at.kept.until(EVENTS).await;
    at.kept.assert_all(EVENTS);
    assert_eq!(at.kept.texts("host.name").get("web-1"), Some(&EVENTS));
    at.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_gelf_end_with_nul() {
    let at = start(source(spec(Door::Gelf, Some(Transport::Tcp)), Format::Gelf)).await;
    let mut client = connect(&at).await;
    let message = |n| format!("{{\"version\":\"1.1\",\"host\":\"web-1\",\"short_message\":\"{}\"}}\0", event(n));
    client.write_all((0..100).map(message).collect::<String>().as_bytes()).await.expect("it reads");
    at.kept.until(100).await;
    at.kept.assert_all(100);
    at.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_bytes_are_an_event_or_are_counted_and_the_next_connection_is_heard() {
    let syslog = source(spec(Door::Syslog, Some(Transport::Tcp)), Format::Syslog);
    let at = start(Source { recipe: Recipe { octets: true, ..syslog.recipe }, ..syslog }).await;
    let hostile: [&[u8]; 4] = [b"99999999999 x", &[0xff; 70_000], b"\0\0\n\r\n", b"4 <1>"];
    for bytes in hostile {
        let mut client = connect(&at).await;
        client.write_all(bytes).await.expect("it reads");
        client.shutdown().await.expect("open");
        assert_eq!(client.read(&mut [0]).await.expect("a clean end"), 0);
    }
    connect(&at).await.write_all(b"<13>1 - - - - - - after\n").await.expect("it reads");
    until(|| at.kept.texts("message").contains_key("after"), || format!("{:?}", at.counted())).await;
    assert_eq!(at.counted().rejected, 1, "{:?}", at.counted());
    at.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_node_makes_the_sender_wait_and_loses_nothing() {
    const MANY: usize = 400_000;
    let at = start(plain()).await;
    at.kept.hold(true);
    let mut client = connect(&at).await;
    let sender = tokio::spawn(async move {
        client.write_all(lines(0..MANY).as_bytes()).await.expect("it reads");
        client.shutdown().await.expect("open");
    });
    until(|| at.kept.waiting() >= 8, || format!("{} wait", at.kept.waiting())).await;
    // A read of one piece may give a few submissions more; then nobody reads.
    assert!(at.kept.waiting() < 16, "{} wait", at.kept.waiting());
    assert!(!sender.is_finished(), "there is no buffer that holds all of it");
    at.kept.hold(false);
    at.kept.until(MANY).await;
    at.kept.assert_all(MANY);
    at.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_read_is_kept_before_it_stops() {
    let at = start(plain()).await;
    let mut client = connect(&at).await;
    client.write_all(b"begun and").await.expect("it reads");
    until(|| at.counted().bytes == 9, || format!("{:?}", at.counted())).await;
    let kept = Arc::clone(&at.kept);
    at.stop().await;
    assert_eq!(kept.texts("message").into_keys().collect::<Vec<_>>(), ["begun and"]);
    assert_eq!(client.read(&mut [0]).await.expect("a clean end"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_beyond_the_limit_are_closed_and_counted() {
    let limited = spec(Door::Socket, Some(Transport::Tcp));
    let at = start(source(Spec { connections: 2, ..limited }, Format::Lines)).await;
    let mut first = connect(&at).await;
    let mut second = connect(&at).await;
    for client in [&mut first, &mut second] {
        client.write_all(b"hello\n").await.expect("it reads");
    }
    at.kept.until(2).await;
    let mut third = connect(&at).await;
    assert_eq!(third.read(&mut [0]).await.unwrap_or(0), 0, "it is closed");
    assert_eq!(at.counted().turned_away, 1);
    drop(first);
    // Its place is free once its end was seen.
    for _ in 0..1_000 {
        let mut fourth = connect(&at).await;
        if fourth.write_all(b"again\n").await.is_ok() && at.kept.texts("message").contains_key("again") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(at.kept.texts("message").contains_key("again"));
    at.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_object_is_an_event_although_nothing_follows() {
    let at = start(source(spec(Door::Socket, Some(Transport::Tcp)), Format::Detect)).await;
    let mut client = connect(&at).await;
    client.write_all(b"{\"message\":\"alone\"}\n").await.expect("it reads");
    at.kept.until(1).await;
    client.write_all(b"{\"message\":\"and another\"}\n").await.expect("it reads");
    at.kept.until(2).await;
    assert!(at.kept.texts("message").contains_key("alone"));
    at.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_change_under_open_connections() {
    let mut at = start(plain()).await;
    let address = at.address();
    let mut client = connect(&at).await;
    client.write_all(b"before\ncut in ").await.expect("it reads");
    at.kept.until(1).await;
    let labels = vec![("site".to_owned(), "north".to_owned())];
    let changed = plain();
    let changed = Source { recipe: Recipe { labels, ..changed.recipe }, ..changed };
    let counts = Arc::clone(changed.counts());
    at.running.replace(&Sources::of(vec![changed])).await.expect("it can be read so");
    client.write_all(b"two\n").await.expect("it reads");
    at.kept.until(2).await;
    assert!(at.kept.texts("message").contains_key("cut in two"));
    assert_eq!(at.kept.texts("site").get("north"), Some(&1));

    // A source of another name takes the socket over, and the connection of the one before ends with all it brought.
    client.write_all(b"last").await.expect("it reads");
    until(|| counts.counted().bytes == 8, || format!("{:?}", counts.counted())).await;
    let renamed = plain();
    let renamed = Source { spec: Spec { name: "other".to_owned(), ..renamed.spec }, ..renamed };
    at.running.replace(&Sources::of(vec![renamed])).await.expect("the socket is ours");
    assert_eq!(at.running.bound()[0].source, "other");
    assert_eq!(at.address(), address);
    at.kept.until(3).await;
    assert!(at.kept.texts("message").contains_key("last"));
    connect(&at).await.write_all(b"new\n").await.expect("it reads");
    at.kept.until(4).await;
    at.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_changes_when_something_cannot_be_opened() {
    let mut at = start(plain()).await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let mut other = spec(Door::Socket, Some(Transport::Tcp));
    (other.name, other.listen[0].address) = ("other".to_owned(), taken.local_addr().expect("bound"));
    let secure = Spec { name: "secure".to_owned(), ..spec(Door::Syslog, Some(Transport::Tls)) };
    let sources = [other, secure].map(|spec| source(spec, Format::Lines));
    let errors = at.running.replace(&Sources::of(sources.into())).await.expect_err("neither can be");
    assert_eq!(errors.len(), 2);
    assert!(errors[0].to_string().contains("another program listens there"), "{}", errors[0]);
    assert!(errors[1].to_string().contains("tls_cert"), "{}", errors[1]);
    connect(&at).await.write_all((event(0) + "\n").as_bytes()).await.expect("it reads");
    at.kept.until(1).await;
    at.stop().await;
}
