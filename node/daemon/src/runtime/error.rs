//! Why a node does not start or does not go on, and what to do about it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Why `vigil up` ends with an error.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// Some way in cannot be opened.
    #[error("the ways in cannot be opened: {0}")]
    Ways(String),
    /// HTTP beyond loopback without protection.
    #[error(
        "refusing to serve plain HTTP on {0}: anyone who reaches it could read and write; listen on loopback, \
         or pass --insecure-http if the network is yours alone"
    )]
    Exposed(SocketAddr),
    /// The port is taken, or not ours to take.
    #[error("cannot listen on {0}: {1}; choose another address with --http")]
    Bind(SocketAddr, String),
    /// A file of the data directory.
    #[error("cannot {verb} {path}: {why}")]
    File {
        /// What was tried.
        verb: &'static str,
        /// Where.
        path: PathBuf,
        /// The operating system's words.
        why: String,
    },
    /// The node's key is not readable as a key.
    #[error("{0} is not a node key; restore it from a backup, or move it away to begin as a new node")]
    Key(PathBuf),
    /// The file that says where the node belongs is not readable as such.
    #[error("{0} does not say a cluster and its founder; restore it from a backup")]
    Home(PathBuf),
    /// The file of tickets is not readable as such.
    #[error(
        "{0} is not readable: {1}; restore it from a backup, or delete it: tickets that are not used yet are then no longer good"
    )]
    Invites(PathBuf, String),
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] vigil_api::TlsError),
    /// The peer port.
    #[error(transparent)]
    Peers(#[from] vigil_gossip_libp2p::TransportError),
    /// No randomness.
    #[error("the operating system gives no randomness: {0}")]
    Random(String),
    /// The disk was full when the process died, and what it had accepted is not in its files yet.
    #[error("the disk is full, and the log needs some megabytes to start: free some space and start again ({0})")]
    Full(String),
    /// The log.
    #[error(transparent)]
    Store(vigil_crdt::StoreError),
    /// The index.
    #[error("the index: {0}; it can be deleted while the node is stopped, and is rebuilt from the log")]
    Index(#[from] vigil_index_tantivy::IndexError),
    /// Threads cannot be started.
    #[error("cannot start threads: {0}")]
    Threads(String),
}

impl RunError {
    /// What the operating system said about a file.
    pub(super) fn file(verb: &'static str, path: &Path, error: &std::io::Error) -> RunError {
        RunError::File { verb, path: path.to_owned(), why: error.to_string() }
    }
}

impl From<vigil_crdt::StoreError> for RunError {
    fn from(error: vigil_crdt::StoreError) -> RunError {
        let text = error.to_string();
        // RocksDB passes on the words of the operating system, and no code.
        if text.contains("No space left on device") { RunError::Full(text) } else { RunError::Store(error) }
    }
}
