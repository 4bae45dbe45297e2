//! What can happen to the replication machine, and what it does about it: two closed lists.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use vigil_model::{Class, ClassSet, Hash, LogId, NodeId, SignedHeader};

use crate::message::Message;

/// A connection to one peer; the shell counts them up and never uses one again. There is at most
/// one link to a peer at a time: a second one replaces the first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Link(pub u64);

/// A pull that this node made; the machine counts them up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub struct PullId(pub u64);

/// A pull that a peer made of this node; the shell counts them up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct ServeId(pub u64);

/// What a pull is to bring.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Part {
    /// Headers, and of the bodies those of the classes asked for.
    Blocks,
    /// Bodies of the classes asked for, of blocks whose headers are here already.
    Bodies,
}

/// A range of one log, asked of one peer; answered on a stream of its own, block by block, rising.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pull {
    /// The log.
    pub log: LogId,
    /// First seq.
    pub from: u64,
    /// The seq after the last.
    pub until: u64,
    /// Headers or bodies.
    pub part: Part,
    /// Of which classes.
    pub classes: ClassSet,
    /// The byte credit: the answer ends at the first block that reaches it.
    pub bytes: u32,
}

/// Why the answer to a pull ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum End {
    /// Everything asked for was sent.
    Done,
    /// The byte credit is used up; the rest is asked for anew.
    Credit,
    /// The peer holds no more of it now.
    NotHeld,
    /// The peer is busy; later.
    Busy,
    /// The stream broke.
    Broken,
}

/// Until where a log counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Bound {
    /// It grows.
    #[default]
    Open,
    /// Its author was removed: this is the number of its blocks that count.
    Ended(u64),
    /// Forked at this seq: the blocks below count.
    Frozen(u64),
}

impl Bound {
    /// The number of blocks that may be pulled.
    pub fn blocks(self) -> u64 {
        match self {
            Bound::Open => u64::MAX,
            Bound::Ended(blocks) | Bound::Frozen(blocks) => blocks,
        }
    }
}

/// What this node durably holds of one log. The node tells the machine whenever it changes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LogView {
    /// Its last header: seq and hash; `None` when only the log's name is known.
    pub head: Option<(u64, Hash)>,
    /// Until where it counts.
    pub bound: Bound,
    /// For each class: the first seq whose body is not retired.
    pub retired: [u64; Class::ALL.len()],
    /// For each class: seqs whose header is here and lists such a body, which is not here; few
    /// ranges, rising, not touching.
    pub missing: [Vec<Range<u64>>; Class::ALL.len()],
    /// A later epoch of the same node named this very head as the one before: it will not grow.
    pub closed: bool,
}

/// How a peer broke the protocol. Counted; the worst ones end the link.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Fault {
    /// A signature does not verify.
    Signature,
    /// A body does not match its root.
    Root,
    /// A block does not link to the one before, or leaves one out.
    Chain,
    /// It was sent although it was neither asked for nor announced, or again and again.
    Replay,
    /// It is longer than the limits allow.
    Oversized,
    /// It belongs to another cluster.
    Cluster,
    /// Its author is no member, or was removed.
    Member,
    /// It cannot be read.
    Malformed,
}

/// Why a link is ended, told to the peer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Goodbye {
    /// This node stops.
    Stopping,
    /// The versions of the protocol do not overlap.
    Version,
    /// Another cluster.
    Cluster,
    /// You are no member here.
    NotMember,
    /// You were removed.
    Removed,
    /// Too many faults.
    Faults,
    /// Another process has the same identity.
    Twin,
    /// A newer link to the same peer took over.
    Replaced,
    /// Nothing was heard for too long.
    Silent,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "events are handed over one by one, never kept")]
