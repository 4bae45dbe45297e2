//! What gathers until it becomes a block.

use vigil_crdt::IdempotencyKey;
use vigil_model::Class;

use crate::clock::Elapsed;
use crate::config::Limits;
use crate::input::{Submission, SubmissionId};

/// One submission within a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) submission: SubmissionId,
    pub(crate) class: Class,
    /// Offset of its first record within the body of its class.
    pub(crate) first: u32,
    pub(crate) records: u32,
    pub(crate) bytes: u32,
    /// The key it was sent under, and whether it ends the request.
    pub(crate) key: Option<(IdempotencyKey, bool)>,
}

/// The block that is still open. Only whole submissions enter, so it never passes its limits.
#[derive(Debug, Default)]
pub(crate) struct OpenBlock {
    parts: Vec<Part>,
    records: [u32; Class::ALL.len()],
    bytes: [u32; Class::ALL.len()],
    oldest: Option<Elapsed>,
    hurried: bool,
}

impl OpenBlock {
    pub(crate) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    pub(crate) fn records(&self) -> u32 {
        self.records.iter().sum()
    }

    /// Whether all of `submission` still goes in.
    pub(crate) fn fits(&self, submission: &Submission, limits: &Limits) -> bool {
        let class = usize::from(submission.class.number());
        let records = self.records() as usize + submission.records as usize;
        let bytes = self.bytes[class] as usize + submission.bytes as usize;
        records <= limits.block_records && bytes <= limits.body_bytes
    }

    /// Whether nothing more can go in.
    pub(crate) fn is_full(&self, limits: &Limits) -> bool {
        self.records() as usize == limits.block_records
            || self.bytes.iter().any(|bytes| *bytes as usize == limits.body_bytes)
    }

    pub(crate) fn add(&mut self, submission: &Submission, limits: &Limits, now: Elapsed) {
        assert!(self.fits(submission, limits), "a submission enters a block only whole");
        let class = usize::from(submission.class.number());
        self.parts.push(Part {
            submission: submission.id,
            class: submission.class,
            first: self.records[class],
            records: submission.records,
            bytes: submission.bytes,
            key: submission.idempotent.as_ref().map(|request| (request.key, request.last)),
        });
        self.records[class] += submission.records;
        self.bytes[class] += submission.bytes;
        self.oldest.get_or_insert(now);
    }

    /// Does not wait for the interval any longer.
    pub(crate) fn hurry(&mut self) {
        assert!(!self.is_empty(), "only a block that holds something is hurried");
        self.hurried = true;
    }

    /// When it is to be sealed at the latest; nothing while it is empty.
    /// `wait` says until when a part-filled block waits whose oldest record is of a time.
    pub(crate) fn due_at(&self, wait: impl Fn(Elapsed) -> Elapsed, limits: &Limits) -> Option<Elapsed> {
        let oldest = self.oldest?;
        let at_once = self.hurried || self.is_full(limits);
        Some(if at_once { oldest } else { wait(oldest) })
    }

    /// Closes it and begins the next.
    pub(crate) fn take(&mut self) -> Vec<Part> {
        std::mem::take(self).parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(oldest: Elapsed) -> Elapsed {
        oldest.plus_millis(20)
    }

    fn submission(id: u64, class: Class, records: u32, bytes: u32) -> Submission {
        Submission { id: SubmissionId(id), class, records, bytes, seal_now: false, idempotent: None }
    }

    #[test]
    fn records_are_limited_together_and_bytes_by_class() {
        let limits = Limits { block_records: 10, body_bytes: 100, ..Limits::default() };
        let mut block = OpenBlock::default();
        block.add(&submission(1, Class::Logs, 4, 90), &limits, Elapsed(5));
        assert!(block.fits(&submission(2, Class::Audit, 6, 100), &limits));
        assert!(!block.fits(&submission(2, Class::Audit, 7, 1), &limits));
        assert!(!block.fits(&submission(2, Class::Logs, 1, 11), &limits));
        block.add(&submission(2, Class::Logs, 1, 10), &limits, Elapsed(6));
        assert!(block.is_full(&limits));
        assert_eq!(block.due_at(wait, &limits), Some(Elapsed(5)));
        let firsts: Vec<u32> = block.take().iter().map(|part| part.first).collect();
        assert_eq!(firsts, [0, 4]);
        assert!(block.is_empty() && block.due_at(wait, &limits).is_none());
    }

    #[test]
    fn the_oldest_decides_when() {
        let limits = Limits::default();
        let mut block = OpenBlock::default();
        block.add(&submission(1, Class::Logs, 1, 20), &limits, Elapsed(1_000_000));
        block.add(&submission(2, Class::Logs, 1, 20), &limits, Elapsed(9_000_000));
        assert_eq!(block.due_at(wait, &limits), Some(Elapsed(21_000_000)));
        block.hurry();
        assert_eq!(block.due_at(wait, &limits), Some(Elapsed(1_000_000)));
    }
}
