//! Several nodes on loopback that are one cluster: how they join, when they agree.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::client::Client;
use crate::process::{Exit, NodeOptions, NodeProcess, free_peer_port, free_port};

/// How long nodes may take to agree. Generous: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// A node that can be stopped and started again where it was.
pub struct Site {
    /// Its data directory.
    pub dir: PathBuf,
    options: NodeOptions,
    process: Option<NodeProcess>,
}

/// Some sites.
pub struct Cluster {
    place: TempDir,
    /// The sites.
    pub sites: Vec<Site>,
}

impl Site {
    /// A site that does not run yet.
    pub fn new(dir: PathBuf, name: &str, arguments: &[&str]) -> Site {
        let options = NodeOptions {
            http: Some(format!("127.0.0.1:{}", free_port())),
            listen: Some(format!("127.0.0.1:{}", free_peer_port())),
            name: Some(name.to_owned()),
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            environment: Vec::new(),
        };
        Site { dir, options, process: None }
    }

    /// Hears its peers at another port than it was given.
    pub fn listen_at(&mut self, address: &str) {
        self.options.listen = Some(address.to_owned());
    }

    /// Lets others reach it elsewhere than where it listens.
    pub fn advertise(&mut self, address: &str) {
        self.options.arguments.extend(["--advertise".to_owned(), address.to_owned()]);
    }

    /// Starts it and waits until it is ready.
    pub fn start(&mut self) {
        assert!(self.process.is_none(), "a site runs once");
        self.process = Some(NodeProcess::start_with(&self.dir, &self.options));
    }

    /// Stops it as a service manager does.
    pub fn stop(&mut self) -> Exit {
        self.process.take().expect("only a running site is stopped").stop()
    }

    /// Ends it as a power cut of the process would.
    pub fn kill(&mut self) {
        self.process.take().expect("only a running site is killed").kill();
    }

    /// Whether it runs.
    pub fn runs(&self) -> bool {
        self.process.is_some()
    }

    /// The running node.
    pub fn node(&self) -> &NodeProcess {
        self.process.as_ref().expect("the site runs")
    }

    /// A client of it.
    pub fn client(&self) -> Client {
        self.node().client()
    }

    /// Where its peers reach it.
    pub fn listen(&self) -> &str {
        self.options.listen.as_deref().expect("a site has a fixed peer port")
    }

    /// What it says of the cluster.
    pub fn cluster(&self) -> Option<Value> {
        let answer = self.client().get("/v1/cluster", &[]).ok()?;
        (answer.status == 200).then(|| answer.json())
    }

    /// The row of `vigil peers` about another site.
    pub fn peer(&self, name: &str) -> Option<Value> {
        let answer = self.client().get("/v1/peers", &[]).ok()?.json();
        answer["peers"].as_array()?.iter().find(|peer| peer["name"] == name).cloned()
    }

    /// A ticket for one more node.
    pub fn invite(&self) -> String {
        let answer = self.post("/v1/invites", r#"{"for_s":3600,"profile":"full","name":""}"#);
        assert_eq!(answer.0, 200, "{}", answer.1);
        answer.1["ticket"].as_str().expect("an invitation has a ticket").to_owned()
    }

    /// Asks to join; answers status and body.
    pub fn join(&self, target: &str) -> (u16, Value) {
        self.post("/v1/join", &serde_json::json!({ "target": target }).to_string())
    }

    /// Joins by a ticket and waits until the node is back.
    pub fn join_by(&self, ticket: &str) {
        let (status, body) = self.join(ticket);
        assert_eq!((status, body["state"].as_str()), (200, Some("joined")), "{body}");
        self.wait("the node is back in the new cluster", |site| {
            site.cluster().is_some_and(|cluster| cluster["cluster"] == body["cluster"])
        });
    }

    /// POST of JSON; answers status and body.
    pub fn post(&self, path: &str, body: &str) -> (u16, Value) {
        let headers = [("content-type", "application/json")];
        let answer = self.client().post(path, &headers, body.as_bytes()).expect("the node is reachable");
        (answer.status, answer.json())
    }

    /// DELETE; answers status and body.
    pub fn delete(&self, path: &str) -> (u16, Value) {
        let answer = self.client().delete(path).expect("the node is reachable");
        (answer.status, answer.json())
    }

    /// Waits until something is so; panics with what the node printed when it takes too long.
    pub fn wait(&self, what: &str, so: impl Fn(&Site) -> bool) {
        let begun = Instant::now();
        while !so(self) {
            assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}\n{}", self.node().printed());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Cluster {
    /// Starts `count` sites, `site-a` the founder, and lets the others join it.
    pub fn start(count: usize) -> Cluster {
        Cluster::start_with(count, &[])
    }

    /// As [`Cluster::start`], with more arguments of `vigil up`.
    pub fn start_with(count: usize, arguments: &[&str]) -> Cluster {
        let mut cluster = Cluster::apart(count, arguments);
        for n in 1..count {
            let ticket = cluster.sites[0].invite();
            cluster.sites[n].join_by(&ticket);
        }
        cluster.sites.iter_mut().for_each(|site| {
            site.wait("everyone is known", |site| {
                site.cluster().is_some_and(|cluster| cluster["members"].as_u64() == Some(count as u64))
            });
        });
        cluster
    }

    /// Starts `count` sites that do not know each other.
    pub fn apart(count: usize, arguments: &[&str]) -> Cluster {
        let place = tempfile::tempdir().expect("a place for tests");
        let mut cluster = Cluster { place, sites: Vec::new() };
        for n in 0..count {
            cluster.add(&format!("site-{}", (b'a' + n as u8) as char), arguments).start();
        }
        cluster
    }

    /// One more site, not started.
    pub fn add(&mut self, name: &str, arguments: &[&str]) -> &mut Site {
        self.sites.push(Site::new(self.place.path().join(name), name, arguments));
        self.sites.last_mut().expect("one was just added")
    }

    /// Waits until every running site has the same frontier, and lacks nothing of what the others
    /// have.
    pub fn wait_in_step(&self) {
        let begun = Instant::now();
        loop {
            let frontiers: Vec<Option<Value>> = self.running().map(frontier).collect();
            if frontiers.iter().all(|frontier| frontier.is_some() && *frontier == frontiers[0]) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "not in step within {PATIENCE:?}: {frontiers:?}\n{}", self.printed());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The sites that run.
    pub fn running(&self) -> impl Iterator<Item = &Site> {
        self.sites.iter().filter(|site| site.runs())
    }

    /// Every running site answers this query with these very rows; answers them.
    pub fn same_rows(&self, query: &str) -> Vec<Value> {
        let answers: Vec<Vec<Value>> = self.running().map(|site| site.client().rows(query)).collect();
        for answer in &answers[1..] {
            assert_eq!(*answer, answers[0], "{query}");
        }
        answers.into_iter().next().expect("at least one site runs")
    }

    /// What all of them printed.
    pub fn printed(&self) -> String {
        self.running().map(|site| site.node().printed()).collect::<Vec<_>>().join("\n----\n")
    }
}

/// The frontier, when the node lacks nothing that a node which it can reach has.
fn frontier(site: &Site) -> Option<Value> {
    let answer = site.client().get("/v1/query", &[("q", "no-such-word-anywhere"), ("limit", "1")]).ok()?;
    if answer.status != 200 {
        return None;
    }
    let answer = answer.json();
    let missing = answer["missing"].as_array()?;
    let offline = |missing: &Value| missing["reason"].as_str().is_some_and(|reason| reason.starts_with("offline"));
    missing.iter().all(offline).then(|| site.cluster().map(|cluster| cluster["frontier"].clone()))?
}
