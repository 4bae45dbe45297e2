//! One run of a member: the machine, its store, and what a shell holds in memory around them.

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::SigningKey;
use vigil_crdt::body;
use vigil_crdt::control::{self, Entry};
use vigil_crdt::memory::MemoryStore;
use vigil_crdt::{Commit, CommitBlock, CommitError, CommitFill, EncodedBody, IdempotencyKey, IdempotencyRow, LogStore};
use vigil_gossip::{Fault, Link, PullId, ServeId};
use vigil_model::{BodyDigest, Class, Header, LogId, NodeId, Records, SaltSeed, SignedHeader};
use vigil_node::{Checked, Effect, Node, OfferId, SubmissionId, Ticket};

use crate::cluster::event::Who;
use crate::cluster::wire::{self, Incoming};
use crate::mutants::Mutant;
use crate::random::Random;
use crate::writer::{Ticketed, Writer};

/// Something to write.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) ticket: Ticket,
    pub(crate) arrival: u64,
    pub(crate) work: Work,
}

/// What is to be written.
#[derive(Debug)]
pub(crate) enum Work {
    /// A block of this node.
    Seal(Box<Header>, Vec<(IdempotencyKey, IdempotencyRow)>),
    /// A block of a peer, or bodies of one.
    Store { log: LogId, seq: u64, fill: bool },
}

impl Ticketed for Job {
    fn ticket(&self) -> Ticket {
        self.ticket
    }
}

/// What a worker made of a block of a peer.
#[derive(Debug)]
struct Ready {
    header: SignedHeader,
    bodies: Vec<(Class, EncodedBody)>,
}

/// A running process.
pub(crate) struct Process {
    pub(crate) who: Who,
    pub(crate) node: Node,
    pub(crate) store: MemoryStore,
    pub(crate) log: LogId,
    pub(crate) writer: Writer<Job>,
    /// When the timer is set to; others in the heap are outdated.
    pub(crate) wake_ns: Option<u64>,
    /// Deadlines in a row that had passed already.
    pub(crate) spins: u32,
    pub(crate) effects: Vec<Effect>,
    pub(crate) followed: u64,
    pub(crate) stopping: bool,
    /// Why it writes no more.
    pub(crate) fenced: Option<String>,
    /// Whom its transport lets in.
    pub(crate) members: BTreeSet<NodeId>,
    /// Who is at the other end of its links.
    pub(crate) peers: BTreeMap<Link, NodeId>,
    /// Its pulls, by link and number of the stream.
    pub(crate) pulls: BTreeMap<(Link, u64), PullId>,
    /// The pulls of its peers that it answers: link and number of the stream.
    pub(crate) serves: BTreeMap<ServeId, (Link, u64)>,
    /// Streams, serves and offers so far.
    pub(crate) numbers: u64,
    /// Blocks of its own log that peers reported to hold.
    pub(crate) copies: BTreeMap<NodeId, u64>,
    /// Who was removed, as this process knows.
    pub(crate) removed: BTreeSet<NodeId>,
    held: BTreeMap<SubmissionId, (Class, Records)>,
    hashing: BTreeMap<Ticket, BTreeMap<Class, Records>>,
    withdrawn: BTreeSet<Ticket>,
    prepared: BTreeMap<Ticket, Vec<(Class, EncodedBody)>>,
    offers: BTreeMap<OfferId, Incoming>,
    checking: BTreeMap<Ticket, OfferId>,
    ready: BTreeMap<Ticket, Ready>,
    key: SigningKey,
}

impl Process {
    pub(crate) fn new(who: Who, node: Node, store: MemoryStore, log: LogId, key: SigningKey) -> Process {
        Process {
            who,
            node,
            store,
            log,
            writer: Writer::default(),
            wake_ns: None,
            spins: 0,
            effects: Vec::new(),
            followed: 0,
            stopping: false,
            fenced: None,
            members: BTreeSet::new(),
            peers: BTreeMap::new(),
            pulls: BTreeMap::new(),
            serves: BTreeMap::new(),
            numbers: 0,
            copies: BTreeMap::new(),
            removed: BTreeSet::new(),
            held: BTreeMap::new(),
            hashing: BTreeMap::new(),
            withdrawn: BTreeSet::new(),
            prepared: BTreeMap::new(),
            offers: BTreeMap::new(),
            checking: BTreeMap::new(),
            ready: BTreeMap::new(),
            key,
        }
    }

