//! Nodes on loopback, and how a test waits for what one of them tells.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;
use vigil_gossip::Link;
use vigil_gossip_libp2p::{Discovery, LaneChoice, LinkInfo, Transport, TransportConfig, TransportEvent};
use vigil_model::{ClusterId, NodeId};

/// Far longer than anything here takes, so that a slow machine fails no test.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A transport and what it tells.
pub(crate) struct Node {
    pub(crate) transport: Transport,
    pub(crate) events: mpsc::Receiver<TransportEvent>,
    pub(crate) address: SocketAddr,
    pub(crate) bulk: bool,
}

pub(crate) fn config(seed: u8) -> TransportConfig {
    TransportConfig {
        listen: "127.0.0.1:0".parse().expect("an address"),
        cluster: ClusterId([1; 32]),
        secret: [seed; 32],
        discovery: Discovery::default(),
        lane: LaneChoice::Streams,
        bandwidth: None,
        silence: Duration::from_secs(20),
    }
}

pub(crate) async fn start(config: TransportConfig) -> Node {
    let (transport, mut events) = Transport::start(config).expect("it starts");
    let listening = timeout(PATIENCE, events.recv()).await.expect("in time").expect("it runs");
    let TransportEvent::Listening { address, bulk } = listening else { panic!("first it listens: {listening:?}") };
    Node { transport, events, address, bulk }
}

impl Node {
    pub(crate) fn id(&self) -> NodeId {
        self.transport.me()
    }

    pub(crate) fn knows(&self, others: &[&Node]) {
        let members = others.iter().map(|other| (other.id(), vec![other.address.to_string()]));
        self.transport.set_members(members.collect::<BTreeMap<_, _>>());
    }

    /// The next event that `wanted` takes; others are passed over.
    pub(crate) async fn wait<T>(&mut self, what: &str, mut wanted: impl FnMut(TransportEvent) -> Option<T>) -> T {
        let found = async {
            while let Some(event) = self.events.recv().await {
                if let Some(found) = wanted(event) {
                    return found;
                }
            }
            panic!("the transport ended while waiting for {what}");
        };
        timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("no {what}"))
    }

    pub(crate) async fn connected(&mut self) -> LinkInfo {
        let wanted = |event| if let TransportEvent::Connected(info) = event { Some(info) } else { None };
        self.wait("link", wanted).await
    }

    pub(crate) async fn frame(&mut self) -> (Link, u8, Vec<u8>) {
        let wanted = |event| match event {
            TransportEvent::Frame { link, tag, bytes } => Some((link, tag, bytes)),
            _ => None,
        };
        self.wait("frame", wanted).await
    }

    pub(crate) async fn disconnected(&mut self) -> (Link, Option<vigil_gossip::Goodbye>, String) {
        let wanted = |event| match event {
            TransportEvent::Disconnected { link, goodbye, why } => Some((link, goodbye, why)),
            _ => None,
        };
        self.wait("end of a link", wanted).await
    }
}

/// Two members with a link between them.
pub(crate) async fn pair() -> (Node, Link, Node, Link) {
    pair_of(config(1), config(2)).await
}

pub(crate) async fn pair_of(one: TransportConfig, other: TransportConfig) -> (Node, Link, Node, Link) {
    let (mut a, mut b) = (start(one).await, start(other).await);
    b.knows(&[&a]);
    a.knows(&[&b]);
    let (ours, theirs) = (a.connected().await, b.connected().await);
    assert_eq!((ours.peer, theirs.peer), (b.id(), a.id()));
    (a, ours.link, b, theirs.link)
}
