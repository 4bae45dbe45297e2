//! `vigil up`: settings from everywhere, then a node in the foreground.

mod flags;

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::Serialize;

use super::Context;
use super::output::{Look, Paint, stdout};
use crate::config::units::events_text;
use crate::config::{Layers, load};
use crate::exit::{Exit, Failure};
use crate::runtime::{Ended, RunError};

pub(crate) use flags::UpArgs;

/// What a node says once it is ready.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Started {
    /// Its name.
    pub(crate) name: String,
    /// Its id.
    pub(crate) node_id: String,
    /// Where its data lie.
    pub(crate) data_dir: PathBuf,
    /// Where HTTP listens, with the port that was bound.
    pub(crate) http: SocketAddr,
    /// Where peers are heard, with the port that was bound.
    pub(crate) listen: SocketAddr,
    /// With HTTPS, the SHA-256 of the certificate as [`crate::client`] pins it.
    pub(crate) fingerprint: Option<String>,
    /// Whether the data directory was made just now.
    pub(crate) new: bool,
    /// Events held.
    pub(crate) events: u64,
    /// The cluster's id.
    pub(crate) cluster: String,
    /// Members of it, this node among them.
    pub(crate) members: usize,
    /// Blocks that were cut because they were torn, one sentence each.
    pub(crate) cut: Vec<String>,
    /// Whether the index has to be rebuilt from the log.
    pub(crate) rebuilding_index: bool,
    /// Milliseconds from the start until ready.
    pub(crate) took_ms: u64,
}

/// How the banner looks; set once, since the node calls [`banner`] from within.
static LOOK: OnceLock<Look> = OnceLock::new();

/// Runs a node until it is told to stop.
pub(crate) fn run(context: &Context, args: UpArgs) -> Result<Exit, Failure> {
    let flags = args.flags();
    let layers = Layers::of_process(args.config_file(), flags);
    let loaded = load(&layers);
    super::config::report(&loaded)?;
    let _ = LOOK.set(context.look);
    let http = loaded.settings().http;
    match crate::runtime::run(&loaded, layers).map_err(|error| failure(&error, http))? {
        Ended::Stopped => {
            context.look.note("stopped");
            Ok(Exit::Ok)
        }
        Ended::Moved => Err(start_anew()),
    }
}

/// Replaces this process by a fresh one with the same arguments: what the node writes from now on
/// is another log of another cluster. Returns only when that fails.
fn start_anew() -> Failure {
    let restarted = std::env::current_exe().map(|program| {
        use std::os::unix::process::CommandExt;
        std::process::Command::new(program).args(std::env::args_os().skip(1)).exec()
    });
    let error = restarted.unwrap_or_else(|error| error);
    let message = format!("the node has moved, but cannot start itself again: {error}");
    Failure::new(Exit::No, message).hint("start it again: vigil up")
}

fn failure(error: &RunError, http: SocketAddr) -> Failure {
    let (exit, hint) = match error {
        RunError::Bind(..) => (Exit::Config, Some(format!("another program, perhaps another node, has {http}"))),
        RunError::Exposed(_) | RunError::File { .. } | RunError::Key(_) => (Exit::Config, None),
        RunError::Ways(_) | RunError::Home(_) | RunError::Invites(..) | RunError::Peers(_) => (Exit::Config, None),
        RunError::Store(error) => (exit_of_store(error), None),
        _ => (Exit::No, None),
    };
    Failure { exit, code: String::new(), message: error.to_string(), hint }
}

fn exit_of_store(error: &vigil_crdt::StoreError) -> Exit {
    match error {
        vigil_crdt::StoreError::Corrupt { .. } => Exit::Integrity,
        _ => Exit::Config,
    }
}

/// Says that the node is ready, and what can be done with it. Nobody there to read it is no reason
/// to stop.
pub(crate) fn banner(started: &Started) {
    let look = LOOK.get().copied().unwrap_or_default();
    let text = match (look.json, look.quiet) {
        (true, _) => serde_json::to_string(started).expect("plain fields have a JSON form") + "\n",
        (false, true) => return,
        (false, false) => text(started, &look),
    };
    let mut out = stdout();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn text(started: &Started, look: &Look) -> String {
    let mut out = String::new();
    let title = look.paint(Paint::Bold, &format!("Vigil {}", env!("CARGO_PKG_VERSION")));
    let age = if started.new { "new" } else { "resumed" };
    let _ = writeln!(out, "{title}   node \"{}\" ({age}), ready in {} ms", started.name, started.took_ms);
    let mut line = |name: &str, text: &str| {
        let _ = writeln!(out, "  {} {text}", look.paint(Paint::Dim, &format!("{name:<8}")));
    };
    line("data", &data(started));
    started.cut.iter().for_each(|cut| line("cut", cut));
    line("http", &format!("{}/", url(started)));
    started.fingerprint.iter().for_each(|pin| line("", &format!("certificate {pin}")));
    line("index", index(started));
    line("peers", &format!("{}/udp (QUIC), as {}", started.listen, started.node_id));
    line("cluster", &cluster(started));
    out + &next_commands(started)
}

fn url(started: &Started) -> String {
    format!("{}://{}", if started.fingerprint.is_some() { "https" } else { "http" }, started.http)
}

fn cluster(started: &Started) -> String {
    let plural = if started.members == 1 { "" } else { "s" };
    format!("{}, {} member{plural}", started.cluster, started.members)
}

fn data(started: &Started) -> String {
    let dir = tilde(&started.data_dir, std::env::var_os("HOME").map(PathBuf::from).as_deref());
    match started.new {
        true => format!("{dir}   new"),
        false => format!("{dir}   resumed, {}", events_text(started.events)),
    }
}

fn index(started: &Started) -> &'static str {
    if started.rebuilding_index {
        "is being rebuilt from the log; answers are exact, and slower until then"
    } else {
        "in step with the log"
    }
}

