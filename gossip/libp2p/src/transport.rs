//! The handle that the shell holds.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use libp2p::identity;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use vigil_gossip::{Goodbye, Link};
use vigil_model::NodeId;
use vigil_model::limits::{ANNOUNCEMENT_BYTES_MAX, TRANSPORT_EVENTS_MAX};

use crate::address::{node_of, quic_address, resolve};
use crate::bulk::{self, Bulk};
use crate::command::Command;
use crate::driver::{Driver, MemberMap, State, deepest};
use crate::join;
use crate::limiter::Limiter;
use crate::lock::lock;
use crate::members::Members;
use crate::network;
use crate::queue::Ending;
use crate::range::RangeReader;
use crate::registry::Registry;
use crate::shared::{Protocols, Shared};
use crate::types::{
    DialFailure, LaneChoice, LinkInfo, LinkStats, StreamError, TransportConfig, TransportError, TransportEvent,
};

/// Commands that wait for the driver; those who give them wait as well.
const COMMANDS_MAX: usize = 256;

/// Moves bytes between this node and the other members. Cheap to clone; when the last clone is
/// dropped, everything ends.
#[derive(Clone)]
pub struct Transport {
    shared: Arc<Shared>,
    wanted: Arc<watch::Sender<MemberMap>>,
    stop: Arc<watch::Sender<bool>>,
    over: watch::Receiver<bool>,
}

impl Transport {
    /// Listens, and runs until [`Transport::stop`]. To be called inside a tokio runtime.
    ///
    /// The events must be taken: while nobody does, links and streams are not read.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub fn start(config: TransportConfig) -> Result<(Transport, mpsc::Receiver<TransportEvent>), TransportError> {
        if std::env::var_os("SSLKEYLOGFILE").is_some() {
            return Err(TransportError::KeyLog);
        }
        // An error means that a provider is installed already, which is what is wanted.
        rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
        let keys = keys(&config)?;
        let me = node_of(&keys.public().to_peer_id()).expect("an Ed25519 key");
        let protocols = Protocols::new(&config.cluster);
        let members = Members::default();
        let mut swarm = network::swarm(&config, &keys, &members, &protocols)?;
        let refused = |error| TransportError::Listen { address: config.listen, why: deepest(&error) };
        let (listen, socket) = match config.lane {
            LaneChoice::Streams => (config.listen, None),
            LaneChoice::Auto | LaneChoice::Bulk => bulk::sockets(config.listen),
        };
        swarm.listen_on(quic_address(listen)).map_err(refused)?;

