//! What a peer is told of this node's frontier: changes only, or all of it when the two differ.

use std::collections::{BTreeMap, BTreeSet};

use vigil_model::limits::GOSSIP_MESSAGE_BYTES_MAX;
use vigil_model::{ClassSet, NodeId};

use crate::entry::{Entry, Fold, Frontier, Name, PACK_BYTES};
use crate::logs::{Held, Number};
use crate::machine::Gossip;
use crate::message::Message;
use crate::names::Names;
use crate::peer::Line;
use crate::types::Deed;

/// Entries of one message; folded nodes have room beside them.
const PAGE_BYTES: usize = PACK_BYTES / 2;
/// Bytes of one folded node at most.
const FOLD_BYTES: usize = 24;
/// Closed epochs are folded for so many nodes; those of the others are told one by one.
const FOLDS_MAX: usize = (PACK_BYTES - PAGE_BYTES) / FOLD_BYTES;
/// The whole frontier is told again no sooner.
const RESEND_MS: u64 = 5_000;

/// Entries gathered for one message: short names sorted, full names after them.
#[derive(Default)]
struct Page {
    shorts: BTreeMap<u32, Entry>,
    fulls: Vec<Entry>,
    bytes: usize,
}

impl Page {
    fn push(&mut self, entry: Entry) {
        self.bytes += entry.cost();
        match entry.name {
            Name::Short(short) => drop(self.shorts.insert(short, entry)),
            Name::Full(_) => self.fulls.push(entry),
        }
    }

    fn full(&self) -> bool {
        self.bytes >= PAGE_BYTES
    }

    fn frontier(self, start: bool, end: bool, folds: Vec<Fold>) -> Message {
        let entries = self.shorts.into_values().chain(self.fulls).collect();
        Message::Frontier(Frontier { start, end, entries, folds }.pack())
    }
}

/// How a log is told.
fn entry(name: Name, held: &Held, names: &Names, follows: ClassSet) -> Entry {
    Entry { name, state: held.state(|hash| names.hash(hash)), gaps: held.gaps(follows) }
}

impl Gossip {
    /// The closed epochs of each node in one line, by short name, with the node. Left out are
    /// nodes of whose closed epochs bodies are missing here: a line does not say which.
    fn folds(&self, names: &Names) -> BTreeMap<u32, (NodeId, Fold)> {
        let mut folds = BTreeMap::new();
        for node in self.logs.nodes() {
            let follows = self.follows(&node);
            let whole = !self.logs.closed(node).any(|(_, held)| held.lacks(follows));
            let (logs, root) = self.logs.fold(node);
            let short = names.node(&node);
            if logs > 0 && whole && folds.len() < FOLDS_MAX {
                folds.entry(short).or_insert((node, Fold { node: short, logs, root: names.hash(&root) }));
            }
        }
        folds
    }
}

impl Gossip {
    /// Begins to tell the whole frontier.
    pub(crate) fn tell_from_start(&mut self, node: NodeId, now: u64, deeds: &mut Vec<Deed>) {
        let line = self.peers.get_mut(&node).and_then(|peer| peer.line.as_mut()).expect("only linked peers are told");
        line.dirty.clear();
        line.soon_at = None;
        line.waits_until = None;
        line.replies = false;
        line.telling = Some(0);
        line.resent_at = Some(now);
        self.tell_all(node, now, deeds);
    }

    /// Goes on with the whole frontier as far as the link takes it.
    pub(crate) fn tell_all(&mut self, node: NodeId, now: u64, deeds: &mut Vec<Deed>) {
        let _ = now;
        let Some(mut line) = self.peers.get_mut(&node).and_then(|peer| peer.line.take()) else { return };
        while let Some(from) = line.telling.filter(|_| line.takes(GOSSIP_MESSAGE_BYTES_MAX)) {
            let names = line.names.as_ref().expect("told after greeting");
            let folds = self.folds(names);
            let (page, next) = self.page_from(from, names, &folds);
            let folds = folds.into_values().map(|(_, fold)| fold).filter(|_| next.is_none()).collect();
            let message = page.frontier(from == 0, next.is_none(), folds);
            line.telling = next;
            Gossip::send(&mut line, message, deeds);
        }
        self.peers.get_mut(&node).expect("still there").line = Some(line);
    }

    /// A page of logs by rising short name, and where the next one begins.
    fn page_from(&self, from: u32, names: &Names, folds: &BTreeMap<u32, (NodeId, Fold)>) -> (Page, Option<u32>) {
        let mut page = Page::default();
        let folded: BTreeSet<NodeId> = folds.values().map(|(node, _)| *node).collect();
        let put = |page: &mut Page, name, number| {
            let held = self.logs.get(number);
            if held.blocks() > 0 && !(held.closed && folded.contains(&held.log.node)) {
                page.push(entry(name, held, names, self.follows(&held.log.node)));
            }
        };
        for (short, number) in names.shorts_from(from) {
            if page.full() {
                return (page, Some(short));
            }
            put(&mut page, Name::Short(short), number);
        }
        for number in names.clashing() {
            put(&mut page, Name::Full(self.logs.get(number).log), number);
        }
        (page, None)
    }

