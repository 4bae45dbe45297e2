//! The connections that are open, and for how long one may be open without a purpose.

use libp2p::core::{ConnectedPoint, Endpoint};
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};
use vigil_model::limits::STRANGER_SECONDS;

use super::Driver;
use crate::accept::{greeter, halves, knock, serve, turn_away};
use crate::address::{node_of, show};
use crate::command::Proposal;
use crate::greeting::GREETING;
use crate::link;
use crate::streams::Inbound;

/// One connection.
pub(super) struct Connection {
    pub(super) peer: PeerId,
    pub(super) address: Multiaddr,
    /// Whether the peer was a member when it connected.
    pub(super) member: bool,
    /// When it is closed unless a link runs on it, in milliseconds.
    pub(super) overdue: Option<u64>,
}

impl Driver {
    pub(super) fn on_established(&mut self, peer: PeerId, connection: ConnectionId, endpoint: ConnectedPoint) {
        let address = endpoint.get_remote_address().clone();
        let member = self.members.contains(&peer);
        let patience = if member { 2 * GREETING.as_millis() as u64 } else { STRANGER_SECONDS * 1_000 };
        let overdue = Some(self.now() + patience);
        self.state.connections.insert(connection, Connection { peer, address: address.clone(), member, overdue });
        let opens = matches!(endpoint, ConnectedPoint::Dialer { role_override: Endpoint::Dialer, .. });
        if self.join_dialled(peer, connection) {
            return;
        }
        let Some(node) = node_of(&peer) else { return self.close(connection) };
        if member && opens {
            self.propose(Proposal { node, peer, connection, address, dialled: true });
        }
    }

    /// Opens the sync stream on a connection that this node dialled.
    fn propose(&mut self, proposal: Proposal) {
        let shared = self.shared.clone();
        self.spawn(async move {
            match shared.open(proposal.peer, proposal.connection, &shared.protocols.sync).await {
                Ok(stream) => link::keep(shared, greeter(stream), proposal).await,
                Err(error) => link::not_opened(&shared, proposal, error).await,
            }
        });
    }

    pub(super) fn on_inbound(&mut self, inbound: Inbound) {
        let Inbound { peer, connection, protocol, stream } = inbound;
        let Some(known) = self.state.connections.get(&connection) else { return };
        let Some(node) = node_of(&peer) else { return };
        let (member, address) = (known.member, known.address.clone());
        let shared = self.shared.clone();
        if protocol == shared.protocols.join {
            self.spawn(knock(shared, node, show(&address), stream));
        } else if !member || !self.members.contains(&peer) {
            self.spawn(turn_away(stream));
        } else if protocol == shared.protocols.range {
            self.spawn(serve(shared, node, halves(stream)));
        } else {
            let proposal = Proposal { node, peer, connection, address, dialled: false };
            self.spawn(link::keep(shared, greeter(stream), proposal));
        }
    }

    pub(super) fn on_closed(&mut self, connection: ConnectionId, why: &str) {
        self.state.connections.remove(&connection);
        self.state.relays.retain(|_, relay| relay.connection != connection);
        tracing::debug!(%connection, why, "connection closed");
    }

    pub(super) fn close(&mut self, connection: ConnectionId) {
        self.swarm.close_connection(connection);
    }

    /// A link runs on the connection, or no longer.
    pub(super) fn set_used(&mut self, connection: ConnectionId, used: bool) {
        let now = self.now();
        if let Some(known) = self.state.connections.get_mut(&connection) {
            known.overdue = if used { None } else { Some(now + GREETING.as_millis() as u64) };
        }
    }

    pub(super) fn next_overdue(&self) -> Option<u64> {
        self.state.connections.values().filter_map(|connection| connection.overdue).min()
    }

    pub(super) fn close_overdue(&mut self) {
        let now = self.now();
        let mut closing = Vec::new();
        for (connection, known) in &mut self.state.connections {
            if known.overdue.is_some_and(|overdue| overdue <= now) {
                known.overdue = None;
                closing.push(*connection);
            }
        }
        for connection in closing {
            self.close(connection);
        }
    }
}
