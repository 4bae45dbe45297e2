//! What becomes of a block that a peer sent: from its first words to its place.

use std::cmp::Ordering;

use vigil_crdt::replica::ForkProof;
use vigil_gossip::{Deed, Event, Fault, Link};
use vigil_model::limits::{BLOCK_RECORDS_MAX, BODY_BYTES_MAX};
use vigil_model::{Class, ClassSet, Hash, LogId, SignedHeader};

use crate::clock::Elapsed;
use crate::effect::{Effect, Effects};
use crate::inbox::{Room, Unfit};
use crate::input::{Checked, Offer, Ticket};
use crate::logs::Fit;
use crate::node::Node;
use crate::order::{Work, cost};
use crate::stop::Phase;

/// What is done with an offer, by what it says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Admission {
    /// The next block of its log: check it.
    Next,
    /// Bodies of a stored block: check them.
    Fill,
    /// For a place that another block has, or claims: check who is right.
    Rival,
    /// It is here or on its way.
    Known,
    /// Not now: something before it is not here.
    Later,
    /// Not now: no room.
    Crowded,
    /// It came after its pull was over, or behind a block that was dropped.
    Late,
    /// Its author is not known here, or its place does not count.
    Unwanted,
    /// The peer broke the protocol.
    Fault(Fault),
}

/// What is done with a checked block when its turn has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Store,
    Known,
    Later,
    Unwanted,
    /// It is signed, and its place is taken.
    Suspect,
    /// It is signed with our key, and not by us.
    Twin,
    Fault(Fault),
}

impl Node {
    /// A peer sent a block: takes it into the pipeline, or says why not.
    pub(crate) fn offered(&mut self, offer: Offer, effects: &mut Effects) {
        let admission = self.admit_offer(&offer);
        if let (None, Some(hash)) = (offer.pull, offer.header) {
            let in_flight = admission == Admission::Known && offer.seq >= self.holdings.blocks(&offer.log);
            let taken = admission == Admission::Next || in_flight;
            self.tell(Event::Announced { link: offer.link, log: offer.log, seq: offer.seq, hash, taken });
        }
        match admission {
            Admission::Next | Admission::Fill | Admission::Rival => self.take_in(offer, admission, effects),
            _ => self.turn_away(&offer, admission, effects),
        }
    }

    fn admit_offer(&mut self, offer: &Offer) -> Admission {
        if self.phase != Phase::Running {
            return Admission::Late;
        }
        match self.inbox.expect(offer) {
            Err(Unfit::Fault(fault)) => return Admission::Fault(fault),
            Err(Unfit::Late) => return Admission::Late,
            Ok(()) => {}
        }
        if offer.bytes as usize > BODY_BYTES_MAX * offer.classes.iter().count() {
            return Admission::Fault(Fault::Oversized);
        }
        if offer.header.is_some() && !offer.classes.without(offer.listed).is_empty() {
            return Admission::Fault(Fault::Malformed);
        }
        if !self.counts(&offer.log, offer.seq) {
            return Admission::Unwanted;
        }
        self.admit_place(offer)
    }

    fn admit_place(&self, offer: &Offer) -> Admission {
        let place = offer.header.map_or_else(|| self.admit_fill(offer), |hash| self.admit_block(offer, hash));
        let wanted = matches!(place, Admission::Next | Admission::Fill | Admission::Rival);
        if wanted && !self.has_room(offer) { Admission::Crowded } else { place }
    }

    fn admit_block(&self, offer: &Offer, hash: Hash) -> Admission {
        let known = self.logs.recent(&offer.log, offer.seq);
        match offer.seq.cmp(&self.logs.expected(&offer.log)) {
            Ordering::Less if known == Some(hash) => self.admit_fill(offer),
            Ordering::Less if known.is_none() && offer.pull.is_some() => Admission::Known,
            Ordering::Less => Admission::Rival,
            // Nobody but this process writes its log; whether the key signed it is to be seen.
            _ if offer.log == self.logs.own() => Admission::Rival,
            Ordering::Equal if offer.pull.is_none() && !self.is_whole(offer) => Admission::Later,
            Ordering::Equal => Admission::Next,
            Ordering::Greater => Admission::Later,
        }
    }

