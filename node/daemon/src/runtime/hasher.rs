//! Workers that turn submissions into bodies: gather, salt, hash, pack.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};
use vigil_crdt::{EncodedBody, LogStore};
use vigil_model::{BodyDigest, Class, Records, SaltSeed};
use vigil_node::Ticket;

use super::core::CoreMessage;
use super::hot_tail::TailBody;
use super::identity::random;

/// A block's submissions, in order.
pub(super) struct HashJob {
    /// The block.
    pub(super) ticket: Ticket,
    /// Class and records of each submission.
    pub(super) parts: Vec<(Class, Arc<Records>)>,
}

/// A block's bodies, ready to be written and to be read.
pub(super) struct Prepared {
    /// What the header will commit to.
    pub(super) digests: Vec<BodyDigest>,
    /// What the store writes.
    pub(super) encoded: Vec<(Class, EncodedBody)>,
    /// What the hot tail shows.
    pub(super) bodies: Vec<TailBody>,
    /// Bytes of all records.
    pub(super) bytes: u64,
}

/// Works until the channel closes.
pub(super) fn work(jobs: &Receiver<HashJob>, store: &dyn LogStore, core: &Sender<CoreMessage>) {
    for job in jobs {
        let prepared = prepare(&job, store);
        if core.send(CoreMessage::Hashed { ticket: job.ticket, prepared: Box::new(prepared) }).is_err() {
            return;
        }
    }
}

fn prepare(job: &HashJob, store: &dyn LogStore) -> Prepared {
    let mut prepared = Prepared { digests: Vec::new(), encoded: Vec::new(), bodies: Vec::new(), bytes: 0 };
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
        self.encoded.push((class, store.encode(class, &records, &seed)));
        self.bytes += records.bytes().len() as u64;
        self.bodies.push(TailBody::new(class, records));
    }
}
