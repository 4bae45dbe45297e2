//! A behaviour that strangers do not get to see.

use std::collections::{BTreeMap, BTreeSet};
use std::task::{Context, Poll};

use either::Either;
use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::swarm::behaviour::{ConnectionClosed, ConnectionEstablished, FromSwarm};
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, NetworkBehaviour, NotifyHandler, THandler, THandlerInEvent, THandlerOutEvent,
    ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId};

use crate::members::Members;

/// Shows the behaviour inside only the connections of peers that were members when they connected.
pub(crate) struct MembersOnly<B> {
    inner: B,
    members: Members,
    /// Connections that the inner behaviour gave a handler.
    known: BTreeSet<ConnectionId>,
    /// Those of them that are open, by peer: the swarm counts strangers' ones as well.
    established: BTreeMap<PeerId, BTreeSet<ConnectionId>>,
}

impl<B: NetworkBehaviour> MembersOnly<B> {
    pub(crate) fn new(inner: B, members: Members) -> MembersOnly<B> {
        MembersOnly { inner, members, known: BTreeSet::new(), established: BTreeMap::new() }
    }

    pub(crate) fn inner(&mut self) -> &mut B {
        &mut self.inner
    }

    fn established(&mut self, event: ConnectionEstablished<'_>) {
        if !self.known.contains(&event.connection_id) {
            return;
        }
        let open = self.established.entry(event.peer_id).or_default();
        let other_established = open.len();
        open.insert(event.connection_id);
        self.inner
            .on_swarm_event(FromSwarm::ConnectionEstablished(ConnectionEstablished { other_established, ..event }));
    }

    /// "Any connection" must be one that the inner behaviour knows; nothing when there is none.
    fn aim(&self, event: ToSwarm<B::ToSwarm, THandlerInEvent<B>>) -> Option<ToSwarm<B::ToSwarm, THandlerInEvent<B>>> {
        let ToSwarm::NotifyHandler { peer_id, handler: NotifyHandler::Any, event } = event else { return Some(event) };
        let connection = self.established.get(&peer_id)?.first()?;
        Some(ToSwarm::NotifyHandler { peer_id, handler: NotifyHandler::One(*connection), event })
    }

    fn closed(&mut self, event: ConnectionClosed<'_>) {
        if !self.known.remove(&event.connection_id) {
            return;
        }
        let open = self.established.get_mut(&event.peer_id).expect("a known connection was established");
        open.remove(&event.connection_id);
        let remaining_established = open.len();
        if remaining_established == 0 {
            self.established.remove(&event.peer_id);
        }
        self.inner.on_swarm_event(FromSwarm::ConnectionClosed(ConnectionClosed { remaining_established, ..event }));
    }
}

impl<B: NetworkBehaviour> NetworkBehaviour for MembersOnly<B> {
    type ConnectionHandler = Either<THandler<B>, dummy::ConnectionHandler>;
    type ToSwarm = B::ToSwarm;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        if !self.members.contains(&peer) {
            return Ok(Either::Right(dummy::ConnectionHandler));
        }
        let handler = self.inner.handle_established_inbound_connection(connection, peer, local, remote)?;
        self.known.insert(connection);
        Ok(Either::Left(handler))
    }

    fn handle_pending_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: Option<PeerId>,
        addresses: &[Multiaddr],
        role: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        self.inner.handle_pending_outbound_connection(connection, peer, addresses, role)
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        if !self.members.contains(&peer) {
            return Ok(Either::Right(dummy::ConnectionHandler));
        }
        let handler = self.inner.handle_established_outbound_connection(connection, peer, address, role, port)?;
        self.known.insert(connection);
        Ok(Either::Left(handler))
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(event) => self.established(event),
            FromSwarm::ConnectionClosed(event) => self.closed(event),
            FromSwarm::AddressChange(event) if !self.known.contains(&event.connection_id) => {}
            FromSwarm::ListenFailure(event) => {
                self.known.remove(&event.connection_id);
                self.inner.on_swarm_event(FromSwarm::ListenFailure(event));
            }
            FromSwarm::DialFailure(event) => {
                self.known.remove(&event.connection_id);
                self.inner.on_swarm_event(FromSwarm::DialFailure(event));
            }
            other => self.inner.on_swarm_event(other),
        }
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, connection: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {
            Either::Left(event) => self.inner.on_connection_handler_event(peer, connection, event),
            Either::Right(never) => match never {},
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        loop {
            let Poll::Ready(event) = self.inner.poll(context) else { return Poll::Pending };
            if let Some(event) = self.aim(event) {
                return Poll::Ready(event.map_in(Either::Left));
            }
        }
    }
}
