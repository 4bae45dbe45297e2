//! The protocols behind [`crate::Discovery`], each only when it is switched on.

use std::time::Duration;

use libp2p::swarm::NetworkBehaviour;
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::{PeerId, StreamProtocol, dcutr, gossipsub, kad, mdns, relay};
use vigil_model::ClusterId;
use vigil_model::Hash;
use vigil_model::limits::{ANNOUNCEMENT_BYTES_MAX, ANNOUNCEMENTS_PER_PEER_MAX};

use crate::members::Members;
use crate::members_only::MembersOnly;
use crate::types::{TransportConfig, TransportError};

/// A protocol for members that may be switched off.
pub(crate) type Optional<B> = Toggle<MembersOnly<B>>;

/// A relayed link carries a log store's traffic, not a handshake.
const CIRCUIT_BYTES: u64 = 1 << 50;
const CIRCUIT: Duration = Duration::from_secs(24 * 3600);
const CIRCUITS: usize = 128;
const CIRCUITS_PER_PEER: usize = 64;

/// How peers are found that nobody named, and how announcements spread among many.
#[derive(NetworkBehaviour)]
pub(crate) struct Finding {
    pub(crate) mdns: Toggle<mdns::tokio::Behaviour>,
    pub(crate) kademlia: Optional<kad::Behaviour<kad::store::MemoryStore>>,
    pub(crate) relay_server: Optional<relay::Behaviour>,
    pub(crate) relay_client: Optional<relay::client::Behaviour>,
    pub(crate) dcutr: Optional<dcutr::Behaviour>,
    pub(crate) gossipsub: Optional<gossipsub::Behaviour>,
}

impl Finding {
    pub(crate) fn new(
        config: &TransportConfig,
        me: PeerId,
        members: &Members,
        client: relay::client::Behaviour,
    ) -> Result<Finding, TransportError> {
        let wanted = config.discovery;
        let gossipsub = if wanted.gossipsub { Some(gossip(me, &config.cluster)?) } else { None };
        Ok(Finding {
            mdns: wanted.mdns.then(|| multicast(me)).flatten().into(),
            kademlia: only(wanted.kademlia.then(|| kademlia(me, &config.cluster)), members),
            relay_server: only(wanted.relay.then(|| relay::Behaviour::new(me, relaying())), members),
            relay_client: only(wanted.relay.then_some(client), members),
            dcutr: only(wanted.relay.then(|| dcutr::Behaviour::new(me)), members),
            gossipsub: only(gossipsub, members),
        })
    }
}

fn only<B: NetworkBehaviour>(behaviour: Option<B>, members: &Members) -> Optional<B> {
    behaviour.map(|behaviour| MembersOnly::new(behaviour, members.clone())).into()
}

/// Where multicast is not allowed, the node runs without.
fn multicast(me: PeerId) -> Option<mdns::tokio::Behaviour> {
    let started = mdns::tokio::Behaviour::new(mdns::Config::default(), me);
    started.inspect_err(|error| tracing::warn!(%error, "multicast DNS is not available; name peers by address")).ok()
}

fn kademlia(me: PeerId, cluster: &ClusterId) -> kad::Behaviour<kad::store::MemoryStore> {
    let name = StreamProtocol::try_from_owned(format!("/vigil/{}/kad/1", &cluster.to_string()[..16]));
    let config = kad::Config::new(name.expect("it begins with a slash"));
    let mut kademlia = kad::Behaviour::with_config(me, kad::store::MemoryStore::new(me), config);
    kademlia.set_mode(Some(kad::Mode::Server));
    kademlia
}

fn relaying() -> relay::Config {
    relay::Config {
        max_circuits: CIRCUITS,
        max_circuits_per_peer: CIRCUITS_PER_PEER,
        max_circuit_duration: CIRCUIT,
        max_circuit_bytes: CIRCUIT_BYTES,
        ..relay::Config::default()
    }
}

/// The topic of a cluster's announcements.
pub(crate) fn topic(cluster: &ClusterId) -> gossipsub::IdentTopic {
    gossipsub::IdentTopic::new(format!("vigil/{}/announce/1", &cluster.to_string()[..16]))
}

/// Announcements carry the author's signature inside, so gossipsub signs nothing; then its own
/// message numbers mean nothing either, and a message is named by its content.
fn gossip(me: PeerId, cluster: &ClusterId) -> Result<gossipsub::Behaviour, TransportError> {
    let named = |message: &gossipsub::Message| {
        gossipsub::MessageId::from(Hash::of("vigil announcement", &message.data).0.to_vec())
    };
    let config = gossipsub::ConfigBuilder::default()
        .validation_mode(gossipsub::ValidationMode::None)
        .validate_messages()
        .message_id_fn(named)
        .flood_publish(false)
        .max_transmit_size(ANNOUNCEMENT_BYTES_MAX + 512)
        .connection_handler_queue_len(ANNOUNCEMENTS_PER_PEER_MAX)
        .heartbeat_initial_delay(Duration::from_secs(1))
        .build();
    let refused = |error: &dyn std::fmt::Display| TransportError::Identity(format!("gossipsub: {error}"));
    let config = config.map_err(|error| refused(&error))?;
    let mut gossip = gossipsub::Behaviour::new(gossipsub::MessageAuthenticity::Author(me), config)
        .map_err(|error| refused(&error))?;
    gossip.subscribe(&topic(cluster)).map_err(|error| refused(&error))?;
    Ok(gossip)
}
