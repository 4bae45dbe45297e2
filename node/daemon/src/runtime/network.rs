//! The peer port: opened before anything else runs, so that a port that is taken ends the start.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use vigil_gossip_libp2p::{Transport, TransportConfig, TransportError, TransportEvent};

use super::error::RunError;
use super::open::Opened;
use crate::settings::Settings;

/// Idle time after which a link counts as dead.
const SILENCE: Duration = Duration::from_secs(15);
/// How long the system may take to open a port.
const START: Duration = Duration::from_secs(5);

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
    let (transport, mut events) = Transport::start(TransportConfig {
        listen: settings.listen,
        cluster: opened.identity.home.cluster,
        secret: opened.identity.key.to_bytes(),
        discovery: settings.peers.discovery,
        lane: settings.peers.lane,
        bandwidth: settings.peers.bandwidth,
        silence: SILENCE,
    })?;
    let listen = runtime.block_on(listening(&mut events)).ok_or_else(|| TransportError::Listen {
        address: settings.listen,
        why: "the system did not say in time where it listens".to_owned(),
    })?;
    Ok(Network { transport, events, listen, runtime: runtime.clone() })
}

/// The port that was bound: the first thing that a transport tells.
async fn listening(events: &mut mpsc::Receiver<TransportEvent>) -> Option<SocketAddr> {
    let first = async {
        loop {
            match events.recv().await? {
                TransportEvent::Listening { address, .. } => return Some(address),
                // Nobody is a member yet, so nothing else counts.
                _ => continue,
            }
        }
    };
    tokio::time::timeout(START, first).await.ok().flatten()
}
