//! What the thread of decisions holds of what is on its way: records, and blocks;
//! and to whom it gives work.

use std::sync::Arc;

use crossbeam_channel::Sender;
use tokio::sync::oneshot;
use vigil_model::{Class, LogId, Records, Timestamp};
use vigil_node::{OfferId, Receipt};

use super::hasher::{Job, Prepared};
use super::message::{Denied, Reply};
use super::writer::WriterMessage;

/// Records that wait for their receipt.
pub(super) struct Waiting {
    pub(super) class: Class,
    pub(super) records: Arc<Records>,
    pub(super) reply: Waiter,
}

/// Who waits for a receipt.
pub(super) enum Waiter {
    /// A client with its records.
    Client(Reply),
    /// Someone who changes membership or access.
    Administrator(oneshot::Sender<Result<Receipt, Denied>>),
    /// The machine itself.
    Nobody,
}

/// A block on its way to the disk, and its place once it has one.
pub(super) struct InFlight {
    pub(super) prepared: Arc<Prepared>,
    /// Of a peer's block: its name while it was offered.
    pub(super) offer: Option<OfferId>,
    pub(super) placed: Option<Place>,
}

/// Where a block lies and when it was sealed.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) arrival: u64,
    pub(super) log: LogId,
    pub(super) seq: u64,
    pub(super) sealed: Timestamp,
}

/// Channels to those who do the work.
pub(super) struct Workers {
    pub(super) hashers: Sender<Job>,
    pub(super) writer: Sender<WriterMessage>,
    /// Wakes the follower; its capacity of one is enough, since it asks the tail for all.
    pub(super) follower: Sender<()>,
    /// Wakes the one who looks at the disk; capacity one as well.
    pub(super) space: Sender<()>,
}
