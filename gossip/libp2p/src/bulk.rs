//! The bulk lane: a QUIC endpoint of our own on the next port, with BBR and wide windows.
//!
//! The same identity: certificates as libp2p makes them, so TLS proves the node's key. Who is no
//! member is closed after the handshake.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

use futures::future::BoxFuture;
use libp2p::{PeerId, identity};
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{Connection, Endpoint, IdleTimeout, VarInt};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use vigil_model::{ClusterId, NodeId};

use crate::accept::serve;
use crate::address::{node_of, peer_of, socket_of};
use crate::lane::{Halves, Lane};
use crate::lock::lock;
use crate::members::Members;
use crate::registry::OpenLink;
use crate::shared::Shared;
use crate::types::StreamError;

/// Bytes that a peer may send ahead of the reader on one stream, and on all of a connection: room
/// for 80 MB/s at 200 ms.
const STREAM_WINDOW: u32 = 16 * 1024 * 1024;
const CONNECTION_WINDOW: u32 = 32 * 1024 * 1024;
const STREAMS_MAX: u32 = 64;
/// What the operating system is asked to hold of a socket; it may give less.
const SOCKET_BYTES: usize = 4 * 1024 * 1024;
/// Handshakes at once; more are refused.
const HANDSHAKES: usize = 64;
const HANDSHAKE: Duration = Duration::from_secs(5);

/// The endpoint and its connections, one to each peer.
pub(crate) struct Bulk {
    endpoint: Endpoint,
    keys: identity::Keypair,
    alpn: Vec<u8>,
    transport: Arc<quinn::TransportConfig>,
    members: Members,
    connections: Mutex<BTreeMap<NodeId, Connection>>,
    shared: OnceLock<Weak<Shared>>,
}

impl Bulk {
    /// Listens on the socket; says what is wrong with it otherwise.
    pub(crate) fn new(
        socket: UdpSocket,
        keys: &identity::Keypair,
        cluster: &ClusterId,
        members: Members,
        silence: Duration,
    ) -> Result<Bulk, String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let alpn = format!("vigil-bulk/1/{}", &cluster.to_string()[..16]).into_bytes();
        let mut tls = libp2p::tls::make_server_config(keys).map_err(|error| text(&error))?;
        tls.alpn_protocols = vec![alpn.clone()];
        let crypto = QuicServerConfig::try_from(tls).map_err(|error| text(&error))?;
        let transport = Arc::new(tuned(silence));
        let mut server = quinn::ServerConfig::with_crypto(Arc::new(crypto));
        server.transport_config(transport.clone());
        let endpoint =
            Endpoint::new(quinn::EndpointConfig::default(), Some(server), socket, Arc::new(quinn::TokioRuntime))
                .map_err(|error| text(&error))?;
        let (keys, connections, shared) = (keys.clone(), Mutex::default(), OnceLock::new());
        Ok(Bulk { endpoint, keys, alpn, transport, members, connections, shared })
    }

    /// Takes connections until [`Bulk::close`].
    pub(crate) async fn run(shared: Arc<Shared>) {
        let Some(bulk) = &shared.bulk else { return };
        bulk.shared.set(Arc::downgrade(&shared)).ok();
        let handshakes = Arc::new(Semaphore::new(HANDSHAKES));
        while let Some(incoming) = bulk.endpoint.accept().await {
            let Ok(place) = handshakes.clone().try_acquire_owned() else {
                incoming.refuse();
                continue;
            };
            let shared = shared.clone();
            tokio::spawn(async move {
                let accepted = async { incoming.accept().ok()?.await.ok() };
                let connection = timeout(HANDSHAKE, accepted).await.ok().flatten();
                drop(place);
                if let (Some(connection), Some(bulk)) = (connection, &shared.bulk) {
                    bulk.welcome(connection);
                }
            });
        }
    }

    /// Ends all connections.
    pub(crate) fn close(&self) {
        self.endpoint.close(VarInt::from_u32(0), b"stopping");
    }

    /// Ends the connection to a peer.
    pub(crate) fn drop_peer(&self, node: &NodeId) {
        if let Some(connection) = lock(&self.connections).remove(node) {
            connection.close(VarInt::from_u32(2), b"removed");
        }
    }

    /// Keeps a connection if a member is at its other end; gives its key.
    fn welcome(&self, connection: Connection) -> Option<NodeId> {
        let Some(peer) = peer_at(&connection).filter(|peer| self.members.contains(peer)) else {
            connection.close(VarInt::from_u32(1), b"not a member");
            return None;
        };
        let node = node_of(&peer)?;
        lock(&self.connections).insert(node, connection.clone());
        if let Some(shared) = self.shared.get().and_then(Weak::upgrade) {
            tokio::spawn(answer(shared, node, connection));
        }
        Some(node)
    }

    async fn connection(&self, link: &OpenLink) -> Result<Connection, StreamError> {
        let open = lock(&self.connections).get(&link.node).cloned();
        if let Some(open) = open.filter(|open| open.close_reason().is_none()) {
            return Ok(open);
        }
        let broken = |error: &dyn std::fmt::Display| StreamError::Broken(format!("bulk lane: {error}"));
        let address = address_of(link).ok_or(StreamError::NoLink)?;
        let config = self.client(link).map_err(|error| broken(&error))?;
        let connecting = self.endpoint.connect_with(config, address, "l").map_err(|error| broken(&error))?;
        let connected = timeout(HANDSHAKE, connecting).await.map_err(|_| broken(&"no answer"))?;
        let connection = connected.map_err(|error| broken(&error))?;
        self.welcome(connection.clone()).filter(|node| *node == link.node).ok_or(StreamError::NoLink)?;
        Ok(connection)
    }

    fn client(&self, link: &OpenLink) -> Result<quinn::ClientConfig, String> {
        let peer = peer_of(&link.node);
        let mut tls = libp2p::tls::make_client_config(&self.keys, peer).map_err(|error| error.to_string())?;
        tls.alpn_protocols = vec![self.alpn.clone()];
        let crypto = QuicClientConfig::try_from(tls).map_err(|error| error.to_string())?;
        let mut config = quinn::ClientConfig::new(Arc::new(crypto));
        config.transport_config(self.transport.clone());
        Ok(config)
    }
}

