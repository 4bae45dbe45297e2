//! Where every log ends: our own, which grows by what is sealed here, and those of others, which
//! grow by what was checked. Gives blocks their places, and takes them back.

use std::collections::{BTreeMap, VecDeque};

use vigil_crdt::Recovered;
use vigil_crdt::chain::ChainState;
use vigil_model::limits::CLOCK_AHEAD_MAX_MS;
use vigil_model::{
    BodyDigest, ClassSet, ClusterId, Hash, Header, Hlc, LogId, NodeId, PreviousEpoch, SignedHeader, Timestamp,
};

use crate::config::Identity;
use crate::input::{Offer, Ticket};

/// Hashes of the newest blocks of a log that are kept, to tell a late copy from a fork at once.
const RECENT_HASHES: usize = 64;

/// A block, or bodies of one, that was given its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) arrival: u64,
    pub(crate) log: LogId,
    pub(crate) seq: u64,
    /// Nothing when only bodies came.
    pub(crate) block: Option<Link>,
    /// The bodies that are stored with it.
    pub(crate) held: ClassSet,
    /// Bytes of these, unencoded.
    pub(crate) bytes: u64,
    /// Who sent it; nobody when it is our own.
    pub(crate) from: Option<NodeId>,
}

/// What a header does to its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) hash: Hash,
    pub(crate) sealed: Hlc,
    /// The bodies that it lists.
    pub(crate) listed: ClassSet,
    pub(crate) cluster: ClusterId,
    pub(crate) previous_epoch: Option<PreviousEpoch>,
}

/// What a checked header is to its log as it ends now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// The next block.
    Next,
    /// It would be the next one, but does not link to the end.
    Broken,
    /// Here already.
    Known,
    /// Its place is taken: by another block, or by one whose hash is not remembered.
    Taken,
    /// Something before it is not here.
    Gap,
}

/// A block that is being checked, and would be the next one.
#[derive(Clone, Copy, Debug)]
struct Claim {
    ticket: Ticket,
    seq: u64,
    hash: Hash,
}

/// The end of one log.
#[derive(Clone, Debug)]
struct End {
    /// What a failed write cannot take back.
    settled: ChainState,
    /// With every block that was given its place.
    tip: ChainState,
    /// Hashes of the last blocks of the tip.
    recent: VecDeque<Hash>,
    /// Blocks that are being checked, in order, from the tip on.
    claims: VecDeque<Claim>,
}

/// All of them, and the order of arrival.
#[derive(Debug)]
pub(crate) struct Logs {
    identity: Identity,
    previous_epoch: Option<PreviousEpoch>,
    /// When this process began: what our key seals later in another log, another process sealed.
    started: Hlc,
    clock: Hlc,
    ends: BTreeMap<LogId, End>,
    /// The last place in the order of arrival that is settled, and that was given.
    settled: u64,
    tip: u64,
}

impl Logs {
    pub(crate) fn recover(identity: Identity, durable: &Recovered, now: Timestamp) -> Logs {
        let known = durable.heads.iter().any(|head| head.log == identity.log);
        assert!(!known, "every start of a process opens a fresh epoch");
        let end = |head| (ChainState::resume(head).log(), End::new(ChainState::resume(head)));
        let mut ends: BTreeMap<LogId, End> = durable.heads.iter().map(end).collect();
        ends.insert(identity.log, End::new(ChainState::genesis(identity.log)));
        let clock = durable.heads.iter().fold(Hlc::default(), |clock, head| clock.observe(head.sealed, now));
        let previous_epoch = previous_epoch(identity.log, durable);
        let started = clock.tick(now);
        Logs { identity, previous_epoch, started, clock, ends, settled: durable.arrival, tip: durable.arrival }
    }

    /// Whether a log of our key that is not ours was sealed since this process began. By itself that
    /// proves nothing: what a restored disk had lost comes back from peers, and clocks are set.
    pub(crate) fn grew_beside_us(&self, log: &LogId) -> bool {
        let own = self.identity.log;
        let sealed = self.ends.get(log).map(|end| end.settled.sealed());
        log.node == own.node && *log != own && sealed.is_some_and(|sealed| sealed > self.started)
    }

    /// The log that is written here.
    pub(crate) fn own(&self) -> LogId {
        self.identity.log
    }

