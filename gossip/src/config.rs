//! What the replication machine is told once: who it is, what it follows, how patient it is.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use vigil_model::{ClassSet, LogId, NodeId};

/// What a node follows beyond headers and the classes that everyone replicates.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Interest {
    /// Bodies of these classes.
    pub classes: ClassSet,
    /// Of these nodes' logs; of all when nothing is said. At most `INTEREST_NODES_MAX`.
    pub nodes: Option<BTreeSet<NodeId>>,
}

impl Interest {
    /// Everything of everyone.
    pub const ALL: Interest = Interest { classes: ClassSet::ALL, nodes: None };

    /// The classes that `owner` with this interest holds of the logs of `author`.
    pub fn follows(&self, owner: &NodeId, author: &NodeId) -> ClassSet {
        let own = owner == author;
        let followed = self.nodes.as_ref().is_none_or(|nodes| nodes.contains(author));
        match (own, followed) {
            (true, _) => ClassSet::ALL,
            (false, true) => self.classes.common(ClassSet::ALL).union(ClassSet::ALWAYS),
            (false, false) => ClassSet::ALWAYS,
        }
    }
}

impl From<ClassSet> for Interest {
    fn from(classes: ClassSet) -> Interest {
        Interest { classes, nodes: None }
    }
}

/// What the machine is told once. Times are milliseconds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Config {
    /// This node.
    pub me: NodeId,
    /// Drawn at random at the start of the process; the seed of all nonces. Peers are shown a hash
    /// of it only.
    pub instance: u64,
    /// The log that this process writes.
    pub log: LogId,
    /// What is replicated here.
    pub interest: Interest,
    /// The version of the program, for people; at most 64 bytes are told.
    pub version: String,
    /// Between two rounds on a link.
    pub frontier_ms: u64,
    /// How long a block that a peer wrote may be durable here before that peer is told.
    pub ack_ms: u64,
    /// How long a head learnt from a peer may be durable here before the other peers are told.
    pub relay_ms: u64,
    /// Between two audits of one log on a link.
    pub audit_ms: u64,
    /// After which a link counts as dead on which nothing is heard.
    pub silence_ms: u64,
    /// After which what a pull should have brought is asked for again.
    pub stall_ms: u64,
    /// Announcements may be flooded by the transport as well (gossipsub).
    pub gossipsub: bool,
}

impl Config {
    /// The usual patience, everything followed.
    pub fn new(instance: u64, log: LogId) -> Config {
        Config {
            me: log.node,
            instance,
            log,
            interest: Interest::ALL,
            version: String::new(),
            frontier_ms: 1_000,
            ack_ms: 30,
            relay_ms: 250,
            audit_ms: 60_000,
            silence_ms: 30_000,
            stall_ms: 15_000,
            gossipsub: false,
        }
    }
}
