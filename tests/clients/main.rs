//! Do the programs that people already use deliver to a node unchanged, and does all of it arrive?
//!
//! The programs are the real ones, fetched by `scripts/clients`. Each sends [`EVENTS`] numbered events; all of them must
//! be found, each once, and one is compared field by field.

mod elastic;
mod fluent;
mod journal;
mod logger;
mod loki;
mod otel;
mod rsyslog;
mod syslog_ng;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;
use vigil_tests::{NodeOptions, NodeProcess};

/// Events that each program sends.
pub(crate) const EVENTS: usize = 10_000;
/// How long all of them may take to arrive. Generous: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where the programs lie.
fn clients() -> &'static Path {
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    PLACE.get_or_init(|| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/clients");
        let output = Command::new(script).output().expect("a script can be run");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "the programs cannot be fetched: {said}");
        PathBuf::from(String::from_utf8(output.stdout).expect("a path").trim())
    })
}

/// A program of Debian, at its place below the root where it was unpacked, with its libraries.
pub(crate) fn program(path: &str) -> Command {
    let root = clients().join("root");
    let libraries = [
        "usr/lib/x86_64-linux-gnu",
        "lib/x86_64-linux-gnu",
        "usr/lib/x86_64-linux-gnu/systemd",
        "usr/lib/syslog-ng/3.38",
        "usr/lib/syslog-ng",
    ];
    let paths: Vec<String> = libraries.iter().map(|path| root.join(path).display().to_string()).collect();
    let mut command = Command::new(root.join(path));
    command.env("LD_LIBRARY_PATH", paths.join(":"));
    command
}

/// A file below the root where Debian's programs were unpacked.
pub(crate) fn unpacked(path: &str) -> PathBuf {
    clients().join("root").join(path)
}

/// Runs a Python program of `tests/clients/programs` with the modules that were fetched.
pub(crate) fn python(name: &str, arguments: &[&str]) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/programs").join(name);
    let mut command = Command::new(clients().join("venv/bin/python"));
    succeed(command.arg(file).args(arguments), name);
}

/// Runs a program to its end; panics with what it said unless it succeeds.
pub(crate) fn succeed(command: &mut Command, name: &str) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{name} cannot be run: {error}"));
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name} ended with {}: {said}", output.status);
    output
}

/// A node with `sources`, in a directory that ends with it.
pub(crate) struct Node {
    pub(crate) process: NodeProcess,
    pub(crate) place: tempfile::TempDir,
}

impl Node {
    /// Starts one whose settings have these lines below `sources:`.
    pub(crate) fn with_sources(sources: &str) -> Node {
        let place = tempfile::tempdir().expect("a directory");
        let file = place.path().join("vigil.yaml");
        let settings = if sources.is_empty() { String::new() } else { format!("sources:\n{sources}") };
        std::fs::write(&file, settings).expect("a file");
        let arguments = vec!["--config".to_owned(), file.display().to_string()];
        let options = NodeOptions { arguments, ..NodeOptions::default() };
        let process = NodeProcess::start_with(&place.path().join("data"), &options);
        Node { process, place }
    }

    /// Waits until `filter` finds [`EVENTS`]; panics with what the node says of its sources if it does not.
    pub(crate) fn expect_all(&self, filter: &str) {
        let begun = Instant::now();
        let client = self.process.client();
        let mut found = 0;
        while begun.elapsed() < PATIENCE {
            found = client.count(filter);
            if found as usize >= EVENTS {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let status = client.get("/v1/status", &[]).expect("the node answers").json();
        assert_eq!(found as usize, EVENTS, "{filter}: {:#}", status["ingest"]["sources"]);
    }

    /// The only event that `filter` finds.
    pub(crate) fn one(&self, filter: &str) -> Value {
        let mut rows = self.process.client().rows(filter);
        assert_eq!(rows.len(), 1, "{filter}: {rows:#?}");
        rows.remove(0)
    }

    /// Its HTTP address, without `http://`.
    pub(crate) fn address(&self) -> &str {
        self.process.url.trim_start_matches("http://")
    }
}

/// A daemon that is killed with the test.
pub(crate) struct Daemon(pub(crate) Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port that is free now.
pub(crate) fn free_port() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    socket.local_addr().expect("a bound socket has an address").port()
}

/// A file of numbered lines: `message number 17 of many`.
pub(crate) fn numbered_lines(place: &Path) -> PathBuf {
    let file = place.join("lines.log");
    let lines: String = (0..EVENTS).map(|n| format!("message number {n} of many\n")).collect();
    std::fs::write(&file, lines).expect("a file");
    file
}

/// Compares some fields of an event.
pub(crate) fn assert_fields(event: &Value, fields: &[(&str, Value)]) {
    for (name, value) in fields {
        assert_eq!(&event[*name], value, "{name} of {event:#}");
    }
}