    /// The seq that follows the last settled block of our own log.
    pub(crate) fn own_settled(&self) -> u64 {
        self.own_end().settled.next_seq()
    }

    /// The seq that follows the last block of our own log that was given its place.
    pub(crate) fn own_tip(&self) -> u64 {
        self.own_end().tip.next_seq()
    }

    fn own_end(&self) -> &End {
        self.ends.get(&self.identity.log).expect("our own log is there from the start")
    }

    /// Makes the header of the next block of our own log and gives it its place.
    pub(crate) fn append(&mut self, bodies: Vec<BodyDigest>, frontier: Hash, now: Timestamp) -> (Header, Place) {
        self.clock = self.clock.tick(now);
        let chain = &self.own_end().tip;
        let previous_epoch = self.previous_epoch.filter(|_| chain.next_seq() == 0);
        let header = chain.next_header(self.identity.cluster, self.clock, frontier, bodies, previous_epoch);
        let held = header.bodies.iter().map(|body| body.class).collect();
        let bytes = header.bodies.iter().map(|body| u64::from(body.raw_len)).sum();
        let place = self.next_place(&header, header.hash(), held, bytes, None);
        self.push(&place);
        (header, place)
    }

    /// What this header, its signature verified, is to its log.
    pub(crate) fn fit(&self, signed: &SignedHeader) -> Fit {
        let header = &signed.header;
        let genesis;
        let tip = match self.ends.get(&header.log) {
            Some(end) => &end.tip,
            None => {
                genesis = ChainState::genesis(header.log);
                &genesis
            }
        };
        match header.seq.cmp(&tip.next_seq()) {
            std::cmp::Ordering::Greater => Fit::Gap,
            std::cmp::Ordering::Equal if tip.check_link(signed).is_ok() => Fit::Next,
            std::cmp::Ordering::Equal => Fit::Broken,
            std::cmp::Ordering::Less if self.recent(&header.log, header.seq) == Some(signed.hash) => Fit::Known,
            std::cmp::Ordering::Less => Fit::Taken,
        }
    }

    /// Gives a peer's block that is [`Fit::Next`] its place; follows its clock.
    pub(crate) fn take(&mut self, signed: &SignedHeader, offer: &Offer, now: Timestamp) -> Place {
        assert_eq!(self.fit(signed), Fit::Next, "a header is judged before it is taken over");
        self.clock = self.clock.observe(signed.header.sealed, now);
        let bodies = signed.header.bodies.iter().filter(|body| offer.classes.has(body.class));
        let bytes = bodies.map(|body| u64::from(body.raw_len)).sum();
        let place = self.next_place(&signed.header, signed.hash, offer.classes, bytes, Some(offer.peer));
        self.ends.entry(offer.log).or_insert_with(|| End::new(ChainState::genesis(offer.log)));
        self.push(&place);
        place
    }

    /// Gives bodies that came after their header their place.
    pub(crate) fn fill(&mut self, signed: &SignedHeader, offer: &Offer) -> Place {
        let bodies = signed.header.bodies.iter().filter(|body| offer.classes.has(body.class));
        let bytes = bodies.map(|body| u64::from(body.raw_len)).sum();
        let (held, from) = (offer.classes, Some(offer.peer));
        let place = Place { arrival: self.tip + 1, log: offer.log, seq: offer.seq, block: None, held, bytes, from };
        self.push(&place);
        place
    }

    fn next_place(&self, header: &Header, hash: Hash, held: ClassSet, bytes: u64, from: Option<NodeId>) -> Place {
        let listed = header.bodies.iter().map(|body| body.class).collect();
        let (cluster, previous_epoch) = (header.cluster, header.previous_epoch);
        let block = Some(Link { hash, sealed: header.sealed, listed, cluster, previous_epoch });
        Place { arrival: self.tip + 1, log: header.log, seq: header.seq, block, held, bytes, from }
    }

    fn push(&mut self, place: &Place) {
        assert_eq!(place.arrival, self.tip + 1, "arrivals have no gap");
        self.tip = place.arrival;
        if let Some(link) = &place.block {
            self.end_mut(&place.log).push(place.seq, link);
        }
    }

    fn end_mut(&mut self, log: &LogId) -> &mut End {
        self.ends.get_mut(log).expect("a block is placed on a log that is there")
    }

