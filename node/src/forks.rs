//! Which logs seem to be forked, and which are proved to be but not yet known to be by all.

use std::collections::BTreeMap;

use vigil_crdt::control::Op;
use vigil_crdt::replica::ForkProof;
use vigil_gossip::Link;
use vigil_model::limits::SUSPECTS_MAX;
use vigil_model::{LogId, SignedHeader};

use crate::clock::Elapsed;

/// Milliseconds after which a proof is written again when the first record of it did not get
/// through (queues full, disk full).
const AGAIN_MS: u64 = 10_000;

/// A header for a place that is taken; what it is taken by must be looked up.
#[derive(Debug)]
struct Suspect {
    header: Box<SignedHeader>,
    link: Link,
    asked: bool,
}

/// A proof that is to be written.
#[derive(Debug)]
struct Alarm {
    proof: ForkProof,
    due: Elapsed,
}

/// What this node found out by itself.
#[derive(Debug, Default)]
pub(crate) struct Forks {
    suspects: BTreeMap<(LogId, u64), Suspect>,
    alarms: BTreeMap<LogId, Alarm>,
}

impl Forks {
    /// A header with a good signature claims a place that is taken. Beyond the limit it is let go:
    /// the comparison of frontiers finds every fork in the end.
    pub(crate) fn suspect(&mut self, header: Box<SignedHeader>, link: Link) {
        let at = (header.header.log, header.header.seq);
        if self.suspects.len() < SUSPECTS_MAX {
            self.suspects.entry(at).or_insert(Suspect { header, link, asked: false });
        }
    }

    /// The places whose headers are to be looked up now; `blocks` of a log are durable.
    pub(crate) fn unasked(&mut self, blocks: impl Fn(&LogId) -> u64) -> Vec<(LogId, u64)> {
        let fresh = self.suspects.iter_mut().filter(|((log, seq), it)| !it.asked && *seq < blocks(log));
        fresh
            .map(|(place, suspect)| {
                suspect.asked = true;
                *place
            })
            .collect()
    }

    /// What was suspected at a place, once it is looked up; forgotten here.
    pub(crate) fn found(&mut self, log: &LogId, seq: u64) -> Option<(Box<SignedHeader>, Link)> {
        let asked = self.suspects.get(&(*log, seq)).is_some_and(|suspect| suspect.asked);
        let suspect = asked.then(|| self.suspects.remove(&(*log, seq)))??;
        Some((suspect.header, suspect.link))
    }

    /// A fork is proved; of several in a log, the lowest is written.
    pub(crate) fn prove(&mut self, proof: ForkProof, now: Elapsed) {
        let known = self.alarms.get(&proof.log());
        let lower = known.is_none_or(|alarm| proof.seq() < alarm.proof.seq());
        if lower && (known.is_some() || self.alarms.len() < SUSPECTS_MAX) {
            self.alarms.insert(proof.log(), Alarm { proof, due: now });
        }
    }

    /// Forgets what `known` says is known to all.
    pub(crate) fn settle(&mut self, known: impl Fn(&LogId, u64) -> bool) {
        self.alarms.retain(|log, alarm| !known(log, alarm.proof.seq()));
    }

    /// When the next proof is to be written.
    pub(crate) fn due_at(&self) -> Option<Elapsed> {
        self.alarms.values().map(|alarm| alarm.due).min()
    }

    /// The proofs that are due now; again later, unless they are known to all by then.
    pub(crate) fn due(&mut self, now: Elapsed) -> Vec<Op> {
        let due = self.alarms.values_mut().filter(|alarm| alarm.due <= now);
        due.map(|alarm| {
            alarm.due = now.plus_millis(AGAIN_MS);
            let [lower, upper] = alarm.proof.headers().map(|header| Box::new(header.clone()));
            Op::Fork { lower, upper }
        })
        .collect()
    }
}
