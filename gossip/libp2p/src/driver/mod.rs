//! The one task that owns the swarm: it decides in memory and waits for nothing else.

mod connections;
mod dials;
mod finding;
mod links;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use libp2p::swarm::{ConnectionId, SwarmEvent};
use libp2p::{PeerId, Swarm, gossipsub, identify, ping};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use vigil_gossip::Goodbye;
use vigil_model::{ClusterId, NodeId};

use crate::address::{node_of, socket_of};
use crate::command::Command;
use crate::dialler::Dialler;
use crate::discovery::topic;
use crate::members::Members;
use crate::network::{Network, NetworkEvent};
use crate::queue::Ending;
use crate::shared::Shared;
use crate::types::TransportEvent;

pub(crate) use dials::deepest;

use connections::Connection;
use dials::Dial;
use finding::Relay;
use links::CurrentLink;

/// Tasks of streams that may run at once; beyond it a stream that a peer opens is dropped.
const TASKS_MAX: usize = 4_096;
/// The members, each with addresses.
pub(crate) type MemberMap = BTreeMap<NodeId, Vec<String>>;

/// The state of the task.
pub(crate) struct Driver {
    pub(crate) swarm: Swarm<Network>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) members: Members,
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) wanted: watch::Receiver<MemberMap>,
    pub(crate) stop: watch::Receiver<bool>,
    pub(crate) state: State,
}

/// What the driver remembers.
pub(crate) struct State {
    dialler: Dialler,
    dials: BTreeMap<ConnectionId, Dial>,
    connections: BTreeMap<ConnectionId, Connection>,
    links: BTreeMap<NodeId, CurrentLink>,
    relays: BTreeMap<PeerId, Relay>,
    topic: gossipsub::IdentTopic,
    tasks: JoinSet<()>,
    listening: Option<SocketAddr>,
    bulk: bool,
}

impl State {
    pub(crate) fn new(bulk: bool, seeks: bool, cluster: &ClusterId) -> State {
        State {
            dialler: Dialler::new(seeks),
            dials: BTreeMap::new(),
            connections: BTreeMap::new(),
            links: BTreeMap::new(),
            relays: BTreeMap::new(),
            topic: topic(cluster),
            tasks: JoinSet::new(),
            listening: None,
            bulk,
        }
    }
}

impl Driver {
    /// Runs until it is told to stop, or nobody holds the transport any more.
    pub(crate) async fn run(mut self) {
        loop {
            let wake = self.wake_at();
            tokio::select! {
                biased;
                _ = self.stop.changed() => break,
                changed = self.wanted.changed() => match changed {
                    Ok(()) => self.members_changed(),
                    Err(_) => break,
                },
                event = self.swarm.select_next_some() => self.on_event(event),
                Some(command) = self.commands.recv() => self.on_command(command),
                Some(_) = self.state.tasks.join_next() => {}
                () = tokio::time::sleep_until(wake) => {}
            }
            self.dial_due();
            self.close_overdue();
        }
        self.wind_down().await;
    }

    /// Says goodbye on every link, and goes on moving bytes until that is done.
    async fn wind_down(mut self) {
        for link in self.shared.registry.all() {
            link.queue.end(Ending::Goodbye(Goodbye::Stopping));
        }
        let limit = tokio::time::sleep(Duration::from_secs(3));
        tokio::pin!(limit);
        while !self.state.links.is_empty() {
            tokio::select! {
                () = &mut limit => break,
                event = self.swarm.select_next_some() => self.on_event(event),
                Some(command) = self.commands.recv() => self.on_command(command),
            }
        }
        self.state.tasks.abort_all();
        self.release().await;
    }

