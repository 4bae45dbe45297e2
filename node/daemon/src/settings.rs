//! What a node is told: every setting with its default, after file, environment and flags.

use std::net::SocketAddr;
use std::path::PathBuf;

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
    /// Where peers will be heard (UDP).
    pub(crate) listen: SocketAddr,
    /// The node's name; empty means: the one it has, else one is made up.
    pub(crate) name: String,
    /// Serve plain HTTP beyond loopback.
    pub(crate) insecure_http: bool,
    /// The log.
    pub(crate) storage: Storage,
    /// The index.
    pub(crate) index: Index,
    /// Queries.
    pub(crate) query: QuerySettings,
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
        QuerySettings { concurrency: 4, max_bytes: 64 << 30 }
    }
}
