//! How the parts of the machine act on one input.

use std::collections::BTreeSet;

use vigil_crdt::control::Entry;
use vigil_crdt::{IdempotencyKey, IdempotencyRow, PlacedBlock, Recovered};
use vigil_model::limits::{IDEMPOTENCY_HOURS, SUBMISSION_RECORDS_MAX};
use vigil_model::{LogId, Timestamp};

use crate::budget::Budget;
use crate::clock::{Clock, Elapsed};
use crate::config::{Config, Identity, Sync};
use crate::effect::{Effect, Effects, Receipt, Refusal};
use crate::head::{Head, Link};
use crate::idempotency::Keys;
use crate::index_lag::IndexLag;
use crate::input::{Input, Now, Submission, Ticket, WriteFailure};
use crate::ledger::Ledger;
use crate::order::Pipeline;
use crate::seal::{OpenBlock, Part};
use crate::space::{Room, Space};
use crate::status::{Mode, Received, Status};
use crate::stop::Phase;

const BUSY_QUEUE_MS: u64 = 100;
const BUSY_INDEX_MS: u64 = 1_000;
const EXPIRE_EVERY_MS: u64 = 60 * 60 * 1_000;

/// The machine: every decision of one node.
#[derive(Debug)]
pub struct Node {
    config: Config,
    clock: Clock,
    now: Timestamp,
    phase: Phase,
    space: Space,
    budget: Budget,
    open: OpenBlock,
    pipeline: Pipeline,
    head: Head,
    keys: Keys,
    ledger: Ledger,
    lag: IndexLag,
    durable_arrival: u64,
    expire_at: Elapsed,
}

impl Node {
    /// Begins where the store ends, in a log of a fresh epoch. `control` holds every control record of
    /// the store, by log and block.
    pub fn recover(
        config: Config,
        durable: &Recovered,
        control: Vec<(LogId, u64, Vec<Entry>)>,
        identity: Identity,
        now: Now,
    ) -> Node {
        let _ = control;
        config.limits.assert_sound();
        Node {
            clock: Clock::new(now),
            now,
            phase: Phase::default(),
            space: Space::new(),
            budget: Budget::new(config.seal_now_per_second),
            open: OpenBlock::default(),
            pipeline: Pipeline::default(),
            head: Head::recover(identity, durable, now),
            keys: Keys::new(identity.log, config.limits.idempotency_keys),
            ledger: Ledger::default(),
            lag: IndexLag::default(),
            durable_arrival: durable.arrival,
            expire_at: Elapsed::default(),
            config,
        }
    }

    /// Takes one input and appends what is to be done, in order.
    pub fn handle(&mut self, input: Input, now: Now, effects: &mut Effects) {
        self.now = now;
        self.clock.advance(now);
        self.keys.forget(self.clock.elapsed());
        match input {
            Input::Submitted(submission) => self.submitted(&submission, effects),
            Input::Hashed { ticket, bodies, control: _ } => self.pipeline.hashed(ticket, bodies),
            Input::Gossip(_) | Input::Offered(_) | Input::Checked { .. } => {}
            Input::Written { ticket } => self.written(ticket, effects),
            Input::Persisted { ticket } => self.persisted(ticket, effects),
            Input::PersistFailed { ticket, failure } => self.persist_failed(ticket, failure, effects),
            Input::Indexed { arrival, lag_bytes } => self.lag.reported(arrival, lag_bytes),
            Input::SpaceChecked { room } => self.space.answered(room, self.clock.elapsed()),
            Input::Missing { .. } | Input::Damaged { .. } | Input::Wake => {}
            Input::Stop => self.phase.stop(),
        }
        self.proceed(effects);
    }

    /// The earliest deadline, and why; nothing while everything waits for others.
    pub fn wake_at(&self) -> Option<(Timestamp, &'static str)> {
        if self.phase == Phase::Stopped {
            return None;
        }
        let deadlines = [
            (self.seal_at(), "seal the open block"),
            (self.space.due_at(), "look at the disk"),
            (Some(self.expire_at), "forget old receipts"),
        ];
        let set = deadlines.into_iter().filter_map(|(at, why)| Some((at?, why)));
        let (at, why) = set.min_by_key(|(at, _)| *at)?;
        Some((self.clock.wall_at(at), why))
    }

    /// How it fares.
    pub fn status(&self) -> Status {
        Status {
            mode: self.mode(),
            unproven: self.space.unproven().map(str::to_owned),
            log: self.log(),
            next_seq: self.head.settled_seq(),
            accepted: self.ledger.accepted,
            acknowledged: self.ledger.acknowledged,
            refused: self.ledger.refused,
            pending: self.ledger.pending,
            pending_bytes: self.ledger.pending_bytes,
            blocks_in_flight: self.pipeline.len(),
            blocks_unsynced: self.pipeline.unsynced(),
            durable_arrival: self.durable_arrival,
            index_arrival: self.lag.arrival(),
            index_lag_bytes: self.lag.bytes(),
            frontier: self.head.frontier(),
            logs: 0,
            members: 0,
            forks: 0,
            received: Received::default(),
            received_pending_bytes: 0,
            received_in_flight: 0,
            fenced: None,
        }
    }