        let (commands, asked) = mpsc::channel(COMMANDS_MAX);
        let (events, told) = mpsc::channel(TRANSPORT_EVENTS_MAX);
        let limiter = Limiter::new(config.bandwidth);
        let registry = Registry::default();
        let bulk_port = socket.as_ref().and_then(|socket| socket.local_addr().ok()).map_or(0, |address| address.port());
        let bulk = match socket {
            Some(socket) => Some(
                Bulk::new(socket, &keys, &config.cluster, members.clone(), config.silence)
                    .map_err(TransportError::Identity)?,
            ),
            None => None,
        };
        let (start, lane) = (Instant::now(), config.lane);
        let shared =
            Arc::new(Shared { me, protocols, registry, limiter, start, lane, bulk, bulk_port, commands, events });
        let (wanted, wants) = watch::channel(MemberMap::new());
        let (stop, stops) = watch::channel(false);
        let (over, is_over) = watch::channel(false);
        let driver = Driver {
            swarm,
            shared: shared.clone(),
            members,
            commands: asked,
            wanted: wants,
            stop: stops,
            state: State::new(bulk_port != 0, config.discovery.kademlia || config.discovery.relay, &config.cluster),
        };
        tokio::spawn(Bulk::run(shared.clone()));
        tokio::spawn(async move {
            driver.run().await;
            over.send_replace(true);
        });
        Ok((Transport { shared, wanted: Arc::new(wanted), stop: Arc::new(stop), over: is_over }, told))
    }

    /// Whose key this is.
    pub fn me(&self) -> NodeId {
        self.shared.me
    }

    /// Who is a member, and at which addresses (`host:port`, or a multiaddress). Members without a
    /// link are dialled for ever; links to those who are gone are ended with [`Goodbye::Removed`].
    pub fn set_members(&self, mut members: MemberMap) {
        members.remove(&self.shared.me);
        self.wanted.send_replace(members);
    }

    /// Sends a frame. `counted` comes back in [`TransportEvent::Sent`] when it has left. False when
    /// the link is gone or ending; a link whose queue is full ends by this.
    ///
    /// # Panics
    /// When `tag` is 0, or the frame with its tag is longer than `WIRE_FRAME_BYTES_MAX`.
    pub fn send(&self, link: Link, tag: u8, bytes: &[u8], counted: u32) -> bool {
        assert_ne!(tag, crate::greeting::TRANSPORT_TAG, "the transport keeps this tag to itself");
        let Some(open) = self.shared.registry.get(link) else { return false };
        let mut frame = Vec::with_capacity(1 + bytes.len());
        frame.push(tag);
        frame.extend_from_slice(bytes);
        open.queue.push(frame, counted)
    }

    /// Asks a peer for a range on a stream of its own.
    ///
    /// # Errors
    /// When the link is gone or no stream can be opened.
    pub async fn pull(&self, link: Link, request: &[u8]) -> Result<RangeReader, StreamError> {
        let open = self.shared.registry.get(link).ok_or(StreamError::NoLink)?;
        RangeReader::ask(self.shared.clone(), open, request).await
    }

    /// Spreads an announcement by gossip, where that is switched on. A hint: it may get lost. False
    /// when the transport is busy or it is too long.
    pub fn publish(&self, bytes: Vec<u8>) -> bool {
        bytes.len() <= ANNOUNCEMENT_BYTES_MAX && self.shared.commands.try_send(Command::Publish(bytes)).is_ok()
    }

    /// Ends a link: what waits is sent, then the peer is told why.
    pub fn hang_up(&self, link: Link, why: Goodbye) {
        if let Some(open) = self.shared.registry.get(link) {
            open.queue.end(Ending::Goodbye(why));
        }
    }

    /// Knocks at the join door of another cluster's node, at one address after the other. Gives who
    /// answered, where, and what.
    ///
    /// # Errors
    /// What was wrong with each address.
    pub async fn join(
        &self,
        addresses: &[String],
        pinned: Option<NodeId>,
        request: &[u8],
    ) -> Result<(NodeId, String, Vec<u8>), Vec<DialFailure>> {
        join::join(&self.shared, addresses, pinned, request).await
    }

    /// Tells the others at which addresses this node is reached from outside.
    pub async fn set_addresses(&self, addresses: &[String]) {
        let mut found = Vec::new();
        for address in addresses {
            found.extend(resolve(address).await.unwrap_or_default());
        }
        self.shared.command(Command::Addresses(found)).await;
    }

    /// What has moved over a link; nothing when it is gone.
    pub fn stats(&self, link: Link) -> Option<LinkStats> {
        let open = self.shared.registry.get(link)?;
        let (stream_rate, bulk_rate) = lock(&open.meter).rates();
        Some(LinkStats {
            waiting: open.queue.bytes() as u64,
            sent: open.sent.load(Ordering::Relaxed),
            received: open.received.load(Ordering::Relaxed),
            stream_rate,
            bulk_rate,
        })
    }

    /// The links that are open.
    pub fn links(&self) -> Vec<LinkInfo> {
        self.shared.registry.all().iter().map(|open| open.info()).collect()
    }

    /// Says goodbye on every link, and ends. Takes three seconds at most.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        let mut over = self.over.clone();
        over.wait_for(|over| *over).await.ok();
    }
}

fn keys(config: &TransportConfig) -> Result<identity::Keypair, TransportError> {
    let mut secret = config.secret;
    identity::Keypair::ed25519_from_bytes(&mut secret).map_err(|error| TransportError::Identity(error.to_string()))
}
