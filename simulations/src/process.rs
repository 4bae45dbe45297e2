//! One run of the node: the machine, its store, and what a shell holds in memory around them.

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::SigningKey;
use vigil_crdt::control::CLUSTER_DOMAIN;
use vigil_crdt::memory::MemoryStore;
use vigil_crdt::{Commit, CommitBlock, EncodedBody, LogStore, body};
use vigil_model::{
    BodyDigest, Class, ClusterId, Epoch, Hash, LogId, NodeId, PreviousEpoch, Records, SaltSeed, Timestamp,
};
use vigil_node::{Config, Effect, Identity, Node, SubmissionId, Ticket};

use crate::random::Random;
use crate::writer::{Job, Writer};

/// A running process.
pub(crate) struct Process {
    pub(crate) number: u32,
    pub(crate) node: Node,
    pub(crate) store: MemoryStore,
    pub(crate) log: LogId,
    /// The head that its first block must name.
    pub(crate) previous: Option<PreviousEpoch>,
    /// Bytes of submissions without an answer.
    pub(crate) held: BTreeMap<SubmissionId, (Class, Records)>,
    pub(crate) held_bytes: u64,
    /// What the workers are busy with; they finish even what was withdrawn.
    hashing: BTreeMap<Ticket, BTreeMap<Class, Records>>,
    withdrawn: BTreeSet<Ticket>,
    prepared: BTreeMap<Ticket, Vec<(Class, EncodedBody)>>,
    pub(crate) writer: Writer<Job>,
    /// When the timer is set to; others in the heap are outdated.
    pub(crate) wake_ns: Option<u64>,
    pub(crate) effects: Vec<Effect>,
    /// The last place that the index may read, and has read.
    pub(crate) followed: u64,
    pub(crate) indexed: u64,
    pub(crate) stopping: bool,
    key: SigningKey,
}

/// The key of the simulated node.
pub(crate) fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// The cluster that it founded.
pub(crate) fn cluster() -> ClusterId {
    ClusterId(Hash::of(CLUSTER_DOMAIN, &signing_key().verifying_key().to_bytes()).0)
}

impl Process {
    pub(crate) fn start(number: u32, config: Config, store: MemoryStore, epoch: Epoch, now: Timestamp) -> Process {
        let key = signing_key();
        let log = LogId { node: NodeId(key.verifying_key().to_bytes()), epoch };
        let recovered = store.recovered();
        let identity = Identity { cluster: cluster(), log, founder: None, instance: u64::from(number) };
        let node = Node::recover(config, &recovered, Vec::new(), identity, now);
        Process {
            number,
            node,
            store,
            log,
            previous: None,
            held: BTreeMap::new(),
            held_bytes: 0,
            hashing: BTreeMap::new(),
            withdrawn: BTreeSet::new(),
            prepared: BTreeMap::new(),
            writer: Writer::default(),
            wake_ns: None,
            effects: Vec::new(),
            followed: recovered.arrival,
            indexed: 0,
            stopping: false,
            key,
        }
    }

    pub(crate) fn hold(&mut self, id: SubmissionId, class: Class, records: Records) {
        self.held_bytes += records.bytes().len() as u64;
        self.held.insert(id, (class, records));
    }

    /// The submission has its answer.
    pub(crate) fn let_go(&mut self, id: SubmissionId) {
        let (_, records) = self.held.remove(&id).expect("bytes are held until the answer");
        self.held_bytes -= records.bytes().len() as u64;
    }

    /// Gathers the records of a block for a worker.
    pub(crate) fn gather(&mut self, ticket: Ticket, parts: &[SubmissionId]) {
        let mut bodies: BTreeMap<Class, Records> = BTreeMap::new();
        for part in parts {
            let (class, records) = self.held.get(part).expect("a block is made of submissions without an answer");
            bodies.entry(*class).or_default().append(records);
        }
        self.hashing.insert(ticket, bodies);
    }

    /// What the worker made of it: the digests go to the machine, the bodies wait here.
    pub(crate) fn hash(&mut self, ticket: Ticket, random: &mut Random) -> Vec<BodyDigest> {
        let gathered = self.hashing.remove(&ticket).expect("a block is hashed once");
        let mut digests = Vec::new();
        let mut packed = Vec::new();
        for (class, records) in gathered {
            let seed = SaltSeed(random.bytes());
            digests.push(body::digest(class, &records, &seed));
            packed.push((class, self.store.encode(class, &records, &seed)));
        }
        if !self.withdrawn.remove(&ticket) {
            self.prepared.insert(ticket, packed);
        }
        digests
    }

    pub(crate) fn withdraw(&mut self, from: Ticket) {
        self.prepared.split_off(&from);
        self.withdrawn.extend(self.hashing.range(from..).map(|(ticket, _)| *ticket));
        self.writer.withdraw();
    }

    /// Signs the writer's group and commits it.
    pub(crate) fn commit(&mut self, sync: bool) -> Result<(), vigil_crdt::CommitError> {
        let mut commit = Commit::default();
        for job in &self.writer.group {
            commit.blocks.push(self.block(job));
            commit.idempotency.extend(job.idempotency.iter().cloned());
        }
        self.store.commit(&commit, sync)?;
        self.writer.group.iter().for_each(|job| drop(self.prepared.remove(&job.ticket)));
        Ok(())
    }

    fn block(&self, job: &Job) -> CommitBlock {
        let bodies = self.prepared.get(&job.ticket).expect("a block goes to the writer after it was hashed");
        let header = job.header.clone().sign(&self.key);
        CommitBlock { arrival: job.arrival, header, bodies: bodies.clone() }
    }
}