    /// Closes everything and gives the port back, so that the next start finds it free.
    async fn release(mut self) {
        if let Some(bulk) = &self.shared.bulk {
            bulk.close();
        }
        for connection in std::mem::take(&mut self.state.connections).into_keys() {
            self.swarm.close_connection(connection);
        }
        let port = self.state.listening;
        let limit = tokio::time::sleep(Duration::from_millis(500));
        tokio::pin!(limit);
        while self.swarm.network_info().num_peers() > 0 {
            tokio::select! {
                () = &mut limit => break,
                _ = self.swarm.select_next_some() => {}
            }
        }
        drop(self);
        // The endpoint lives until its connections have drained.
        let Some(port) = port else { return };
        for _ in 0..100 {
            if std::net::UdpSocket::bind(port).is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn now(&self) -> u64 {
        self.shared.now()
    }

    fn wake_at(&self) -> Instant {
        let far = self.now() + 3_600_000;
        let due = self.state.dialler.wake_at().unwrap_or(far).min(self.next_overdue().unwrap_or(far));
        self.shared.start + Duration::from_millis(due)
    }

    /// Runs a task of a link or stream.
    fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        if self.state.tasks.len() < TASKS_MAX {
            self.state.tasks.spawn(task);
        } else {
            tracing::warn!("a stream was dropped: too many tasks");
        }
    }

    /// Tells the shell something that it can do without while it is busy.
    fn hint(&self, event: TransportEvent) {
        self.shared.events.try_send(event).ok();
    }

    fn on_event(&mut self, event: SwarmEvent<NetworkEvent>) {
        match event {
            SwarmEvent::Behaviour(event) => self.on_network(event),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.on_established(peer_id, connection_id, endpoint);
            }
            SwarmEvent::ConnectionClosed { connection_id, cause, .. } => {
                let why = cause.map_or("closed".to_string(), |cause| cause.to_string());
                self.on_closed(connection_id, &why);
            }
            SwarmEvent::OutgoingConnectionError { connection_id, error, .. } => {
                self.on_dial_error(connection_id, error);
            }
            SwarmEvent::NewListenAddr { address, .. } => {
                if let Some(socket) = socket_of(&address) {
                    self.on_listening(socket);
                    self.offer_as_relay(address);
                }
            }
            SwarmEvent::ListenerClosed { reason, .. } => tracing::warn!(?reason, "a listener closed"),
            other => tracing::trace!(event = ?other, "network"),
        }
    }

    fn on_network(&mut self, event: NetworkEvent) {
        match event {
            NetworkEvent::Streams(inbound) => self.on_inbound(inbound),
            NetworkEvent::Ping(event) => self.on_ping(event),
            NetworkEvent::Identify(identify::Event::Received { peer_id, connection_id, info }) => {
                self.on_identified(peer_id, connection_id, info);
            }
            NetworkEvent::Finding(event) => self.on_finding(event),
            NetworkEvent::Identify(_) => {}
        }
    }

    fn on_ping(&mut self, event: ping::Event) {
        let link = node_of(&event.peer).and_then(|node| self.state.links.get(&node));
        if let (Ok(time), Some(link)) = (event.result, link)
            && link.open.connection == event.connection
        {
            let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
            self.hint(TransportEvent::RoundTrip { link: link.open.link, micros });
        }
    }

    fn on_listening(&mut self, socket: SocketAddr) {
        if self.state.listening.is_some() {
            return;
        }
        self.state.listening = Some(socket);
        let (shared, bulk) = (self.shared.clone(), self.state.bulk);
        self.spawn(async move { shared.tell(TransportEvent::Listening { address: socket, bulk }).await });
    }

    fn on_command(&mut self, command: Command) {
        match command {
            Command::Open { peer, connection, request } => {
                self.swarm.behaviour_mut().streams.open(peer, connection, request);
            }
            Command::Admit { proposal, bulk_port, decides, reply } => {
                // Who proposed may have given up; then the link ends by itself.
                reply.send(self.admit(proposal, bulk_port, decides)).ok();
            }
            Command::Refused { proposal, refusal } => self.on_refused(proposal, refusal),
            Command::Ended { link } => self.on_ended(&link),
            Command::Dial { node, addresses, failures } => self.dial_member(node, addresses, failures),
            Command::Join { address, pinned, reply } => self.dial_join(address, pinned, reply),
            Command::Close { connection } => self.close(connection),
            Command::Publish(bytes) => self.publish(bytes),
            Command::Judge { source, id, verdict } => self.judge(&source, &id, verdict),
            Command::Addresses(addresses) => {
                addresses.into_iter().for_each(|address| self.swarm.add_external_address(address))
            }
        }
    }
}
