//! What a person reads: help, version, a query with a mistake, status, an event.

use vigil_tests::{NodeProcess, run};

fn stdout(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn help_and_version_speak_without_a_node() {
    assert!(stdout(&["help", "exit-codes"]).contains("no node answers"));
    let version: serde_json::Value = serde_json::from_str(&stdout(&["version", "--json"])).expect("JSON");
    assert!(version["version"].is_string());
    assert!(stdout(&["completions", "bash"]).contains("vigil"));
    assert!(stdout(&["config", "show"]).contains("storage"));
}

#[test]
fn a_mistake_in_a_query_is_pointed_at() {
    let place = tempfile::tempdir().expect("a place for tests");
    let node = NodeProcess::start(&place.path().join("data"));
    let output = run(&["query", "level:error | limt 5", "--url", &node.url]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("^^^^") && error.contains("limit"), "{error}");
}

#[test]
fn status_doctor_and_show_describe_a_healthy_node() {
    let place = tempfile::tempdir().expect("a place for tests");
    let node = NodeProcess::start(&place.path().join("data"));
    node.client().ingest("{\"message\":\"one event\"}\n");
    assert!(stdout(&["status", "--url", &node.url]).contains("test"));
    let status: serde_json::Value =
        serde_json::from_str(&stdout(&["status", "--json", "--url", &node.url])).expect("JSON");
    assert_eq!(status["storage"]["events"], 1);
    let rows = node.client().rows("one");
    let id = rows[0]["_id"].as_str().expect("an id");
    assert!(stdout(&["show", id, "--url", &node.url]).contains("one event"));
    let doctor = run(&["doctor", "--url", &node.url]);
    assert!(doctor.status.success(), "{}", String::from_utf8_lossy(&doctor.stdout));
}
