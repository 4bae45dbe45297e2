//! The one link to each peer: which stream becomes it, and what follows when it ends.

use std::sync::Arc;

use tokio::sync::oneshot;
use vigil_gossip::Goodbye;

use super::Driver;
use super::dials::jitter;
use crate::address::{is_relayed, show};
use crate::command::{Admission, Proposal};
use crate::greeting::{Candidate, Refusal, replaces};
use crate::queue::Ending;
use crate::registry::OpenLink;
use crate::types::DialFailure;

/// The link to a peer.
pub(super) struct CurrentLink {
    pub(super) open: Arc<OpenLink>,
    since: u64,
    /// Comes when its end was told to the shell.
    over: oneshot::Receiver<()>,
}

impl CurrentLink {
    fn candidate(&self) -> Candidate {
        Candidate { relayed: is_relayed(&self.open.address), dialled: self.open.dialled, since: self.since }
    }
}

impl Driver {
    /// Makes a greeted stream the link to its peer, or says why not. When the peer decides, it has
    /// decided already.
    pub(super) fn admit(&mut self, proposal: Proposal, bulk_port: u16, decides: bool) -> Result<Admission, Goodbye> {
        if !self.members.contains(&proposal.peer) {
            return Err(Goodbye::NotMember);
        }
        if *self.stop.borrow() {
            return Err(Goodbye::Stopping);
        }
        let now = self.now();
        let new = Candidate { relayed: is_relayed(&proposal.address), dialled: proposal.dialled, since: now };
        if let Some(old) = self.state.links.get(&proposal.node)
            && decides
            && !replaces(new, old.candidate())
        {
            return Err(Goodbye::Replaced);
        }
        let before = self.state.links.remove(&proposal.node).map(|old| {
            old.open.queue.end(Ending::Goodbye(Goodbye::Replaced));
            old.over
        });
        Ok(self.open_link(proposal, bulk_port, before))
    }

    fn open_link(&mut self, proposal: Proposal, bulk_port: u16, before: Option<oneshot::Receiver<()>>) -> Admission {
        let (node, connection) = (proposal.node, proposal.connection);
        let now = self.now();
        let link = self.shared.registry.next();
        let open = Arc::new(OpenLink::new(link, proposal, bulk_port));
        self.shared.registry.insert(open.clone());
        let (done, over) = oneshot::channel();
        self.state.links.insert(node, CurrentLink { open: open.clone(), since: now, over });
        self.state.dialler.linked(&node, now);
        self.set_used(connection, true);
        Admission { link: open, before, done }
    }

    /// No link came of a stream.
    pub(super) fn on_refused(&mut self, proposal: Proposal, refusal: Refusal) {
        let Proposal { node, connection, address, dialled, .. } = proposal;
        if !self.is_used(connection) {
            self.close(connection);
        }
        if !dialled {
            return;
        }
        let address = show(&address);
        let failure = match refusal {
            Refusal::Peer(goodbye) => DialFailure::Refused { address, goodbye },
            Refusal::Own(goodbye) => DialFailure::Broken { address, why: format!("refused by this node: {goodbye:?}") },
            Refusal::NoProtocol(protocol) => DialFailure::Protocol { address, protocol },
            Refusal::Broken(why) => DialFailure::Broken { address, why },
        };
        self.on_unreachable(node, vec![failure]);
    }

    fn is_used(&self, connection: libp2p::swarm::ConnectionId) -> bool {
        self.state.links.values().any(|current| current.open.connection == connection)
    }

    /// A link has ended, and its last word was said.
    pub(super) fn on_ended(&mut self, ended: &Arc<OpenLink>) {
        let current = self.state.links.get(&ended.node).is_some_and(|current| current.open.link == ended.link);
        if current {
            self.state.links.remove(&ended.node);
            let now = self.now();
            self.state.dialler.unlinked(&ended.node, now, jitter());
        }
        if !self.is_used(ended.connection) {
            self.close(ended.connection);
        }
    }
}
