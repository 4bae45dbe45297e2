//! Ways in by settings: are they opened, read again when settings change, and does no secret reach the disk?

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use vigil_tests::{Client, NodeOptions, NodeProcess, free_port};

/// How long a change of settings may take to be seen. Generous: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

fn start(place: &Path, settings: &str) -> NodeProcess {
    std::fs::write(place.join("vigil.yaml"), settings).expect("a file");
    let arguments = vec!["--config".to_owned(), place.join("vigil.yaml").display().to_string()];
    NodeProcess::start_with(&place.join("data"), &NodeOptions { arguments, ..NodeOptions::default() })
}

fn send(port: u16, lines: &str) {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).expect("the source listens");
    socket.write_all(lines.as_bytes()).expect("the source reads");
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn status(client: &Client) -> Value {
    client.get("/v1/status", &[]).expect("the node answers").json()
}

fn settings(port: u16, stages: &str) -> String {
    format!(
        "sources:\n  app:\n    door: socket\n    listen: tcp://127.0.0.1:{port}\n    format: logfmt\n    pipeline: {stages}\n"
    )
}

#[test]
fn changed_settings_take_effect_whole_or_not_at_all() {
    let place = tempfile::tempdir().expect("a directory");
    let port = free_port();
    let node = start(place.path(), &settings(port, "[normalise, scrub]"));
    let client = node.client();
    send(port, "level=debug msg=first\n");
    wait_until("the first event is found", || client.count("msg:first") == 1);

    let file = place.path().join("vigil.yaml");
    std::fs::write(&file, settings(port, "[normalise, scrub, {drop: 'level:debug'}]")).expect("a file");
    wait_until("events of level debug are dropped", || {
        send(port, "level=debug msg=second\n");
        std::thread::sleep(Duration::from_millis(200));
        status(&client)["ingest"]["sources"][0]["dropped"]["drop"].as_u64().is_some_and(|dropped| dropped > 0)
    });

    std::fs::write(&file, settings(port, "[normalise, scrubb]")).expect("a file");
    let warned = |status: &Value| status["warnings"].to_string().contains("did you mean `scrub`?");
    wait_until("the mistake is told", || warned(&status(&client)));
    let before = client.count("msg:third");
    send(port, "level=debug msg=third\nlevel=info msg=third\n");
    wait_until("the settings before stay in force", || client.count("msg:third") == before + 1);
    assert_eq!(client.count("msg:third level:debug"), 0);

    std::fs::write(&file, settings(port, "[normalise, scrub]")).expect("a file");
    wait_until("the mistake is forgotten", || !warned(&status(&client)));
    node.stop();
}

#[test]
fn a_wrong_source_keeps_the_node_from_starting_and_says_where() {
    let place = tempfile::tempdir().expect("a directory");
    let file = place.path().join("vigil.yaml");
    std::fs::write(&file, "sources:\n  fw:\n    door: syslgo\n  app:\n    door: file\n").expect("a file");
    let output = vigil_tests::run(&["config", "check", &file.display().to_string()]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("vigil.yaml:3:11: error: source `fw`: `syslgo` is no door"), "{said}");
    assert!(said.contains("source `app`: `paths` is missing"), "{said}");
}

#[test]
fn no_secret_reaches_the_disk_by_any_door() {
    let place = tempfile::tempdir().expect("a directory");
    let port = free_port();
    let node = start(place.path(), &settings(port, "[]"));
    let client = node.client();
    // Split, so that this file has no such word either.
    let secret = ["tr0ub4dor", "and3horses"].concat();
    send(port, &format!("level=info user=ada password={secret} msg=socket\n"));
    let json = [("content-type", "application/json")];
    let loki =
        format!(r#"{{"streams":[{{"stream":{{"job":"x"}},"values":[["1785585600000000000","password={secret}"]]}}]}}"#);
    let otlp = format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"body":{{"stringValue":"token={secret}"}}}}]}}]}}]}}"#
    );
    let bulk =
        format!("{{\"create\":{{\"_index\":\"x\"}}}}\n{{\"message\":\"m\",\"db\":{{\"password\":\"{secret}\"}}}}\n");
    let hec = format!(r#"{{"event":{{"api_key":"{secret}","message":"hec"}}}}"#);
    for (path, body) in [
        ("/v1/ingest", format!("{{\"secret\":\"{secret}\"}}")),
        ("/v1/ingest", format!("{{\"torn\":\"password={secret}")),
        ("/loki/api/v1/push", loki),
        ("/v1/logs", otlp),
        ("/_bulk", bulk),
        ("/services/collector", hec),
        ("/insert/jsonline", format!("{{\"_msg\":\"Authorization: Bearer {secret}\"}}")),
        ("/api/v2/logs", format!(r#"[{{"message":"pwd={secret}"}}]"#)),
    ] {
        client.post(path, &json, body.as_bytes()).expect("the node answers");
    }
    wait_until("events of all doors are found", || client.count("*") >= 8);
    node.wait_indexed();
    // Bodies rest compressed, so the answers are searched too.
    assert_eq!(client.count(&format!("*{secret}*")), 0);
    let told = status(&client).to_string();
    assert!(!told.contains(&secret), "{told}");
    node.stop();
    assert!(!found_below(place.path().join("data").as_path(), secret.as_bytes()), "the secret lies on the disk");
}

/// Whether some file below a directory holds these bytes.
fn found_below(dir: &Path, bytes: &[u8]) -> bool {
    let entries = std::fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("an entry").path());
    entries.into_iter().any(|path| match path.is_dir() {
        true => found_below(&path, bytes),
        false => std::fs::read(&path).expect("a file").windows(bytes.len()).any(|window| window == bytes),
    })
}
