//! What every task of one transport knows.

use libp2p::PeerId;
use libp2p::StreamProtocol;
use libp2p::swarm::{ConnectionId, Stream};
use tokio::sync::{mpsc, oneshot};
use vigil_model::{ClusterId, NodeId};

use crate::command::Command;
use crate::limiter::Limiter;
use crate::registry::Registry;
use crate::streams::OpenRequest;
use crate::types::{StreamError, TransportEvent};

/// The names of the protocols.
#[derive(Clone, Debug)]
pub(crate) struct Protocols {
    pub(crate) sync: StreamProtocol,
    pub(crate) range: StreamProtocol,
    pub(crate) join: StreamProtocol,
}

impl Protocols {
    /// The cluster is part of the names: another cluster's node does not understand them.
    pub(crate) fn new(cluster: &ClusterId) -> Protocols {
        let cluster = &cluster.to_string()[..16];
        let named = |name: &str| {
            StreamProtocol::try_from_owned(format!("/vigil/{cluster}/{name}/1")).expect("it begins with a slash")
        };
        Protocols { sync: named("sync"), range: named("range"), join: StreamProtocol::new("/vigil/join/1") }
    }
}

/// What every task knows.
pub(crate) struct Shared {
    pub(crate) me: NodeId,
    pub(crate) protocols: Protocols,
    pub(crate) registry: Registry,
    pub(crate) limiter: Limiter,
    pub(crate) bulk_port: u16,
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) events: mpsc::Sender<TransportEvent>,
}

impl Shared {
    /// Asks the driver; it does nothing once the driver has stopped.
    pub(crate) async fn command(&self, command: Command) {
        self.commands.send(command).await.ok();
    }

    /// Tells the shell, and waits while it is busy.
    pub(crate) async fn tell(&self, event: TransportEvent) {
        self.events.send(event).await.ok();
    }

    /// Opens a stream on a connection.
    pub(crate) async fn open(
        &self,
        peer: PeerId,
        connection: ConnectionId,
        protocol: &StreamProtocol,
    ) -> Result<Stream, StreamError> {
        let (reply, opened) = oneshot::channel();
        let request = OpenRequest { protocol: protocol.clone(), reply };
        self.command(Command::Open { peer, connection, request }).await;
        opened.await.unwrap_or(Err(StreamError::NoLink))
    }
}
