//! `logger` of util-linux, over UDP and TCP, in both forms of syslog.

use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::{EVENTS, Node, assert_fields, free_port, numbered_lines, succeed};

/// Lines that are sent without a pause over UDP, which has no other way to say that it is too much.
const AT_ONCE: usize = 100;

fn node(scheme: &str) -> (Node, u16) {
    let port = free_port();
    (Node::with_sources(&format!("  syslog:\n    listen: {scheme}://127.0.0.1:{port}\n")), port)
}

fn logger(port: u16) -> Command {
    let mut command = Command::new("logger");
    command.args(["--server", "127.0.0.1", "--port", &port.to_string(), "--tag", "cron", "--priority", "auth.warning"]);
    command
}

fn check(node: &Node) {
    node.expect_all("process.name:cron");
    let fields = [
        ("message", json!("message number 4711 of many")),
        ("level", json!("warn")),
        ("log.syslog.facility.name", json!("auth")),
        ("source", json!("syslog")),
    ];
    assert_fields(&node.one("\"number 4711 of\""), &fields);
}

#[test]
fn tcp_with_lengths_rfc_5424() {
    let (node, port) = node("tcp");
    let lines = numbered_lines(node.place.path());
    succeed(logger(port).args(["--tcp", "--octet-count", "--rfc5424", "--file"]).arg(lines), "logger");
    check(&node);
}

#[test]
fn tcp_by_lines_rfc_3164() {
    let (node, port) = node("tcp");
    let lines = numbered_lines(node.place.path());
    succeed(logger(port).args(["--tcp", "--rfc3164", "--file"]).arg(lines), "logger");
    check(&node);
}

#[test]
fn udp_rfc_5424() {
    let (node, port) = node("udp");
    let lines = std::fs::read_to_string(numbered_lines(node.place.path())).expect("a file");
    let lines: Vec<&str> = lines.split_inclusive('\n').collect();
    assert_eq!(lines.len(), EVENTS);
    let part = node.place.path().join("part.log");
    for some in lines.chunks(AT_ONCE) {
        std::fs::write(&part, some.concat()).expect("a file");
        succeed(logger(port).args(["--udp", "--rfc5424", "--file"]).arg(&part), "logger");
        std::thread::sleep(Duration::from_millis(2));
    }
    check(&node);
}
