//! What a node knows of all logs, and why two nodes that exchange it come to know the same.
//!
//! The state is a join-semilattice: heads rise, retired floors rise, ends fall, a fork is never
//! forgotten.
//! [`Replica::join`] is commutative, associative and idempotent, so neither the order nor the
//! number of exchanges matters.

use std::collections::BTreeMap;

use vigil_model::{Class, Hash, LogId, PreviousEpoch, SignedHeader};

use crate::error::BlockError;

const DIGEST_DOMAIN: &str = "vigil frontier v1";

/// Two headers that one author signed for one place: proof to anyone that it forked its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForkProof {
    lower: SignedHeader,
    upper: SignedHeader,
}

impl ForkProof {
    /// Checks that both are signed, of one log and seq, and different.
    pub fn new(a: SignedHeader, b: SignedHeader) -> Result<ForkProof, BlockError> {
        if a.header.log != b.header.log || a.header.seq != b.header.seq {
            return Err(BlockError::NoFork("the headers do not claim one place"));
        }
        if a.hash == b.hash {
            return Err(BlockError::NoFork("both are the same header"));
        }
        for signed in [&a, &b] {
            let (log, seq) = (signed.header.log, signed.header.seq);
            signed.verify().map_err(|source| BlockError::Header { log, seq, source })?;
        }
        let (lower, upper) = if a.hash < b.hash { (a, b) } else { (b, a) };
        Ok(ForkProof { lower, upper })
    }

    /// The log.
    pub fn log(&self) -> LogId {
        self.lower.header.log
    }

    /// The place that was given twice.
    pub fn seq(&self) -> u64 {
        self.lower.header.seq
    }

    /// The two headers, by rising hash.
    pub fn headers(&self) -> [&SignedHeader; 2] {
        [&self.lower, &self.upper]
    }

    /// Of two proofs the one with the lower rank stays: any total order makes the join a join.
    pub(crate) fn rank(&self) -> (u64, &[u8], &[u8]) {
        (self.seq(), self.lower.bytes(), self.upper.bytes())
    }
}

/// What is known of one log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogState {
    /// The last block known: seq and header hash; `None` while only its floors are known.
    pub head: Option<(u64, Hash)>,
    /// For each class: the first seq whose body is not retired.
    pub retired: [u64; Class::ALL.len()],
    /// Its author was removed: so many of its blocks count, the lowest number that is known.
    ended: Option<u64>,
    /// The proof with the lowest forked seq; one suffices to freeze the log.
    fork: Option<ForkProof>,
}

impl LogState {
    /// The lowest forked seq: the log counts up to before it.
    pub fn frozen(&self) -> Option<u64> {
        self.fork.as_ref().map(ForkProof::seq)
    }

    /// The number of its blocks that count, when its author was removed.
    pub fn ended(&self) -> Option<u64> {
        self.ended
    }

    /// The proof.
    pub fn fork(&self) -> Option<&ForkProof> {
        self.fork.as_ref()
    }

    fn join(&mut self, other: &LogState) {
        self.head = self.head.max(other.head);
        self.retired.iter_mut().zip(other.retired).for_each(|(ours, theirs)| *ours = (*ours).max(theirs));
        if let Some(fork) = &other.fork {
            self.keep_lower(fork);
        }
        if let Some(blocks) = other.ended {
            self.end(blocks);
        }
    }

    fn end(&mut self, blocks: u64) {
        self.ended = Some(self.ended.map_or(blocks, |ours| ours.min(blocks)));
    }

    fn keep_lower(&mut self, fork: &ForkProof) {
        if self.fork.as_ref().is_none_or(|ours| fork.rank() < ours.rank()) {
            self.fork = Some(fork.clone());
        }
    }

    /// Until the head reaches the bound, nodes differ by what they hold.
    fn entry(&self) -> FrontierEntry {
        let blocks = self.head.map_or(0, |(seq, _)| seq + 1);
        let frozen = self.frozen().filter(|seq| self.ended.is_none_or(|ended| *seq <= ended));
        match (frozen, self.ended, self.head) {
            (Some(seq), _, _) if blocks >= seq => FrontierEntry::Frozen { seq },
            (None, Some(ended), _) if blocks >= ended => FrontierEntry::Ended { blocks: ended },
            (_, _, Some((seq, hash))) => FrontierEntry::Head { seq, hash },
            (_, _, None) => FrontierEntry::Empty,
        }
    }
}

