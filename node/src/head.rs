//! What the next block of our log looks like, and where the log stands without the blocks that
//! are not settled.

use vigil_crdt::Recovered;
use vigil_crdt::chain::ChainState;
use vigil_crdt::replica::Replica;
use vigil_model::{BodyDigest, Hash, Header, Hlc, LogId, PreviousEpoch, Timestamp};

use crate::config::Identity;

/// An end of the log: its chain, and the last place in the order of arrival.
#[derive(Clone, Debug)]
struct End {
    chain: ChainState,
    arrival: u64,
}

/// A block that was given its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) seq: u64,
    pub(crate) hash: Hash,
    pub(crate) sealed: Hlc,
    pub(crate) arrival: u64,
}

/// Gives blocks their places.
#[derive(Debug)]
pub(crate) struct Head {
    identity: Identity,
    previous_epoch: Option<PreviousEpoch>,
    clock: Hlc,
    /// What a failed write cannot take back.
    settled: End,
    /// With every block that was given its place.
    tip: End,
    replica: Replica,
    /// Of the replica: what this node had durably seen of all logs.
    frontier: Hash,
}

impl Head {
    pub(crate) fn recover(identity: Identity, durable: &Recovered, now: Timestamp) -> Head {
        let known = durable.heads.iter().any(|head| head.log == identity.log);
        assert!(!known, "every start of a process opens a fresh epoch");
        let mut replica = Replica::new();
        durable.heads.iter().for_each(|head| replica.extend(head.log, head.seq, head.hash));
        let clock = durable.heads.iter().fold(Hlc::default(), |clock, head| clock.observe(head.sealed, now));
        let end = End { chain: ChainState::genesis(identity.log), arrival: durable.arrival };
        let previous_epoch = previous_epoch(identity.log, durable);
        let frontier = replica.digest();
        Head { identity, previous_epoch, clock, settled: end.clone(), tip: end, replica, frontier }
    }

    pub(crate) fn log(&self) -> LogId {
        self.identity.log
    }

    /// The frontier's digest: what this node holds durably of all logs.
    pub(crate) fn frontier(&self) -> Hash {
        self.frontier
    }

    /// The seq that follows the last settled block.
    pub(crate) fn settled_seq(&self) -> u64 {
        self.settled.chain.next_seq()
    }

    /// Makes the header of the next block and gives it its place.
    pub(crate) fn append(&mut self, bodies: Vec<BodyDigest>, now: Timestamp) -> (Header, Link) {
        self.clock = self.clock.tick(now);
        let chain = &self.tip.chain;
        let previous_epoch = self.previous_epoch.filter(|_| chain.next_seq() == 0);
        let header = chain.next_header(self.identity.cluster, self.clock, self.frontier, bodies, previous_epoch);
        let link = Link { seq: header.seq, hash: header.hash(), sealed: header.sealed, arrival: self.tip.arrival + 1 };
        self.tip.push(&link);
        (header, link)
    }

    /// A failed write can no longer take this block back.
    pub(crate) fn settle(&mut self, link: &Link) {
        self.settled.push(link);
        assert!(self.settled.arrival <= self.tip.arrival, "only what was given a place is settled");
        self.replica.extend(self.identity.log, link.seq, link.hash);
    }

    /// Looks at the frontier anew; once after a run of [`Head::settle`].
    pub(crate) fn refresh_frontier(&mut self) {
        self.frontier = self.replica.digest();
    }

    /// Takes every place back except those of `stay`, which the writer has written already.
    pub(crate) fn roll_back<'a>(&mut self, stay: impl Iterator<Item = &'a Link>) {
        self.tip = self.settled.clone();
        stay.for_each(|link| self.tip.push(link));
    }
}

impl End {
    fn push(&mut self, link: &Link) {
        assert_eq!(link.seq, self.chain.next_seq(), "blocks take their places without a gap");
        assert_eq!(link.arrival, self.arrival + 1, "arrivals have no gap");
        self.chain.push(link.hash, link.sealed);
        self.arrival = link.arrival;
    }
}

/// The last head that the store holds of the epoch before. Numbers are given at first sight, so
/// the youngest epoch has the highest.
fn previous_epoch(log: LogId, durable: &Recovered) -> Option<PreviousEpoch> {
    let own = durable.heads.iter().filter(|head| head.log.node == log.node);
    let last = own.max_by_key(|head| head.number)?;
    Some(PreviousEpoch { epoch: last.log.epoch, seq: last.seq, hash: last.hash })
}
