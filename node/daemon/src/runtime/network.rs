//! The peer port: opened before anything else runs, so that a port that is taken ends the start.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use vigil_gossip_libp2p::{Transport, TransportConfig, TransportEvent};

use super::error::RunError;
use super::open::Opened;
use crate::settings::Settings;

/// Idle time after which a link counts as dead.
const SILENCE: Duration = Duration::from_secs(15);

/// An open peer port.
pub(super) struct Network {
    pub(super) transport: Transport,
    pub(super) events: mpsc::Receiver<TransportEvent>,
    /// With the port that was bound.
    pub(super) listen: SocketAddr,
    pub(super) runtime: Handle,
}

/// Opens the peer port.
pub(super) fn start(opened: &Opened, settings: &Settings, runtime: &Handle) -> Result<Network, RunError> {
    let _inside = runtime.enter();
    let (transport, events) = Transport::start(TransportConfig {
        listen: settings.listen,
        cluster: opened.identity.home.cluster,
        secret: opened.identity.key.to_bytes(),
        discovery: settings.peers.discovery,
        lane: settings.peers.lane,
        bandwidth: settings.peers.bandwidth,
        silence: SILENCE,
    })?;
    let listen = transport.listens_on();
    Ok(Network { transport, events, listen, runtime: runtime.clone() })
}
