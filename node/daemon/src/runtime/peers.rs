//! How the peers stand: a picture of the replication machine, drawn now and then.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use vigil_gossip::{Lag, PeerView};
use vigil_model::{Hash, LogId, NodeId, Timestamp};
use vigil_node::Node;

/// The shortest time between two pictures.
const EVERY: Duration = Duration::from_millis(100);

/// One peer that was linked since the process began.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    /// What the machine says of it.
    pub(super) view: PeerView,
    /// When it was heard last.
    pub(super) heard: Option<Timestamp>,
    /// Logs of which it holds blocks that are not here, while there are any.
    pub(super) lagging: Vec<LogId>,
}

/// The picture.
#[derive(Debug, Default)]
pub(super) struct Picture {
    /// Every peer that was linked since the process began.
    pub(super) peers: BTreeMap<NodeId, Peer>,
    /// Digest of the frontier.
    pub(super) frontier: Hash,
}

/// The picture as it was drawn last.
#[derive(Debug, Default)]
pub(super) struct PeerBoard {
    picture: Mutex<Arc<Picture>>,
    drawn: Mutex<Option<Instant>>,
}

impl PeerBoard {
    /// The picture.
    pub(super) fn picture(&self) -> Arc<Picture> {
        self.picture.lock().clone()
    }

    /// Draws it anew.
    pub(super) fn refresh(&self, node: &Node) {
        let peers = node.peers().into_iter().map(|view| (view.peer, peer(node, view)));
        let picture = Picture { peers: peers.collect(), frontier: node.gossip().digest() };
        *self.picture.lock() = Arc::new(picture);
        *self.drawn.lock() = Some(Instant::now());
    }

    /// Draws it anew unless that was done a moment ago.
    pub(super) fn refresh_if_due(&self, node: &Node) {
        let due = self.drawn.lock().is_none_or(|drawn| drawn.elapsed() >= EVERY);
        if due {
            self.refresh(node);
        }
    }
}

fn peer(node: &Node, view: PeerView) -> Peer {
    let heard = view.last_heard.map(|ms| node.wall_of(ms));
    let lagging = if view.behind == Lag::default() { Vec::new() } else { lagging(node, &view.peer) };
    Peer { view, heard, lagging }
}

fn lagging(node: &Node, peer: &NodeId) -> Vec<LogId> {
    let held = |log: &LogId| node.view(log).and_then(|view| view.head).map_or(0, |(seq, _)| seq + 1);
    let heads = node.gossip().heads_of(peer);
    heads.into_iter().filter(|(log, blocks)| *blocks > held(log)).map(|(log, _)| log).collect()
}
