//! What the driver does with peers and addresses that were found, and with announcements.

use libp2p::multiaddr::Protocol;
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId, gossipsub, identify, kad, mdns, relay};
use vigil_model::NodeId;
use vigil_model::limits::MEMBER_ADDRESSES_MAX;

use super::Driver;
use crate::address::{is_relayed, node_of, peer_of};
use crate::announcement::Verdict;
use crate::discovery::FindingEvent;
use crate::types::TransportEvent;

/// Relays at which this node can be reached, and through which it tries to reach others.
const RELAYS_MAX: usize = 3;

/// A member that relays.
pub(super) struct Relay {
    pub(super) address: Multiaddr,
    /// Over which the place there is kept.
    pub(super) connection: ConnectionId,
}

impl Driver {
    pub(super) fn on_finding(&mut self, event: FindingEvent) {
        match event {
            FindingEvent::Mdns(mdns::Event::Discovered(found)) => {
                found.into_iter().for_each(|(peer, address)| self.found(&peer, address));
            }
            FindingEvent::Kademlia(kad::Event::OutboundQueryProgressed {
                result: kad::QueryResult::GetClosestPeers(result),
                ..
            }) => self.on_closest(result),
            FindingEvent::Gossipsub(gossipsub::Event::Message { propagation_source, message_id, message }) => {
                self.on_announcement(propagation_source, message_id, message.data);
            }
            FindingEvent::RelayClient(relay::client::Event::ReservationReqAccepted { relay_peer_id, .. }) => {
                tracing::debug!(relay = %relay_peer_id, "a place at a relay");
            }
            other => tracing::trace!(event = ?other, "finding"),
        }
    }

    /// Only addresses of members matter; TLS proves later whether it is they.
    fn found(&mut self, peer: &PeerId, address: Multiaddr) {
        if !self.members.contains(peer) {
            return;
        }
        let now = self.now();
        if let Some(node) = node_of(peer) {
            self.state.dialler.found(&node, address.to_string(), now);
        }
    }

    fn on_closest(&mut self, result: kad::GetClosestPeersResult) {
        let peers = match result {
            Ok(found) => found.peers,
            Err(kad::GetClosestPeersError::Timeout { peers, .. }) => peers,
        };
        for peer in peers {
            peer.addrs.into_iter().take(MEMBER_ADDRESSES_MAX).for_each(|address| self.found(&peer.peer_id, address));
        }
    }

    /// A member says where it listens and what it speaks.
    pub(super) fn on_identified(&mut self, peer: PeerId, connection: ConnectionId, info: identify::Info) {
        tracing::debug!(%peer, agent = %info.agent_version, "identified");
        let finding = &mut self.swarm.behaviour_mut().finding;
        if let Some(kademlia) = finding.kademlia.as_mut() {
            for address in info.listen_addrs.into_iter().take(MEMBER_ADDRESSES_MAX) {
                kademlia.inner().add_address(&peer, address);
            }
        }
        if info.protocols.contains(&relay::HOP_PROTOCOL_NAME) && finding.relay_client.is_enabled() {
            self.use_relay(peer, connection);
        }
    }

    /// A relay must say where it is; those who ask for a place know its address already.
    pub(super) fn offer_as_relay(&mut self, address: Multiaddr) {
        if self.swarm.behaviour().finding.relay_server.is_enabled() {
            self.swarm.add_external_address(address);
        }
    }

    /// Asks a relay for a place, so that members behind other NATs reach this node through it.
    fn use_relay(&mut self, peer: PeerId, connection: ConnectionId) {
        let Some(known) = self.state.connections.get(&connection) else { return };
        let full = self.state.relays.len() >= RELAYS_MAX || self.state.relays.contains_key(&peer);
        if full || !known.member || is_relayed(&known.address) {
            return;
        }
        let mut address = known.address.clone();
        if !address.iter().any(|part| matches!(part, Protocol::P2p(_))) {
            address.push(Protocol::P2p(peer));
        }
        if let Err(error) = self.swarm.listen_on(address.clone().with(Protocol::P2pCircuit)) {
            return tracing::debug!(%error, "no place at a relay");
        }
        self.state.relays.insert(peer, Relay { address, connection });
    }

    /// The ways to a member through relays, for when the direct ones fail.
    pub(super) fn relayed_ways(&self, node: &NodeId) -> Vec<Multiaddr> {
        let Some(peer) = peer_of(node) else { return Vec::new() };
        let others = self.state.relays.iter().filter(|(relay, _)| **relay != peer);
        others.map(|(_, relay)| relay.address.clone().with(Protocol::P2pCircuit).with(Protocol::P2p(peer))).collect()
    }

    /// Asks the other members where one is that cannot be reached.
    pub(super) fn seek(&mut self, node: &NodeId) {
        if let (Some(kademlia), Some(peer)) = (self.swarm.behaviour_mut().finding.kademlia.as_mut(), peer_of(node)) {
            kademlia.inner().get_closest_peers(peer);
        }
    }

    /// An announcement is a hint: when the shell is busy it is let go, and spreads no further here.
    fn on_announcement(&mut self, source: PeerId, id: gossipsub::MessageId, bytes: Vec<u8>) {
        let verdict = Verdict::new(self.shared.commands.clone(), source, id);
        let link = node_of(&source).and_then(|node| self.state.links.get(&node)).map(|current| current.open.link);
        if let Some(link) = link {
            self.hint(TransportEvent::Announcement { link, bytes, verdict });
        }
    }

    pub(super) fn publish(&mut self, bytes: Vec<u8>) {
        let topic = self.state.topic.clone();
        if let Some(gossipsub) = self.swarm.behaviour_mut().finding.gossipsub.as_mut()
            && let Err(error) = gossipsub.inner().publish(topic, bytes)
        {
            tracing::debug!(%error, "an announcement did not spread");
        }
    }

    pub(super) fn judge(&mut self, source: &PeerId, id: &gossipsub::MessageId, verdict: gossipsub::MessageAcceptance) {
        if let Some(gossipsub) = self.swarm.behaviour_mut().finding.gossipsub.as_mut() {
            gossipsub.inner().report_message_validation_result(id, source, verdict);
        }
    }
}
