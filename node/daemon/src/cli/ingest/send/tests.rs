//! What becomes of a batch, by what the node answers to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use clap::Parser;

use super::*;
use crate::cli::args::{Cli, Command};
use crate::cli::output::Look;
use crate::client::Credentials;

fn judged(status: u16, body: &str) -> String {
    match judge(&Reply { status, retry_after: None, body: body.as_bytes().to_vec() }) {
        Attempt::Done(answer) => format!("{} in, {} not", answer.accepted, answer.rejected_total),
        Attempt::Again(again) => format!("{} in, again: {}", again.taken.accepted, again.why),
        Attempt::Failed(failure) => format!("{:?}: {}", failure.exit, failure.message),
    }
}

#[test]
fn answers_are_judged_by_status_and_body() {
    let table = [
        (200, r#"{"accepted":2,"rejected":[],"rejected_total":0}"#, "2 in, 0 not"),
        (
            400,
            r#"{"error":{"code":"all_rejected","message":"m"},"accepted":0,"rejected":[{"line":1,"reason":"r"}],"rejected_total":1}"#,
            "0 in, 1 not",
        ),
        (
            400,
            r#"{"error":{"code":"no_events","message":"m"},"accepted":0,"rejected":[],"rejected_total":0}"#,
            "0 in, 0 not",
        ),
        (400, r#"{"error":{"code":"bad_parameter","message":"parameter `x`"}}"#, "Usage: parameter `x`"),
        (429, r#"{"error":{"code":"busy","message":"busy: full"}}"#, "0 in, again: the node is busy: full"),
        (
            507,
            r#"{"error":{"code":"no_space","message":"no space: disk"},"accepted":5,"rejected":[],"rejected_total":0}"#,
            "5 in, again: the node has no space: disk",
        ),
        (403, r#"{"error":{"code":"foreign_host","message":"no"}}"#, "Denied: no"),
        (502, "gateway", "No: the node answers 502 gateway"),
        (503, "gateway", "0 in, again: the node does not take events now: the node answers 503 gateway"),
    ];
    for (status, body, wanted) in table {
        assert_eq!(judged(status, body), wanted, "{status}");
    }
}

/// What a node answers that took so many of ten events.
fn cut_short(code: &str, accepted: u64) -> String {
    let left = 10 - accepted;
    format!(
        r#"{{"error":{{"code":"{code}","message":"why"}},"accepted":{accepted},"rejected":[{{"line":1,"reason":"not taken"}}],"rejected_total":{left},"time_assumed":{accepted}}}"#
    )
}

#[test]
fn a_request_cut_short_is_sent_again() {
    for (code, who) in [
        ("busy", "the node is busy"),
        ("no_space", "the node has no space"),
        ("store", "the node does not take events now"),
        ("stopping", "the node does not take events now"),
    ] {
        assert_eq!(judged(200, &cut_short(code, 4)), format!("4 in, again: {who}: why"));
    }
    assert_eq!(judged(200, &cut_short("too_large", 4)), "4 in, 6 not", "sending it again would not help");
}

/// A node that gives these answers, one a request, and then tells which requests it saw: the key
/// and the body of each.
fn fake(answers: Vec<(u16, String)>) -> (String, JoinHandle<Vec<(String, String)>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = listener.local_addr().expect("bound").to_string();
    let serve = move || answers.iter().map(|answer| one_request(&listener, answer)).collect();
    (url, std::thread::spawn(serve))
}

fn one_request(listener: &TcpListener, (status, body): &(u16, String)) -> (String, String) {
    let (mut stream, _) = listener.accept().expect("the client comes");
    let seen = read_request(&mut stream);
    let length = body.len();
    write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
        .expect("the client reads");
    seen
}

fn read_request(stream: &mut TcpStream) -> (String, String) {
    let mut reader = BufReader::new(stream);
    let (mut key, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a head");
        match line.trim_end().to_ascii_lowercase().split_once(": ") {
            Some(("idempotency-key", value)) => key = value.to_owned(),
            Some(("content-length", value)) => length = value.parse().expect("a number"),
            None if line == "\r\n" => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    (key, String::from_utf8(body).expect("text"))
}

/// Sends one batch of ten events for so long.
fn send(url: &str, retry_for: &str) -> (Result<(), Failure>, Totals) {
    let cli = Cli::try_parse_from(["vigil", "ingest", "--retry-for", retry_for]).expect("a command line");
    let Command::Ingest(args) = cli.command else { panic!("it is ingest") };
    let look = Look { quiet: true, ..Look::default() };
    let client = Client::new(url, Duration::from_secs(10), &Credentials::none()).expect("an address");
    let mut sender = Sender::new(client, &args, Progress::new(look, &[])).expect("randomness");
    let bytes = "event\n".repeat(10).into_bytes();
    let batch = Batch { file: "f".to_owned(), bytes, content_type: "text/plain", ..Batch::default() };
    let ended = sender.send(&batch);
    (ended, sender.finish().0)
}

#[test]
fn the_rest_of_a_request_comes_under_the_same_key_and_is_counted_once() {
    let whole = r#"{"accepted":9,"rejected":[{"line":3,"reason":"no"}],"rejected_total":1,"time_assumed":9}"#;
    let answers = vec![
        (200, cut_short("busy", 4)),
        (507, cut_short("no_space", 4)),
        (200, cut_short("store", 6)),
        (200, whole.into()),
    ];
    let (url, node) = fake(answers);
    let (ended, totals) = send(&url, "30s");
    ended.expect("in the end it is taken");
    assert_eq!((totals.accepted, totals.rejected, totals.time_assumed), (9, 1, 9));
    assert_eq!(totals.rejects, [Reject { file: "f".into(), line: 3, reason: "no".into() }]);
    let seen = node.join().expect("the node ends");
    assert_eq!(seen.len(), 4);
    assert!(seen.iter().all(|request| *request == seen[0]), "{seen:?}");
    assert!(!seen[0].0.is_empty(), "there is a key");
}

#[test]
fn who_gives_up_says_what_was_taken_and_rejects_nothing() {
    let (url, node) = fake(vec![(200, cut_short("no_space", 4))]);
    let (ended, totals) = send(&url, "0s");
    let failure = ended.expect_err("there is no patience");
    assert_eq!(failure.exit, Exit::Partial);
    assert!(failure.message.ends_with(": the node has no space: why"), "{}", failure.message);
    assert_eq!((totals.accepted, totals.rejected, totals.time_assumed), (4, 0, 4));
    node.join().expect("the node ends");
}
