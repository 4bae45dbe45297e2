//! Files and pipes in, rows out.

use std::process::{Command, Stdio};

use vigil_tests::{NodeProcess, run, vigil_bin};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_file_of_lines_is_sent_and_found() {
    let place = tempfile::tempdir().expect("a place for tests");
    let node = NodeProcess::start(&place.path().join("data"));
    let file = place.path().join("sshd.log");
    let lines: String = (0..2_500)
        .map(|n| format!("Dec 10 06:55:46 LabSZ sshd[{n}]: Invalid user webmaster from 173.234.31.186\n"))
        .collect();
    std::fs::write(&file, lines).expect("writable");
    let sent = run(&["ingest", file.to_str().expect("plain"), "--url", &node.url, "--source", "sshd"]);
    assert!(sent.status.success(), "{}", text(&sent.stderr));
    assert!(text(&sent.stderr).replace(['\u{202f}', ' ', ',', '_'], "").contains("2500"), "{}", text(&sent.stderr));

    let found = run(&["query", "webmaster source:sshd | stats count() as n", "--url", &node.url, "--json"]);
    assert!(found.status.success(), "{}", text(&found.stderr));
    assert!(text(&found.stdout).contains("2500"), "{}", text(&found.stdout));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let place = tempfile::tempdir().expect("a place for tests");
    let node = NodeProcess::start(&place.path().join("data"));
    let body: String = (0..5_000).map(|n| format!("{{\"n\":{n},\"message\":\"{}\"}}\n", "long ".repeat(40))).collect();
    node.client().ingest(&body);
    let script = format!("'{}' query '*' --limit 5000 --url {} | head -1", vigil_bin().display(), node.url);
    let output =
        Command::new("bash").args(["-o", "pipefail", "-c", &script]).stdin(Stdio::null()).output().expect("bash");
    assert_eq!(text(&output.stderr), "", "nothing is said about the pipe");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn rejected_lines_are_exit_1_with_their_numbers() {
    let place = tempfile::tempdir().expect("a place for tests");
    let node = NodeProcess::start(&place.path().join("data"));
    let file = place.path().join("events.ndjson");
    std::fs::write(&file, "{\"a\":1}\n{broken\n{\"a\":2}\n").expect("writable");
    let sent = run(&["ingest", file.to_str().expect("plain"), "--url", &node.url]);
    assert_eq!(sent.status.code(), Some(1), "{}", text(&sent.stderr));
    assert!(text(&sent.stderr).contains("events.ndjson:2"), "{}", text(&sent.stderr));
    assert_eq!(node.client().count("*"), 2);
}

const ACCESS: &str =
    "203.0.113.9 - ana [01/Aug/2026:12:00:00 +0000] \"GET /shop HTTP/1.1\" 503 512 \"-\" \"curl/8.5\"\n";

#[test]
fn an_access_log_is_told_and_read() {
    let place = tempfile::tempdir().expect("a place for tests");
    let node = NodeProcess::start(&place.path().join("data"));
    let file = place.path().join("access.log");
    std::fs::write(&file, format!("{}something else\n", ACCESS.repeat(40))).expect("writable");
    let name = file.to_str().expect("plain");
    let sent = run(&["ingest", name, "--format", "auto", "--url", &node.url]);
    let said = text(&sent.stderr);
    assert!(sent.status.success(), "{said}");
    assert!(said.contains("read as access (32 of 32 lines)") && said.contains("41 events accepted"), "{said}");

    let count = |query: &str| node.client().rows(query).len();
    assert_eq!(count("http.response.status_code:503 user.name:ana"), 40);
    assert_eq!(count("parse_error:access message:something"), 1, "what does not read is kept");
    assert_eq!(node.client().rows("user.name:ana")[0]["_time"], "2026-08-01T12:00:00Z");
}

#[test]
fn a_dry_run_needs_no_node() {
    let place = tempfile::tempdir().expect("a place for tests");
    let file = place.path().join("access.log");
    std::fs::write(&file, ACCESS.repeat(3)).expect("writable");
    let name = file.to_str().expect("plain");
    let shown = run(&["ingest", name, "--dry-run", "--url", "http://127.0.0.1:9"]);
    let said = text(&shown.stderr);
    assert!(shown.status.success(), "{said}");
    assert!(said.contains("read as access (3 of 3 lines)") && said.contains("would send 3 events"), "{said}");

    let shown = run(&["ingest", name, "--dry-run", "--json", "--format", "text"]);
    let line: serde_json::Value = serde_json::from_slice(&shown.stdout).expect("JSON");
    assert_eq!((&line["format"], &line["events"]), (&"text".into(), &3.into()));
}
