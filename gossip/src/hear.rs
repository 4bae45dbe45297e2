//! What a peer's frontier says, and what follows from it.

use std::collections::{BTreeMap, BTreeSet};

use vigil_model::limits::LINK_CLAIMS_MAX;
use vigil_model::{Hash, LogId, NodeId};

use crate::entry::{Entry, Fold, Frontier, Name, State};
use crate::logs::Number;
use crate::machine::Gossip;
use crate::message::Message;
use crate::peer::{Holding, Line};
use crate::types::{Deed, Fault, Link};

/// Two whole frontiers of one peer are heard no closer; each tells them with more in between.
const WHOLE_MS: u64 = 500;
/// Short names asked for in one message, and until the next round.
pub(crate) const WHO_MAX: usize = 4_096;

impl Gossip {
    pub(crate) fn message(&mut self, link: Link, message: Message, now: u64, deeds: &mut Vec<Deed>) {
        let Some(peer) = self.peer_of(link) else { return };
        let node = peer.node;
        peer.last_heard = Some(now);
        let up = peer.up().is_some();
        match message {
            Message::Hello(hello) => self.hello_heard(node, *hello, now, deeds),
            _ if !up => self.refused(link, Fault::Malformed, None, now, deeds),
            Message::Same => {}
            Message::Digest(digest) => self.digest_heard(node, digest),
            Message::Frontier(bytes) => match Frontier::unpack(&bytes) {
                Some(frontier) => self.frontier_heard(node, frontier, now, deeds),
                None => self.refused(link, Fault::Malformed, None, now, deeds),
            },
            Message::Who(shorts) => self.tell_names(node, &shorts, deeds),
            Message::Unfold(shorts) => self.unfold(node, &shorts, deeds),
            Message::Resend => self.resend(node, now, deeds),
            Message::Probe { log, seq } => self.probe_heard(link, log, seq, deeds),
            Message::Probed { log, seq, hash } => self.probed_heard(link, log, seq, hash, deeds),
            Message::Show { log, seq } => self.show_heard(link, log, seq, deeds),
            Message::Shown { log, seq, header } => self.shown_heard(link, log, seq, &header, now, deeds),
            // Hearsay: the other process's log is pulled like any other once a frontier names it,
            // and its signature then proves what this only claims.
            Message::Twin { log: _ } => {}
        }
    }

    fn digest_heard(&mut self, node: NodeId, digest: Hash) {
        let ours = self.logs.refresh();
        let line = self.line(node);
        line.heard = digest;
        if digest == ours {
            line.differing = 0;
            if line.unsure {
                self.agree(node);
            }
        }
    }

    fn line(&mut self, node: NodeId) -> &mut Line {
        self.peers.get_mut(&node).and_then(|peer| peer.line.as_mut()).expect("the message came on it")
    }

    fn frontier_heard(&mut self, node: NodeId, frontier: Frontier, now: u64, deeds: &mut Vec<Deed>) {
        if frontier.start && !self.hearing_starts(node, now) {
            let link = self.line(node).link;
            return self.refused(link, Fault::Replay, None, now, deeds);
        }
        let mut unknown = Vec::new();
        for entry in frontier.entries {
            let log = self.named(node, entry.name);
            match log {
                Some(log) => self.entry_heard(node, &log, entry, now, deeds),
                None => unknown.extend(short_of(entry.name)),
            }
        }
        self.folds_heard(node, &frontier.folds, now, deeds);
        self.ask_names(node, unknown, deeds);
        if frontier.end {
            self.hearing_ends(node, now, deeds);
        }
        self.plan(node, now, deeds);
    }

    fn named(&self, node: NodeId, name: Name) -> Option<LogId> {
        match name {
            Name::Full(log) => Some(log),
            Name::Short(short) => {
                let names = self.peers[&node].up().and_then(|line| line.names.as_ref())?;
                names.find(short).map(|number| self.logs.get(number).log)
            }
        }
    }

    fn ask_names(&mut self, node: NodeId, mut unknown: Vec<u32>, deeds: &mut Vec<Deed>) {
        let line = self.line(node);
        unknown.retain(|short| !line.asked_names.contains(short));
        unknown.truncate(WHO_MAX.saturating_sub(line.asked_names.len()));
        if !unknown.is_empty() && Gossip::send(line, Message::Who(unknown.clone()), deeds) {
            line.asked_names.extend(unknown);
        }
    }

    /// One log as the peer holds it.
    fn entry_heard(&mut self, node: NodeId, log: &LogId, entry: Entry, now: u64, deeds: &mut Vec<Deed>) {
        let gaps = (!entry.gaps.0.is_empty()).then(|| Box::new(entry.gaps));
        let number = self.logs.number(log);
        let peer = self.peers.get_mut(&node).expect("the message came from it");
        let holding = match number {
            Some(number) => peer.holding_mut(number),
            None => match claim(peer.line.as_mut().expect("linked"), log) {
                Some(holding) => holding,
                None => return,
            },
        };
        let grew = entry.state.blocks() > holding.blocks || gaps != holding.gaps;
        *holding = Holding {
            blocks: entry.state.blocks(),
            known: true,
            given: holding.given,
            named: true,
            gaps,
            barren: holding.barren.take().filter(|_| !grew),
        };
        if let Some(number) = number {
            self.compare(node, number, entry.state, now, deeds);
            self.copies_heard(node, number, deeds);
        }
        self.want(node, log);
    }

