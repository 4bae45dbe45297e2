//! Whether two nodes hold one chain of a log, and if not, at which block they part.
//!
//! Headers are linked by hash, so equal hashes at one seq mean equal logs up to there: the first
//! difference is found by halving. Both headers together are the proof.

use std::collections::BTreeMap;

use vigil_model::limits::{LINK_LOOKUPS_MAX, LINK_SEARCHES_MAX};
use vigil_model::{Hash, LogId, NodeId, SignedHeader};

use crate::logs::Held;
use crate::machine::Gossip;
use crate::message::Message;
use crate::types::{Bound, Deed, Fault, Link};

/// Why a header is looked up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    /// To answer a probe.
    Probe,
    /// To be shown.
    Show,
    /// To be compared with a short hash that the peer told.
    Doubt(u64),
    /// For a search under way here.
    Search,
}

/// The search for the first block in which two chains differ.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    /// Below, both are equal.
    low: u64,
    /// Here they differ.
    high: u64,
    /// The place that is compared now.
    at: u64,
    ours: Option<Hash>,
    theirs: Option<Hash>,
    /// One place only is compared, which may well be equal.
    spot: bool,
    /// Our header at `at`.
    our_header: Option<Box<SignedHeader>>,
    /// The peer's header at the place where both part.
    their_header: Option<Box<SignedHeader>>,
    since: u64,
}

impl Search {
    fn new(low: u64, high: u64, spot: bool, since: u64) -> Search {
        Search { low, high, at: low, ours: None, theirs: None, spot, our_header: None, their_header: None, since }
    }

    /// The place where both part is known; only the proof is missing.
    fn over(&self) -> bool {
        !self.spot && self.low == self.high
    }
}

/// Headers that the store is asked for, and for whom.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lookups(BTreeMap<(LogId, u64), Vec<(Link, Purpose)>>);

impl Lookups {
    /// How many answers are owed to links.
    pub(crate) fn waiting(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// Forgets what a link wanted; the answers still come.
    pub(crate) fn forget(&mut self, link: Link) {
        self.0.values_mut().for_each(|wanted| wanted.retain(|(other, _)| *other != link));
    }
}

impl Gossip {
    /// Asks the store for a header on behalf of a link, within its limit; answers whether.
    fn look_up(&mut self, link: Link, log: LogId, seq: u64, purpose: Purpose, deeds: &mut Vec<Deed>) -> bool {
        let Some(line) = self.peer_of(link).and_then(|peer| peer.line.as_mut()) else { return false };
        if line.lookups >= LINK_LOOKUPS_MAX {
            return false;
        }
        line.lookups += 1;
        let wanted = self.lookups.0.entry((log, seq)).or_default();
        wanted.push((link, purpose));
        if wanted.len() == 1 {
            deeds.push(Deed::LookUp { log, seq });
        }
        true
    }

    pub(crate) fn found(
        &mut self,
        log: LogId,
        seq: u64,
        header: Option<Box<SignedHeader>>,
        now: u64,
        deeds: &mut Vec<Deed>,
    ) {
        for (link, purpose) in self.lookups.0.remove(&(log, seq)).unwrap_or_default() {
            let Some(peer) = self.peer_of(link) else { continue };
            let node = peer.node;
            let line = peer.line.as_mut().expect("a link has its line");
            line.lookups -= 1;
            match purpose {
                Purpose::Probe => {
                    let hash = header.as_ref().map(|header| header.hash);
                    Gossip::send(line, Message::Probed { log, seq, hash }, deeds);
                }
                Purpose::Show => {
                    let header = header.as_ref().map_or_else(Vec::new, |header| header.bytes().to_vec());
                    Gossip::send(line, Message::Shown { log, seq, header }, deeds);
                }
                Purpose::Doubt(theirs) => {
                    let names = line.names.as_ref().expect("doubted after greeting");
                    if header.as_ref().is_some_and(|header| names.hash(&header.hash) != theirs) {
                        self.search(node, log, seq, now, deeds);
                    }
                }
                Purpose::Search => self.ours_found(link, log, seq, header.clone(), deeds),
            }
        }
    }

