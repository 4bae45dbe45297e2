//! What a tail shows of a node that ends the connection, and comes back.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use super::*;
use crate::client::Credentials;

const REFUSED: &str = r#"{"error":{"code":"forbidden","message":"that was all"}}"#;

/// A node that gives these answers, one a connection, and then tells what it was asked for.
fn fake(answers: Vec<(u16, &'static str)>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = listener.local_addr().expect("bound").to_string();
    let serve = move || answers.iter().map(|answer| one_request(&listener, answer)).collect();
    (url, std::thread::spawn(serve))
}

fn one_request(listener: &TcpListener, (status, body): &(u16, &str)) -> String {
    let (mut stream, _) = listener.accept().expect("the client comes");
    let mut lines =
        BufReader::new(stream.try_clone().expect("a second handle")).lines().map(|line| line.expect("text"));
    let asked = lines.next().expect("a request");
    assert!(lines.any(|line| line.is_empty()), "the head ends");
    write!(stream, "HTTP/1.1 {status} X\r\nconnection: close\r\n\r\n{body}").expect("the client reads");
    asked.split(' ').nth(1).expect("a path").to_owned()
}

/// What is shown of these answers, the last of which ends it, and what was asked for.
fn followed(since: Option<&str>, mut answers: Vec<(u16, &'static str)>) -> (String, Vec<String>) {
    answers.push((403, REFUSED));
    let (url, asked) = fake(answers);
    let client = Client::new(&url, Duration::from_secs(10), &Credentials::none()).expect("an address");
    let look = Look { quiet: true, ..Look::default() };
    let tail = Tail { client, look, format: Format::Ndjson, ids: false, query: "x".to_owned() };
    let mut out = Vec::new();
    let ended = tail.follow(Progress::since(since.map(str::to_owned)), &mut out);
    assert_eq!(ended.expect_err("it is refused at last").message, "that was all");
    (String::from_utf8(out).expect("text"), asked.join().expect("the node is sound"))
}

#[test]
fn a_tail_goes_on_without_gap_and_shows_nothing_twice() {
    let first = "{\"n\":1}\n{\"_cursor\":\"a.1\"}\n{\"n\":2}\n{\"n\":";
    let second = "{\"n\":2}\n{\"n\":3}\n{\"_cursor\":\"a.2\"}\n\n";
    let (shown, asked) = followed(Some("5m"), vec![(200, first), (200, second), (200, "")]);
    assert_eq!(shown, "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
    let begin = "/v1/tail?q=x&cursors=true";
    assert_eq!(asked, ["since=5m", "cursor=a.1", "cursor=a.2", "cursor=a.2"].map(|more| format!("{begin}&{more}")));
}

#[test]
fn a_node_that_cannot_go_on_is_followed_from_now_on() {
    let answers = vec![(200, "{\"_cursor\":\"a.1\"}\n"), (410, "{}"), (200, "{\"n\":7}\n{\"_cursor\":\"b.9\"}\n")];
    let (shown, asked) = followed(None, answers);
    assert_eq!(shown, "{\"n\":7}\n");
    let begin = "/v1/tail?q=x&cursors=true";
    let more = ["", "&cursor=a.1", "", "&cursor=b.9"];
    assert_eq!(asked, more.map(|more| format!("{begin}{more}")));
}

#[test]
fn words_are_one_query() {
    assert_eq!(query_text(&[]), "*");
    assert_eq!(query_text(&["a".into(), "b".into()]), "a b");
}
