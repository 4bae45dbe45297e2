//! Workers that turn submissions into bodies (gather, salt, hash, pack), and check what peers sent
//! (unpack within the limits, verify, pack).

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};
use vigil_crdt::control::{self, Entry};
use vigil_crdt::{EncodedBody, LogStore};
use vigil_model::{BodyDigest, Class, Records, SaltSeed, SignedHeader, Timestamp};
use vigil_node::Ticket;

use super::checker::{self, CheckJob};
use super::hot_tail::TailBody;
use super::identity::random;
use super::message::CoreMessage;

/// What a worker is asked.
pub(super) enum Job {
    /// Make bodies.
    Hash(HashJob),
    /// Check a peer's block.
    Check(Box<CheckJob>),
}

/// A block's submissions, in order.
pub(super) struct HashJob {
    /// The block.
    pub(super) ticket: Ticket,
    /// Class and records of each submission.
    pub(super) parts: Vec<(Class, Arc<Records>)>,
}

/// A block's bodies, ready to be written and to be read.
#[derive(Default)]
pub(super) struct Prepared {
    /// What the header will commit to.
    pub(super) digests: Vec<BodyDigest>,
    /// What the store writes.
    pub(super) encoded: Vec<(Class, EncodedBody)>,
    /// What the hot tail shows.
    pub(super) bodies: Vec<TailBody>,
    /// Bytes of all records.
    pub(super) bytes: u64,
    /// The control records among them.
    pub(super) control: Vec<Entry>,
    /// The header of a peer's block; our own is made later.
    pub(super) header: Option<Box<SignedHeader>>,
    /// When a peer's block was sealed.
    pub(super) sealed: Timestamp,
    /// What bounds the bytes of peers in memory; given back when the block is written or dropped.
    pub(super) _permit: Option<tokio::sync::OwnedSemaphorePermit>,
}

/// Works until the channel closes.
pub(super) fn work(jobs: &Receiver<Job>, store: &dyn LogStore, core: &Sender<CoreMessage>) {
    for job in jobs {
        let message = match job {
            Job::Hash(job) => CoreMessage::Hashed { ticket: job.ticket, prepared: Box::new(prepare(&job, store)) },
            Job::Check(job) => {
                let (ticket, offer) = (job.ticket, job.offer);
                CoreMessage::Checked { ticket, offer, outcome: checker::check(job, store) }
            }
        };
        if core.send(message).is_err() {
            return;
        }
    }
}

fn prepare(job: &HashJob, store: &dyn LogStore) -> Prepared {
    let mut prepared = Prepared::default();
    for class in Class::ALL {
        let records = gather(job, class);
        if !records.is_empty() {
            prepared.add(class, records, store);
        }
    }
    assert!(!prepared.digests.is_empty(), "a block is sealed when it holds something");
    prepared
}

fn gather(job: &HashJob, class: Class) -> Records {
    let mut records = Records::new();
    for (_, part) in job.parts.iter().filter(|(of, _)| *of == class) {
        records.append(part);
    }
    records
}

impl Prepared {
    fn add(&mut self, class: Class, records: Records, store: &dyn LogStore) {
        // A machine without randomness cannot keep erased values secret: it must not write at all.
        let seed = SaltSeed(random().expect("the operating system gives randomness after boot"));
        self.digests.push(vigil_crdt::body::digest(class, &records, &seed));
        let encoded = store.encode(class, &records, &seed);
        self.push(class, records, encoded);
    }

    /// Takes a body in whose packed form is known.
    pub(super) fn push(&mut self, class: Class, records: Records, encoded: EncodedBody) {
        if class == Class::Control {
            self.control = control::read(&records);
        }
        self.encoded.push((class, encoded));
        self.bytes += records.bytes().len() as u64;
        self.bodies.push(TailBody::new(class, records));
    }
}