    pub(crate) fn next_number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub(crate) fn hold(&mut self, id: SubmissionId, class: Class, records: Records) {
        self.held.insert(id, (class, records));
    }

    /// The submission has its answer.
    pub(crate) fn let_go(&mut self, id: SubmissionId) {
        self.held.remove(&id).expect("bytes are held until the answer");
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
    pub(crate) fn hash(&mut self, ticket: Ticket, random: &mut Random) -> (Vec<BodyDigest>, Vec<Entry>) {
        let gathered = self.hashing.remove(&ticket).expect("a block is hashed once");
        let mut digests = Vec::new();
        let mut packed = Vec::new();
        let mut entries = Vec::new();
        for (class, records) in gathered {
            let seed = SaltSeed(random.bytes());
            digests.push(body::digest(class, &records, &seed));
            packed.push((class, self.store.encode(class, &records, &seed)));
            if class == Class::Control {
                entries = control::read(&records);
            }
        }
        if !self.withdrawn.remove(&ticket) {
            self.prepared.insert(ticket, packed);
        }
        (digests, entries)
    }

    /// Keeps what a peer sent until the machine says what becomes of it.
    pub(crate) fn offered(&mut self, id: OfferId, incoming: Incoming) {
        self.offers.insert(id, incoming);
    }

    pub(crate) fn check(&mut self, ticket: Ticket, offer: OfferId) {
        assert!(self.offers.contains_key(&offer), "only an offer that was made is checked");
        self.checking.insert(ticket, offer);
    }

    pub(crate) fn discard(&mut self, offer: OfferId) {
        self.offers.remove(&offer);
        self.checking.retain(|_, checking| *checking != offer);
    }

    /// What the worker found in a peer's block; nothing when it was withdrawn in the meantime.
    pub(crate) fn checked(&mut self, ticket: Ticket, mutant: Option<Mutant>) -> Option<Result<Checked, Fault>> {
        let offer = self.checking.remove(&ticket)?;
        let incoming = self.offers.get(&offer)?;
        let found = wire::check(&self.store, incoming, mutant);
        Some(found.map(|(header, bodies, control)| {
            let checked = Checked { header: Box::new(header.clone()), control };
            self.offers.remove(&offer);
            self.ready.insert(ticket, Ready { header, bodies });
            checked
        }))
    }

    pub(crate) fn withdraw(&mut self, from: Ticket) {
        self.prepared.split_off(&from);
        self.ready.split_off(&from);
        self.withdrawn.extend(self.hashing.range(from..).map(|(ticket, _)| *ticket));
        for (_, offer) in self.checking.split_off(&from) {
            self.offers.remove(&offer);
        }
        self.writer.withdraw();
    }

    /// The logs of which the writer's group brings bodies that come after their header.
    pub(crate) fn filled(&self) -> BTreeSet<LogId> {
        let fill = |job: &Job| match job.work {
            Work::Store { log, fill: true, .. } => Some(log),
            Work::Store { .. } | Work::Seal(..) => None,
        };
        self.writer.group.iter().filter_map(fill).collect()
    }

    /// Signs the writer's group and commits it.
    pub(crate) fn commit(&mut self, sync: bool, lossy: bool) -> Result<(), CommitError> {
        let mut commit = Commit::default();
        for job in &self.writer.group {
            match &job.work {
                Work::Seal(header, rows) => {
                    let bodies = self.prepared.get(&job.ticket).expect("a block is written after it was hashed");
                    let header = header.as_ref().clone().sign(&self.key);
                    commit.blocks.push(CommitBlock { arrival: job.arrival, header, bodies: bodies.clone() });
                    commit.idempotency.extend(rows.iter().cloned());
                }
                Work::Store { log, seq, fill } => {
                    let ready = self.ready.get(&job.ticket).expect("a block is stored after it was checked");
                    assert_eq!((ready.header.header.log, ready.header.header.seq), (*log, *seq), "as it was offered");
                    let (arrival, bodies) = (job.arrival, ready.bodies.clone());
                    match fill {
                        true if lossy => {}
                        true => commit.fills.push(CommitFill { arrival, log: *log, seq: *seq, bodies }),
                        false => commit.blocks.push(CommitBlock { arrival, header: ready.header.clone(), bodies }),
                    }
                }
            }
        }
        self.store.commit(&commit, sync)?;
        for job in &self.writer.group {
            self.prepared.remove(&job.ticket);
            self.ready.remove(&job.ticket);
        }
        Ok(())
    }
}