    /// Whether every body came along that is followed here. A lone header is better pulled.
    fn is_whole(&self, offer: &Offer) -> bool {
        let followed = self.config.gossip.interest.follows(&self.log().node, &offer.log.node);
        offer.listed.common(followed).without(offer.classes).is_empty()
    }

    fn admit_fill(&self, offer: &Offer) -> Admission {
        if offer.seq >= self.holdings.blocks(&offer.log) {
            return if offer.header.is_some() { Admission::Known } else { Admission::Later };
        }
        let on_their_way = self.inbox.filling(&offer.log, offer.seq);
        let wanted = |class| self.holdings.lacks(&offer.log, class, offer.seq);
        let lacked: ClassSet = offer.classes.without(on_their_way).iter().filter(|class| wanted(*class)).collect();
        match lacked {
            lacked if lacked.is_empty() => Admission::Known,
            lacked if lacked.iter().all(|class| self.is_filled_from(offer, class)) => Admission::Fill,
            _ => Admission::Later,
        }
    }

    /// What is missing of a log is kept in so many ranges at most; then each is filled in from its
    /// front, where bodies on their way count as here.
    fn is_filled_from(&self, offer: &Offer, class: Class) -> bool {
        let front = self.holdings.only_from(&offer.log, class, offer.seq);
        front.is_none_or(|front| self.inbox.filling(&offer.log, front).has(class))
    }

    /// Whether blocks of this log count here, so far.
    fn counts(&self, log: &LogId, seq: u64) -> bool {
        self.control.log_cluster(log).is_some() && seq < self.bound(log).blocks()
    }

    fn has_room(&self, offer: &Offer) -> bool {
        let room = self.room();
        room.blocks > 0 && cost(offer) <= room.bytes
    }

    /// What of peers can be taken now.
    pub(crate) fn room(&self) -> Room {
        let blocks = self.config.limits.received_blocks - self.pipeline.peer_blocks();
        Room { bytes: self.room_bytes(), blocks: blocks as u64 }
    }

    /// What can be taken of peers while nothing is on its way.
    pub(crate) fn room_most(&self) -> Room {
        let limits = &self.config.limits;
        let bytes = limits.received_bytes.min(limits.index_lag_bytes);
        Room { bytes: bytes as u64, blocks: limits.received_blocks as u64 }
    }

    /// Bytes of peers' blocks that can be taken now: what the queues, the disk and the index leave.
    fn room_bytes(&self) -> u64 {
        let limits = &self.config.limits;
        let closed = self.phase != Phase::Running || self.space.refusal().is_some();
        if closed || self.pipeline.unsynced() >= limits.unsynced_blocks {
            return 0;
        }
        let queues = (limits.received_bytes as u64).saturating_sub(self.pipeline.peer_bytes());
        queues.min((limits.index_lag_bytes as u64).saturating_sub(self.lag.bytes()))
    }

    fn take_in(&mut self, offer: Offer, admission: Admission, effects: &mut Effects) {
        let fill = admission == Admission::Fill;
        let (id, log, seq, hash) = (offer.id, offer.log, offer.seq, offer.header);
        self.space.accepted(offer.bytes);
        if fill {
            self.inbox.fill(&offer);
        }
        let ticket = self.pipeline.enter(Work::Peer { offer, fill });
        if admission == Admission::Next {
            self.logs.claim(log, seq, ticket, hash.expect("a fill is never the next block"));
        }
        effects.push(Effect::Check { ticket, offer: id });
    }

