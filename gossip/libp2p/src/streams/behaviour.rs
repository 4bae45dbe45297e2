//! The streams of all connections, and the door for strangers.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::swarm::behaviour::FromSwarm;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, NetworkBehaviour, NotifyHandler, Stream, StreamProtocol, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId};

use super::handler::{Handler, OpenRequest};
use super::quota::Quota;
use crate::address::socket_of;
use crate::members::Members;

/// A stream that a peer opened.
#[derive(Debug)]
pub(crate) struct Inbound {
    pub(crate) peer: PeerId,
    pub(crate) connection: ConnectionId,
    pub(crate) protocol: StreamProtocol,
    pub(crate) stream: Stream,
}

/// Too many strangers are connected.
#[derive(Debug, thiserror::Error)]
#[error("too many strangers are connected")]
struct Crowded;

/// Which protocols are offered to whom.
#[derive(Clone)]
pub(crate) struct Offered {
    pub(crate) members: Vec<StreamProtocol>,
    pub(crate) strangers: Vec<StreamProtocol>,
}

/// The behaviour.
pub(crate) struct Streams {
    members: Members,
    offered: Offered,
    quota: Quota,
    pending: VecDeque<ToSwarm<Inbound, OpenRequest>>,
    waker: Option<Waker>,
}

impl Streams {
    pub(crate) fn new(members: Members, offered: Offered) -> Streams {
        Streams { members, offered, quota: Quota::default(), pending: VecDeque::new(), waker: None }
    }

    /// Opens a stream. When the connection is gone, the reply is dropped.
    pub(crate) fn open(&mut self, peer: PeerId, connection: ConnectionId, request: OpenRequest) {
        let handler = NotifyHandler::One(connection);
        self.pending.push_back(ToSwarm::NotifyHandler { peer_id: peer, handler, event: request });
        self.waker.take().inspect(Waker::wake_by_ref);
    }

    fn handler(&self, peer: &PeerId) -> Handler {
        let offered = if self.members.contains(peer) { &self.offered.members } else { &self.offered.strangers };
        Handler::new(offered.clone())
    }
}

impl NetworkBehaviour for Streams {
    type ConnectionHandler = Handler;
    type ToSwarm = Inbound;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        let address = socket_of(remote).map(|socket| socket.ip());
        if !self.members.contains(&peer) && !self.quota.admit(connection, address) {
            return Err(ConnectionDenied::new(Crowded));
        }
        Ok(self.handler(&peer))
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler(&peer))
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionClosed(closed) => self.quota.release(&closed.connection_id),
            // Another behaviour may have denied what was admitted here.
            FromSwarm::ListenFailure(failed) => self.quota.release(&failed.connection_id),
            _ => {}
        }
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        (protocol, stream): THandlerOutEvent<Self>,
    ) {
        self.pending.push_back(ToSwarm::GenerateEvent(Inbound { peer, connection, protocol, stream }));
        self.waker.take().inspect(Waker::wake_by_ref);
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        if let Some(next) = self.pending.pop_front() {
            return Poll::Ready(next);
        }
        self.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
