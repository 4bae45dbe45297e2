//! Who is a member right now: asked by every behaviour for every new connection.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use libp2p::PeerId;
use vigil_model::NodeId;

use crate::address::peer_of;
use crate::lock::lock;

/// The members, shared by everyone who must tell them from strangers.
#[derive(Clone, Default)]
pub(crate) struct Members {
    peers: Arc<Mutex<BTreeSet<PeerId>>>,
}

impl Members {
    /// Replaces the set; says who is gone.
    pub(crate) fn set(&self, members: &BTreeMap<NodeId, Vec<String>>) -> Vec<PeerId> {
        let now: BTreeSet<PeerId> = members.keys().filter_map(peer_of).collect();
        let mut peers = lock(&self.peers);
        let gone = peers.difference(&now).copied().collect();
        *peers = now;
        gone
    }

    /// Whether the peer is one.
    pub(crate) fn contains(&self, peer: &PeerId) -> bool {
        lock(&self.peers).contains(peer)
    }
}
