//! `vigil up`: settings from everywhere, then a node in the foreground.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use clap::Args;
use serde::Serialize;

use super::Context;
use super::args::{ConfigFlag, template};
use super::output::{Look, Paint, stdout};
use crate::config::units::events_text;
use crate::config::{Sources, load};
use crate::exit::{Exit, Failure};
use crate::runtime::RunError;

/// What the command line says about settings; everything else comes from file and environment.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  \
        vigil up\n  \
        vigil up --data-dir ./data --http 127.0.0.1:9000 --name site-a\n  \
        vigil up --config vigil.yaml\n",
    help_template = template()
)]
pub(crate) struct UpArgs {
    /// Where log, index and key live [default: ~/.local/share/vigil, as root /var/lib/vigil]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<String>,
    /// Where HTTP listens [default: 127.0.0.1:8080]
    #[arg(long, value_name = "HOST:PORT")]
    http: Option<String>,
    /// UDP address for peers, reserved: this version has no peers yet [default: 0.0.0.0:7701]
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// The node's name [default: the one it has, else one is made up]
    #[arg(long)]
    name: Option<String>,
    /// Serve plain HTTP beyond loopback: everyone who reaches the port may read and write
    #[arg(long)]
    insecure_http: bool,
    #[command(flatten)]
    config: ConfigFlag,
}

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
    /// Where peers will be heard.
    pub(crate) listen: SocketAddr,
    /// Whether the data directory was made just now.
    pub(crate) new: bool,
    /// Events held.
    pub(crate) events: u64,
    /// The cluster's id.
    pub(crate) cluster: String,
    /// Blocks that were cut because they were torn, one sentence each.
    pub(crate) cut: Vec<String>,
    /// Whether the index was rebuilt from the log.
    pub(crate) rebuilt_index: bool,
    /// Milliseconds from the start until ready.
    pub(crate) took_ms: u64,
}

/// How the banner looks; set once, since the node calls [`banner`] from within.
static LOOK: OnceLock<Look> = OnceLock::new();

impl UpArgs {
    fn flags(&self) -> Vec<(&'static str, String)> {
        let texts =
            [("data_dir", &self.data_dir), ("http", &self.http), ("listen", &self.listen), ("name", &self.name)];
        let given = texts.into_iter().filter_map(|(path, text)| Some((path, text.clone()?)));
        given.chain(self.insecure_http.then(|| ("insecure_http", "true".to_owned()))).collect()
    }
}

/// Runs a node until it is told to stop.
pub(crate) fn run(context: &Context, args: UpArgs) -> Result<Exit, Failure> {
    let flags = args.flags();
    let loaded = load(&Sources::of_process(args.config.config, flags));
    super::config::report(&loaded)?;
    let _ = LOOK.set(context.look);
    let settings = loaded.settings();
    let http = settings.http;
    crate::runtime::run(settings).map_err(|error| failure(&error, http))?;
    context.look.note("stopped");
    Ok(Exit::Ok)
}

fn failure(error: &RunError, http: SocketAddr) -> Failure {
    let (exit, hint) = match error {
        RunError::Bind(..) => (Exit::Config, Some(format!("another program, perhaps another node, has {http}"))),
        RunError::Exposed(_) | RunError::File { .. } | RunError::Key(_) => (Exit::Config, None),
        RunError::Store(error) => (exit_of_store(error), None),
        _ => (Exit::No, None),
    };
    Failure { exit, message: error.to_string(), hint }
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
    line("http", &format!("http://{}/", started.http));
    line("index", index(started));
    line("peers", &format!("not yet: {}/udp is reserved, nothing listens there", started.listen));
    line("cluster", &format!("{}, 1 member", started.cluster));
    out + &next_commands(started)
}

fn data(started: &Started) -> String {
    let dir = tilde(&started.data_dir, std::env::var_os("HOME").map(PathBuf::from).as_deref());
    match started.new {
        true => format!("{dir}   new"),
        false => format!("{dir}   resumed, {}", events_text(started.events)),
    }
}

fn index(started: &Started) -> &'static str {
    if started.rebuilt_index { "rebuilt from the log" } else { "in step with the log" }
}

/// The commands need `--url` only where the node is not at its usual place.
fn next_commands(started: &Started) -> String {
    let http = started.http;
    let url =
        if http.port() == 8080 && http.ip().is_loopback() { String::new() } else { format!(" --url http://{http}") };
    format!(
        "Try      echo '{{\"level\":\"info\",\"message\":\"hello\"}}' | vigil ingest{url}\n         \
         vigil query hello{url}\n         \
         vigil tail{url}\n         \
         curl -d '{{\"level\":\"warn\",\"message\":\"from curl\"}}' http://{http}/v1/ingest\n"
    )
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
            new: true,
            events: 0,
            cluster: "7f3a".into(),
            cut: Vec::new(),
            rebuilt_index: false,
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
              peers    not yet: 0.0.0.0:7701/udp is reserved, nothing listens there
              cluster  7f3a, 1 member
            Try      echo '{"level":"info","message":"hello"}' | vigil ingest
                     vigil query hello
                     vigil tail
                     curl -d '{"level":"warn","message":"from curl"}' http://127.0.0.1:8080/v1/ingest
        "#]]
        .assert_eq(&text(&started(), &Look::default()));
    }

    #[test]
    fn a_second_start_after_a_crash_at_another_port() {
        let started = Started {
            new: false,
            events: 41_223,
            cut: vec!["block 17 was torn, nothing acknowledged was in it".into()],
            rebuilt_index: true,
            http: SocketAddr::from(([127, 0, 0, 1], 9000)),
            ..started()
        };
        expect![[r#"
            Vigil 0.1.0   node "laptop-7f3a" (resumed), ready in 120 ms
              data     /var/lib/vigil   resumed, 41 223 events
              cut      block 17 was torn, nothing acknowledged was in it
              http     http://127.0.0.1:9000/
              index    rebuilt from the log
              peers    not yet: 0.0.0.0:7701/udp is reserved, nothing listens there
              cluster  7f3a, 1 member
            Try      echo '{"level":"info","message":"hello"}' | vigil ingest --url http://127.0.0.1:9000
                     vigil query hello --url http://127.0.0.1:9000
                     vigil tail --url http://127.0.0.1:9000
                     curl -d '{"level":"warn","message":"from curl"}' http://127.0.0.1:9000/v1/ingest
        "#]]
        .assert_eq(&text(&started, &Look::default()));
    }

    #[test]
    fn home_is_a_tilde() {
        assert_eq!(tilde(Path::new("/home/u/x"), Some(Path::new("/home/u"))), "~/x");
        assert_eq!(tilde(Path::new("/srv/x"), Some(Path::new("/home/u"))), "/srv/x");
    }
}
