//! Which protocols run on the connections, and with what settings.

use std::time::Duration;

use libp2p::swarm::NetworkBehaviour;
use libp2p::{Swarm, SwarmBuilder, connection_limits, identify, identity, noise, ping, relay, yamux};
use vigil_model::limits::{CONNECTIONS_PER_MEMBER_MAX, HANDSHAKES_MAX};

use crate::discovery::Finding;
use crate::members::Members;
use crate::members_only::MembersOnly;
use crate::shared::Protocols;
use crate::streams::{Offered, Streams};
use crate::types::{TransportConfig, TransportError};

/// Bytes that a peer may send ahead of the reader on one stream, and on all of a connection.
const STREAM_WINDOW: u32 = 2 * 1024 * 1024;
const CONNECTION_WINDOW: u32 = 32 * 1024 * 1024;
/// Streams that a peer may have open at once.
const STREAMS_MAX: u32 = 128;
/// What identify says of us.
const AGENT: &str = concat!("vigil/", env!("CARGO_PKG_VERSION"));

/// All protocols of a node. The door is asked first: what it refuses, the others never see.
#[derive(NetworkBehaviour)]
pub(crate) struct Network {
    pub(crate) streams: Streams,
    pub(crate) limits: connection_limits::Behaviour,
    pub(crate) identify: MembersOnly<identify::Behaviour>,
    pub(crate) ping: MembersOnly<ping::Behaviour>,
    pub(crate) finding: Finding,
}

/// Puts the swarm together; it does not listen yet.
pub(crate) fn swarm(
    config: &TransportConfig,
    keys: &identity::Keypair,
    members: &Members,
    protocols: &Protocols,
) -> Result<Swarm<Network>, TransportError> {
    let identity = |error: &dyn std::fmt::Display| TransportError::Identity(error.to_string());
    let silence = config.silence;
    let builder = SwarmBuilder::with_existing_identity(keys.clone())
        .with_tokio()
        .with_quic_config(|quic| tuned(quic, silence))
        .with_relay_client(noise::Config::new, yamux::Config::default)
        .map_err(|error| identity(&error))?;
    let swarm = builder
        .with_behaviour(|keys, relay| Ok(network(config, keys, members, protocols, relay)?))
        .map_err(|error| identity(&error))?
        .with_swarm_config(|swarm| {
            // Connections are closed by the driver, which knows what they are for.
            swarm.with_idle_connection_timeout(Duration::from_secs(3600))
        })
        .build();
    Ok(swarm)
}

fn tuned(mut quic: libp2p::quic::Config, silence: Duration) -> libp2p::quic::Config {
    quic.max_idle_timeout = u32::try_from(silence.as_millis()).unwrap_or(u32::MAX);
    quic.keep_alive_interval = silence / 3;
    quic.max_concurrent_stream_limit = STREAMS_MAX;
    quic.max_stream_data = STREAM_WINDOW;
    quic.max_connection_data = CONNECTION_WINDOW;
    quic
}

fn network(
    config: &TransportConfig,
    keys: &identity::Keypair,
    members: &Members,
    protocols: &Protocols,
    relay: relay::client::Behaviour,
) -> Result<Network, TransportError> {
    let offered = Offered {
        members: vec![protocols.sync.clone(), protocols.range.clone(), protocols.join.clone()],
        strangers: vec![protocols.join.clone(), protocols.sync.clone()],
    };
    let limits = connection_limits::ConnectionLimits::default()
        .with_max_pending_incoming(Some(HANDSHAKES_MAX))
        .with_max_established_per_peer(Some(CONNECTIONS_PER_MEMBER_MAX));
    let identify = identify::Config::new("/vigil/identify/1".into(), keys.public())
        .with_agent_version(AGENT.into())
        .with_push_listen_addr_updates(true);
    let ping = ping::Config::new().with_interval(config.silence / 2).with_timeout(config.silence);
    Ok(Network {
        streams: Streams::new(members.clone(), offered),
        limits: connection_limits::Behaviour::new(limits),
        identify: MembersOnly::new(identify::Behaviour::new(identify), members.clone()),
        ping: MembersOnly::new(ping::Behaviour::new(ping), members.clone()),
        finding: Finding::new(config, keys.public().to_peer_id(), members, relay)?,
    })
}
