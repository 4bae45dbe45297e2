//! The thread of decisions: feeds the machine, performs its effects.
//!
//! Everything here is quick: bytes are moved by reference, hashing is done by workers, writing by
//! the writer. No channel to a worker can be full, because the machine bounds the blocks in
//! flight below their capacity; so this thread never waits for anyone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use tokio::sync::{broadcast, oneshot};
use vigil_api::TailBatch;
use vigil_crdt::LogStore;
use vigil_crdt::control::Op;
use vigil_model::{BlockRef, Class, LogId, LogNumber, Records, Timestamp};
use vigil_node::{Effect, Effects, Input, Node, Offer, OfferId, Receipt, Refusal, Submission, SubmissionId, Ticket};

use super::alerts::Alerts;
use super::checker::{CheckJob, Outcome};
use super::clock;
use super::control_record;
use super::flight::{InFlight, Place, Waiter, Waiting, Workers};
use super::hasher::{HashJob, Job, Prepared};
use super::hot_tail::{HotTail, TailBlock, TailBody};
use super::message::{CoreMessage, Denied};
use super::offers::{Held, Offers};
use super::replicator::Replicator;
use super::shared::Shared;
use super::writer::{WriteJob, WriterMessage, Written};

/// The shell around the machine.
pub(super) struct Core {
    pub(super) node: Node,
    pub(super) store: Arc<dyn LogStore>,
    pub(super) tail: Arc<HotTail>,
    pub(super) live: broadcast::Sender<TailBatch>,
    pub(super) shared: Arc<Shared>,
    pub(super) workers: Workers,
    pub(super) replicator: Replicator,
    alerts: Alerts,
    offers: Offers,
    /// Offers that are being checked, or were.
    checking: BTreeMap<OfferId, Ticket>,
    waiting: BTreeMap<SubmissionId, Waiting>,
    blocks: BTreeMap<Ticket, InFlight>,
    submissions: u64,
    published: u64,
    numbers: BTreeMap<LogId, LogNumber>,
    /// What came up while effects were performed: inputs for right after.
    again: Vec<Input>,
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
        replicator: Replicator,
    ) -> Core {
        Core {
            alerts: Alerts::new(node.control()),
            node,
            store,
            tail,
            live,
            shared,
            workers,
            replicator,
            offers: Offers::default(),
            checking: BTreeMap::new(),
            waiting: BTreeMap::new(),
            blocks: BTreeMap::new(),
            submissions: 0,
            published: 0,
            numbers: BTreeMap::new(),
            again: Vec::new(),
            stopped: false,
        }
    }

    /// Decides until the machine says that it has stopped.
    pub(super) fn run(mut self, messages: &Receiver<CoreMessage>) {
        let mut effects = Effects::new();
        self.shared.peers.refresh(&self.node);
        while !self.stopped {
            let input = match messages.recv_timeout(self.patience()) {
                Ok(message) => self.receive(message),
                Err(RecvTimeoutError::Timeout) => Some(Input::Wake),
                Err(RecvTimeoutError::Disconnected) => Some(Input::Stop),
            };
            self.again.extend(input);
            self.decide(&mut effects);
            *self.shared.machine.lock() = self.node.status();
            self.shared.peers.refresh_if_due(&self.node);
        }
        self.shared.stopped.store(true, Ordering::Release);
    }

    /// Feeds the machine until nothing more comes up by itself.
    fn decide(&mut self, effects: &mut Effects) {
        while !self.again.is_empty() {
            for input in std::mem::take(&mut self.again) {
                self.node.handle(input, clock::now(), effects);
                effects.drain(..).for_each(|effect| self.perform(effect));
            }
        }
    }

    /// How long nothing may happen before the machine wants to be woken.
    fn patience(&self) -> Duration {
        let Some((at, _why)) = self.node.wake_at() else { return Duration::from_secs(1) };
        let nanos = at.0.saturating_sub(clock::now().0).clamp(0, 1_000_000_000);
        Duration::from_nanos(nanos as u64)
    }

    /// Turns a message into an input, keeping the bytes here.
    fn receive(&mut self, message: CoreMessage) -> Option<Input> {
        Some(match message {
            CoreMessage::Submit { submission, records, reply } => {
                self.submit(*submission, records, Waiter::Client(reply))
            }
            CoreMessage::Administer { op, reply } => return self.administer(*op, reply),
            CoreMessage::Inspect(look) => {
                look(&self.node);
                return None;
            }
            CoreMessage::Hashed { ticket, prepared } => self.hashed(ticket, *prepared),
            CoreMessage::Checked { ticket, offer, outcome } => self.checked(ticket, offer, outcome),
            CoreMessage::Gossip(event) => Input::Gossip(*event),
            CoreMessage::Offered { offer, held } => self.offered(offer, *held),
            CoreMessage::Asked { pull, serving } => Input::Gossip(self.replicator.asked(pull, serving)),
            CoreMessage::Written { ticket } => {
                self.publish(ticket);
                Input::Written { ticket }
            }
            CoreMessage::Persisted { ticket } => {
                self.publish(ticket);
                Input::Persisted { ticket }
            }
            CoreMessage::Missing { log, missing } => Input::Missing { log, missing: *missing },
            CoreMessage::PersistFailed { ticket, failure } => Input::PersistFailed { ticket, failure },
            CoreMessage::Indexed { arrival, lag_bytes } => Input::Indexed { arrival, lag_bytes },
            CoreMessage::SpaceChecked { room } => Input::SpaceChecked { room },
            CoreMessage::Stop => {
                self.write(WriterMessage::Hurry);
                Input::Stop
            }
        })
    }

    fn submit(&mut self, mut submission: Submission, records: Records, reply: Waiter) -> Input {
        self.submissions += 1;
        submission.id = SubmissionId(self.submissions);
        let waiting = Waiting { class: submission.class, records: Arc::new(records), reply };
        self.waiting.insert(submission.id, waiting);
        Input::Submitted(submission)
    }

    fn hashed(&mut self, ticket: Ticket, prepared: Prepared) -> Input {
        let (bodies, control) = (prepared.digests.clone(), prepared.control.clone());
        self.blocks.insert(ticket, InFlight { prepared: Arc::new(prepared), offer: None, placed: None });
        Input::Hashed { ticket, bodies, control }
    }

    fn checked(&mut self, ticket: Ticket, offer: OfferId, outcome: Outcome) -> Input {
        let outcome = outcome.map(|(checked, prepared)| {
            // An offer that was discarded meanwhile is no longer waited for.
            if self.checking.contains_key(&offer) {
                let prepared = Arc::new(*prepared);
                self.blocks.insert(ticket, InFlight { prepared, offer: Some(offer), placed: None });
            }
            checked
        });
        Input::Checked { ticket, outcome }
    }

    /// Forgets the bytes of a peer's block, wherever they are.
    fn discard(&mut self, offer: OfferId) {
        self.offers.discard(offer);
        if let Some(ticket) = self.checking.remove(&offer) {
            self.blocks.remove(&ticket);
        }
    }

    fn offered(&mut self, mut offer: Offer, held: Held) -> Input {
        offer.id = self.offers.hold(held);
        Input::Offered(offer)
    }

    /// Writes a control record, if that is admissible now.
    fn administer(&mut self, op: Op, reply: oneshot::Sender<Result<Receipt, Denied>>) -> Option<Input> {
        match self.node.admissible(&op) {
            Ok(()) => self.author(op, Waiter::Administrator(reply)),
            Err(error) => {
                // Who asked may have gone away.
                let _ = reply.send(Err(Denied::Control(error)));
                None
            }
        }
    }

    fn author(&mut self, op: Op, reply: Waiter) -> Option<Input> {
        match control_record::submission(op, self.node.control_heads(), clock::now()) {
            Ok((submission, records)) => Some(self.submit(submission, records, reply)),
            Err(error) => {
                match reply {
                    Waiter::Administrator(reply) => drop(reply.send(Err(Denied::Control(error)))),
                    _ => tracing::warn!(%error, "a record of this node itself was not written"),
                }
                None
            }
        }
    }

    /// Membership, access or forks changed: who may connect, and what has to be looked at.
    fn control_changed(&mut self) {
        self.replicator.control_changed(self.node.control());
        for (submission, records) in self.alerts.of(self.node.control(), clock::now()) {
            let input = self.submit(submission, records, Waiter::Nobody);
            self.again.push(input);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Hash { ticket, parts } => self.hash(ticket, &parts),
            Effect::Check { ticket, offer } => self.check(ticket, offer),
            Effect::Discard { offer } => self.discard(offer),
            Effect::Persist { ticket, arrival, header, idempotency } => {
                let place = Place { arrival, log: header.log, seq: header.seq, sealed: sealed(&header) };
                let prepared = self.place(ticket, place);
                self.write_block(WriteJob { ticket, arrival, what: Written::Own(header), prepared, idempotency });
            }
            Effect::Store { ticket, arrival, log, seq, fill } => self.store_block(ticket, arrival, log, seq, fill),
            Effect::Withdraw { from } => {
                // What is refused for good keeps no place and goes with the next block that is written.
                self.blocks.range_mut(from..).for_each(|(_, block)| block.placed = None);
                self.write(WriterMessage::Withdrawn);
            }
            Effect::Acknowledge(receipt) => self.acknowledge(receipt),
            Effect::Refuse { submission, refusal } => self.refuse(submission, refusal),
            Effect::Follow { arrival } => {
                self.shared.durable.store(arrival, Ordering::Release);
                let _ = self.workers.follower.try_send(());
            }
            Effect::CheckSpace => {
                let _ = self.workers.space.try_send(());
            }
            Effect::ExpireIdempotency { before } => self.write(WriterMessage::Expire(before)),
            Effect::Gossip(deed) => self.again.extend(self.replicator.perform(deed).map(Input::Gossip)),
            Effect::Control => self.control_changed(),
            Effect::Author(op) => {
                let input = self.author(*op, Waiter::Nobody);
                self.again.extend(input);
            }
            Effect::Fence { why } => {
                tracing::error!(why, "this node stops writing");
                *self.shared.fenced.lock() = why;
            }
            Effect::Stopped => self.stopped = true,
        }
    }

    fn place(&mut self, ticket: Ticket, place: Place) -> Arc<Prepared> {
        let block = self.blocks.get_mut(&ticket).expect("the machine writes what was hashed or checked");
        block.placed = Some(place);
        block.prepared.clone()
    }

    fn store_block(&mut self, ticket: Ticket, arrival: u64, log: LogId, seq: u64, fill: bool) {
        let time = self.blocks[&ticket].prepared.sealed;
        let prepared = self.place(ticket, Place { arrival, log, seq, sealed: time });
        self.shared.pace.count();
        let what = if fill { Written::Bodies { log, seq } } else { Written::Foreign };
        self.write_block(WriteJob { ticket, arrival, what, prepared, idempotency: Vec::new() });
    }

    fn write_block(&self, job: WriteJob) {
        self.write(WriterMessage::Write(job));
    }

    fn acknowledge(&mut self, receipt: Receipt) {
        let Some(waiting) = self.waiting.remove(&receipt.submission) else { return };
        if waiting.class == Class::Logs {
            self.shared.accepted.fetch_add(waiting.records.len() as u64, Ordering::Relaxed);
        }
        // Whoever went away does not wait for a receipt.
        match waiting.reply {
            Waiter::Client(reply) => drop(reply.send(Ok(receipt))),
            Waiter::Administrator(reply) => drop(reply.send(Ok(receipt))),
            Waiter::Nobody => {}
        }
    }

    fn check(&mut self, ticket: Ticket, offer: OfferId) {
        let Held { frame, permit } = self.offers.take(offer).expect("the machine checks what it was offered");
        self.checking.insert(offer, ticket);
        self.give(Job::Check(Box::new(CheckJob { ticket, offer, frame, permit })));
    }

    fn give(&self, job: Job) {
        self.workers
            .hashers
            .try_send(job)
            .expect("the machine bounds the blocks in flight below the channel's capacity");
    }

    fn hash(&mut self, ticket: Ticket, parts: &[SubmissionId]) {
        let part = |id: &SubmissionId| {
            let waiting = &self.waiting[id];
            (waiting.class, waiting.records.clone())
        };
        let job = HashJob { ticket, parts: parts.iter().map(part).collect() };
        self.give(Job::Hash(job));
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
        match waiting.reply {
            Waiter::Client(reply) => drop(reply.send(Err((refusal, Arc::unwrap_or_clone(waiting.records))))),
            Waiter::Administrator(reply) => drop(reply.send(Err(Denied::Refused(refusal)))),
            Waiter::Nobody => tracing::warn!(%refusal, "a record of this node itself was not written"),
        }
    }

    /// Shows what is written to queries and live tails, before anyone is told that it is.
    fn publish(&mut self, last: Ticket) {
        let later = self.blocks.split_off(&Ticket(last.0 + 1));
        for (_, block) in std::mem::replace(&mut self.blocks, later) {
            block.offer.iter().for_each(|offer| {
                self.checking.remove(offer);
            });
            // A block without a place was withdrawn, and is hashed but never written.
            if let Some(place) = block.placed {
                self.publish_block(block.prepared, place);
            }
        }
    }

    fn publish_block(&mut self, prepared: Arc<Prepared>, place: Place) {
        let store = &self.store;
        let number = self.numbers.entry(place.log);
        let number = *number.or_insert_with(|| store.log_number(&place.log).expect("the log was just written"));
        let bytes = prepared.bytes;
        // The writer dropped its reference before it reported, so this moves and does not copy.
        let bodies = match Arc::try_unwrap(prepared) {
            Ok(prepared) => prepared.bodies,
            Err(shared) => shared.bodies.iter().map(TailBody::share).collect(),
        };
        let at = BlockRef { log: number, seq: place.seq };
        let block = TailBlock { arrival: place.arrival, block: at, sealed: place.sealed, bodies, bytes };
        if self.live.receiver_count() > 0 {
            self.show_live(place.log, &block);
        }
        let logs =
            block.bodies.iter().filter(|body| body.class == Class::Logs).map(|body| body.records.len() as u64).sum();
        self.shared.logs.fetch_add(logs, Ordering::Relaxed);
        self.published += block.bodies.iter().map(|body| body.records.len() as u64).sum::<u64>();
        self.tail.push(block);
    }

    fn show_live(&self, log: LogId, block: &TailBlock) {
        let mut before = self.published;
        for body in &block.bodies {
            let batch = TailBatch {
                log,
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

fn sealed(header: &vigil_model::Header) -> Timestamp {
    Timestamp::from_millis(header.sealed.millis() as i64)
}