pub enum Event {
    /// A link to a member is open; the transport proved its key.
    Connected {
        /// The link.
        link: Link,
        /// Whose key.
        peer: NodeId,
    },
    /// A link is gone, with every pull on it; no [`Event::PullEnded`] follows for those.
    Disconnected {
        /// The link.
        link: Link,
    },
    /// A message came in.
    Message {
        /// On which link.
        link: Link,
        /// What.
        message: Message,
    },
    /// Bytes given to the link by [`Deed::Send`] and [`Deed::Announce`] have left this node.
    Sent {
        /// On which link.
        link: Link,
        /// How many.
        bytes: u32,
    },
    /// What this node durably holds of a log changed, or is told at the start. A new head of our
    /// own log, or one learnt from a peer, is announced from here. Told block by block for our own
    /// log: only the newest block of a step rides along.
    Log {
        /// The log.
        log: LogId,
        /// What is held now.
        view: LogView,
        /// When the head rose: bytes of the bodies of its newest block, unencoded.
        newest_bytes: u32,
        /// Who sent it; nobody when it is our own.
        from: Option<NodeId>,
    },
    /// The nodes whose logs may be pulled, removed members included (their logs are bounded).
    Authors(BTreeSet<NodeId>),
    /// A peer announced a block by sending its header; the shell gives the bytes to the node by
    /// itself. Tells that the peer holds the log up to here.
    Announced {
        /// On which link.
        link: Link,
        /// The log.
        log: LogId,
        /// The block.
        seq: u64,
        /// Hash of its header.
        hash: Hash,
        /// The node takes the block as it came: it is the next of its log, and all bodies that are
        /// followed came along. Otherwise the machine pulls it.
        taken: bool,
    },
    /// The answer to a pull ended; `next` is the first seq that was not brought.
    PullEnded {
        /// On which link.
        link: Link,
        /// Which.
        pull: PullId,
        /// Where it stopped.
        next: u64,
        /// Why.
        end: End,
    },
    /// A block that a pull brought, or that was announced, was refused, or bytes were no message.
    /// The block may be pulled from someone else.
    Refused {
        /// Who sent it.
        link: Link,
        /// What was wrong.
        fault: Fault,
        /// Of which block, when that much is known. A block that does not link to ours
        /// ([`Fault::Chain`]) makes the machine search for the first difference.
        at: Option<(LogId, u64)>,
    },
    /// A block that was on its way to the disk did not get there (disk full): it is pulled anew
    /// when there is room.
    Withdrawn {
        /// The log.
        log: LogId,
    },
    /// A peer asks for a range.
    Asked {
        /// On which link.
        link: Link,
        /// Its name here.
        serve: ServeId,
        /// What.
        pull: Pull,
    },
    /// The answer to a peer's pull ended.
    Served {
        /// On which link.
        link: Link,
        /// Which.
        serve: ServeId,
        /// Bytes sent.
        bytes: u64,
    },
    /// The header that [`Deed::LookUp`] asked for; nothing when it is not held.
    Found {
        /// The log.
        log: LogId,
        /// The block.
        seq: u64,
        /// Its header.
        header: Option<Box<SignedHeader>>,
    },
    /// How much of pulled blocks the node can take now: what its queues, its disk and its index
    /// leave. Pulls under way count against it.
    Room {
        /// Bytes.
        bytes: u64,
        /// Blocks, or bodies of blocks that are here.
        blocks: u64,
    },
    /// The node had no room for something that this pull brought, and dropped it: told before the
    /// pull ends, so that the peer is not blamed for what is lacking then.
    Crowded {
        /// On which link.
        link: Link,
        /// Which.
        pull: PullId,
    },
    /// The user asks for a round now.
    SyncNow,
    /// The time of [`crate::Gossip::wake_at`] has come.
    Wake,
    /// The node stops: say goodbye.
    Stop,
}

/// What it does.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// Send a message; answered by [`Event::Sent`] when it has left.
    Send {
        /// On which link.
        link: Link,
        /// What.
        message: Message,
    },
    /// Send the header of a durable block, with all its bodies when `eager`. The shell answers
    /// [`Event::Sent`] for each link when it has left; the machine has counted `bytes` for it, and
    /// the shell reports that very number.
    Announce {
        /// To whom.
        links: Vec<Link>,
        /// The log.
        log: LogId,
        /// The block.
        seq: u64,
        /// With bodies: these classes.
        eager: ClassSet,
        /// Bytes counted for each link.
        bytes: u32,
        /// Publish the header through the flood of the transport (gossipsub) as well: there are
        /// more links than are told directly.
        flood: bool,
    },
    /// Ask a peer for a range, on a stream of its own. The blocks go to the node as they arrive.
    Pull {
        /// On which link.
        link: Link,
        /// Its name.
        pull: PullId,
        /// What.
        request: Pull,
    },
    /// Answer a peer's pull from the store; then report [`Event::Served`].
    Serve {
        /// On which link.
        link: Link,
        /// Which.
        serve: ServeId,
        /// What, clamped to what may be sent.
        request: Pull,
    },
    /// Answer a peer's pull with nothing but its end.
    Decline {
        /// Which.
        serve: ServeId,
        /// Why.
        end: End,
    },
    /// Read a header of a log from the store; answer [`Event::Found`].
    LookUp {
        /// The log.
        log: LogId,
        /// The block.
        seq: u64,
    },
    /// Two headers of one log at one seq with different hashes: the node checks the signatures,
    /// makes the proof and freezes the log.
    Forked {
        /// From where it was learnt.
        link: Link,
        /// One.
        ours: Box<SignedHeader>,
        /// The other.
        theirs: Box<SignedHeader>,
    },
    /// A peer reported that it durably holds our own log below `blocks` (all bodies that it
    /// follows; it follows the classes of `classes`): for `durable=N`.
    Held {
        /// The peer.
        peer: NodeId,
        /// Number of blocks from the start.
        blocks: u64,
        /// The log, always one of this node.
        log: LogId,
        /// The classes that the peer follows.
        classes: ClassSet,
    },
    /// Another process uses this node's key right now.
    Twin {
        /// The link that showed it.
        link: Link,
    },
    /// End the link, telling why.
    HangUp {
        /// Which.
        link: Link,
        /// Why.
        why: Goodbye,
    },
}