    /// Whether what both hold of a log can be of one chain.
    fn compare(&mut self, node: NodeId, number: Number, theirs: State, now: u64, deeds: &mut Vec<Deed>) {
        let held = self.logs.get(number);
        let log = held.log;
        let line = self.peers.get_mut(&node).and_then(|peer| peer.line.as_mut()).expect("linked");
        let names = line.names.as_ref().expect("heard after greeting");
        let ours = held.state(|hash| names.hash(hash));
        let (State::Grows { blocks, hash }, State::Grows { blocks: here, hash: our_hash }) = (theirs, ours) else {
            return;
        };
        if blocks == 0 || blocks > here {
            return;
        }
        if blocks < here {
            line.doubt(log, blocks - 1, hash);
        } else if hash != our_hash {
            self.search(node, log, blocks - 1, now, deeds);
        }
    }

    fn folds_heard(&mut self, node: NodeId, folds: &[Fold], now: u64, deeds: &mut Vec<Deed>) {
        if folds.is_empty() {
            return;
        }
        let names = self.line(node).names.clone().expect("heard after greeting");
        let nodes: BTreeMap<u32, NodeId> =
            self.logs.nodes().into_iter().map(|node| (names.node(&node), node)).collect();
        let mut differing = Vec::new();
        for fold in folds {
            let author = nodes.get(&fold.node).copied();
            let ours = author.map(|author| self.logs.fold(author));
            let equal = ours.is_some_and(|(count, root)| count == fold.logs && names.hash(&root) == fold.root);
            let closed: Vec<Number> = author.map_or_else(Vec::new, |author| self.closed(author));
            closed.into_iter().for_each(|number| self.fold_heard(node, number, equal, now));
            if !equal {
                differing.push(fold.node);
            }
        }
        differing.truncate(WHO_MAX);
        if !differing.is_empty() {
            Gossip::send(self.line(node), Message::Unfold(differing), deeds);
        }
    }

    fn closed(&self, author: NodeId) -> Vec<Number> {
        self.logs.closed(author).map(|(number, _)| number).collect()
    }

    /// A closed log here: equal there, or told soon in both directions.
    fn fold_heard(&mut self, node: NodeId, number: Number, equal: bool, now: u64) {
        let (log, blocks) = (self.logs.get(number).log, self.logs.get(number).blocks());
        let peer = self.peers.get_mut(&node).expect("the message came from it");
        let holding = peer.holding_mut(number);
        holding.known = true;
        if equal {
            holding.blocks = blocks;
            self.want(node, &log);
        } else if let Some(line) = &mut peer.line {
            line.dirty.insert(number);
            line.soon(now);
        }
    }

    /// A whole frontier costs a look at every log: refused when it comes again and again.
    fn hearing_starts(&mut self, node: NodeId, now: u64) -> bool {
        let line = self.line(node);
        if line.whole_at.is_some_and(|at| now < at + WHOLE_MS) {
            return false;
        }
        line.whole_at = Some(now);
        let peer = self.peers.get_mut(&node).expect("the message came from it");
        peer.holdings.iter_mut().for_each(|holding| holding.known = false);
        let line = peer.line.as_mut().expect("the message came on it");
        line.claims.clear();
        line.behind.clear();
        line.fillable.clear();
        line.overflowed = false;
        line.hearing = true;
        line.unsure = true;
        true
    }

    /// After the whole frontier: what was not named is not held there. After the changes that
    /// answer ours: what was not named is as we told it.
    fn hearing_ends(&mut self, node: NodeId, now: u64, deeds: &mut Vec<Deed>) {
        let whole = std::mem::take(&mut self.line(node).hearing);
        if !whole {
            return self.agree(node);
        }
        let peer = self.peers.get_mut(&node).expect("the message came from it");
        let mut line = peer.line.take().expect("the message came on it");
        let mut ahead = BTreeSet::new();
        for (number, held) in self.logs.iter().filter(|(_, held)| held.blocks() > 0) {
            let holding = peer.holding_mut(number);
            if !holding.known {
                *holding = Holding { known: true, ..Holding::default() };
            }
            // What is ahead here is told now, the rest with the next round: it is not in the way
            // of the data, and most of it will have grown by then.
            let gaps = !held.gaps(self.config.interest.follows(&self.config.me, &held.log.node)).0.is_empty();
            if holding.blocks != held.blocks() || gaps || line.dirty.contains(&number) {
                line.dirty.insert(number);
            }
            if holding.blocks < held.blocks() {
                ahead.insert(number);
            }
        }
        let leads = line.waits_until.take().is_none();
        line.replies |= !leads;
        peer.line = Some(line);
        let _ = now;
        self.tell_first(node, ahead, deeds);
    }

    /// A log that a peer claimed is now in the table.
    pub(crate) fn claims_become(&mut self, number: Number, log: &LogId) {
        for peer in self.peers.values_mut() {
            let Some(line) = &mut peer.line else { continue };
            if let Some(names) = &mut line.names {
                names.add(number, log);
            }
            if let Some(claim) = line.claims.remove(log) {
                *peer.holding_mut(number) = claim;
            }
        }
    }
}

fn short_of(name: Name) -> Option<u32> {
    match name {
        Name::Short(short) => Some(short),
        Name::Full(_) => None,
    }
}

/// The place for what a peer claims of a log that is not here; nothing when it claims too many.
pub(crate) fn claim<'a>(line: &'a mut Line, log: &LogId) -> Option<&'a mut Holding> {
    if line.claims.len() >= LINK_CLAIMS_MAX && !line.claims.contains_key(log) {
        line.overflowed = true;
        return None;
    }
    Some(line.claims.entry(*log).or_default())
}
