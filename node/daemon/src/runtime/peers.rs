//! How the peers stand: a picture of the replication machine, drawn now and then.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use vigil_gossip::PeerView;
use vigil_model::{Hash, LogId, NodeId};
use vigil_node::{LogEnd, Node};

/// The shortest time between two pictures.
const EVERY: Duration = Duration::from_millis(100);

/// The picture.
#[derive(Debug, Default)]
pub(super) struct Picture {
    /// What is known of every peer that was linked since the process began.
    pub(super) views: BTreeMap<NodeId, PeerView>,
    /// The end of every log that is held.
    pub(super) logs: BTreeMap<LogId, LogEnd>,
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
        let picture = Picture {
            views: node.peers().into_iter().map(|view| (view.peer, view)).collect(),
            logs: node.logs(),
            frontier: node.status().frontier,
        };
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
