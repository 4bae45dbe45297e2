//! Who still waits for an answer: every accepted submission gets exactly one.

use std::collections::BTreeMap;

use crate::effect::{Effect, Effects, Receipt, Refusal};
use crate::input::{Submission, SubmissionId};
use crate::seal::Part;
use crate::status::{Count, Refused};

/// Accepted submissions without an answer, and counts of all.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    waiting: BTreeMap<SubmissionId, u32>,
    pub(crate) accepted: Count,
    pub(crate) acknowledged: Count,
    pub(crate) refused: Refused,
    pub(crate) pending: Count,
    pub(crate) pending_bytes: u64,
}

impl Ledger {
    pub(crate) fn is_waiting(&self, id: SubmissionId) -> bool {
        self.waiting.contains_key(&id)
    }

    pub(crate) fn accept(&mut self, submission: &Submission) {
        let before = self.waiting.insert(submission.id, submission.records);
        assert!(before.is_none(), "a submission is accepted once");
        self.accepted.add(submission.records);
        self.pending.add(submission.records);
        self.pending_bytes += u64::from(submission.bytes);
    }

    /// Refuses what was never accepted.
    pub(crate) fn turn_away(&mut self, submission: &Submission, refusal: Refusal, effects: &mut Effects) {
        assert!(!self.is_waiting(submission.id), "what was accepted is not turned away");
        self.refused.add(&refusal, submission.records);
        effects.push(Effect::Refuse { submission: submission.id, refusal });
    }

    /// Refuses what was accepted: its block could not be written.
    pub(crate) fn refuse(&mut self, part: &Part, refusal: Refusal, effects: &mut Effects) {
        self.answer(part);
        self.refused.add(&refusal, part.records);
        effects.push(Effect::Refuse { submission: part.submission, refusal });
    }

    pub(crate) fn acknowledge(&mut self, part: &Part, receipt: Receipt, effects: &mut Effects) {
        self.answer(part);
        self.acknowledged.add(part.records);
        effects.push(Effect::Acknowledge(receipt));
    }

    fn answer(&mut self, part: &Part) {
        let records = self.waiting.remove(&part.submission);
        assert_eq!(records, Some(part.records), "an accepted submission is answered exactly once, whole");
        self.pending.subtract(part.records);
        self.pending_bytes -= u64::from(part.bytes);
        assert_eq!(self.pending.submissions, self.waiting.len() as u64, "the count is that of those who wait");
    }
}