    /// Tells the logs that changed, as far as the link takes them.
    pub(crate) fn tell_changes(&mut self, node: NodeId, deeds: &mut Vec<Deed>) {
        let peer = self.peers.get_mut(&node).expect("only linked peers are told");
        let Some(mut line) = peer.line.take() else { return };
        line.soon_at = None;
        while line.told_freely() && !line.dirty.is_empty() && line.takes(GOSSIP_MESSAGE_BYTES_MAX) {
            let names = line.names.as_ref().expect("told after greeting");
            let mut page = Page::default();
            while let Some(number) = line.dirty.pop_first() {
                let held = self.logs.get(number);
                let peer = self.peers.get_mut(&node).expect("still there");
                let name = peer.name_of(number, held, names);
                page.push(entry(name, held, names, self.config.interest.follows(&self.config.me, &held.log.node)));
                if page.full() {
                    break;
                }
            }
            let last = line.dirty.is_empty() && std::mem::take(&mut line.replies);
            Gossip::send(&mut line, page.frontier(false, last, Vec::new()), deeds);
        }
        self.peers.get_mut(&node).expect("still there").line = Some(line);
    }

    /// Tells these of the changed logs now, the others with the next round.
    pub(crate) fn tell_first(&mut self, node: NodeId, first: BTreeSet<Number>, deeds: &mut Vec<Deed>) {
        let split = |line: &mut Line| {
            let rest = line.dirty.difference(&first).copied().collect::<BTreeSet<_>>();
            line.dirty = first.clone();
            (rest, std::mem::take(&mut line.replies))
        };
        let Some((rest, replies)) = self.line_mut(&node).map(split) else { return };
        self.tell_changes(node, deeds);
        if let Some(line) = self.line_mut(&node) {
            line.dirty.extend(rest);
            line.replies = replies;
        }
    }

    fn line_mut(&mut self, node: &NodeId) -> Option<&mut Line> {
        self.peers.get_mut(node)?.line.as_mut()
    }

    /// Tells these logs in full, as a peer asked for.
    pub(crate) fn tell_names(&mut self, node: NodeId, shorts: &[u32], deeds: &mut Vec<Deed>) {
        let Some(names) = self.peers[&node].up().and_then(|line| line.names.as_ref()) else { return };
        let numbers: BTreeSet<Number> = shorts.iter().filter_map(|short| names.find(*short)).collect();
        self.tell_in_full(node, numbers, deeds);
    }

    /// Tells the closed epochs of these nodes one by one.
    pub(crate) fn unfold(&mut self, node: NodeId, shorts: &[u32], deeds: &mut Vec<Deed>) {
        let Some(names) = self.peers[&node].up().and_then(|line| line.names.as_ref()) else { return };
        let shorts: BTreeSet<u32> = shorts.iter().copied().collect();
        let nodes = self.logs.nodes().into_iter().filter(|node| shorts.contains(&names.node(node)));
        let closed = nodes.flat_map(|node| self.logs.closed(node));
        let numbers = closed.map(|(number, _)| number).collect();
        self.tell_in_full(node, numbers, deeds);
    }

    /// What the link does not take is told when the peer asks for everything again.
    fn tell_in_full(&mut self, node: NodeId, mut numbers: BTreeSet<Number>, deeds: &mut Vec<Deed>) {
        let Some(mut line) = self.peers.get_mut(&node).and_then(|peer| peer.line.take()) else { return };
        while let Some(names) = line.names.as_ref().filter(|_| !numbers.is_empty()) {
            let mut page = Page::default();
            while let Some(number) = if page.full() { None } else { numbers.pop_first() } {
                let held = self.logs.get(number);
                page.push(entry(Name::Full(held.log), held, names, self.follows(&held.log.node)));
            }
            if !Gossip::send(&mut line, page.frontier(false, false, Vec::new()), deeds) {
                break;
            }
        }
        self.peers.get_mut(&node).expect("still there").line = Some(line);
    }

    /// A peer wants to hear everything again.
    pub(crate) fn resend(&mut self, node: NodeId, now: u64, deeds: &mut Vec<Deed>) {
        let line = self.peers[&node].line.as_ref().expect("the message came on it");
        let early = line.resent_at.is_some_and(|at| now < at + RESEND_MS) || line.telling.is_some();
        if !early {
            self.tell_from_start(node, now, deeds);
        }
    }
}

impl Line {
    /// Changes may be told: no whole frontier is under way in either direction.
    fn told_freely(&self) -> bool {
        self.up() && self.telling.is_none() && self.waits_until.is_none()
    }
}

impl crate::peer::Peer {
    /// In full once, when the peer may never have heard of the log; then short.
    fn name_of(&mut self, number: Number, held: &Held, names: &Names) -> Name {
        let holding = self.holding_mut(number);
        let heard = holding.named || (holding.known && holding.blocks > 0);
        holding.named = true;
        if heard { names.name(number, &held.log) } else { Name::Full(held.log) }
    }
}