    /// The log that it writes.
    pub fn log(&self) -> LogId {
        self.head.log()
    }

    fn mode(&self) -> Mode {
        match (self.phase, self.space.room()) {
            (Phase::Stopped, _) => Mode::Stopped,
            (Phase::Stopping, _) => Mode::Stopping,
            (Phase::Running, Room::Open) => Mode::Ok,
            (Phase::Running, Room::NoSpace(why)) => Mode::NoSpace(why.clone()),
            (Phase::Running, Room::Broken(why)) => Mode::Store(why.clone()),
        }
    }

    fn submitted(&mut self, submission: &Submission, effects: &mut Effects) {
        self.assert_sound(submission);
        match self.admit(submission) {
            Ok(()) => self.accept(submission, effects),
            Err(refusal) => self.ledger.turn_away(submission, refusal, effects),
        }
    }

    fn assert_sound(&self, submission: &Submission) {
        let limits = &self.config.limits;
        let records = submission.records as usize;
        assert!((1..=SUBMISSION_RECORDS_MAX).contains(&records), "a submission is cut to its limit by the shell");
        assert!(records <= limits.block_records, "a submission fits into a block");
        assert!((1..=limits.body_bytes).contains(&(submission.bytes as usize)), "a submission fits into a body");
        assert!(!self.ledger.is_waiting(submission.id), "the shell names every submission anew");
    }

    /// Whether it may be taken now. Changes nothing.
    fn admit(&self, submission: &Submission) -> Result<(), Refusal> {
        if self.phase != Phase::Running {
            return Err(Refusal::Stopping);
        }
        if let Some(refusal) = self.space.refusal() {
            return Err(refusal);
        }
        self.admit_by_queues(submission)?;
        submission.idempotent.as_ref().map_or(Ok(()), |request| self.keys.check(request))
    }

    fn admit_by_queues(&self, submission: &Submission) -> Result<(), Refusal> {
        let limits = &self.config.limits;
        let busy = |reason, retry_after_ms| Err(Refusal::Busy { reason, retry_after_ms });
        if self.ledger.pending_bytes + u64::from(submission.bytes) > limits.pending_bytes as u64 {
            return busy("too many bytes wait for the disk", BUSY_QUEUE_MS);
        }
        if !self.open.fits(submission, limits) && !self.may_seal() {
            return busy("too many blocks wait for the disk", BUSY_QUEUE_MS);
        }
        if self.pipeline.unsynced() >= limits.unsynced_blocks {
            return busy("too many blocks wait for the disk to sync", BUSY_QUEUE_MS);
        }
        if self.lag.bytes() > limits.index_lag_bytes as u64 {
            return busy("the index is too far behind", BUSY_INDEX_MS);
        }
        Ok(())
    }

    fn accept(&mut self, submission: &Submission, effects: &mut Effects) {
        if !self.open.fits(submission, &self.config.limits) {
            self.seal(effects);
        }
        let elapsed = self.clock.elapsed();
        if let Some(request) = &submission.idempotent {
            self.keys.accept(request, submission.records, self.now);
        }
        self.ledger.accept(submission);
        self.space.accepted(submission.bytes);
        self.open.add(submission, &self.config.limits, elapsed);
        if submission.seal_now && self.budget.take(elapsed) {
            self.open.hurry();
        }
    }

    /// The writer wrote up to `ticket`: with `sync: interval`, that is when clients are told.
    fn written(&mut self, ticket: Ticket, effects: &mut Effects) {
        if self.config.sync == Sync::Interval {
            self.settle(ticket, effects);
        }
    }

    fn persisted(&mut self, ticket: Ticket, effects: &mut Effects) {
        self.settle(ticket, effects);
        if let Some(synced) = self.pipeline.synced(ticket) {
            assert!(synced.arrival > self.durable_arrival, "what is durable only grows");
            self.durable_arrival = synced.arrival;
            self.lag.durable(synced.bytes);
            effects.push(Effect::Follow { arrival: synced.arrival });
        }
    }

    fn settle(&mut self, ticket: Ticket, effects: &mut Effects) {
        let before = self.head.settled_seq();
        while let Some(block) = self.pipeline.settle(ticket) {
            self.head.settle(&block.link);
            block.parts.iter().for_each(|part| self.acknowledge(part, &block.link, effects));
        }
        if self.head.settled_seq() > before {
            self.space.proven();
            self.head.refresh_frontier();
        }
    }

    fn acknowledge(&mut self, part: &Part, link: &Link, effects: &mut Effects) {
        let placed = placed(part, link);
        if let Some((key, last)) = part.key {
            self.keys.durable(&key, placed, last, self.clock.elapsed());
        }
        let receipt = Receipt { submission: part.submission, log: self.log(), placed };
        self.ledger.acknowledge(part, receipt, effects);
    }

