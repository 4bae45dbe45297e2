//! The thread of decisions: feeds the machine, performs its effects.
//!
//! Everything here is quick: bytes are moved by reference, hashing is done by workers, writing by
//! the writer. No channel to a worker can be full, because the machine bounds the blocks in
//! flight below their capacity; so this thread never waits for anyone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use tokio::sync::{broadcast, oneshot};
use vigil_api::TailBatch;
use vigil_crdt::LogStore;
use vigil_model::{BlockRef, Class, LogNumber, Records, Timestamp};
use vigil_node::{Effect, Effects, Input, Node, Receipt, Refusal, Submission, SubmissionId, Ticket, WriteFailure};

use super::clock;
use super::hasher::{HashJob, Prepared};
use super::hot_tail::{HotTail, TailBlock, TailBody};
use super::shared::Shared;
use super::writer::{WriteJob, WriterMessage};

/// How the submitter learns what became of its records.
pub(super) type Reply = oneshot::Sender<Result<Receipt, (Refusal, Records)>>;

/// What the thread of decisions is told.
pub(super) enum CoreMessage {
    /// A client handed in records. The id is given by the core.
    Submit { submission: Box<Submission>, records: Records, reply: Reply },
    /// A worker prepared a block.
    Hashed { ticket: Ticket, prepared: Box<Prepared> },
    /// See [`Input::Written`].
    Written { ticket: Ticket },
    /// See [`Input::Persisted`].
    Persisted { ticket: Ticket },
    /// See [`Input::PersistFailed`].
    PersistFailed { ticket: Ticket, failure: WriteFailure },
    /// See [`Input::Indexed`].
    Indexed { arrival: u64, lag_bytes: u64 },
    /// See [`Input::SpaceChecked`].
    SpaceChecked { room: Result<(), String> },
    /// See [`Input::Stop`].
    Stop,
}

/// Records that wait for their receipt.
struct Waiting {
    class: Class,
    records: Arc<Records>,
    reply: Reply,
}

/// A block on its way to the disk, and its place once it has one.
struct InFlight {
    prepared: Arc<Prepared>,
    placed: Option<Place>,
}

/// Where and when a block was sealed.
#[derive(Clone, Copy)]
struct Place {
    arrival: u64,
    seq: u64,
    sealed: Timestamp,
}

/// Channels to those who do the work.
pub(super) struct Workers {
    pub(super) hashers: Sender<HashJob>,
    pub(super) writer: Sender<WriterMessage>,
    /// Wakes the follower; its capacity of one is enough, since it asks the tail for all.
    pub(super) follower: Sender<()>,
    /// Wakes the one who looks at the disk; capacity one as well.
    pub(super) space: Sender<()>,
}

/// The shell around the machine.
pub(super) struct Core {
    pub(super) node: Node,
    pub(super) store: Arc<dyn LogStore>,
    pub(super) tail: Arc<HotTail>,
    pub(super) live: broadcast::Sender<TailBatch>,
    pub(super) shared: Arc<Shared>,
    pub(super) workers: Workers,
    waiting: BTreeMap<SubmissionId, Waiting>,
    blocks: BTreeMap<Ticket, InFlight>,
    submissions: u64,
    published: u64,
    number: Option<LogNumber>,
    stopped: bool,
}

impl Core {
    /// A core that has not begun.
    pub(super) fn new(
        node: Node,
        store: Arc<dyn LogStore>,
        tail: Arc<HotTail>,
        live: broadcast::Sender<TailBatch>,
        shared: Arc<Shared>,
        workers: Workers,
    ) -> Core {
        Core {
            node,
            store,
            tail,
            live,
            shared,
            workers,
            waiting: BTreeMap::new(),
            blocks: BTreeMap::new(),
            submissions: 0,
            published: 0,
            number: None,
            stopped: false,
        }
    }

    /// Decides until the machine says that it has stopped.
    pub(super) fn run(mut self, messages: &Receiver<CoreMessage>) {
        let mut effects = Effects::new();
        while !self.stopped {
            let input = match messages.recv_timeout(self.patience()) {
                Ok(message) => self.receive(message),
                Err(RecvTimeoutError::Timeout) => Input::Wake,
                Err(RecvTimeoutError::Disconnected) => Input::Stop,
            };
            self.node.handle(input, clock::now(), &mut effects);
            effects.drain(..).for_each(|effect| self.perform(effect));
            *self.shared.machine.lock() = self.node.status();
        }
    }

    /// How long nothing may happen before the machine wants to be woken.
    fn patience(&self) -> Duration {
        let Some((at, _why)) = self.node.wake_at() else { return Duration::from_secs(1) };
        let nanos = at.0.saturating_sub(clock::now().0).clamp(0, 1_000_000_000);
        Duration::from_nanos(nanos as u64)
    }

    /// Turns a message into an input, keeping the bytes here.
    fn receive(&mut self, message: CoreMessage) -> Input {
        match message {
            CoreMessage::Submit { submission, records, reply } => self.submit(*submission, records, reply),
            CoreMessage::Hashed { ticket, prepared } => self.hashed(ticket, *prepared),
            CoreMessage::Written { ticket } => {
                self.publish(ticket);
                Input::Written { ticket }
            }
            CoreMessage::Persisted { ticket } => {
                self.publish(ticket);
                Input::Persisted { ticket }
            }
            CoreMessage::PersistFailed { ticket, failure } => Input::PersistFailed { ticket, failure },
            CoreMessage::Indexed { arrival, lag_bytes } => Input::Indexed { arrival, lag_bytes },
            CoreMessage::SpaceChecked { room } => Input::SpaceChecked { room },
            CoreMessage::Stop => {
                self.write(WriterMessage::Hurry);
                Input::Stop
            }
        }
    }