impl Lane for Bulk {
    fn open<'a>(&'a self, link: &'a OpenLink) -> BoxFuture<'a, Result<Halves, StreamError>> {
        Box::pin(async move {
            let connection = self.connection(link).await?;
            let opened = timeout(HANDSHAKE, connection.open_bi()).await;
            let (write, read) = opened
                .map_err(|_| StreamError::Broken("bulk lane: no stream".into()))?
                .map_err(|error| StreamError::Broken(error.to_string()))?;
            Ok((Box::new(read) as _, Box::new(write) as _))
        })
    }
}

/// Answers the pulls on a connection until it ends.
async fn answer(shared: Arc<Shared>, node: NodeId, connection: Connection) {
    let Some(bulk) = &shared.bulk else { return };
    while let Ok((write, read)) = connection.accept_bi().await {
        if !peer_of(&node).is_some_and(|peer| bulk.members.contains(&peer)) {
            connection.close(VarInt::from_u32(2), b"removed");
            break;
        }
        tokio::spawn(serve(shared.clone(), node, (Box::new(read), Box::new(write))));
    }
    let mut connections = lock(&bulk.connections);
    if connections.get(&node).is_some_and(|current| current.stable_id() == connection.stable_id()) {
        connections.remove(&node);
    }
}

/// Where the peer's bulk lane is. Behind the address that was dialled, it is the next port: a port
/// that is forwarded from elsewhere may have another number than the peer knows.
pub(crate) fn address_of(link: &OpenLink) -> Option<SocketAddr> {
    let mut address = socket_of(&link.address)?;
    let port = if link.dialled { address.port().checked_add(1)? } else { link.bulk_port };
    address.set_port(port);
    (link.bulk_port != 0).then_some(address)
}

fn peer_at(connection: &Connection) -> Option<PeerId> {
    let certificates =
        connection.peer_identity()?.downcast::<Vec<rustls::pki_types::CertificateDer<'static>>>().ok()?;
    Some(libp2p::tls::certificate::parse(certificates.first()?).ok()?.peer_id())
}

fn tuned(silence: Duration) -> quinn::TransportConfig {
    let mut config = quinn::TransportConfig::default();
    config
        .congestion_controller_factory(Arc::new(quinn::congestion::BbrConfig::default()))
        .stream_receive_window(VarInt::from_u32(STREAM_WINDOW))
        .receive_window(VarInt::from_u32(CONNECTION_WINDOW))
        .send_window(u64::from(CONNECTION_WINDOW))
        .max_concurrent_bidi_streams(VarInt::from_u32(STREAMS_MAX))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .datagram_receive_buffer_size(None)
        .max_idle_timeout(IdleTimeout::try_from(silence).ok())
        .keep_alive_interval(Some(silence / 3));
    config
}

/// A socket for the bulk lane on the port after `listen`, and the port to listen on with it. With
/// port 0 two free neighbours are looked for.
pub(crate) fn sockets(listen: SocketAddr) -> (SocketAddr, Option<UdpSocket>) {
    let tries = if listen.port() == 0 { 32 } else { 1 };
    for _ in 0..tries {
        let Ok(first) = UdpSocket::bind(listen).and_then(|socket| socket.local_addr()) else { break };
        let Some(port) = first.port().checked_add(1) else { continue };
        if let Ok(socket) = UdpSocket::bind(SocketAddr::new(listen.ip(), port)) {
            let buffers = socket2::SockRef::from(&socket);
            buffers.set_recv_buffer_size(SOCKET_BYTES).ok();
            buffers.set_send_buffer_size(SOCKET_BYTES).ok();
            return (first, Some(socket));
        }
    }
    (listen, None)
}