    fn turn_away(&mut self, offer: &Offer, admission: Admission, effects: &mut Effects) {
        effects.push(Effect::Discard { offer: offer.id });
        match admission {
            Admission::Known => self.inbox.received.duplicates += 1,
            Admission::Fault(fault) => self.blame(offer, fault),
            Admission::Unwanted => self.not_wanted(offer),
            _ => self.inbox.received.dropped += 1,
        }
        if admission == Admission::Crowded {
            self.inbox.crowd(offer);
        }
        let follows_on = matches!(admission, Admission::Known | Admission::Late);
        if !follows_on {
            self.inbox.spoil(offer);
        }
        if matches!(admission, Admission::Later | Admission::Crowded) && offer.pull.is_some() {
            self.tell(Event::Withdrawn { log: offer.log });
        }
    }

    /// A block of nobody known here, or beyond the end of its log. Whoever passes it on may not
    /// have heard of a removal yet, or have heard of an admission sooner; its author knows better.
    fn not_wanted(&mut self, offer: &Offer) {
        let removed = offer.peer == offer.log.node && self.control.member(&offer.peer).is_some();
        if removed {
            self.blame(offer, Fault::Member);
        } else {
            self.inbox.fault(Fault::Member);
        }
    }

    /// Counts what a peer did wrong and lets the replication machine judge it.
    pub(crate) fn blame(&mut self, offer: &Offer, fault: Fault) {
        self.inbox.fault(fault);
        self.tell(Event::Refused { link: offer.link, fault, at: Some((offer.log, offer.seq)) });
    }

    /// A worker looked at a peer's block.
    pub(crate) fn checked(&mut self, ticket: Ticket, outcome: Result<Checked, Fault>, effects: &mut Effects) {
        match outcome {
            Ok(checked) => self.pipeline.checked(ticket, checked),
            Err(fault) => self.turn_down(ticket, Verdict::Fault(fault), effects),
        }
    }

    /// What is to be done with a checked block now.
    pub(crate) fn judge(&self, offer: &Offer, fill: bool, signed: &SignedHeader) -> Verdict {
        let (header, log) = (&signed.header, &offer.log);
        if !self.counts(log, offer.seq) {
            return Verdict::Unwanted;
        }
        if self.control.log_cluster(log) != Some(header.cluster) {
            return Verdict::Fault(Fault::Cluster);
        }
        if is_oversized(signed) {
            return Verdict::Fault(Fault::Oversized);
        }
        if offer.classes.iter().any(|class| header.body(class).is_none()) {
            return Verdict::Fault(Fault::Root);
        }
        if fill { self.judge_fill(offer) } else { self.judge_place(offer, signed) }
    }

    fn judge_fill(&self, offer: &Offer) -> Verdict {
        let lacked = offer.classes.iter().any(|class| self.holdings.lacks(&offer.log, class, offer.seq));
        if lacked { Verdict::Store } else { Verdict::Known }
    }

    fn judge_place(&self, offer: &Offer, signed: &SignedHeader) -> Verdict {
        if offer.log == self.logs.own() && offer.seq >= self.logs.own_tip() {
            return Verdict::Twin;
        }
        let adopted = self.control.adopted(&offer.log);
        if adopted.is_some_and(|adopted| adopted.seq == offer.seq && adopted.hash != signed.hash) {
            return Verdict::Fault(Fault::Chain);
        }
        match self.logs.fit(signed) {
            Fit::Next => Verdict::Store,
            Fit::Broken => Verdict::Fault(Fault::Chain),
            Fit::Known => Verdict::Known,
            Fit::Taken => Verdict::Suspect,
            Fit::Gap => Verdict::Later,
        }
    }

