//! How a link begins and ends: greeting, who tells first, twins.

use vigil_model::limits::PEERS_MAX;
use vigil_model::{ClassSet, Hash, LogId, NodeId};

use crate::machine::Gossip;
use crate::message::{Hello, Message, PROTOCOL, VERSION_BYTES_MAX};
use crate::names::{Names, nonce};
use crate::peer::{Holding, Line, Peer};
use crate::types::{Deed, Fault, Goodbye, Link};

const INSTANCE_DOMAIN: &str = "vigil gossip instance v1";
/// Instances of one peer that are remembered, to see one come back.
const FORMER_MAX: usize = 4;

/// What of the instance number is shown to peers: the number itself is the seed of the nonces.
pub(crate) fn shown(instance: u64) -> u64 {
    let hash = Hash::of(INSTANCE_DOMAIN, &instance.to_le_bytes());
    u64::from_le_bytes(*hash.0.first_chunk().expect("32 bytes are at least 8"))
}

impl Gossip {
    pub(crate) fn connected(&mut self, link: Link, node: NodeId, now: u64, deeds: &mut Vec<Deed>) {
        if self.stopped || self.links.contains_key(&link) {
            return;
        }
        if let Some(old) = self.peers.get(&node).and_then(|peer| peer.line.as_ref()).map(|line| line.link) {
            deeds.push(Deed::HangUp { link: old, why: Goodbye::Replaced });
            self.disconnected(old, now, deeds);
        }
        self.make_place(&node);
        if self.outcast(&node, now) {
            deeds.push(Deed::HangUp { link, why: Goodbye::Faults });
            return;
        }
        self.links_made += 1;
        let nonce = nonce(self.config.instance, &self.config.me, self.links_made);
        let greeted = (self.logs.refresh(), self.logs.blocks());
        let hello = self.hello(nonce, greeted);
        let mut line = Line::new(link, nonce, greeted, now);
        line.round_at = now + self.config.frontier_ms;
        line.audit_at = now + self.config.audit_ms;
        Gossip::send(&mut line, Message::Hello(Box::new(hello)), deeds);
        let peer = self.peers.entry(node).or_insert_with(|| Peer::new(node));
        peer.line = Some(line);
        peer.last_heard = Some(now);
        for holding in &mut peer.holdings {
            (holding.known, holding.named, holding.given) = (false, false, 0);
        }
        self.links.insert(link, node);
    }

    /// Forgets the peer that was heard longest ago when there are too many.
    fn make_place(&mut self, node: &NodeId) {
        if self.peers.len() < PEERS_MAX || self.peers.contains_key(node) {
            return;
        }
        let absent = self.peers.values().filter(|peer| peer.line.is_none());
        if let Some(oldest) = absent.min_by_key(|peer| peer.last_heard).map(|peer| peer.node) {
            self.peers.remove(&oldest);
        }
    }

    fn hello(&self, nonce: [u8; 16], greeted: (Hash, u64)) -> Hello {
        let mut version = self.config.version.clone();
        while version.len() > VERSION_BYTES_MAX {
            version.pop();
        }
        Hello {
            protocol: PROTOCOL,
            instance: shown(self.config.instance),
            log: self.config.log,
            nonce,
            interest: self.config.interest.clone(),
            digest: greeted.0,
            blocks: greeted.1,
            version,
        }
    }

    pub(crate) fn disconnected(&mut self, link: Link, now: u64, deeds: &mut Vec<Deed>) {
        let Some(node) = self.links.remove(&link) else { return };
        let peer = self.peers.get_mut(&node).expect("a link has its peer");
        let line = peer.line.take().expect("the link was known");
        self.serves -= line.serves.len();
        line.pulls.iter().for_each(|(id, pull)| self.works.broken(*id, &pull.request));
        self.lookups.forget(link);
        self.plan_all(now, deeds);
    }

    pub(crate) fn hello_heard(&mut self, node: NodeId, hello: Hello, now: u64, deeds: &mut Vec<Deed>) {
        let me = self.config.me;
        let instance = shown(self.config.instance);
        let peer = self.peers.get_mut(&node).expect("a link has its peer");
        let line = peer.line.as_mut().expect("the message came on it");
        let link = line.link;
        if line.up() || hello.check().is_err() {
            return self.refused(link, Fault::Malformed, None, now, deeds);
        }
        if !hello.speaks() {
            deeds.push(Deed::HangUp { link, why: Goodbye::Version });
            return;
        }
        if node == me {
            // The transport proved that the other end has our key.
            if hello.instance != instance {
                deeds.push(Deed::Twin { link });
            }
            deeds.push(Deed::HangUp { link, why: Goodbye::Twin });
            return;
        }
        line.names = Some(Names::new([(me, line.nonce), (node, hello.nonce)], &self.logs));
        line.heard = hello.digest;
        let (digest, blocks) = line.greeted;
        let theirs = (hello.blocks, node);
        let twin = peer.instance_seen(hello.instance).then_some(peer.log).flatten().filter(|log| *log != hello.log);
        peer.interest = hello.interest;
        peer.version = hello.version;
        peer.log = Some(hello.log);
        if let (Some(log), Some(line)) = (twin, &mut peer.line) {
            Gossip::send(line, Message::Twin { log }, deeds);
        }
        if digest == hello.digest {
            self.agree(node);
        } else if (blocks, me) > theirs {
            self.tell_from_start(node, now, deeds);
        } else {
            let wait = now + 2 * self.config.frontier_ms;
            let line = self.peers.get_mut(&node).and_then(|peer| peer.line.as_mut()).expect("still linked");
            line.waits_until = Some(wait);
        }
        self.plan(node, now, deeds);
    }

    /// Both have the same frontier: what is here is there.
    pub(crate) fn agree(&mut self, node: NodeId) {
        let peer = self.peers.get_mut(&node).expect("a link has its peer");
        let mut line = peer.line.take().expect("only linked peers agree");
        let mut unsure = false;
        for (number, held) in self.logs.iter() {
            let dirty = line.dirty.contains(&number);
            let holding = peer.holding_mut(number);
            unsure |= dirty && !holding.known;
            if !dirty && !holding.known {
                *holding = Holding { blocks: held.blocks(), known: true, ..Holding::default() };
            }
            let follows = self.config.interest.follows(&self.config.me, &held.log.node);
            if !held.gaps(follows).0.is_empty() {
                line.dirty.insert(number);
            }
        }
        // What changed meanwhile is judged at the next round in which both are equal.
        line.unsure = unsure;
        peer.line = Some(line);
        // The same headers; what bodies are missing here, the peer may have.
        let lacking = self.logs.iter().filter(|(_, held)| held.lacks(ClassSet::ALL));
        let lacking: Vec<LogId> = lacking.map(|(_, held)| held.log).collect();
        lacking.iter().for_each(|log| self.want(node, log));
    }
}

impl Peer {
    /// Takes note of the process at the other end; true when an earlier one is back, so two run.
    fn instance_seen(&mut self, instance: u64) -> bool {
        let before = self.instance.replace(instance);
        let Some(before) = before.filter(|before| *before != instance) else { return false };
        self.former.push_back(before);
        if self.former.len() > FORMER_MAX {
            self.former.pop_front();
        }
        self.former.contains(&instance)
    }
}
