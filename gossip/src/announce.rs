//! Live: what is told at once when a block became durable here, and what a peer's announcement
//! leads to.

use std::collections::BTreeMap;

use vigil_model::limits::{EAGER_BLOCK_BYTES_MAX, LINK_ANNOUNCE_BYTES_MAX, LINK_EAGER_BYTES_MAX};
use vigil_model::{ClassSet, Hash, LogId, NodeId};

use crate::entry::BLOCKS_MAX;
use crate::hear::claim;
use crate::logs::{Held, Number};
use crate::machine::Gossip;
use crate::peer::Peer;
use crate::types::{Deed, Fault, Link, LogView};

/// Among fewer links everyone is told directly.
const LINKS_DIRECT: usize = 16;
/// Bytes that a header on the wire takes at most in the usual case, for the account of the link.
const HEADER_BYTES: usize = 1_024;
/// A peer that is further behind has no use for the header of the newest block.
const HEADER_USEFUL: u64 = 64;

impl Gossip {
    pub(crate) fn log(
        &mut self,
        log: LogId,
        view: LogView,
        newest_bytes: u32,
        from: Option<NodeId>,
        now: u64,
        deeds: &mut Vec<Deed>,
    ) {
        let before = self.logs.find(&log).map_or(0, Held::blocks);
        let (number, new) = self.logs.set(log, view);
        if new {
            self.claims_become(number, &log);
        }
        let held = self.logs.get(number);
        self.works.settled(held, now);
        let (blocks, stepped) = (held.blocks(), held.blocks() == before + 1);
        let own = from.is_none() && log == self.config.log;
        let told = if own && stepped { self.announce(number, newest_bytes, deeds) } else { Vec::new() };
        for node in self.linked() {
            if !told.contains(&node) {
                self.stain(node, number, &log, blocks, from, now);
            }
            self.want(node, &log);
            self.plan_log(node, &log, now, deeds);
        }
    }

    /// Notes that a peer is to be told of a log, and how soon.
    fn stain(&mut self, node: NodeId, number: Number, log: &LogId, blocks: u64, from: Option<NodeId>, now: u64) {
        let (ack, relay) = (self.config.ack_ms, self.config.relay_ms);
        let Some(peer) = self.peers.get_mut(&node) else { return };
        let knows = peer.holding(number).is_some_and(|holding| holding.known && holding.blocks >= blocks);
        let Some(line) = &mut peer.line else { return };
        line.dirty.insert(number);
        if log.node == node {
            line.soon(now + ack);
        } else if !knows && from != Some(node) {
            line.soon(now + relay);
        }
    }

    fn plan_log(&mut self, node: NodeId, log: &LogId, now: u64, deeds: &mut Vec<Deed>) {
        let wanted =
            |peer: &Peer| peer.up().is_some_and(|line| line.behind.contains(log) || line.fillable.contains(log));
        if wanted(&self.peers[&node]) {
            self.plan(node, now, deeds);
        }
    }

    /// Sends the newest block of our own log on its way; answers who was told by it.
    fn announce(&mut self, number: Number, newest_bytes: u32, deeds: &mut Vec<Deed>) -> Vec<NodeId> {
        let held = self.logs.get(number);
        let (log, seq) = (held.log, held.blocks() - 1);
        let lacks = held.lacks(ClassSet::ALL);
        let (nodes, flood) = self.told_directly(seq);
        let mut told = Vec::new();
        let mut groups: BTreeMap<(ClassSet, u32), Vec<Link>> = BTreeMap::new();
        for node in nodes {
            let peer = self.peers.get_mut(&node).expect("a link has its peer");
            if let Some((link, eager, bytes)) = peer.offer(&log, number, seq, newest_bytes as usize) {
                groups.entry((eager, bytes)).or_default().push(link);
                told.push(node);
            }
        }
        for ((eager, bytes), links) in groups {
            deeds.push(Deed::Announce { links, log, seq, eager, bytes, flood });
        }
        if lacks { Vec::new() } else { told }
    }

    /// Whom to tell directly: all links, or about the root of the number of members, others each
    /// time; then the rest hears through the flood, or from those and from us a little later.
    fn told_directly(&self, seq: u64) -> (Vec<NodeId>, bool) {
        let nodes = self.linked();
        if nodes.len() < LINKS_DIRECT {
            return (nodes, false);
        }
        let count = self.authors.len().max(nodes.len()).isqrt().clamp(1, nodes.len());
        let first = (seq as usize).wrapping_mul(count) % nodes.len();
        let chosen = nodes.iter().cycle().skip(first).take(count).copied().collect();
        (chosen, self.config.gossipsub)
    }

    #[allow(clippy::too_many_arguments, reason = "the fields of one event")]
    pub(crate) fn announced(
        &mut self,
        link: Link,
        log: LogId,
        seq: u64,
        hash: &Hash,
        taken: bool,
        now: u64,
        deeds: &mut Vec<Deed>,
    ) {
        let number = self.logs.number(&log);
        let Some(peer) = self.peer_of(link) else { return };
        let node = peer.node;
        peer.last_heard = Some(now);
        if seq >= BLOCKS_MAX - 1 || peer.up().is_none() {
            return self.refused(link, Fault::Malformed, None, now, deeds);
        }
        peer.has_up_to(number, &log, seq);
        if taken {
            self.works.take(log, seq, now);
            return self.want_all(&log);
        }
        let ours = number.and_then(|number| self.logs.get(number).head);
        if ours.is_some_and(|(head, ours)| head == seq && ours != *hash) {
            self.search(node, log, seq, now, deeds);
        }
        self.want(node, &log);
        self.plan_log(node, &log, now, deeds);
    }
}

impl Peer {
    /// How a new block of ours is sent to it now, if it is: the bodies that go along, and the
    /// bytes that count.
    fn offer(&mut self, log: &LogId, number: Number, seq: u64, newest_bytes: usize) -> Option<(Link, ClassSet, u32)> {
        let classes = self.follows(&log.node).common(ClassSet::ALL);
        let holding = self.holding(number).cloned().unwrap_or_default();
        let line =
            self.line.as_mut().filter(|line| line.up() && line.telling.is_none() && line.waits_until.is_none())?;
        let reaches = holding.blocks.max(holding.given);
        let whole = HEADER_BYTES + newest_bytes;
        let small = newest_bytes <= EAGER_BLOCK_BYTES_MAX && line.queued + whole <= LINK_EAGER_BYTES_MAX;
        let eager = small && reaches >= seq;
        let useful = reaches + HEADER_USEFUL >= seq && line.queued + HEADER_BYTES <= LINK_ANNOUNCE_BYTES_MAX;
        if !eager && !useful {
            return None;
        }
        let bytes = if eager { whole } else { HEADER_BYTES };
        line.queued += bytes;
        let link = line.link;
        let holding = self.holding_mut(number);
        holding.given = if eager { seq + 1 } else { holding.given };
        Some((link, if eager { classes } else { ClassSet::NONE }, bytes as u32))
    }

    /// It announced a block: it holds the log up to there.
    fn has_up_to(&mut self, number: Option<Number>, log: &LogId, seq: u64) {
        let holding = match number {
            Some(number) => Some(self.holding_mut(number)),
            None => self.line.as_mut().and_then(|line| claim(line, log)),
        };
        if let Some(holding) = holding {
            if holding.blocks < seq + 1 || !holding.known {
                holding.barren = None;
            }
            holding.blocks = holding.blocks.max(seq + 1);
            (holding.known, holding.named) = (true, true);
        }
    }
}