    /// Drops a peer's block that is not to be stored: it changes nothing but counts.
    pub(crate) fn turn_down(&mut self, ticket: Ticket, verdict: Verdict, effects: &mut Effects) {
        let Some((offer, fill, header)) = self.pipeline.drop_peer(ticket) else { return };
        self.logs.unclaim(&offer.log, ticket, false);
        if fill {
            self.inbox.filled(&offer);
        }
        effects.push(Effect::Discard { offer: offer.id });
        match verdict {
            Verdict::Store => unreachable!("what is stored is not turned down"),
            Verdict::Known => self.inbox.received.duplicates += 1,
            Verdict::Unwanted => self.not_wanted(&offer),
            Verdict::Later => {
                self.inbox.received.dropped += 1;
                self.tell(Event::Withdrawn { log: offer.log });
            }
            Verdict::Twin => self.fence("another process writes this node's log", effects),
            Verdict::Suspect => self.suspect(header.expect("it was checked"), &offer, effects),
            Verdict::Fault(fault) => {
                self.inbox.spoil(&offer);
                self.blame(&offer, fault);
            }
        }
    }

    /// A peer's block is written.
    pub(crate) fn received(&mut self, offer: &Offer, fill: bool, bytes: u64) {
        let received = &mut self.inbox.received;
        received.bytes += bytes;
        if fill {
            received.fills += 1;
            self.inbox.filled(offer);
        } else {
            received.blocks += 1;
        }
    }

    /// A peer's block could not be written.
    pub(crate) fn give_back(&mut self, offer: &Offer, fill: bool) {
        self.inbox.received.dropped += 1;
        self.inbox.spoil(offer);
        self.inbox.crowd(offer);
        if fill {
            self.inbox.filled(offer);
        }
    }

    fn suspect(&mut self, header: Box<SignedHeader>, offer: &Offer, effects: &mut Effects) {
        self.forks.suspect(header, offer.link);
        self.ask_suspects(effects);
    }

    /// Looks up what stands at the places of suspects, as soon as it is durable.
    pub(crate) fn ask_suspects(&mut self, effects: &mut Effects) {
        let holdings = &self.holdings;
        for (log, seq) in self.forks.unasked(|log| holdings.blocks(log)) {
            effects.push(Effect::Gossip(Deed::LookUp { log, seq }));
        }
    }

    /// Two headers for one place: proves the fork, or finds who lied.
    pub(crate) fn forked(
        &mut self,
        link: Link,
        ours: Box<SignedHeader>,
        theirs: Box<SignedHeader>,
        effects: &mut Effects,
    ) {
        if ours.hash == theirs.hash {
            self.inbox.received.duplicates += 1;
            return;
        }
        let at = Some((theirs.header.log, theirs.header.seq));
        let own = theirs.header.log == self.logs.own();
        match ForkProof::new(*ours, *theirs) {
            Ok(proof) => {
                if own {
                    self.fence("another process signs blocks of this node's log", effects);
                }
                self.forks.prove(proof, self.clock.elapsed());
            }
            Err(_) => {
                self.inbox.fault(Fault::Signature);
                self.tell(Event::Refused { link, fault: Fault::Signature, at });
            }
        }
    }

    /// Writes the proofs that are due, unless all know the fork, or this node may not write.
    pub(crate) fn alarm(&mut self, effects: &mut Effects) {
        let now: Elapsed = self.clock.elapsed();
        if self.forks.due_at().is_none_or(|due| due > now) {
            return;
        }
        let control = &self.control;
        self.forks.settle(|log, seq| control.fork(log).is_some_and(|known| known.seq() <= seq));
        let may_write = self.may_write();
        for op in self.forks.due(now) {
            if may_write && self.control.admissible(&self.log().node, &op).is_ok() {
                effects.push(Effect::Author(Box::new(op)));
            }
        }
    }
}

/// Whether a header claims more than a block may hold.
fn is_oversized(signed: &SignedHeader) -> bool {
    let bodies = &signed.header.bodies;
    let records: usize = bodies.iter().map(|body| body.count as usize).sum();
    records > BLOCK_RECORDS_MAX || bodies.iter().any(|body| body.raw_len as usize > BODY_BYTES_MAX)
}
