//! Dialling members again and again, and strangers once to join.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, DialError};
use libp2p::{Multiaddr, PeerId, TransportError};
use tokio::sync::oneshot;
use vigil_gossip::Goodbye;
use vigil_model::NodeId;

use super::Driver;
use crate::address::{node_of, peer_of, resolve, show};
use crate::command::{Command, Joining};
use crate::queue::Ending;
use crate::shared::Shared;
use crate::types::{DialFailure, TransportEvent};

/// A dial under way.
pub(super) enum Dial {
    /// Of a member; with the addresses that could not be resolved.
    Member { node: NodeId, failures: Vec<DialFailure> },
    /// Of someone whose cluster this node wants to join.
    Join { address: Multiaddr, pinned: Option<PeerId>, reply: oneshot::Sender<Result<Joining, DialFailure>> },
}

impl Driver {
    /// The set of members changed: whoever is gone is hung up on, and the rest is dialled.
    pub(super) fn members_changed(&mut self) {
        let wanted = self.wanted.borrow_and_update().clone();
        let gone = self.members.set(&wanted);
        for peer in gone {
            self.drop_peer(&peer);
        }
        let now = self.now();
        self.state.dialler.set(&wanted, now);
        for node in self.state.links.keys() {
            self.state.dialler.linked(node, now);
        }
    }

    fn drop_peer(&mut self, peer: &PeerId) {
        if let (Some(bulk), Some(node)) = (&self.shared.bulk, node_of(peer)) {
            bulk.drop_peer(&node);
        }
        let mut linked = None;
        if let Some(current) = node_of(peer).and_then(|node| self.state.links.get(&node)) {
            current.open.queue.end(Ending::Goodbye(Goodbye::Removed));
            linked = Some(current.open.connection);
        }
        let others: Vec<ConnectionId> = self
            .state
            .connections
            .iter()
            .filter(|(connection, known)| known.peer == *peer && Some(**connection) != linked)
            .map(|(connection, _)| *connection)
            .collect();
        others.into_iter().for_each(|connection| self.close(connection));
    }

    /// Dials those whose turn it is. Names are resolved by a task.
    pub(super) fn dial_due(&mut self) {
        for (node, texts) in self.state.dialler.due(self.now()) {
            let shared = self.shared.clone();
            self.spawn(async move { look_up(&shared, node, texts).await });
        }
    }

    pub(super) fn dial_member(&mut self, node: NodeId, mut addresses: Vec<Multiaddr>, failures: Vec<DialFailure>) {
        let Some(peer) = peer_of(&node) else { return self.on_unreachable(node, failures) };
        if self.state.dialler.has_failed(&node) {
            addresses.extend(self.relayed_ways(&node));
            self.seek(&node);
        }
        let options = DialOpts::peer_id(peer)
            .addresses(addresses)
            .extend_addresses_through_behaviour()
            .condition(PeerCondition::NotDialing)
            .build();
        let connection = options.connection_id();
        self.state.dials.insert(connection, Dial::Member { node, failures });
        if let Err(error) = self.swarm.dial(options) {
            self.on_dial_error(connection, error);
        }
    }

    pub(super) fn dial_join(
        &mut self,
        address: Multiaddr,
        pinned: Option<PeerId>,
        reply: oneshot::Sender<Result<Joining, DialFailure>>,
    ) {
        let options = match pinned {
            Some(peer) => {
                DialOpts::peer_id(peer).addresses(vec![address.clone()]).condition(PeerCondition::Always).build()
            }
            None => DialOpts::unknown_peer_id().address(address.clone()).build(),
        };
        let connection = options.connection_id();
        self.state.dials.insert(connection, Dial::Join { address, pinned, reply });
        if let Err(error) = self.swarm.dial(options) {
            self.on_dial_error(connection, error);
        }
    }

    /// A dial succeeded; true when it was made to join.
    pub(super) fn join_dialled(&mut self, peer: PeerId, connection: ConnectionId) -> bool {
        match self.state.dials.remove(&connection) {
            Some(Dial::Join { reply, .. }) => {
                // Nobody waits any more: the connection is overdue soon and is closed then.
                reply.send(Ok(Joining { peer, connection })).ok();
                true
            }
            Some(Dial::Member { .. }) | None => false,
        }
    }

    pub(super) fn on_dial_error(&mut self, connection: ConnectionId, error: DialError) {
        match self.state.dials.remove(&connection) {
            Some(Dial::Member { node, mut failures }) => {
                failures.extend(failures_of(error, peer_of(&node)));
                self.on_unreachable(node, failures);
            }
            Some(Dial::Join { address, pinned, reply }) => {
                // The swarm leaves its own addresses out before it dials.
                let itself = DialFailure::Broken { address: show(&address), why: "that is this node itself".into() };
                let failure = failures_of(error, pinned).into_iter().next().unwrap_or(itself);
                reply.send(Err(failure)).ok();
            }
            None => {}
        }
    }

    pub(super) fn on_unreachable(&mut self, node: NodeId, failures: Vec<DialFailure>) {
        let now = self.now();
        self.state.dialler.failed(&node, now, jitter());
        if !self.state.links.contains_key(&node) {
            self.hint(TransportEvent::DialFailed { peer: node, failures });
        }
    }
}

/// Any number. Two nodes must not redial in step; nothing more depends on it.
pub(super) fn jitter() -> u64 {
    RandomState::new().hash_one(0u8)
}

async fn look_up(shared: &Shared, node: NodeId, texts: Vec<String>) {
    let (mut addresses, mut failures) = (BTreeMap::new(), Vec::new());
    for text in texts {
        match resolve(&text).await {
            Ok(found) => addresses.extend(found.into_iter().map(|address| (address, ()))),
            Err(why) => failures.push(DialFailure::Unreachable { address: text, why }),
        }
    }
    let addresses: Vec<Multiaddr> = addresses.into_keys().collect();
    shared.command(Command::Dial { node, addresses, failures }).await;
}

fn failures_of(error: DialError, expected: Option<PeerId>) -> Vec<DialFailure> {
    let text = |peer: &PeerId| node_of(peer).map_or_else(|| peer.to_string(), |node| node.to_string());
    match error {
        DialError::WrongPeerId { obtained, address } => vec![DialFailure::WrongKey {
            address: show(&address),
            expected: expected.as_ref().and_then(node_of).unwrap_or_default(),
            found: text(&obtained),
        }],
        DialError::Transport(errors) => {
            errors.into_iter().map(|(address, error)| unreachable_by(&address, error)).collect()
        }
        DialError::LocalPeerId { address } => {
            vec![DialFailure::Broken { address: show(&address), why: "that is this node itself".into() }]
        }
        // Another dial is under way, or there is nothing to try: no address failed.
        _ => Vec::new(),
    }
}

fn unreachable_by(address: &Multiaddr, error: TransportError<std::io::Error>) -> DialFailure {
    let why = match error {
        TransportError::MultiaddrNotSupported(_) => "not an address of a QUIC port".to_string(),
        TransportError::Other(error) => deepest(&error),
    };
    DialFailure::Unreachable { address: show(address), why }
}

/// The last cause says most.
pub(crate) fn deepest(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
