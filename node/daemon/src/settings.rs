//! What a node is told: every setting with its default, after file, environment and flags.

use std::net::SocketAddr;
use std::path::PathBuf;

use vigil_gossip_libp2p::{Discovery, LaneChoice};
use vigil_model::ClassSet;

/// When an acknowledgement is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Sync {
    /// After the fsync.
    #[default]
    Always,
    /// After the write; the fsync follows within `interval_ms`.
    Interval,
}

/// Everything that `vigil up` needs to know.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    /// Where log, index and key live.
    pub(crate) data_dir: PathBuf,
    /// Where HTTP listens.
    pub(crate) http: SocketAddr,
    /// Where peers are heard (UDP); the bulk lane has the port above it.
    pub(crate) listen: SocketAddr,
    /// The node's name; empty means: the one it has, else one is made up.
    pub(crate) name: String,
    /// Serve plain HTTP beyond loopback.
    pub(crate) insecure_http: bool,
    /// How HTTP is encrypted.
    pub(crate) tls: Tls,
    /// Replication.
    pub(crate) peers: Peers,
    /// The log.
    pub(crate) storage: Storage,
    /// The index.
    pub(crate) index: Index,
    /// Queries.
    pub(crate) query: QuerySettings,
}

/// `tls`, `tls_cert`, `tls_key`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tls {
    /// Plain HTTP.
    #[default]
    Off,
    /// With a certificate that the node makes for itself and keeps in its data directory.
    Generated,
    /// With these files, PEM.
    Files {
        /// The certificate, and those between it and its authority.
        cert: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
}

/// `peers.*`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Peers {
    /// `peers.mdns`, `peers.kademlia`, `peers.relay`, `peers.gossipsub`
    pub(crate) discovery: Discovery,
    /// `peers.bandwidth`: bytes a second sent to all peers together.
    pub(crate) bandwidth: Option<u64>,
    /// `peers.lane`
    pub(crate) lane: LaneChoice,
    /// `peers.classes`: bodies that this node fetches of others; what everybody replicates is always
    /// among them.
    pub(crate) classes: ClassSet,
    /// `peers.nodes`: of whom it fetches them, by name or front of the id; `None` for everyone.
    pub(crate) nodes: Option<Vec<String>>,
    /// `peers.advertise`: `host:port` to be put into tickets; `None` for those that are found.
    pub(crate) advertise: Option<Vec<String>>,
}

/// `storage.*`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Storage {
    /// `storage.sync`
    pub(crate) sync: Sync,
    /// `storage.sync_interval`: milliseconds between fsyncs when `sync` is `interval`.
    pub(crate) interval_ms: u64,
    /// `storage.max_disk`: bytes of log and index beyond which ingest is refused.
    pub(crate) max_disk: Option<u64>,
    /// `storage.min_free`: bytes that stay free on the disk.
    pub(crate) min_free: u64,
    /// `storage.cache`: bytes of block and frame cache.
    pub(crate) cache: u64,
}

/// `index.*`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Index {
    /// `index.commit_interval`: milliseconds between commits of the index.
    pub(crate) commit_ms: u64,
    /// `index.memory`: bytes of the index writer.
    pub(crate) memory: u64,
}

/// `query.*`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct QuerySettings {
    /// `query.concurrency`: queries at once.
    pub(crate) concurrency: usize,
    /// `query.max_bytes`: bytes of rows that one query may read.
    pub(crate) max_bytes: u64,
    /// `query.threads`: threads that read for all queries; 0 for one on each core.
    pub(crate) threads: usize,
    /// `query.slow`: milliseconds from which on a query is logged as slow; 0 for never.
    pub(crate) slow_ms: u64,
}

impl Default for Peers {
    fn default() -> Peers {
        let (discovery, lane) = (Discovery::default(), LaneChoice::default());
        Peers { discovery, bandwidth: None, lane, classes: ClassSet::ALL, nodes: None, advertise: None }
    }
}

impl Default for Storage {
    fn default() -> Storage {
        Storage { sync: Sync::Always, interval_ms: 1_000, max_disk: None, min_free: 64 << 20, cache: 64 << 20 }
    }
}

impl Default for Index {
    fn default() -> Index {
        Index { commit_ms: 1_000, memory: 64 << 20 }
    }
}

impl Default for QuerySettings {
    fn default() -> QuerySettings {
        QuerySettings { concurrency: 16, max_bytes: 64 << 30, threads: 0, slow_ms: 1_000 }
    }
}
