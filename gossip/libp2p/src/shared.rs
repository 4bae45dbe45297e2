//! What every task of one transport knows.

use futures::future::BoxFuture;
use libp2p::PeerId;
use libp2p::StreamProtocol;
use libp2p::swarm::{ConnectionId, Stream};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use vigil_model::{ClusterId, NodeId};

use crate::accept::halves;
use crate::bulk::{Bulk, address_of};
use crate::command::Command;
use crate::lane::{Halves, Lane, Way};
use crate::limiter::Limiter;
use crate::lock::lock;
use crate::registry::{OpenLink, Registry};
use crate::streams::OpenRequest;
use crate::types::{LaneChoice, StreamError, TransportEvent};

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
    pub(crate) start: Instant,
    pub(crate) lane: LaneChoice,
    pub(crate) bulk: Option<Bulk>,
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

    /// Milliseconds since the start.
    pub(crate) fn now(&self) -> u64 {
        self.start.elapsed().as_millis() as u64
    }

    /// Opens a stream for a pull, by the lane that is better on this link.
    pub(crate) async fn open_range(&self, link: &OpenLink) -> Result<(Way, Halves), StreamError> {
        let wanted = lock(&link.meter).choose(self.lane, address_of(link).is_some(), self.now());
        if let (Way::Bulk, Some(bulk)) = (wanted, &self.bulk) {
            match bulk.open(link).await {
                Ok(halves) => return Ok((Way::Bulk, halves)),
                Err(error) => {
                    tracing::debug!(peer = %link.node, %error, "the bulk lane rests");
                    lock(&link.meter).bulk_failed(self.now());
                }
            }
        }
        Ok((Way::Streams, Streams(self).open(link).await?))
    }
}

/// Streams on the connection of the link.
struct Streams<'s>(&'s Shared);

impl Lane for Streams<'_> {
    fn open<'a>(&'a self, link: &'a OpenLink) -> BoxFuture<'a, Result<Halves, StreamError>> {
        Box::pin(async move { self.0.open(link.peer, link.connection, &self.0.protocols.range).await.map(halves) })
    }
}
