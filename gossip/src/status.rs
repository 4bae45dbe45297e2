//! What a status page shows of replication: for each peer what is where, and why nothing moves.

use std::collections::BTreeMap;

use vigil_model::limits::PULL_BYTES_MIN;
use vigil_model::{ClassSet, LogId, NodeId};

use crate::config::Interest;
use crate::logs::{Held, Number};
use crate::machine::Gossip;
use crate::message::Message;
use crate::peer::{Holding, Line, Peer};
use crate::ranges::count;
use crate::types::{Bound, Deed, Fault, Link};

/// How replication with a peer stands, and if nothing moves, why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// Both hold the same of what they follow.
    InStep,
    /// Blocks are on their way here.
    Pulling,
    /// It has all that we have to give it to ask for: it is behind, and asks at its own pace.
    PeerBehind,
    /// No link.
    NotLinked,
    /// The link is open, the peer has not greeted or told what it holds.
    Greeting,
    /// The node takes no more blocks now: its queues, its disk or its index are full.
    WaitingForRoom,
    /// What is sent to the peer does not leave: the link is slow.
    LinkSlow,
    /// The peer declined as busy; asked again at this time (milliseconds of the machine's clock).
    PeerBusy {
        /// When.
        until: u64,
    },
    /// It broke the protocol; nothing is asked of it until then.
    Faulted {
        /// When.
        until: u64,
    },
    /// It did not bring what it says that it holds; asked again at this time.
    NotBrought {
        /// When.
        until: u64,
    },
    /// It is behind on nothing but bodies that it, or this node, does not follow.
    NotFollowed,
    /// It has logs of nodes that are not known as members here (yet).
    AuthorUnknown,
    /// All that differs lies behind the end of a log that forked or whose author was removed.
    Bounded,
    /// What is wanted is being asked of other peers.
    AskedElsewhere,
    /// The two chains of a log are being compared block by block.
    Auditing,
}

/// Blocks and bodies that one side has and the other wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Lag {
    /// Blocks whose headers are missing.
    pub blocks: u64,
    /// Bodies missing of blocks whose headers are there; at most so many.
    pub bodies: u64,
}

/// What is known of one peer.
#[derive(Clone, PartialEq, Debug)]
pub struct PeerView {
    /// Who.
    pub peer: NodeId,
    /// The link, if there is one.
    pub link: Option<Link>,
    /// How it stands.
    pub progress: Progress,
    /// Its program's version, for people; empty before the first greeting.
    pub version: String,
    /// The log that it writes now.
    pub log: Option<LogId>,
    /// What it follows.
    pub interest: Interest,
    /// What it has and we lack.
    pub behind: Lag,
    /// What we have and it lacks, as far as it said.
    pub ahead: Lag,
    /// When something was heard, in milliseconds of the machine's clock.
    pub last_heard: Option<u64>,
    /// Pulls under way.
    pub pulls: usize,
    /// Their byte credit.
    pub pull_bytes: u64,
    /// Pulls of the peer that are being answered.
    pub serves: usize,
    /// Bytes given to the link that have not left.
    pub queued: usize,
    /// Faults counted since the start.
    pub faults: BTreeMap<Fault, u64>,
}

impl Gossip {
    /// Every peer that was ever linked, by key. Looks at every log: for people, not for every block.
    pub fn status(&self, now: u64) -> Vec<PeerView> {
        self.peers.values().map(|peer| self.view_of(peer, now)).collect()
    }

    /// What a peer has that is missing here, and the reverse; nothing when it is not known.
    pub fn missing_blocks(&self, peer: &NodeId) -> Option<(Lag, Lag)> {
        let peer = self.peers.get(peer)?;
        Some((self.behind(peer), self.ahead(peer)))
    }

    /// For each log that a peer has said something of: its blocks there. Logs that are not here
    /// are among them.
    pub fn heads_of(&self, peer: &NodeId) -> BTreeMap<LogId, u64> {
        let Some(peer) = self.peers.get(peer) else { return BTreeMap::new() };
        let known = peer.holdings.iter().enumerate().filter(|(_, holding)| holding.blocks > 0);
        let known = known.map(|(number, holding)| (self.logs.get(number as Number).log, holding.blocks));
        let claims = peer.line.iter().flat_map(|line| &line.claims).map(|(log, holding)| (*log, holding.blocks));
        known.chain(claims).collect()
    }

    /// The most blocks of a log that a peer said it holds, itself included.
    pub fn known_head(&self, log: &LogId) -> u64 {
        let number = self.logs.number(log);
        let there = self.peers.values().filter_map(|peer| peer.holding_of(number, log)).map(|holding| holding.blocks);
        there.chain([self.logs.find(log).map_or(0, Held::blocks)]).max().unwrap_or(0)
    }

    fn view_of(&self, peer: &Peer, now: u64) -> PeerView {
        let line = peer.line.as_ref();
        let (behind, ahead) = (self.behind(peer), self.ahead(peer));
        PeerView {
            peer: peer.node,
            link: line.map(|line| line.link),
            progress: self.progress(peer, behind, ahead, now),
            version: peer.version.clone(),
            log: peer.log,
            interest: peer.interest.clone(),
            behind,
            ahead,
            last_heard: peer.last_heard,
            pulls: line.map_or(0, |line| line.pulls.len()),
            pull_bytes: line.map_or(0, Line::credit_with_late),
            serves: line.map_or(0, |line| line.serves.len()),
            queued: line.map_or(0, |line| line.queued),
            faults: peer.standing.faults.clone(),
        }
    }

