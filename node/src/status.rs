//! How the machine fares: what `/v1/status` and `/metrics` show of it.

use std::collections::BTreeMap;
use std::fmt;

use vigil_gossip::Fault;
use vigil_model::{Hash, LogId};

use crate::effect::Refusal;

/// Submissions, and the records in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Submissions.
    pub submissions: u64,
    /// Their records.
    pub records: u64,
}

impl Count {
    pub(crate) fn add(&mut self, records: u32) {
        self.submissions += 1;
        self.records += u64::from(records);
    }

    pub(crate) fn subtract(&mut self, records: u32) {
        assert!(self.submissions > 0 && self.records >= u64::from(records), "only what was counted is taken away");
        self.submissions -= 1;
        self.records -= u64::from(records);
    }
}

/// What was refused, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// Queues were full.
    pub busy: Count,
    /// The disk was full.
    pub no_space: Count,
    /// The store failed.
    pub store: Count,
    /// The node was stopping.
    pub stopping: Count,
    /// The node must not write any more.
    pub fenced: Count,
    /// An idempotency key came with another body.
    pub key_reused: Count,
}

impl Refused {
    pub(crate) fn add(&mut self, refusal: &Refusal, records: u32) {
        let count = match refusal {
            Refusal::Busy { .. } => &mut self.busy,
            Refusal::NoSpace(_) => &mut self.no_space,
            Refusal::Store(_) => &mut self.store,
            Refusal::Stopping => &mut self.stopping,
            Refusal::Fenced(_) => &mut self.fenced,
            Refusal::KeyReused => &mut self.key_reused,
        };
        count.add(records);
    }

    /// All reasons with their names, for metrics.
    pub fn by_reason(&self) -> [(&'static str, Count); 6] {
        [
            ("busy", self.busy),
            ("no_space", self.no_space),
            ("store", self.store),
            ("stopping", self.stopping),
            ("fenced", self.fenced),
            ("key_reused", self.key_reused),
        ]
    }
}

/// Whether the node takes what is handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Yes.
    Ok,
    /// No: the disk is full. It resumes by itself.
    NoSpace(String),
    /// No: the store fails. It resumes by itself when the store recovers.
    Store(String),
    /// No, for good: another process has its identity, or it was removed. It goes on replicating.
    Fenced(String),
    /// No: it is stopping.
    Stopping,
    /// No: it has stopped.
    Stopped,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mode::Ok => f.write_str("ok"),
            Mode::NoSpace(why) => write!(f, "no space: {why}"),
            Mode::Store(why) => write!(f, "store: {why}"),
            Mode::Fenced(why) => write!(f, "fenced: {why}"),
            Mode::Stopping => f.write_str("stopping"),
            Mode::Stopped => f.write_str("stopped"),
        }
    }
}

/// What came from peers since the process began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Blocks made durable.
    pub blocks: u64,
    /// Bodies made durable that came after their header.
    pub fills: u64,
    /// Bytes of all these bodies, unencoded.
    pub bytes: u64,
    /// Dropped because they were here already.
    pub duplicates: u64,
    /// Dropped because there was no room, or something before them is lacking; they are pulled
    /// again.
    pub dropped: u64,
    /// Blocks whose author's clock is more than ten minutes ahead of ours.
    pub ahead: u64,
    /// Refused, by what was wrong.
    pub faults: BTreeMap<Fault, u64>,
}

/// A snapshot of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Whether it takes what is handed in.
    pub mode: Mode,
    /// Why the store failed last, until it has written something since: submissions are taken as a
    /// probe, and nobody should be told that all is well.
    pub unproven: Option<String>,
    /// The log that it writes.
    pub log: LogId,
    /// The seq that follows the last block that is settled.
    pub next_seq: u64,
    /// Accepted since the process began.
    pub accepted: Count,
    /// Acknowledged since the process began.
    pub acknowledged: Count,
    /// Refused since the process began, at once or later.
    pub refused: Refused,
    /// Accepted, not yet answered.
    pub pending: Count,
    /// Bytes of these.
    pub pending_bytes: u64,
    /// Sealed, not yet written.
    pub blocks_in_flight: usize,
    /// Written, not yet synced; always 0 with `sync: always`.
    pub blocks_unsynced: usize,
    /// Everything up to this place in the order of arrival is durable.
    pub durable_arrival: u64,
    /// Everything up to this place is in the index, as it last said.
    pub index_arrival: u64,
    /// Durable bytes that are not in the index yet.
    pub index_lag_bytes: u64,
    /// Digest of what this node holds durably of all logs; at most 100 ms old.
    pub frontier: Hash,
    /// Logs known here.
    pub logs: usize,
    /// Members of the cluster now.
    pub members: usize,
    /// Logs known to be forked.
    pub forks: usize,
    /// What came from peers.
    pub received: Received,
    /// Bytes of peers' blocks that are not durable yet.
    pub received_pending_bytes: u64,
    /// Peers' blocks that are being checked or wait for the disk; not among `blocks_in_flight`.
    pub received_in_flight: usize,
    /// Why it must not write any more.
    pub fenced: Option<String>,
}
