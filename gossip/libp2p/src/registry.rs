//! The links that are open, for everyone who sends on them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::{Notify, Semaphore};
use vigil_gossip::Link;
use vigil_model::NodeId;
use vigil_model::limits::SERVINGS_PER_LINK_MAX;

use crate::address::show;
use crate::command::Proposal;
use crate::lane::Meter;
use crate::lock::lock;
use crate::queue::SendQueue;
use crate::types::LinkInfo;

/// What everyone knows of one link.
pub(crate) struct OpenLink {
    pub(crate) link: Link,
    pub(crate) node: NodeId,
    pub(crate) peer: PeerId,
    pub(crate) connection: ConnectionId,
    pub(crate) address: Multiaddr,
    pub(crate) dialled: bool,
    /// Where the peer's bulk lane listens; 0 for nowhere.
    pub(crate) bulk_port: u16,
    /// How fast pulls were, each way.
    pub(crate) meter: Mutex<Meter>,
    pub(crate) queue: SendQueue,
    /// Pulls of the peer that are being answered.
    pub(crate) servings: Arc<Semaphore>,
    /// Whether the shell was told that it is open.
    pub(crate) told: AtomicBool,
    pub(crate) sent: AtomicU64,
    pub(crate) received: AtomicU64,
}

impl OpenLink {
    pub(crate) fn new(link: Link, proposal: Proposal, bulk_port: u16) -> Self {
        let Proposal { node, peer, connection, address, dialled } = proposal;
        OpenLink {
            link,
            node,
            peer,
            connection,
            address,
            dialled,
            bulk_port,
            meter: Mutex::default(),
            queue: SendQueue::default(),
            servings: Arc::new(Semaphore::new(SERVINGS_PER_LINK_MAX)),
            told: AtomicBool::new(false),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
        }
    }

    pub(crate) fn info(&self) -> LinkInfo {
        LinkInfo { link: self.link, peer: self.node, path: show(&self.address), dialled: self.dialled }
    }
}

#[derive(Default)]
struct Links {
    by_link: BTreeMap<Link, Arc<OpenLink>>,
    by_node: BTreeMap<NodeId, Link>,
    next: u64,
}

/// The open links.
#[derive(Default)]
pub(crate) struct Registry {
    links: Mutex<Links>,
    changed: Notify,
}

impl Registry {
    /// The name of the next link.
    pub(crate) fn next(&self) -> Link {
        let mut links = lock(&self.links);
        links.next += 1;
        Link(links.next)
    }

    /// A link is open; it is the one to its peer from here.
    pub(crate) fn insert(&self, link: Arc<OpenLink>) {
        let mut links = lock(&self.links);
        links.by_node.insert(link.node, link.link);
        links.by_link.insert(link.link, link);
    }

    /// The shell was told of a link: whoever waited for that goes on.
    pub(crate) fn told(&self, link: &OpenLink) {
        link.told.store(true, Ordering::Release);
        self.changed.notify_waiters();
    }

    /// A link is gone.
    pub(crate) fn remove(&self, link: &OpenLink) {
        let mut links = lock(&self.links);
        links.by_link.remove(&link.link);
        if links.by_node.get(&link.node) == Some(&link.link) {
            links.by_node.remove(&link.node);
        }
    }

    pub(crate) fn get(&self, link: Link) -> Option<Arc<OpenLink>> {
        lock(&self.links).by_link.get(&link).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<OpenLink>> {
        lock(&self.links).by_link.values().cloned().collect()
    }

    fn told_link_to(&self, node: &NodeId) -> Option<Arc<OpenLink>> {
        let links = lock(&self.links);
        let link = links.by_link.get(links.by_node.get(node)?)?;
        link.told.load(Ordering::Acquire).then(|| link.clone())
    }

    /// The link to a peer that the shell knows of; waits a while for one that is just opening,
    /// because the streams of a connection overtake each other.
    pub(crate) async fn link_to(&self, node: &NodeId, patience: Duration) -> Option<Arc<OpenLink>> {
        let found = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if let Some(link) = self.told_link_to(node) {
                    return link;
                }
                changed.await;
            }
        };
        tokio::time::timeout(patience, found).await.ok()
    }
}
