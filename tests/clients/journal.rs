//! systemd's own uploader, of a journal that systemd's own tools made.

use std::fmt::Write;

use serde_json::json;

use crate::{EVENTS, Node, assert_fields, program, succeed};

/// Entries in the export format.
fn export() -> String {
    let mut out = String::new();
    for n in 0..EVENTS {
        let _ = write!(
            out,
            "__REALTIME_TIMESTAMP={}\n__MONOTONIC_TIMESTAMP={}\n_BOOT_ID=0123456789abcdef0123456789abcdef\n\
             MESSAGE=unit {n} started\nPRIORITY=4\n_HOSTNAME=web-1\nSYSLOG_IDENTIFIER=starter\n_PID=42\nNUMBER={n}\n\n",
            1_785_585_600_000_000 + n * 1_000,
            1_000 + n,
        );
    }
    out
}

#[test]
fn upload() {
    let node = Node::with_sources("");
    let place = node.place.path();
    let (exported, journal) = (place.join("journal.export"), place.join("system.journal"));
    std::fs::write(&exported, export()).expect("a file");
    let mut convert = program("lib/systemd/systemd-journal-remote");
    succeed(convert.arg("-o").args([&journal, &exported]), "systemd-journal-remote");
    let mut upload = program("lib/systemd/systemd-journal-upload");
    upload.args(["--url", &node.process.url, "--follow=no"]).arg(format!("--file={}", journal.display()));
    succeed(&mut upload, "systemd-journal-upload");
    node.expect_all("process.name:starter");
    let fields = [
        ("message", json!("unit 4711 started")),
        ("_time", json!("2026-08-01T12:00:04.711Z")),
        ("level", json!("warn")),
        ("host.name", json!("web-1")),
        ("source", json!("journald")),
    ];
    assert_fields(&node.one("NUMBER:4711"), &fields);
}