    fn submit(&mut self, mut submission: Submission, records: Records, reply: Reply) -> Input {
        self.submissions += 1;
        submission.id = SubmissionId(self.submissions);
        let waiting = Waiting { class: submission.class, records: Arc::new(records), reply };
        self.waiting.insert(submission.id, waiting);
        Input::Submitted(submission)
    }

    fn hashed(&mut self, ticket: Ticket, prepared: Prepared) -> Input {
        let bodies = prepared.digests.clone();
        self.blocks.insert(ticket, InFlight { prepared: Arc::new(prepared), placed: None });
        Input::Hashed { ticket, bodies }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Hash { ticket, parts } => self.hash(ticket, &parts),
            Effect::Persist { ticket, arrival, header, idempotency } => {
                let block = self.blocks.get_mut(&ticket).expect("the machine persists what was hashed");
                block.placed = Some(Place {
                    arrival,
                    seq: header.seq,
                    sealed: Timestamp::from_millis(header.sealed.millis() as i64),
                });
                let prepared = block.prepared.clone();
                self.write(WriterMessage::Write(WriteJob { ticket, arrival, header, prepared, idempotency }));
            }
            Effect::Withdraw { from } => {
                // What is refused for good keeps no place and goes with the next block that is written.
                self.blocks.range_mut(from..).for_each(|(_, block)| block.placed = None);
                self.write(WriterMessage::Withdrawn);
            }
            Effect::Acknowledge(receipt) => {
                if let Some(waiting) = self.waiting.remove(&receipt.submission) {
                    if waiting.class == Class::Logs {
                        self.shared.accepted.fetch_add(waiting.records.len() as u64, Ordering::Relaxed);
                    }
                    // A client that went away does not wait for its receipt.
                    let _ = waiting.reply.send(Ok(receipt));
                }
            }
            Effect::Refuse { submission, refusal } => self.refuse(submission, refusal),
            Effect::Follow { arrival } => {
                self.shared.durable.store(arrival, Ordering::Release);
                let _ = self.workers.follower.try_send(());
            }
            Effect::CheckSpace => {
                let _ = self.workers.space.try_send(());
            }
            Effect::ExpireIdempotency { before } => self.write(WriterMessage::Expire(before)),
            Effect::Stopped => self.stopped = true,
        }
    }

    fn hash(&mut self, ticket: Ticket, parts: &[SubmissionId]) {
        let part = |id: &SubmissionId| {
            let waiting = &self.waiting[id];
            (waiting.class, waiting.records.clone())
        };
        let job = HashJob { ticket, parts: parts.iter().map(part).collect() };
        self.workers
            .hashers
            .try_send(job)
            .expect("the machine bounds the blocks in flight below the channel's capacity");
    }

    fn write(&self, message: WriterMessage) {
        self.workers
            .writer
            .try_send(message)
            .expect("the machine bounds the blocks in flight below the channel's capacity");
    }

    fn refuse(&mut self, submission: SubmissionId, refusal: Refusal) {
        let Some(waiting) = self.waiting.remove(&submission) else { return };
        self.shared.refused.fetch_add(waiting.records.len() as u64, Ordering::Relaxed);
        let records = Arc::unwrap_or_clone(waiting.records);
        let _ = waiting.reply.send(Err((refusal, records)));
    }

    /// Shows what is written to queries and live tails, before anyone is told that it is.
    fn publish(&mut self, last: Ticket) {
        let later = self.blocks.split_off(&Ticket(last.0 + 1));
        for (_, block) in std::mem::replace(&mut self.blocks, later) {
            // A block without a place was withdrawn, and is hashed but never written.
            if let Some(place) = block.placed {
                self.publish_block(block.prepared, place);
            }
        }
    }

    fn publish_block(&mut self, prepared: Arc<Prepared>, place: Place) {
        let log = self.node.log();
        let number = *self.number.get_or_insert_with(|| self.store.log_number(&log).expect("the log was just written"));
        let bytes = prepared.bytes;
        // The writer dropped its reference before it reported, so this moves and does not copy.
        let bodies = match Arc::try_unwrap(prepared) {
            Ok(prepared) => prepared.bodies,
            Err(shared) => shared.bodies.iter().map(TailBody::share).collect(),
        };
        let at = BlockRef { log: number, seq: place.seq };
        let block = TailBlock { arrival: place.arrival, block: at, sealed: place.sealed, bodies, bytes };
        if self.live.receiver_count() > 0 {
            self.announce(&block);
        }
        let logs =
            block.bodies.iter().filter(|body| body.class == Class::Logs).map(|body| body.records.len() as u64).sum();
        self.shared.logs.fetch_add(logs, Ordering::Relaxed);
        self.published += block.bodies.iter().map(|body| body.records.len() as u64).sum::<u64>();
        self.tail.push(block);
    }

    fn announce(&self, block: &TailBlock) {
        let mut before = self.published;
        for body in &block.bodies {
            let batch = TailBatch {
                log: self.node.log(),
                seq: block.block.seq,
                class: body.class,
                arrival: block.arrival,
                before,
                records: body.records.clone(),
            };
            before += body.records.len() as u64;
            // Without a receiver there is nobody to tell.
            let _ = self.live.send(batch);
        }
    }
}
