//! One place with a node: its key, its disk, its clock, and the process that runs there now.

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::SigningKey;
use vigil_crdt::control::Control;
use vigil_crdt::memory::MemoryDisk;
use vigil_model::{Class, ClassSet, ClusterId, Epoch, LogId, NodeId};

use crate::cluster::event::{Condition, Who};
use crate::cluster::process::Process;

/// What people may expect of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// It does what the program does.
    Honest,
    /// A second process with the key of an honest one, by mistake.
    Twin,
    /// One half of a node that signs two branches.
    Equivocator,
    /// It was removed; what it does from then on concerns nobody.
    Removed,
}

/// Where a new node stands on its way into the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It runs alone, in the cluster that it founded itself.
    Alone,
    /// It waits to be admitted by this site.
    Waiting(usize),
    /// It is in.
    Member,
}

/// A site.
pub(crate) struct Site {
    pub(crate) name: String,
    pub(crate) key: SigningKey,
    pub(crate) node: NodeId,
    pub(crate) disk: MemoryDisk,
    pub(crate) process: Option<Process>,
    pub(crate) trust: Trust,
    pub(crate) stage: Stage,
    /// What its directory says: the cluster, and through whom it joined.
    pub(crate) cluster: ClusterId,
    pub(crate) friends: BTreeSet<NodeId>,
    /// The founder's key, as it was told when it joined.
    pub(crate) founder: Option<NodeId>,
    pub(crate) interest: ClassSet,
    pub(crate) skew_ns: i64,
    pub(crate) conditions: BTreeSet<Condition>,
    /// What was put away of its disk.
    pub(crate) snapshot: Option<MemoryDisk>,
    /// Whether its machine went down since the store was opened last.
    pub(crate) power_lost: bool,
    /// It is not started again.
    pub(crate) gone: bool,
    /// The sites that it talks to; everyone when absent.
    pub(crate) circle: Option<BTreeSet<usize>>,
    /// Epoch and instance that its next process takes instead of fresh ones.
    pub(crate) forced: Option<(Epoch, u64)>,
    /// The logs that it wrote, in order.
    pub(crate) logs: Vec<LogId>,
    /// How far each log lies on its disk for certain.
    pub(crate) synced: BTreeMap<LogId, u64>,
    /// Its disk went back to a copy at some time.
    pub(crate) restored: bool,
    /// Who was removed, as its process knew.
    pub(crate) removed: BTreeSet<NodeId>,
    /// Its client has had its last request.
    pub(crate) clients_done: bool,
}

/// The cluster that a key founds.
pub(crate) fn founded_by(node: &NodeId) -> ClusterId {
    Control::cluster_of(node)
}

impl Site {
    pub(crate) fn new(name: String, key: SigningKey) -> Site {
        let node = NodeId(key.verifying_key().to_bytes());
        Site {
            name,
            key,
            node,
            disk: MemoryDisk::new(),
            process: None,
            trust: Trust::Honest,
            stage: Stage::Alone,
            cluster: founded_by(&node),
            friends: BTreeSet::new(),
            founder: None,
            interest: ClassSet::ALL,
            skew_ns: 0,
            conditions: BTreeSet::new(),
            snapshot: None,
            power_lost: false,
            gone: false,
            circle: None,
            forced: None,
            logs: Vec::new(),
            synced: BTreeMap::new(),
            restored: false,
            removed: BTreeSet::new(),
            clients_done: false,
        }
    }

    /// The process that runs here, by its name.
    pub(crate) fn who(&self) -> Option<Who> {
        self.process.as_ref().map(|process| process.who)
    }

    pub(crate) fn is(&self, condition: Condition) -> bool {
        self.conditions.contains(&condition)
    }

    /// Tells the disk what is the matter with it.
    pub(crate) fn apply_conditions(&self) {
        self.disk.set_full(self.is(Condition::Full));
        self.disk.set_failing(self.is(Condition::Failing));
    }

    /// Whether it must end up with everything.
    pub(crate) fn counts(&self) -> bool {
        self.trust == Trust::Honest && self.stage == Stage::Member && !self.gone
    }

    /// Whether it replicates bodies of a class.
    pub(crate) fn follows(&self, class: Class) -> bool {
        self.interest.union(ClassSet::ALWAYS).has(class)
    }

    /// Whether it talks to this site at all.
    pub(crate) fn talks_to(&self, site: usize) -> bool {
        self.circle.as_ref().is_none_or(|circle| circle.contains(&site))
    }
}