/// One log in the frontier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrontierEntry {
    /// No block is known.
    Empty,
    /// Grows; this is its end.
    Head {
        /// The last block.
        seq: u64,
        /// Its header's hash.
        hash: Hash,
    },
    /// Forked at `seq`, and all blocks before it are known: the same on every node, whichever
    /// branch it holds.
    Frozen {
        /// The lowest forked seq.
        seq: u64,
    },
    /// Its author was removed, and all blocks that count are known: the same on every node,
    /// whatever it holds beyond.
    Ended {
        /// How many count.
        blocks: u64,
    },
}

/// All logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replica {
    logs: BTreeMap<LogId, LogState>,
    /// The highest head of an epoch that a later epoch of the node names as the one before.
    named: BTreeMap<LogId, (u64, Hash)>,
}

impl Replica {
    /// Knows nothing.
    pub fn new() -> Replica {
        Replica::default()
    }

    /// What is known of a log.
    pub fn log(&self, log: &LogId) -> Option<&LogState> {
        self.logs.get(log)
    }

    /// All logs, by rising id.
    pub fn logs(&self) -> impl ExactSizeIterator<Item = (&LogId, &LogState)> {
        self.logs.iter()
    }

    /// A block was made or checked: the head rises, never falls.
    pub fn extend(&mut self, log: LogId, seq: u64, hash: Hash) {
        let state = self.logs.entry(log).or_default();
        state.head = state.head.max(Some((seq, hash)));
    }

    /// Bodies of `class` below `floor` are retired.
    pub fn retire(&mut self, log: LogId, class: Class, floor: u64) {
        let retired = &mut self.logs.entry(log).or_default().retired[usize::from(class.number())];
        *retired = floor.max(*retired);
    }

    /// A fork is proved: the log freezes at the lowest forked seq.
    pub fn freeze(&mut self, fork: &ForkProof) {
        self.logs.entry(fork.log()).or_default().keep_lower(fork);
    }

    /// The author was removed: so many blocks of this log count.
    pub fn end(&mut self, log: LogId, blocks: u64) {
        self.logs.entry(log).or_default().end(blocks);
    }

    /// The first block of `log` names the epoch before.
    pub fn name(&mut self, log: &LogId, previous: &PreviousEpoch) {
        self.keep_higher(LogId { epoch: previous.epoch, ..*log }, (previous.seq, previous.hash));
    }

    /// Whether the log will not grow: a later epoch of its node names exactly the head that is
    /// known here as where it ended.
    pub fn closed(&self, log: &LogId) -> bool {
        let head = self.logs.get(log).and_then(|state| state.head);
        head.is_some_and(|head| self.named.get(log) == Some(&head))
    }

    fn keep_higher(&mut self, log: LogId, head: (u64, Hash)) {
        let named = self.named.entry(log).or_insert(head);
        *named = head.max(*named);
    }

    /// Learns all that `other` knows.
    pub fn join(&mut self, other: &Replica) {
        for (log, state) in &other.logs {
            self.logs.entry(*log).or_default().join(state);
        }
        other.named.iter().for_each(|(log, head)| self.keep_higher(*log, *head));
    }

    /// Every log and its end.
    pub fn frontier(&self) -> BTreeMap<LogId, FrontierEntry> {
        self.logs.iter().map(|(log, state)| (*log, state.entry())).collect()
    }

    /// 32 bytes that are equal where the frontier and the floors are. Which logs are closed is
    /// left out: it follows from blocks.
    pub fn digest(&self) -> Hash {
        let mut bytes = Vec::with_capacity(self.logs.len() * 137);
        for (log, state) in &self.logs {
            bytes.extend_from_slice(&log.node.0);
            bytes.extend_from_slice(&log.epoch.0);
            put_entry(&mut bytes, state.entry());
            state.retired.iter().for_each(|floor| bytes.extend_from_slice(&floor.to_le_bytes()));
        }
        Hash::of(DIGEST_DOMAIN, &bytes)
    }
}

fn put_entry(out: &mut Vec<u8>, entry: FrontierEntry) {
    let (tag, seq, hash) = match entry {
        FrontierEntry::Empty => (0, 0, Hash::ZERO),
        FrontierEntry::Head { seq, hash } => (1, seq, hash),
        FrontierEntry::Frozen { seq } => (2, seq, Hash::ZERO),
        FrontierEntry::Ended { blocks } => (3, blocks, Hash::ZERO),
    };
    out.push(tag);
    out.extend_from_slice(&seq.to_le_bytes());
    out.extend_from_slice(&hash.0);
}

#[cfg(test)]
mod tests;
