//! What becomes of records that a client handed in: taken or turned away, and answered.

use std::collections::BTreeSet;

use vigil_crdt::{IdempotencyKey, IdempotencyRow, PlacedBlock};
use vigil_model::limits::SUBMISSION_RECORDS_MAX;

use crate::effect::{Effects, Receipt, Refusal};
use crate::idempotency::Keys;
use crate::input::Submission;
use crate::logs::Place;
use crate::node::Node;
use crate::seal::Part;
use crate::stop::Phase;

const BUSY_QUEUE_MS: u64 = 100;
const BUSY_INDEX_MS: u64 = 1_000;

impl Node {
    /// A client handed in records.
    pub(crate) fn submitted(&mut self, submission: &Submission, effects: &mut Effects) {
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
        if let Some(refusal) = self.refuses() {
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

    pub(crate) fn acknowledge(&mut self, part: &Part, place: &Place, effects: &mut Effects) {
        let placed = placed(part, place);
        if let Some((key, last)) = part.key {
            self.keys.durable(&key, placed, last, self.clock.elapsed());
        }
        let receipt = Receipt { submission: part.submission, log: self.log(), placed };
        self.ledger.acknowledge(part, receipt, effects);
    }

    pub(crate) fn refuse(&mut self, part: &Part, refusal: Refusal, effects: &mut Effects) {
        if let Some((key, _)) = part.key {
            self.keys.refused(&key, self.clock.elapsed());
        }
        self.ledger.refuse(part, refusal, effects);
    }

    /// Refuses everything that is in no block yet: this node must not write any more.
    pub(crate) fn refuse_open(&mut self, effects: &mut Effects) {
        let refusal = self.refuses().expect("a fenced node takes nothing");
        for part in self.open.take() {
            self.refuse(&part, refusal.clone(), effects);
        }
        self.keys.rejoin();
    }

    /// Why nothing at all is taken now, if so.
    fn refuses(&self) -> Option<Refusal> {
        if self.phase != Phase::Running {
            return Some(Refusal::Stopping);
        }
        let fenced = self.fenced.clone().map(Refusal::Fenced);
        fenced.or_else(|| self.space.refusal())
    }
}

fn placed(part: &Part, place: &Place) -> PlacedBlock {
    let hash = place.block.as_ref().expect("our own blocks have headers").hash;
    PlacedBlock { seq: place.seq, hash, class: part.class, first: part.first, count: part.records }
}

fn keyed(parts: &[Part]) -> impl Iterator<Item = (&Part, &IdempotencyKey, bool)> {
    parts.iter().filter_map(|part| part.key.as_ref().map(|(key, last)| (part, key, *last)))
}

/// Counts the keyed parts of a block that goes to the writer; answers the rows for its batch.
pub(crate) fn write_keys(keys: &mut Keys, parts: &[Part], place: &Place) -> Vec<(IdempotencyKey, IdempotencyRow)> {
    keyed(parts).for_each(|(part, key, last)| keys.written(key, placed(part, place), last));
    let touched: BTreeSet<IdempotencyKey> = keyed(parts).map(|(_, key, _)| *key).collect();
    touched.into_iter().map(|key| (key, keys.row(&key))).collect()
}
