//! The machine: which part of it answers which event, and when it wants to be woken.

use std::collections::{BTreeMap, BTreeSet};

use vigil_model::limits::{LINK_QUEUE_BYTES_MAX, PENDING_BYTES_MAX, RECEIVED_BLOCKS_MAX};
use vigil_model::{Hash, LogId, NodeId};

use crate::audit::Lookups;
use crate::config::Config;
use crate::logs::Logs;
use crate::message::Message;
use crate::peer::{Line, Peer};
use crate::types::{Deed, Event, Goodbye, Link, PullId};
use crate::work::Works;

/// Who has what, and what to send next.
#[derive(Clone, Debug)]
pub struct Gossip {
    pub(crate) config: Config,
    pub(crate) logs: Logs,
    pub(crate) authors: BTreeSet<NodeId>,
    pub(crate) peers: BTreeMap<NodeId, Peer>,
    pub(crate) links: BTreeMap<Link, NodeId>,
    pub(crate) works: Works,
    pub(crate) lookups: Lookups,
    /// Bytes of pulled blocks that the node takes.
    pub(crate) room: u64,
    /// The number of pulled blocks that it takes.
    pub(crate) room_blocks: u64,
    /// A pull was not made for want of room.
    pub(crate) cramped: bool,
    pub(crate) serves: usize,
    pub(crate) pulls_made: u64,
    pub(crate) links_made: u64,
    pub(crate) stopped: bool,
    /// For each log of this node and peer the blocks that were reported as held.
    pub(crate) copies: BTreeMap<(NodeId, LogId), u64>,
}

impl Gossip {
    /// Knows no peer and no log; tell it all logs by [`Event::Log`] and the [`Event::Authors`].
    pub fn new(config: Config, now: u64) -> Gossip {
        let _ = now;
        Gossip {
            config,
            logs: Logs::default(),
            authors: BTreeSet::new(),
            peers: BTreeMap::new(),
            links: BTreeMap::new(),
            works: Works::default(),
            lookups: Lookups::default(),
            room: PENDING_BYTES_MAX as u64 / 2,
            room_blocks: RECEIVED_BLOCKS_MAX as u64,
            cramped: false,
            serves: 0,
            pulls_made: 0,
            links_made: 0,
            stopped: false,
            copies: BTreeMap::new(),
        }
    }

    /// Takes note of what happened at `now` (milliseconds of a clock that never goes back), and
    /// says what to do, in order. Never panics on what a peer sends, and costs no more for what it
    /// sends than its own link.
    pub fn handle(&mut self, event: Event, now: u64, deeds: &mut Vec<Deed>) {
        match event {
            Event::Connected { link, peer } => self.connected(link, peer, now, deeds),
            Event::Disconnected { link } => self.disconnected(link, now, deeds),
            Event::Message { link, message } => self.message(link, message, now, deeds),
            Event::Sent { link, bytes } => self.sent(link, bytes, now, deeds),
            Event::Log { log, view, newest_bytes, from } => self.log(log, view, newest_bytes, from, now, deeds),
            Event::Authors(authors) => self.authors(authors, now, deeds),
            Event::Announced { link, log, seq, hash, taken } => {
                self.announced(link, log, seq, &hash, taken, now, deeds);
            }
            Event::PullEnded { link, pull, next, end } => self.pull_ended(link, pull, next, end, now, deeds),
            Event::Refused { link, fault, at } => self.refused(link, fault, at, now, deeds),
            Event::Withdrawn { log } => self.withdrawn(&log, now, deeds),
            Event::Asked { link, serve, pull } => self.asked(link, serve, pull, deeds),
            Event::Served { link, serve, bytes: _ } => self.served(link, serve),
            Event::Found { log, seq, header } => self.found(log, seq, header, now, deeds),
            Event::Room { bytes, blocks } => self.room(bytes, blocks, now, deeds),
            Event::Crowded { link, pull } => self.crowded(link, pull),
            Event::SyncNow => self.sync_now(now, deeds),
            Event::Wake => self.wake(now, deeds),
            Event::Stop => self.stop(deeds),
        }
    }

    /// When [`Event::Wake`] is wanted; never while there is no link.
    pub fn wake_at(&self) -> Option<u64> {
        let due = |line: &Line| line.soon_at.map_or(line.round_at, |soon| soon.min(line.round_at));
        self.peers.values().filter_map(|peer| peer.line.as_ref()).map(due).min()
    }

    /// Equal on two nodes exactly when they hold the same blocks of all logs, or agree on where
    /// those that ended, end.
    pub fn digest(&self) -> Hash {
        self.logs.digest()
    }

    /// Blocks of all logs here that count.
    pub fn blocks(&self) -> u64 {
        self.logs.blocks()
    }

    /// Gives a message to a link if it takes it; answers whether.
    pub(crate) fn send(line: &mut Line, message: Message, deeds: &mut Vec<Deed>) -> bool {
        let bytes = message.size() as usize;
        if !line.takes(bytes) {
            return false;
        }
        line.queued += bytes;
        assert!(line.queued <= LINK_QUEUE_BYTES_MAX, "what is given to a link is bounded");
        deeds.push(Deed::Send { link: line.link, message });
        true
    }

    /// The peer of a link that is still its link.
    pub(crate) fn peer_of(&mut self, link: Link) -> Option<&mut Peer> {
        let node = self.links.get(&link)?;
        let peer = self.peers.get_mut(node).expect("a link has its peer");
        assert!(peer.line.as_ref().is_some_and(|line| line.link == link), "a peer has one link");
        Some(peer)
    }

    /// All links by number.
    pub(crate) fn linked(&self) -> Vec<NodeId> {
        self.links.values().copied().collect()
    }

    pub(crate) fn next_pull(&mut self) -> PullId {
        self.pulls_made += 1;
        PullId(self.pulls_made)
    }

    fn sent(&mut self, link: Link, bytes: u32, now: u64, deeds: &mut Vec<Deed>) {
        let Some(peer) = self.peer_of(link) else { return };
        let node = peer.node;
        let Some(line) = &mut peer.line else { return };
        line.queued = line.queued.saturating_sub(bytes as usize);
        if line.telling.is_some() {
            self.tell_all(node, now, deeds);
        }
    }

    fn stop(&mut self, deeds: &mut Vec<Deed>) {
        self.stopped = true;
        deeds.extend(self.links.keys().map(|link| Deed::HangUp { link: *link, why: Goodbye::Stopping }));
    }
}