    /// Looks for the first block in which a peer's chain differs from ours, knowing that they
    /// differ at `differs`.
    pub(crate) fn search(&mut self, node: NodeId, log: LogId, differs: u64, now: u64, deeds: &mut Vec<Deed>) {
        // Where the log ended for everyone, both branches are known already.
        let known = self.logs.find(&log).is_none_or(|held| match held.bound {
            Bound::Frozen(seq) => seq <= differs,
            _ => held.stored() <= differs,
        });
        let Some(line) = self.peers.get_mut(&node).and_then(|peer| peer.line.as_mut()) else { return };
        if known || line.searches.contains_key(&log) || line.searches.len() >= LINK_SEARCHES_MAX {
            return;
        }
        let link = line.link;
        line.searches.insert(log, Search::new(0, differs, false, now));
        self.halve(link, log, deeds);
    }

    /// Compares the next place of a search, or asks for the proof when it is over.
    fn halve(&mut self, link: Link, log: LogId, deeds: &mut Vec<Deed>) {
        let Some(line) = self.peer_of(link).and_then(|peer| peer.line.as_mut()) else { return };
        let Some(search) = line.searches.get_mut(&log) else { return };
        (search.ours, search.theirs, search.our_header) = (None, None, None);
        search.at = search.low + (search.high - search.low) / 2;
        let (at, over) = (search.at, search.over());
        let question = if over { Message::Show { log, seq: at } } else { Message::Probe { log, seq: at } };
        let asked = Gossip::send(line, question, deeds) && self.look_up(link, log, at, Purpose::Search, deeds);
        if !asked {
            self.give_up(link, &log);
        }
    }

    fn give_up(&mut self, link: Link, log: &LogId) {
        if let Some(line) = self.peer_of(link).and_then(|peer| peer.line.as_mut()) {
            line.searches.remove(log);
        }
    }

    fn ours_found(
        &mut self,
        link: Link,
        log: LogId,
        seq: u64,
        header: Option<Box<SignedHeader>>,
        deeds: &mut Vec<Deed>,
    ) {
        let Some(header) = header else { return self.give_up(link, &log) };
        let Some(line) = self.peer_of(link).and_then(|peer| peer.line.as_mut()) else { return };
        let Some(search) = line.searches.get_mut(&log).filter(|search| search.at == seq) else { return };
        search.ours = Some(header.hash);
        search.our_header = Some(header);
        match search.over() {
            true => self.prove(link, log, deeds),
            false => self.compare_hashes(link, log, deeds),
        }
    }

    /// Both headers are here: they are the proof, unless they are one.
    fn prove(&mut self, link: Link, log: LogId, deeds: &mut Vec<Deed>) {
        let Some(line) = self.peer_of(link).and_then(|peer| peer.line.as_mut()) else { return };
        let Some(search) = line.searches.get_mut(&log) else { return };
        if search.our_header.is_none() || search.their_header.is_none() {
            return;
        }
        let search = line.searches.remove(&log).expect("seen above");
        if let (Some(ours), Some(theirs)) = (search.our_header, search.their_header)
            && ours.hash != theirs.hash
        {
            deeds.push(Deed::Forked { link, ours, theirs });
        }
    }

    pub(crate) fn probed_heard(&mut self, link: Link, log: LogId, seq: u64, hash: Option<Hash>, deeds: &mut Vec<Deed>) {
        let Some(line) = self.peer_of(link).and_then(|peer| peer.line.as_mut()) else { return };
        let Some(search) = line.searches.get_mut(&log).filter(|search| search.at == seq) else { return };
        search.theirs = hash;
        if hash.is_none() {
            return self.give_up(link, &log);
        }
        self.compare_hashes(link, log, deeds);
    }

    fn compare_hashes(&mut self, link: Link, log: LogId, deeds: &mut Vec<Deed>) {
        let Some(line) = self.peer_of(link).and_then(|peer| peer.line.as_mut()) else { return };
        let Some(search) = line.searches.get_mut(&log) else { return };
        let (Some(ours), Some(theirs)) = (search.ours, search.theirs) else { return };
        if search.over() {
            return;
        }
        if search.spot && ours == theirs {
            return self.give_up(link, &log);
        }
        if search.spot {
            // They differ here; where first, is searched from the start.
            (search.spot, search.low) = (false, 0);
        } else if ours == theirs {
            search.low = search.at + 1;
        } else {
            search.high = search.at;
        }
        self.halve(link, log, deeds);
    }

    pub(crate) fn probe_heard(&mut self, link: Link, log: LogId, seq: u64, deeds: &mut Vec<Deed>) {
        let held = self.logs.find(&log).is_some_and(|held| seq < held.stored());
        if held && self.look_up(link, log, seq, Purpose::Probe, deeds) {
            return;
        }
        if let Some(line) = self.peer_of(link).and_then(|peer| peer.line.as_mut()) {
            Gossip::send(line, Message::Probed { log, seq, hash: None }, deeds);
        }
    }