/// What to type next. Programs of this machine need no TLS; the commands need `--url` only where
/// the node is not at its usual place.
fn next_commands(started: &Started) -> String {
    let (ip, port) = (started.http.ip(), started.http.port());
    let here = ip.is_loopback() || ip.is_unspecified();
    let local = if ip.is_unspecified() { format!("127.0.0.1:{port}") } else { started.http.to_string() };
    let base = if here { format!("http://{local}") } else { url(started) };
    let pin = started.fingerprint.iter().filter(|_| !here).map(|pin| format!(" --fingerprint {pin}"));
    let usual = base == "http://127.0.0.1:8080";
    let node = if usual { String::new() } else { format!(" --url {base}{}", pin.collect::<String>()) };
    let line = |name: &str, command: &str| format!("{name:<8} {command}\n");
    let mut out = line("Try", &format!("echo '{{\"level\":\"info\",\"message\":\"hello\"}}' | vigil ingest{node}"));
    out += &line("", &format!("vigil query hello{node}"));
    out += &line("", &format!("vigil tail{node}"));
    let event = "{\"level\":\"warn\",\"message\":\"from curl\"}";
    out += &line("", &format!("curl -d '{event}' {base}/v1/ingest"));
    match started.members {
        0 | 1 => out + &format!("Add a node:  vigil invite{node}\n"),
        _ => out + &format!("Its peers:   vigil peers{node}\n"),
    }
}

/// The path as people write it.
fn tilde(path: &Path, home: Option<&Path>) -> String {
    let below = home.filter(|home| *home != Path::new("/")).and_then(|home| path.strip_prefix(home).ok());
    below.map_or_else(|| path.display().to_string(), |rest| format!("~/{}", rest.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn started() -> Started {
        Started {
            name: "laptop-7f3a".into(),
            node_id: "k3x".into(),
            data_dir: "/var/lib/vigil".into(),
            http: SocketAddr::from(([127, 0, 0, 1], 8080)),
            listen: SocketAddr::from(([0, 0, 0, 0], 7701)),
            fingerprint: None,
            new: true,
            events: 0,
            cluster: "7f3a".into(),
            members: 1,
            cut: Vec::new(),
            rebuilding_index: false,
            took_ms: 120,
        }
    }

    #[test]
    fn a_first_start() {
        expect![[r#"
            Vigil 0.1.0   node "laptop-7f3a" (new), ready in 120 ms
              data     /var/lib/vigil   new
              http     http://127.0.0.1:8080/
              index    in step with the log
              peers    0.0.0.0:7701/udp (QUIC), as k3x
              cluster  7f3a, 1 member
            Try      echo '{"level":"info","message":"hello"}' | vigil ingest
                     vigil query hello
                     vigil tail
                     curl -d '{"level":"warn","message":"from curl"}' http://127.0.0.1:8080/v1/ingest
            Add a node:  vigil invite
        "#]]
        .assert_eq(&text(&started(), &Look::default()));
    }

    #[test]
    fn a_second_start_after_a_crash_at_another_port() {
        let started = Started {
            new: false,
            events: 41_223,
            cut: vec!["block 17 was torn, nothing acknowledged was in it".into()],
            rebuilding_index: true,
            http: SocketAddr::from(([127, 0, 0, 1], 9000)),
            ..started()
        };
        expect![[r#"
            Vigil 0.1.0   node "laptop-7f3a" (resumed), ready in 120 ms
              data     /var/lib/vigil   resumed, 41 223 events
              cut      block 17 was torn, nothing acknowledged was in it
              http     http://127.0.0.1:9000/
              index    is being rebuilt from the log; answers are exact, and slower until then
              peers    0.0.0.0:7701/udp (QUIC), as k3x
              cluster  7f3a, 1 member
            Try      echo '{"level":"info","message":"hello"}' | vigil ingest --url http://127.0.0.1:9000
                     vigil query hello --url http://127.0.0.1:9000
                     vigil tail --url http://127.0.0.1:9000
                     curl -d '{"level":"warn","message":"from curl"}' http://127.0.0.1:9000/v1/ingest
            Add a node:  vigil invite --url http://127.0.0.1:9000
        "#]]
        .assert_eq(&text(&started, &Look::default()));
    }

    #[test]
    fn a_member_that_serves_https_to_all() {
        let started = Started {
            new: false,
            http: SocketAddr::from(([0, 0, 0, 0], 8443)),
            fingerprint: Some("AB:CD".into()),
            members: 3,
            ..started()
        };
        expect![[r#"
            Vigil 0.1.0   node "laptop-7f3a" (resumed), ready in 120 ms
              data     /var/lib/vigil   resumed, 0 events
              http     https://0.0.0.0:8443/
                       certificate AB:CD
              index    in step with the log
              peers    0.0.0.0:7701/udp (QUIC), as k3x
              cluster  7f3a, 3 members
            Try      echo '{"level":"info","message":"hello"}' | vigil ingest --url http://127.0.0.1:8443
                     vigil query hello --url http://127.0.0.1:8443
                     vigil tail --url http://127.0.0.1:8443
                     curl -d '{"level":"warn","message":"from curl"}' http://127.0.0.1:8443/v1/ingest
            Its peers:   vigil peers --url http://127.0.0.1:8443
        "#]]
        .assert_eq(&text(&started, &Look::default()));
    }

    #[test]
    fn home_is_a_tilde() {
        assert_eq!(tilde(Path::new("/home/u/x"), Some(Path::new("/home/u"))), "~/x");
        assert_eq!(tilde(Path::new("/srv/x"), Some(Path::new("/home/u"))), "/srv/x");
    }
}
