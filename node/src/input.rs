//! What can happen to a node: the closed list.

use std::ops::Range;

use vigil_crdt::control::Entry;
use vigil_crdt::{IdempotencyKey, IdempotencyRow};
use vigil_gossip::{Fault, Link, PullId};
use vigil_model::{BodyDigest, Class, ClassSet, Hash, LogId, NodeId, SignedHeader, Timestamp};

/// Names a submission between shell and machine; the shell counts them up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SubmissionId(pub u64);

/// Names a block on its way to the disk; the machine counts them up. Blocks of one process are
/// persisted strictly in the order of their tickets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Ticket(pub u64);

/// Some records that a client handed in, all of one class. The shell holds the bytes. Never split:
/// all of it lands in one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Its name.
    pub id: SubmissionId,
    /// Its class.
    pub class: Class,
    /// Records, 1 to `SUBMISSION_RECORDS_MAX`.
    pub records: u32,
    /// The sum of their bytes, at most `BODY_BYTES_MAX`.
    pub bytes: u32,
    /// The client asked not to wait for the seal interval; honoured within a budget.
    pub seal_now: bool,
    /// Present when the request carries an idempotency key.
    pub idempotent: Option<Idempotent>,
}

/// A part of a request with an idempotency key. The shell looked the key up before; the machine
/// keeps track of what it makes durable under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotent {
    /// Hash of token and key.
    pub key: IdempotencyKey,
    /// Hash of the whole request body.
    pub body: Hash,
    /// How many records of the request come before this submission. It must be exactly what is
    /// under way or durable under the key, so no interleaving of retries stores a record twice or
    /// leaves one out; anything else is refused as busy.
    pub from: u64,
    /// Whether the request ends with this submission.
    pub last: bool,
    /// What the store remembered when the request began, on its first submission of this process.
    /// The store is asked at most `IDEMPOTENCY_LOOKUP_MS` before the first submission.
    pub resumed: Option<IdempotencyRow>,
}

/// Names a block of a peer between shell and machine; the shell counts them up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OfferId(pub u64);

/// A block, or bodies of one, that a peer sent. The shell holds the bytes and has looked at
/// nothing but the header's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its name.
    pub id: OfferId,
    /// On which link it came.
    pub link: Link,
    /// From whom.
    pub peer: NodeId,
    /// The pull that brought it; nothing when it was announced.
    pub pull: Option<PullId>,
    /// The log that it claims to be of.
    pub log: LogId,
    /// The seq that it claims.
    pub seq: u64,
    /// Hash of the header that came with it; nothing when only bodies came (a fill).
    pub header: Option<Hash>,
    /// The classes of the bodies that came with it.
    pub classes: ClassSet,
    /// The classes that the header lists; of a fill, those that came.
    pub listed: ClassSet,
    /// Bytes of these bodies, unencoded, as claimed.
    pub bytes: u32,
}

/// What a worker found in an [`Offer`].
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// The header, its signature verified; that of the store for a fill.
    pub header: Box<SignedHeader>,
    /// The control records in it.
    pub control: Vec<Entry>,
}

/// Why a write failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteFailure {
    /// No room; worth trying again when there is.
    Full(String),
    /// The store refuses otherwise.
    Io(String),
}

/// What can happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A client handed in records.
    Submitted(Submission),
    /// A worker hashed the bodies of a ticket; in any order of tickets.
    Hashed {
        /// Which block.
        ticket: Ticket,
        /// By rising class.
        bodies: Vec<BodyDigest>,
        /// The control records among them.
        control: Vec<Entry>,
    },
    /// Something happened on a link: connected, disconnected, a message, bytes sent, a pull ended,
    /// asked for, served, a header found, a sync wanted. The kinds that the machine makes itself
    /// (log, authors, announced, refused, withdrawn, room, wake, stop) are never given.
    Gossip(vigil_gossip::Event),
    /// A peer sent a block.
    Offered(Offer),
    /// A worker checked what a peer sent: signature, roots, limits. In any order of tickets.
    Checked {
        /// The ticket of [`crate::Effect::Check`].
        ticket: Ticket,
        /// What it holds, or how the peer broke the protocol.
        outcome: Result<Checked, Fault>,
    },
    /// The writer handed every block up to and including `ticket` to the operating system: they
    /// survive the death of the process, not yet that of the machine. Only `sync: interval` tells
    /// this; then it acknowledges. [`Input::Persisted`] follows after the fsync.
    Written {
        /// The last of them.
        ticket: Ticket,
    },
    /// The writer made every block up to and including `ticket` durable.
    Persisted {
        /// The last of them.
        ticket: Ticket,
    },
    /// The writer could not write `ticket`; everything before it is written and reported, nothing
    /// after it is. From here on it drops every [`crate::Effect::Persist`] until the
    /// [`crate::Effect::Withdraw`] that answers this.
    PersistFailed {
        /// The first that was not written.
        ticket: Ticket,
        /// Why.
        failure: WriteFailure,
    },
    /// The index holds every block up to this place in the order of arrival; `lag_bytes` of
    /// durable records are not in it yet.
    Indexed {
        /// The place.
        arrival: u64,
        /// Bytes behind.
        lag_bytes: u64,
    },
    /// The shell looked at the disk, as asked by [`crate::Effect::CheckSpace`].
    SpaceChecked {
        /// Whether a write would be allowed now; else why not.
        room: Result<(), String>,
    },
    /// What the store lacks of a log now, as its `LogHead` says. The writer tells it with every
    /// [`Input::Persisted`], right before or after, that covers bodies which came after their
    /// header, for each log of them:
    /// only the store knows which headers list such a body next.
    Missing {
        /// The log.
        log: LogId,
        /// By class number.
        missing: [Vec<Range<u64>>; Class::ALL.len()],
    },
    /// A body that should be here was found damaged or gone: it is fetched again.
    Damaged {
        /// The log.
        log: LogId,
        /// The block.
        seq: u64,
        /// The body.
        class: Class,
    },
    /// Nothing happened, but the time of [`crate::Node::wake_at`] has come.
    Wake,
    /// Stop: refuse what is new, seal and persist what is accepted, then say [`crate::Effect::Stopped`].
    Stop,
}

/// Now, as the shell's clock says.
pub type Now = Timestamp;