    /// What a peer has that is wanted here.
    fn behind(&self, peer: &Peer) -> Lag {
        let mut lag = Lag::default();
        for (number, held) in self.logs.iter() {
            let Some(holding) = peer.holding(number).filter(|_| self.pullable(&held.log)) else { continue };
            lag.blocks += holding.blocks.min(held.bound.blocks()).saturating_sub(held.stored());
            let followed = self.follows(&held.log.node).common(peer.follows(&held.log.node));
            lag.bodies += bodies(held, holding, followed);
        }
        let claims = peer.line.iter().flat_map(|line| &line.claims);
        let pullable = claims.filter(|(log, _)| self.pullable(log));
        lag.blocks = pullable.fold(lag.blocks, |sum, (_, holding)| sum.saturating_add(holding.blocks));
        lag
    }

    /// What is here that a peer follows and does not hold.
    fn ahead(&self, peer: &Peer) -> Lag {
        let mut lag = Lag::default();
        for (number, held) in self.logs.iter() {
            let holding = peer.holding(number).cloned().unwrap_or_default();
            lag.blocks += held.blocks().saturating_sub(holding.blocks);
            let followed = self.follows(&held.log.node).common(peer.follows(&held.log.node));
            lag.bodies += lacking(held, &holding, followed);
        }
        lag
    }

    fn progress(&self, peer: &Peer, behind: Lag, ahead: Lag, now: u64) -> Progress {
        let Some(line) = &peer.line else { return Progress::NotLinked };
        let rests = peer.standing.rests_until;
        let asked = line.pulls.values().any(|pull| !pull.late);
        match () {
            () if !line.up() || line.hearing || line.waits_until.is_some() => Progress::Greeting,
            () if rests > now => Progress::Faulted { until: rests },
            () if asked => Progress::Pulling,
            () if !line.searches.is_empty() => Progress::Auditing,
            () if behind != Lag::default() => self.why_not_pulling(peer, line, now),
            () if line.claims.keys().any(|log| !self.authors.contains(&log.node)) => Progress::AuthorUnknown,
            () if !line.takes(Message::Same.size() as usize + 64 * 1024) => Progress::LinkSlow,
            () if ahead != Lag::default() => Progress::PeerBehind,
            () if line.heard == self.digest() => Progress::InStep,
            () => self.why_different(peer),
        }
    }

    /// Something is wanted from the peer and nothing is asked of it.
    fn why_not_pulling(&self, peer: &Peer, line: &Line, now: u64) -> Progress {
        let wanted = line.behind.iter().chain(&line.fillable);
        let resting = wanted.filter_map(|log| peer.holding_of(self.logs.number(log), log));
        let until = resting.filter(|holding| holding.resting(now)).filter_map(|holding| holding.barren.as_ref());
        let until = until.map(|barren| barren.until).min();
        match until {
            _ if line.busy_until > now => Progress::PeerBusy { until: line.busy_until },
            _ if self.cramped || self.room < PULL_BYTES_MIN as u64 || self.room_blocks == 0 => Progress::WaitingForRoom,
            Some(until) => Progress::NotBrought { until },
            None => Progress::AskedElsewhere,
        }
    }

    /// Nobody lacks anything that it may have, and yet the digests differ or are on their way.
    fn why_different(&self, peer: &Peer) -> Progress {
        let bounded = |(number, held): (Number, &Held)| {
            let beyond = peer.holding(number).is_some_and(|holding| holding.blocks > held.bound.blocks());
            held.bound != Bound::Open && (beyond || held.stored() > held.bound.blocks())
        };
        if self.logs.iter().any(bounded) { Progress::Bounded } else { Progress::InStep }
    }

    /// A peer may have told that it holds blocks of a log of this node: for those who wait for copies.
    pub(crate) fn copies_heard(&mut self, node: NodeId, number: Number, deeds: &mut Vec<Deed>) {
        let log = self.logs.get(number).log;
        if log.node != self.config.me {
            return;
        }
        let peer = &self.peers[&node];
        let classes = peer.follows(&log.node).common(ClassSet::ALL);
        let Some(holding) = peer.holding(number) else { return };
        let first = |class| holding.gaps.as_ref().and_then(|gaps| gaps.of(class).first()).map(|gap| gap.start);
        let whole = classes.iter().filter_map(first).min().unwrap_or(u64::MAX).min(holding.blocks);
        let before = self.copies.entry((node, log)).or_default();
        if whole > *before {
            *before = whole;
            deeds.push(Deed::Held { peer: node, blocks: whole, log, classes });
        }
    }
}

/// Bodies missing here that the peer has.
fn bodies(held: &Held, holding: &Holding, classes: ClassSet) -> u64 {
    classes.iter().map(|class| count(&holding.has(class, &held.missing(class)))).sum()
}

/// Bodies here that the peer lacks.
fn lacking(held: &Held, holding: &Holding, classes: ClassSet) -> u64 {
    let Some(gaps) = &holding.gaps else { return 0 };
    let lacks = |class| {
        let here = crate::ranges::clip(gaps.of(class), held.retired(class)..held.blocks());
        count(&crate::ranges::subtract(&here, &held.missing(class)))
    };
    classes.iter().map(lacks).sum()
}
