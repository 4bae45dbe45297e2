//! What the tasks of links, pulls and joins ask of the one task that owns the swarm.

use std::sync::Arc;

use libp2p::gossipsub::{MessageAcceptance, MessageId};
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::oneshot;
use vigil_gossip::Goodbye;
use vigil_model::NodeId;

use crate::greeting::Refusal;
use crate::registry::OpenLink;
use crate::streams::OpenRequest;
use crate::types::DialFailure;

/// A stream on which a link is being agreed.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    pub(crate) node: NodeId,
    pub(crate) peer: PeerId,
    pub(crate) connection: ConnectionId,
    pub(crate) address: Multiaddr,
    pub(crate) dialled: bool,
}

/// A stream became the link to its peer.
pub(crate) struct Admission {
    pub(crate) link: Arc<OpenLink>,
    /// Comes when the end of the link before was told to the shell.
    pub(crate) before: Option<oneshot::Receiver<()>>,
    /// To be sent when the end of this link was told to the shell.
    pub(crate) done: oneshot::Sender<()>,
}

/// A connection that a join dialled.
pub(crate) struct Joining {
    pub(crate) peer: PeerId,
    pub(crate) connection: ConnectionId,
}

/// What is asked.
pub(crate) enum Command {
    /// Open a stream.
    Open { peer: PeerId, connection: ConnectionId, request: OpenRequest },
    /// Make this the link to the peer, if it should be; `decides` when this node decides that.
    Admit { proposal: Proposal, bulk_port: u16, decides: bool, reply: oneshot::Sender<Result<Admission, Goodbye>> },
    /// No link came of it.
    Refused { proposal: Proposal, refusal: Refusal },
    /// A link has ended.
    Ended { link: Arc<OpenLink> },
    /// Dial a member.
    Dial { node: NodeId, addresses: Vec<Multiaddr>, failures: Vec<DialFailure> },
    /// Dial someone to join.
    Join { address: Multiaddr, pinned: Option<PeerId>, reply: oneshot::Sender<Result<Joining, DialFailure>> },
    /// Spread an announcement by gossip.
    Publish(Vec<u8>),
    /// What the shell thinks of an announcement.
    Judge { source: PeerId, id: MessageId, verdict: MessageAcceptance },
    /// Close a connection.
    Close { connection: ConnectionId },
    /// These addresses lead to this node from outside.
    Addresses(Vec<Multiaddr>),
}
