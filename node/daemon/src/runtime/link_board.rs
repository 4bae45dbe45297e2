//! What is known of every link, for people: address, round trip, bytes, the last failure.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use vigil_gossip::{Goodbye, Link};
use vigil_gossip_libp2p::{DialFailure, LinkInfo};
use vigil_model::NodeId;

/// One peer, as the transport sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Seen {
    /// How it is reached; empty while it is not.
    pub(super) path: String,
    /// The round trip, microseconds.
    pub(super) rtt_us: Option<u64>,
    /// Why it cannot be reached; empty while it can.
    pub(super) failure: String,
}

/// All peers.
#[derive(Debug, Default)]
pub(super) struct LinkBoard(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    links: BTreeMap<Link, NodeId>,
    peers: BTreeMap<NodeId, Seen>,
    /// A peer said that this node was removed.
    removed: bool,
}

impl LinkBoard {
    pub(super) fn connected(&self, info: LinkInfo) {
        let mut inner = self.0.lock();
        inner.links.insert(info.link, info.peer);
        let seen = inner.peers.entry(info.peer).or_default();
        seen.path = format!("quic {}", info.path);
        seen.failure.clear();
        tracing::info!(peer = %info.peer, path = info.path, dialled = info.dialled, "a peer is connected");
    }

    pub(super) fn disconnected(&self, link: Link, goodbye: Option<Goodbye>, why: &str) {
        let mut inner = self.0.lock();
        inner.removed |= goodbye == Some(Goodbye::Removed);
        let Some(peer) = inner.links.remove(&link) else { return };
        let linked = inner.links.values().any(|other| *other == peer);
        let seen = inner.peers.entry(peer).or_default();
        if !linked {
            seen.path.clear();
            seen.rtt_us = None;
            seen.failure = goodbye.map_or_else(|| why.to_owned(), |goodbye| words(goodbye).to_owned());
        }
        tracing::info!(%peer, why, "a peer is gone");
    }

    pub(super) fn round_trip(&self, link: Link, micros: u64) {
        self.with(link, |seen| seen.rtt_us = Some(micros));
    }

    fn with(&self, link: Link, change: impl FnOnce(&mut Seen)) {
        let mut inner = self.0.lock();
        let Some(peer) = inner.links.get(&link).copied() else { return };
        change(inner.peers.entry(peer).or_default());
    }

    pub(super) fn dial_failed(&self, peer: NodeId, failures: &[DialFailure]) {
        let mut inner = self.0.lock();
        let linked = inner.links.values().any(|other| *other == peer);
        if !linked {
            let words: Vec<String> = failures.iter().map(ToString::to_string).collect();
            inner.peers.entry(peer).or_default().failure = words.join("; ");
        }
    }

    /// Whether a peer said that this node was removed: it has heard of the removal.
    pub(super) fn heard_of_removal(&self) -> bool {
        self.0.lock().removed
    }

    /// Whose link it is.
    pub(super) fn peer(&self, link: Link) -> Option<NodeId> {
        self.0.lock().links.get(&link).copied()
    }

    /// What is known of a peer.
    pub(super) fn seen(&self, peer: &NodeId) -> Seen {
        self.0.lock().peers.get(peer).cloned().unwrap_or_default()
    }
}

/// What a goodbye means to the one who is told.
pub(super) fn words(goodbye: Goodbye) -> &'static str {
    match goodbye {
        Goodbye::Stopping => "it was stopped",
        Goodbye::Version => "the versions of the two programs are too far apart; upgrade the older one",
        Goodbye::Cluster => "it belongs to another cluster now",
        Goodbye::NotMember => "it does not know this node as a member yet",
        Goodbye::Removed => "it says that this node was removed from the cluster",
        Goodbye::Faults => "it refused what this node sent, again and again",
        Goodbye::Twin => "another process with the same identity is connected",
        Goodbye::Replaced => "a newer connection took over",
        Goodbye::Silent => "nothing was heard for too long",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(link: u64, peer: u8) -> LinkInfo {
        LinkInfo { link: Link(link), peer: NodeId([peer; 32]), path: "10.0.0.5:7701".to_owned(), dialled: true }
    }

    #[test]
    fn a_link_that_was_replaced_does_not_make_a_peer_offline() {
        let board = LinkBoard::default();
        board.connected(info(1, 7));
        board.connected(info(2, 7));
        board.round_trip(Link(2), 10);
        board.disconnected(Link(1), Some(Goodbye::Replaced), "");
        let seen = board.seen(&NodeId([7; 32]));
        assert_eq!((seen.path.as_str(), seen.rtt_us), ("quic 10.0.0.5:7701", Some(10)));
        assert!(!board.heard_of_removal());
        board.disconnected(Link(2), None, "timed out");
        assert_eq!(board.seen(&NodeId([7; 32])).failure, "timed out");
        assert_eq!(board.peer(Link(2)), None);
        board.disconnected(Link(3), Some(Goodbye::Removed), "");
        assert!(board.heard_of_removal());
    }
}