    pub(crate) fn show_heard(&mut self, link: Link, log: LogId, seq: u64, deeds: &mut Vec<Deed>) {
        let held = self.logs.find(&log).is_some_and(|held| seq < held.stored());
        if held && self.look_up(link, log, seq, Purpose::Show, deeds) {
            return;
        }
        if let Some(line) = self.peer_of(link).and_then(|peer| peer.line.as_mut()) {
            Gossip::send(line, Message::Shown { log, seq, header: Vec::new() }, deeds);
        }
    }

    pub(crate) fn shown_heard(
        &mut self,
        link: Link,
        log: LogId,
        seq: u64,
        header: &[u8],
        now: u64,
        deeds: &mut Vec<Deed>,
    ) {
        let Some(line) = self.peer_of(link).and_then(|peer| peer.line.as_mut()) else { return };
        let asked = |search: &&mut Search| search.over() && search.at == seq;
        let Some(search) = line.searches.get_mut(&log).filter(asked) else { return };
        if header.is_empty() {
            return self.give_up(link, &log);
        }
        match SignedHeader::decode(header) {
            Ok(theirs) if theirs.header.log == log && theirs.header.seq == seq => {
                search.their_header = Some(Box::new(theirs));
                self.prove(link, log, deeds);
            }
            _ => self.refused(link, Fault::Malformed, Some((log, seq)), now, deeds),
        }
    }

    /// Compares some of the doubtful places of a link, and one place of the next log in turn.
    pub(crate) fn audit(&mut self, node: NodeId, now: u64, deeds: &mut Vec<Deed>) {
        let Some(line) = self.peers.get_mut(&node).and_then(|peer| peer.line.as_mut()) else { return };
        let link = line.link;
        line.searches.retain(|_, search| now < search.since + 60_000);
        for _ in 0..4 {
            let Some(line) = self.peer_of(link).and_then(|peer| peer.line.as_mut()) else { return };
            let Some((log, seq, hash)) = line.doubts.pop_front() else { break };
            let held = self.logs.find(&log).is_some_and(|held| seq < held.blocks());
            if held && !self.look_up(link, log, seq, Purpose::Doubt(hash), deeds) {
                break;
            }
        }
        self.audit_in_turn(node, now, deeds);
    }

    fn audit_in_turn(&mut self, node: NodeId, now: u64, deeds: &mut Vec<Deed>) {
        let (logs, interval) = (self.logs.len() as u32, self.config.audit_ms);
        let Some(peer) = self.peers.get_mut(&node) else { return };
        let Some(line) = peer.line.as_mut().filter(|line| line.audit_at <= now && logs > 0) else { return };
        line.audit_at = now + interval;
        let number = line.audit_next % logs;
        line.audit_next = number + 1;
        let (held, theirs) = (self.logs.get(number), peer.holding(number).map_or(0, |holding| holding.blocks));
        let common = held.blocks().min(theirs);
        if common > 0 {
            // A place that nobody can foresee without the nonce: any block may be the forged one.
            let seed = Hash::of(
                "vigil gossip audit place v1",
                &[&self.config.instance.to_le_bytes()[..], &now.to_le_bytes()].concat(),
            );
            let draw = u64::from_le_bytes(*seed.0.first_chunk().expect("32 bytes are at least 8"));
            let (log, seq) = (held.log, draw % common);
            self.spot_check(node, log, seq, now, deeds);
        }
    }

    /// A search that ends at once when both are equal at `seq`.
    fn spot_check(&mut self, node: NodeId, log: LogId, seq: u64, now: u64, deeds: &mut Vec<Deed>) {
        let Some(line) = self.peers.get_mut(&node).and_then(|peer| peer.line.as_mut()) else { return };
        if line.searches.contains_key(&log) || line.searches.len() >= LINK_SEARCHES_MAX {
            return;
        }
        let link = line.link;
        line.searches.insert(log, Search::new(seq, seq, true, now));
        self.halve(link, log, deeds);
    }

    /// A block did not link to ours: someone holds another chain.
    pub(crate) fn chain_broken(&mut self, node: NodeId, log: LogId, seq: u64, now: u64, deeds: &mut Vec<Deed>) {
        let stored = self.logs.find(&log).map_or(0, Held::stored);
        let last = seq.min(stored).checked_sub(1);
        if let Some(last) = last {
            self.search(node, log, last, now, deeds);
        }
    }
}
