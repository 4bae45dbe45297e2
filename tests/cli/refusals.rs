//! What `vigil` refuses, with which exit code and which words.

use vigil_tests::{NodeOptions, NodeProcess, run};

fn fails(arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(arguments);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn an_unreachable_node_is_exit_4_and_says_where() {
    let (code, error) = fails(&["query", "*", "--url", "http://127.0.0.1:9"]);
    assert_eq!(code, Some(4), "{error}");
    assert!(error.contains("127.0.0.1:9") && error.contains("vigil up"), "{error}");
}

#[test]
fn a_wrong_flag_is_exit_2() {
    assert_eq!(fails(&["query", "--no-such-flag"]).0, Some(2));
}

#[test]
fn plain_http_beyond_loopback_is_exit_3() {
    let place = tempfile::tempdir().expect("a place for tests");
    let dir = place.path().join("data");
    let dir = dir.to_str().expect("a plain path");
    let (code, error) = fails(&["up", "--data-dir", dir, "--http", "0.0.0.0:0"]);
    assert_eq!(code, Some(3), "{error}");
    assert!(error.contains("--insecure-http"), "{error}");
}

#[test]
fn two_nodes_cannot_share_a_directory_or_a_port() {
    let place = tempfile::tempdir().expect("a place for tests");
    let dir = place.path().join("data");
    let node = NodeProcess::start(&dir);
    let taken = node.url.trim_start_matches("http://").to_owned();
    let other = place.path().join("other");
    let (code, error) = fails(&["up", "--data-dir", other.to_str().expect("plain"), "--http", &taken]);
    assert_eq!(code, Some(3), "{error}");
    assert!(error.contains("--http") && error.contains(&taken), "{error}");
    let (code, error) = fails(&["up", "--data-dir", dir.to_str().expect("plain"), "--http", "127.0.0.1:0"]);
    assert_eq!(code, Some(3), "{error}");
    assert!(error.contains("in use"), "{error}");
}

#[test]
fn a_newer_store_is_refused_untouched() {
    let place = tempfile::tempdir().expect("a place for tests");
    let dir = place.path().join("data");
    assert_eq!(NodeProcess::start(&dir).stop().code, Some(0));
    let format = dir.join("log").join("FORMAT");
    let text = std::fs::read_to_string(&format).expect("the store says its format");
    let number = text.split_whitespace().last().expect("a number").to_owned();
    std::fs::write(&format, text.replace(&number, "9999")).expect("writable");
    let (code, error) = fails(&["up", "--data-dir", dir.to_str().expect("plain"), "--http", "127.0.0.1:0"]);
    assert_eq!(code, Some(3), "{error}");
    assert!(error.contains("9999") && error.contains("newer"), "{error}");
    std::fs::write(&format, text).expect("writable");
    NodeProcess::start(&dir);
}

#[test]
fn a_wrong_configuration_is_exit_3_with_its_place() {
    let place = tempfile::tempdir().expect("a place for tests");
    let file = place.path().join("vigil.yaml");
    std::fs::write(&file, "storage:\n  sink: always\n").expect("writable");
    let output = run(&["config", "check", file.to_str().expect("plain")]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("vigil.yaml:2:3") && said.contains("sync"), "{said}");
}

#[test]
fn a_stop_signal_ends_cleanly_and_the_next_start_says_what_it_resumed() {
    let place = tempfile::tempdir().expect("a place for tests");
    let dir = place.path().join("data");
    let node = NodeProcess::start_with(&dir, &NodeOptions::default());
    node.client().ingest("{\"message\":\"kept\"}\n");
    let exit = node.stop();
    assert_eq!(exit.code, Some(0), "{}", exit.printed);
    let node = NodeProcess::start(&dir);
    assert!(node.printed().contains("resumed"), "{}", node.printed());
}