    /// Everything from `ticket` on is refused, the open block too: its client learns at once that
    /// there is no room. What the writer has written before `ticket` stays.
    fn persist_failed(&mut self, ticket: Ticket, failure: WriteFailure, effects: &mut Effects) {
        if !self.pipeline.is_writing(ticket) {
            return;
        }
        self.space.failed(failure, self.clock.elapsed());
        effects.push(Effect::Withdraw { from: ticket });
        let mut parts = self.pipeline.withdraw(ticket);
        parts.extend(self.open.take());
        self.roll_back();
        let refusal = self.space.refusal().expect("after a failure nothing is taken");
        parts.iter().for_each(|part| self.refuse(part, refusal.clone(), effects));
    }

    fn refuse(&mut self, part: &Part, refusal: Refusal, effects: &mut Effects) {
        if let Some((key, _)) = part.key {
            self.keys.refused(&key, self.clock.elapsed());
        }
        self.ledger.refuse(part, refusal, effects);
    }

    /// Chain, arrivals and keys go back to what the writer has or has written.
    fn roll_back(&mut self) {
        self.head.roll_back(self.pipeline.writing().map(|(_, link)| link));
        self.keys.roll_back();
        for (parts, link) in self.pipeline.writing() {
            write_keys(&mut self.keys, parts, link);
        }
        self.keys.rejoin();
    }

    /// Whatever has become possible, or due.
    fn proceed(&mut self, effects: &mut Effects) {
        let elapsed = self.clock.elapsed();
        if self.seal_at().is_some_and(|at| at <= elapsed) {
            self.seal(effects);
        }
        self.release(effects);
        if self.phase == Phase::Stopped {
            return;
        }
        if self.space.due_at().is_some_and(|at| at <= elapsed) {
            self.space.ask(elapsed);
            effects.push(Effect::CheckSpace);
        }
        self.expire(effects);
        if self.open.is_empty() && self.pipeline.is_empty() && self.phase.drained() {
            assert_eq!(self.ledger.pending.submissions, 0, "nobody waits when the node has stopped");
            effects.push(Effect::Stopped);
        }
    }

    fn expire(&mut self, effects: &mut Effects) {
        let elapsed = self.clock.elapsed();
        if elapsed >= self.expire_at {
            self.expire_at = elapsed.plus_millis(EXPIRE_EVERY_MS);
            let hours = IDEMPOTENCY_HOURS as i64;
            effects.push(Effect::ExpireIdempotency { before: self.now.plus_millis(-hours * 3_600_000) });
        }
    }

    fn may_seal(&self) -> bool {
        self.pipeline.len() < self.config.limits.pending_blocks
    }

    /// When the open block is to be sealed; nothing while it is empty or may not be.
    fn seal_at(&self) -> Option<Elapsed> {
        if !self.may_seal() {
            return None;
        }
        let interval_ms = if self.phase == Phase::Running { self.config.seal_interval_ms } else { 0 };
        self.open.due_at(interval_ms, &self.config.limits)
    }

    fn seal(&mut self, effects: &mut Effects) {
        assert!(self.may_seal(), "blocks in flight stay within their limit");
        let parts = self.open.take();
        let submissions = parts.iter().map(|part| part.submission).collect();
        let ticket = self.pipeline.enter(parts);
        effects.push(Effect::Hash { ticket, parts: submissions });
    }

    /// Gives every hashed block whose turn it is its place, and hands it to the writer.
    fn release(&mut self, effects: &mut Effects) {
        while let Some((ticket, parts, bodies)) = self.pipeline.next_hashed() {
            let (header, link) = self.head.append(bodies.to_vec(), self.now);
            let idempotency = write_keys(&mut self.keys, parts, &link);
            effects.push(Effect::Persist { ticket, arrival: link.arrival, header: Box::new(header), idempotency });
            self.pipeline.release(ticket, link);
        }
    }
}

fn placed(part: &Part, link: &Link) -> PlacedBlock {
    PlacedBlock { seq: link.seq, hash: link.hash, class: part.class, first: part.first, count: part.records }
}

fn keyed(parts: &[Part]) -> impl Iterator<Item = (&Part, &IdempotencyKey, bool)> {
    parts.iter().filter_map(|part| part.key.as_ref().map(|(key, last)| (part, key, *last)))
}

/// Counts the keyed parts of a block that goes to the writer; answers the rows for its batch.
fn write_keys(keys: &mut Keys, parts: &[Part], link: &Link) -> Vec<(IdempotencyKey, IdempotencyRow)> {
    keyed(parts).for_each(|(part, key, last)| keys.written(key, placed(part, link), last));
    let touched: BTreeSet<IdempotencyKey> = keyed(parts).map(|(_, key, _)| *key).collect();
    touched.into_iter().map(|key| (key, keys.row(&key))).collect()
}
