//! One machine under test, and what a node around it keeps.

use std::collections::BTreeMap;

use vigil_gossip::{Config, Goodbye, Gossip, Interest, Link, PullId, ServeId};
use vigil_model::{Hash, LogId, NodeId};

use crate::store::{Block, Store};

/// One machine and what a node around it would keep.
pub(crate) struct Machine {
    pub(crate) me: NodeId,
    pub(crate) log: LogId,
    pub(crate) gossip: Gossip,
    pub(crate) store: Store,
    pub(crate) interest: Interest,
    /// Blocks on their way to the disk: the number of each log's blocks when all are there.
    pub(super) arriving: BTreeMap<LogId, (u64, Hash)>,
    /// For each link: the machine at the other end, and its name there.
    pub(crate) links: BTreeMap<Link, (usize, Link)>,
    pub(super) serving: BTreeMap<ServeId, (Link, PullId)>,
    pub(crate) forks: Vec<(LogId, u64)>,
    pub(crate) copies: BTreeMap<(NodeId, LogId), u64>,
    pub(crate) twins: usize,
    /// When the last block is on its disk.
    pub(super) disk_busy: u64,
    /// The log of the process before.
    pub(super) previous: Option<LogId>,
    pub(crate) hung_up: Vec<Goodbye>,
    pub(crate) duplicates: u64,
    /// How it lies, if it does.
    pub(crate) lie: Option<Lie>,
}

/// How a machine treats those who ask it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lie {
    /// It never answers.
    Silent,
    /// It says that it holds nothing.
    NotHeld,
    /// It sends blocks that link to nothing.
    Garbage,
}

impl Machine {
    pub(crate) fn new(config: Config, now: u64) -> Machine {
        Machine {
            me: config.me,
            log: config.log,
            interest: config.interest.clone(),
            gossip: Gossip::new(config, now),
            store: Store::default(),
            arriving: BTreeMap::new(),
            links: BTreeMap::new(),
            serving: BTreeMap::new(),
            forks: Vec::new(),
            copies: BTreeMap::new(),
            twins: 0,
            disk_busy: 0,
            previous: None,
            hung_up: Vec::new(),
            duplicates: 0,
            lie: None,
        }
    }

    /// Blocks that are here or on their way to the disk, and the last hash.
    pub(super) fn reached(&self, log: &LogId) -> (u64, Hash) {
        let stored = self.store.0.get(log).map_or((0, Hash::ZERO), |log| (log.blocks.len() as u64, log.head()));
        self.arriving.get(log).copied().unwrap_or(stored)
    }

    pub(super) fn next(&self, block: &Block) -> bool {
        self.reached(&block.header.log) == (block.header.seq, block.header.previous)
    }
}
