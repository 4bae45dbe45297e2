//! What the thread of decisions is told, and how others tell it.

use std::ops::Range;
use std::time::Duration;

use crossbeam_channel::{Sender, TrySendError};
use tokio::sync::oneshot;
use vigil_crdt::control::{ControlError, Op};
use vigil_gossip::Pull;
use vigil_gossip_libp2p::Serving;
use vigil_model::{Class, LogId, Records};
use vigil_node::{Node, Offer, OfferId, Receipt, Refusal, Submission, Ticket, WriteFailure};

use super::checker::Outcome;
use super::hasher::Prepared;
use super::offers::Held;

/// How the submitter learns what became of its records.
pub(super) type Reply = oneshot::Sender<Result<Receipt, (Refusal, Records)>>;

/// What the thread of decisions is told.
pub(super) enum CoreMessage {
    /// A client handed in records. The id is given by the core.
    Submit { submission: Box<Submission>, records: Records, reply: Reply },
    /// A worker prepared a block.
    Hashed { ticket: Ticket, prepared: Box<Prepared> },
    /// A worker checked a peer's block.
    Checked { ticket: Ticket, offer: OfferId, outcome: Outcome },
    /// Something happened on a link.
    Gossip(Box<vigil_gossip::Event>),
    /// A peer's block is here.
    Offered { offer: Offer, held: Box<Held> },
    /// A peer opened a stream to pull a range.
    Asked { pull: Pull, serving: Box<Serving> },
    /// Someone here changes membership or access.
    Administer { op: Box<Op>, reply: oneshot::Sender<Result<Receipt, Denied>> },
    /// Someone wants to look at the machine.
    Inspect(Box<dyn FnOnce(&Node) + Send>),
    /// See [`Input::Written`].
    Written { ticket: Ticket },
    /// See [`Input::Persisted`].
    Persisted { ticket: Ticket },
    /// See [`Input::Missing`].
    Missing { log: LogId, missing: Box<[Vec<Range<u64>>; Class::ALL.len()]> },
    /// See [`Input::PersistFailed`].
    PersistFailed { ticket: Ticket, failure: WriteFailure },
    /// See [`Input::Indexed`].
    Indexed { arrival: u64, lag_bytes: u64 },
    /// See [`Input::SpaceChecked`].
    SpaceChecked { room: Result<(), String> },
    /// See [`Input::Stop`].
    Stop,
}

/// Hands a message to the thread of decisions from a task that may wait, but not block.
pub(super) async fn tell(core: &Sender<CoreMessage>, mut message: CoreMessage) {
    loop {
        match core.try_send(message) {
            Err(TrySendError::Full(back)) => message = back,
            // The thread has ended: nobody decides any more.
            Ok(()) | Err(TrySendError::Disconnected(_)) => return,
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Why a change of membership or access was not made.
#[derive(Clone, Debug)]
pub(super) enum Denied {
    /// It is not admissible.
    Control(ControlError),
    /// It could not be written.
    Refused(Refusal),
}
