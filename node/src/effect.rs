//! What a node does: the closed list of deeds that a shell performs.

use vigil_crdt::{IdempotencyKey, IdempotencyRow, PlacedBlock};
use vigil_model::{Header, LogId};

use crate::input::{OfferId, SubmissionId, Ticket};

/// Deeds in order. Reused from call to call; the shell drains it after each.
pub type Effects = Vec<Effect>;

/// One deed.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Gather the records of these submissions, by class and in this order, into bodies; draw a
    /// fresh salt seed for each; answer [`crate::Input::Hashed`]. Any worker, any order.
    Hash {
        /// The block.
        ticket: Ticket,
        /// Its submissions, in order.
        parts: Vec<SubmissionId>,
    },
    /// Sign this header and write the block with the bodies of `ticket`, in the order of these
    /// effects, grouped as the writer likes; answer [`crate::Input::Persisted`] or
    /// [`crate::Input::PersistFailed`].
    Persist {
        /// The block.
        ticket: Ticket,
        /// Its place in the order of arrival.
        arrival: u64,
        /// What to sign.
        header: Box<Header>,
        /// Receipts to write in the same batch.
        idempotency: Vec<(IdempotencyKey, IdempotencyRow)>,
    },
    /// Check what a peer sent: unpack within the limits, verify the signature and the roots of the
    /// bodies (of a fill: against the stored header), pack for the store; answer
    /// [`crate::Input::Checked`]. Any worker, any order.
    Check {
        /// Its ticket.
        ticket: Ticket,
        /// What.
        offer: OfferId,
    },
    /// Forget the bytes of an offer: it is not wanted, or it was found bad.
    Discard {
        /// Which.
        offer: OfferId,
    },
    /// Write a peer's block, or bodies of it, as it was checked, in the order of these effects and
    /// [`Effect::Persist`]; answered alike. With a fill, [`crate::Input::Missing`] is told as well.
    Store {
        /// The ticket of its check.
        ticket: Ticket,
        /// Its place in the order of arrival.
        arrival: u64,
        /// The log.
        log: LogId,
        /// The block.
        seq: u64,
        /// Bodies only: the header is in the store.
        fill: bool,
    },
    /// Do what the replication machine says: send, announce, pull, serve, decline, look up, hang
    /// up. Of [`vigil_gossip::Deed::Held`] the shell keeps the highest for each peer, for those who
    /// wait for copies.
    Gossip(vigil_gossip::Deed),
    /// Membership, access or forks changed: [`crate::Node::control`] is new. It is durable here.
    Control,
    /// Submit this as a control record of this node, without asking whether it is admissible: it
    /// found out by itself (a fork), or says again what others might miss (a removal, a revocation).
    Author(Box<vigil_crdt::control::Op>),
    /// This node stops writing: another process has its identity, or it was removed.
    Fence {
        /// Why, for people.
        why: String,
    },
    /// Forget what was prepared for this ticket and every later one: bodies, hashes still being
    /// made, headers given to the writer. Their submissions are refused right after. What a worker
    /// still answers for them is ignored.
    Withdraw {
        /// The first of them.
        from: Ticket,
    },
    /// Tell the client that these records are durable.
    Acknowledge(Receipt),
    /// Tell the client that these records were not taken; drop their bytes.
    Refuse {
        /// Which.
        submission: SubmissionId,
        /// Why.
        refusal: Refusal,
    },
    /// Everything up to this place in the order of arrival is durable: the index may take it, the
    /// live tail may show it.
    Follow {
        /// The place.
        arrival: u64,
    },
    /// Look whether the disk has room; answer [`crate::Input::SpaceChecked`].
    CheckSpace,
    /// Forget idempotency rows first seen before this time.
    ExpireIdempotency {
        /// The time.
        before: vigil_model::Timestamp,
    },
    /// Everything accepted is durable or refused: the process may end.
    Stopped,
}

/// Where the records of one submission lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Whose.
    pub submission: SubmissionId,
    /// The log.
    pub log: LogId,
    /// The part of the block.
    pub placed: PlacedBlock,
}

/// Why records were not taken. Nothing of them was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Queues are full, or the index is too far behind: try again after the given milliseconds.
    #[error("busy: {reason}; try again in {retry_after_ms} ms")]
    Busy {
        /// Which queue.
        reason: &'static str,
        /// When it is worth trying again.
        retry_after_ms: u64,
    },
    /// The disk is full, or `storage.max_disk` is reached. Reads go on.
    #[error("no space: {0}")]
    NoSpace(String),
    /// The store fails otherwise.
    #[error("the store cannot write: {0}")]
    Store(String),
    /// The node is stopping.
    #[error("the node is stopping")]
    Stopping,
    /// This node must not write any more: [`Effect::Fence`].
    #[error("this node does not write any more: {0}")]
    Fenced(String),
    /// The idempotency key was used for another body.
    #[error("this idempotency key was used before with another body")]
    KeyReused,
}