    /// A failed write can no longer take this place back.
    pub(crate) fn settle(&mut self, place: &Place) {
        assert_eq!(place.arrival, self.settled + 1, "places are settled in order");
        assert!(place.arrival <= self.tip, "only what was given a place is settled");
        self.settled = place.arrival;
        if let Some(link) = &place.block {
            self.end_mut(&place.log).settled.push(link.hash, link.sealed);
        }
    }

    /// Takes every place back except those of `stay`, which the writer has written already.
    pub(crate) fn roll_back<'a>(&mut self, stay: impl Iterator<Item = &'a Place>) {
        self.tip = self.settled;
        self.ends.values_mut().for_each(End::roll_back);
        stay.for_each(|place| self.push(place));
    }

    /// The seq that a peer's next block must have: after all that is here or being checked.
    pub(crate) fn expected(&self, log: &LogId) -> u64 {
        let Some(end) = self.ends.get(log) else { return 0 };
        end.claims.back().map_or(0, |claim| claim.seq + 1).max(end.tip.next_seq())
    }

    /// The hash of a block that is here or being checked, if it is remembered.
    pub(crate) fn recent(&self, log: &LogId, seq: u64) -> Option<Hash> {
        let end = self.ends.get(log)?;
        match end.tip.next_seq().checked_sub(seq + 1) {
            Some(back) => end.recent.iter().rev().nth(usize::try_from(back).ok()?).copied(),
            None => {
                let at = end.claims.partition_point(|claim| claim.seq < seq);
                end.claims.get(at).filter(|claim| claim.seq == seq).map(|claim| claim.hash)
            }
        }
    }

    /// A block that is to be the next one of its log is being checked.
    pub(crate) fn claim(&mut self, log: LogId, seq: u64, ticket: Ticket, hash: Hash) {
        assert_eq!(seq, self.expected(&log), "only what follows is claimed");
        let end = self.ends.entry(log).or_insert_with(|| End::new(ChainState::genesis(log)));
        end.claims.push_back(Claim { ticket, seq, hash });
    }

    /// This block is placed or dropped. What was to follow a dropped one is no longer waited for.
    pub(crate) fn unclaim(&mut self, log: &LogId, ticket: Ticket, placed: bool) {
        let Some(end) = self.ends.get_mut(log) else { return };
        let Some(at) = end.claims.iter().position(|claim| claim.ticket == ticket) else { return };
        if placed {
            end.claims.remove(at);
        } else {
            end.claims.truncate(at);
        }
    }

    /// How many logs are known.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }
}

impl End {
    fn new(chain: ChainState) -> End {
        let recent = (chain.next_seq() > 0).then(|| chain.last()).into_iter().collect();
        End { settled: chain.clone(), tip: chain, recent, claims: VecDeque::new() }
    }

    fn push(&mut self, seq: u64, link: &Link) {
        assert_eq!(seq, self.tip.next_seq(), "blocks take their places without a gap");
        self.tip.push(link.hash, link.sealed);
        if self.recent.len() == RECENT_HASHES {
            self.recent.pop_front();
        }
        self.recent.push_back(link.hash);
    }

    fn roll_back(&mut self) {
        self.claims.clear();
        let lost = self.tip.next_seq() - self.settled.next_seq();
        if lost > 0 {
            let kept = self.recent.len().saturating_sub(usize::try_from(lost).unwrap_or(usize::MAX));
            self.recent.truncate(kept);
            self.tip = self.settled.clone();
        }
    }
}

/// Whether a clock is so far ahead that ours does not follow it.
pub(crate) fn is_ahead(sealed: Hlc, now: Timestamp) -> bool {
    sealed.millis().saturating_sub(now.millis().max(0) as u64) > CLOCK_AHEAD_MAX_MS
}

/// The last head that the store holds of the epoch before: of all epochs of our key, the one that
/// was sealed last. An older one may have come back from a peer later.
fn previous_epoch(log: LogId, durable: &Recovered) -> Option<PreviousEpoch> {
    let own = durable.heads.iter().filter(|head| head.log.node == log.node);
    let last = own.max_by_key(|head| (head.sealed, head.number))?;
    Some(PreviousEpoch { epoch: last.log.epoch, seq: last.seq, hash: last.hash })
}
