//! Secrets come from files, go into one header, and are shown once.

use crate::fake::{Fake, said};

const MADE: &str = r#"{"id":"aeaq","name":"me","role":"admin","classes":["logs"],"filter":"","created":"2026-03-01T12:00:00Z",
    "expires":null,"last_used":null,"state":"good","secret":"s3cret"}"#;

#[test]
fn a_new_secret_is_all_of_stdout() {
    let node = Fake::constant(200, MADE);
    let (ended, out, error) = said(&node.run(&["token", "create", "me", "--role", "admin", "--for", "90d"]));
    assert_eq!((ended, out.as_str()), (Some(0), "s3cret\n"), "{error}");
    assert!(error.contains("shown this once") && !error.contains("s3cret"), "{error}");
    let asked = &node.asked()[0];
    assert_eq!(asked.what, "POST /v1/tokens");
    let sent: serde_json::Value = serde_json::from_str(&asked.body).expect("JSON");
    assert_eq!((&sent["role"], &sent["for_s"]), (&"admin".into(), &7_776_000.into()));
    assert!(sent["classes"].is_null());
}

#[test]
fn a_secret_of_a_file_is_sent_with_every_request_and_never_shown() {
    let place = tempfile::tempdir().expect("a place for tests");
    let file = place.path().join("token");
    std::fs::write(&file, "s3cret\n").expect("writable");
    let file = file.to_str().expect("a plain path");
    let node = Fake::constant(401, r#"{"error":{"code":"wrong_token","message":"no good token has this secret"}}"#);
    for command in [vec!["peers"], vec!["query", "x"], vec!["invite"], vec!["token", "revoke", "me"], vec!["tail"]] {
        let mut line = command.clone();
        line.extend(["--token-file", file]);
        let (ended, out, error) = said(&node.run(&line));
        assert_eq!((ended, out.as_str()), (Some(5), ""), "{command:?}: {error}");
        assert!(error.starts_with("error[wrong_token]") && !error.contains("s3cret"), "{error}");
    }
    assert!(node.asked().iter().all(|asked| asked.authorization == "Bearer s3cret"), "{:?}", node.asked());
}

#[test]
fn a_file_without_a_secret_is_a_wrong_configuration() {
    let node = Fake::constant(200, "{}");
    let (ended, _, error) = said(&node.run(&["peers", "--token-file", "/no/such/file"]));
    assert_eq!(ended, Some(3), "{error}");
    assert!(error.contains("/no/such/file") && node.asked().is_empty(), "{error}");
}

#[test]
fn a_role_that_does_not_exist_is_a_wrong_command_line() {
    let (ended, _, error) = said(&vigil_tests::run(&["token", "create", "me", "--role", "root"]));
    assert_eq!(ended, Some(2), "{error}");
    assert!(error.contains("operator"), "{error}");
}
