//! rsyslog, over UDP, TCP and TLS.

use std::fs;

use serde_json::json;

use crate::{Daemon, Node, assert_fields, free_port, numbered_lines, program, unpacked};

/// Lets rsyslog read a file and send it on by `action`, the rest of an `omfwd` action.
fn deliver(node: &Node, port: u16, action: &str, global: &str) {
    let place = node.place.path();
    let lines = numbered_lines(place);
    let settings = format!(
        "global(workDirectory=\"{dir}\" {global})\n\
         module(load=\"imfile\")\n\
         input(type=\"imfile\" File=\"{file}\" Tag=\"shop:\" Severity=\"warning\" Facility=\"local3\" ruleset=\"on\")\n\
         ruleset(name=\"on\") {{\n\
         action(type=\"omfwd\" target=\"127.0.0.1\" port=\"{port}\" {action} queue.type=\"linkedList\")\n}}\n",
        dir = place.display(),
        file = lines.display(),
    );
    let file = place.join("rsyslog.conf");
    fs::write(&file, settings).expect("a file");
    let mut command = program("usr/sbin/rsyslogd");
    command.arg("-n").arg("-f").arg(&file).arg("-i").arg(place.join("rsyslog.pid"));
    command.arg("-M").arg(unpacked("usr/lib/x86_64-linux-gnu/rsyslog"));
    let _daemon = Daemon(command.spawn().expect("rsyslogd can be run"));
    node.expect_all("process.name:shop");
    let fields = [
        ("message", json!("message number 4711 of many")),
        ("level", json!("warn")),
        ("log.syslog.facility.name", json!("local3")),
    ];
    assert_fields(&node.one("\"number 4711 of\""), &fields);
}

fn node(scheme: &str, more: &str) -> (Node, u16) {
    let port = free_port();
    (Node::with_sources(&format!("  syslog:\n    listen: {scheme}://127.0.0.1:{port}\n{more}")), port)
}

#[test]
fn tcp_in_its_own_form() {
    let (node, port) = node("tcp", "");
    deliver(&node, port, "protocol=\"tcp\"", "");
}

#[test]
fn tcp_with_lengths_rfc_5424() {
    let (node, port) = node("tcp", "");
    let action = "protocol=\"tcp\" TCP_Framing=\"octet-counted\" template=\"RSYSLOG_SyslogProtocol23Format\"";
    deliver(&node, port, action, "");
}

#[test]
fn udp_slowly() {
    let (node, port) = node("udp", "");
    deliver(&node, port, "protocol=\"udp\" UDP.SendDelay=\"100\"", "");
}

#[test]
fn tls() {
    let place = tempfile::tempdir().expect("a directory");
    let (cert, key) = (place.path().join("cert.pem"), place.path().join("key.pem"));
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    fs::write(&cert, made.cert.pem()).expect("a file");
    fs::write(&key, made.signing_key.serialize_pem()).expect("a file");
    let more = format!("    tls_cert: {}\n    tls_key: {}\n", cert.display(), key.display());
    let (node, port) = node("tls", &more);
    let action = "protocol=\"tcp\" StreamDriver=\"gtls\" StreamDriverMode=\"1\" StreamDriverAuthMode=\"anon\"";
    deliver(&node, port, action, &format!("DefaultNetstreamDriverCAFile=\"{}\"", cert.display()));
}
