//! How a test starts a node, and how it ends.

use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::usage::Usage;

/// How long a node may take to answer its first request. Generous: the machine may be busy.
const START_PATIENCE: Duration = Duration::from_secs(60);
/// How long a node may take to stop: what is promised.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// The program under test: `VIGIL_BIN`, else the one built beside this test.
pub fn vigil_bin() -> PathBuf {
    if let Some(path) = std::env::var_os("VIGIL_BIN") {
        return PathBuf::from(path);
    }
    let mut dir = std::env::current_exe().expect("a test knows where it runs");
    while dir.pop() {
        let candidate = dir.join("vigil");
        if candidate.is_file() {
            return candidate;
        }
    }
    panic!("there is no vigil program; run `cargo build --release -p vigil` first, or set VIGIL_BIN");
}

/// Runs `vigil` with these arguments to its end.
pub fn run(arguments: &[&str]) -> Output {
    let mut command = clean_command();
    command.args(arguments).output().expect("vigil can be run")
}

/// A command that no setting of the person who runs the tests can change.
fn clean_command() -> Command {
    let mut command = Command::new(vigil_bin());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("VIGIL_")) {
        command.env_remove(name);
    }
    command.env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// What a test changes about a node.
#[derive(Clone, Debug, Default)]
pub struct NodeOptions {
    /// Where HTTP listens; any free port without.
    pub http: Option<String>,
    /// Where peers are heard; any free port without.
    pub listen: Option<String>,
    /// Its name; `test` without.
    pub name: Option<String>,
    /// More arguments of `vigil up`.
    pub arguments: Vec<String>,
    /// Environment.
    pub environment: Vec<(String, String)>,
}

/// How a node ended.
#[derive(Debug)]
pub struct Exit {
    /// Its exit code; `None` after a signal.
    pub code: Option<i32>,
    /// What it printed to stdout and stderr.
    pub printed: String,
    /// How long it took from the signal on.
    pub took: Duration,
}

/// A node in a process of its own. Killed when it is dropped.
pub struct NodeProcess {
    child: Child,
    log: PathBuf,
    /// Its data directory.
    pub dir: PathBuf,
    /// Its HTTP address, such as `http://127.0.0.1:41000`.
    pub url: String,
    /// How long it took until it was ready.
    pub start_took: Duration,
}

impl NodeProcess {
    /// Starts a node on `dir` with defaults and waits until it is ready.
    pub fn start(dir: &Path) -> NodeProcess {
        NodeProcess::start_with(dir, &NodeOptions::default())
    }

    /// Starts a node and waits until it is ready; panics with what it printed if it ends before.
    pub fn start_with(dir: &Path, options: &NodeOptions) -> NodeProcess {
        let mut node = NodeProcess::spawn(dir, options);
        let begun = Instant::now();
        while begun.elapsed() < START_PATIENCE {
            if let Some(status) = node.child.try_wait().expect("a child can be asked") {
                panic!("the node ended with {status}: {}", node.printed());
            }
            if node.client().get("/readyz", &[]).is_ok_and(|answer| answer.status == 200) {
                node.start_took = begun.elapsed();
                return node;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the node was not ready in {START_PATIENCE:?}: {}", node.printed());
    }

    /// Starts a node and does not wait.
    pub fn spawn(dir: &Path, options: &NodeOptions) -> NodeProcess {
        let address = options.http.clone().unwrap_or_else(|| format!("127.0.0.1:{}", free_port()));
        let listen = options.listen.as_deref().unwrap_or("127.0.0.1:0");
        let name = options.name.as_deref().unwrap_or("test");
        let log = dir.with_extension("out");
        let out =
            std::fs::File::options().create(true).append(true).open(&log).expect("a log beside the data directory");
        let err = out.try_clone().expect("a file can be shared");
        let child = clean_command()
            .arg("up")
            .args(["--data-dir".as_ref(), dir.as_os_str()])
            .args(["--http", &address, "--listen", listen, "--name", name])
            .args(&options.arguments)
            .envs(options.environment.iter().cloned())
            .stdout(out)
            .stderr(err)
            .spawn()
            .expect("vigil can be started");
        let url = format!("http://{address}");
        NodeProcess { child, log, dir: dir.to_owned(), url, start_took: Duration::ZERO }
    }

    /// A client of this node.
    pub fn client(&self) -> Client {
        Client::new(&self.url)
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// CPU and memory so far.
    pub fn usage(&self) -> Usage {
        Usage::of(self.pid())
    }

    /// What it printed so far.
    pub fn printed(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Ends it as a power cut of the process would: no handler runs.
    pub fn kill(mut self) {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a killed child ends");
    }

    /// Asks it to stop and waits; panics when it does not end within what is promised.
    pub fn stop(mut self) -> Exit {
        let begun = Instant::now();
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().expect("kill exists");
        while begun.elapsed() < STOP_PATIENCE {
            if let Some(status) = self.child.try_wait().expect("a child can be asked") {
                return Exit { code: status.code(), printed: self.printed(), took: begun.elapsed() };
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the node did not stop within {STOP_PATIENCE:?}: {}", self.printed());
    }

    /// Waits until the index holds everything durable.
    pub fn wait_indexed(&self) {
        let client = self.client();
        loop {
            let status = client.get("/v1/status", &[]).expect("the node is reachable").json();
            let behind = status["storage"]["arrival"].as_u64() != status["index"]["arrival"].as_u64();
            let pending = status["ingest"]["pending"].as_u64() != Some(0);
            if !behind && !pending {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A TCP port that nobody listens on.
pub fn free_port() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    socket.local_addr().expect("a bound socket has an address").port()
}

/// A UDP port that is free, and the one above it too: where peers are heard, and the bulk lane.
pub fn free_peer_port() -> u16 {
    for _ in 0..100 {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
        let port = socket.local_addr().expect("a bound socket has an address").port();
        if port < u16::MAX && UdpSocket::bind(("127.0.0.1", port + 1)).is_ok() {
            return port;
        }
    }
    panic!("no two neighbouring UDP ports are free");
}
