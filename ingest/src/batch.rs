//! What decoding produced so far, in chunks that fit one submission.

use vigil_model::limits::{BODY_BYTES_MAX, REJECTS_NAMED_MAX, SUBMISSION_RECORDS_MAX};
use vigil_model::{RecordBuilder, RecordError, Records, Timestamp};

use crate::Refusal;

/// One piece of input that became no event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Line of the body, from 1; the number of the element where the body is one JSON array.
    pub line: u64,
    /// What was wrong with it.
    pub reason: String,
}

/// All rejects counted, the first [`REJECTS_NAMED_MAX`] named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejects {
    named: Vec<Reject>,
    count: u64,
}

impl Rejects {
    /// How many there were in all.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The first of them, in the order of the body.
    pub fn named(&self) -> &[Reject] {
        &self.named
    }

    pub(crate) fn push(&mut self, line: u64, refusal: &Refusal) {
        self.count += 1;
        if self.named.len() < REJECTS_NAMED_MAX {
            self.named.push(Reject { line, reason: refusal.to_string() });
        }
    }
}

/// Records and rejects, gathered over any number of chunks.
///
/// The records of one `feed` all stay here until taken. An event can grow by its dotted names up
/// to a record's limit, so feed pieces of about 64 KiB and take what is full after each.
#[derive(Debug, Default)]
pub struct Batch {
    full: Vec<Records>,
    bytes: Vec<u8>,
    ends: Vec<u32>,
    rejects: Rejects,
    accepted: u64,
    time_assumed: u64,
    dropped: u64,
}

impl Batch {
    /// Nothing yet.
    pub fn new() -> Batch {
        Batch::default()
    }

    /// The finished chunks, each of at most [`SUBMISSION_RECORDS_MAX`] records and
    /// [`BODY_BYTES_MAX`] bytes, in order. The open chunk stays.
    pub fn take_full(&mut self) -> Vec<Records> {
        std::mem::take(&mut self.full)
    }

    /// The finished chunks and the open one; no chunk is empty.
    pub fn take_rest(&mut self) -> Vec<Records> {
        self.close();
        self.take_full()
    }

    /// Rejects of the whole body so far.
    pub fn rejects(&self) -> &Rejects {
        &self.rejects
    }

    /// Records made so far, those already taken included.
    pub fn accepted(&self) -> u64 {
        self.accepted
    }

    /// How many of the accepted have the time of arrival for lack of their own.
    pub fn time_assumed(&self) -> u64 {
        self.time_assumed
    }

    /// Events that a stage dropped, as their source wants.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(crate) fn drop_event(&mut self) {
        self.dropped += 1;
    }

    /// Bytes of records that wait to be taken.
    pub fn waiting_bytes(&self) -> usize {
        self.bytes.len() + self.full.iter().map(|records| records.bytes().len()).sum::<usize>()
    }

    pub(crate) fn reject(&mut self, line: u64, refusal: &Refusal) {
        self.rejects.push(line, refusal);
    }

    pub(crate) fn push(
        &mut self,
        builder: &mut RecordBuilder,
        time: Timestamp,
        assumed: bool,
    ) -> Result<(), RecordError> {
        let start = self.bytes.len();
        builder.finish(time, assumed, &mut self.bytes)?;
        if self.bytes.len() > BODY_BYTES_MAX {
            self.carry_over(start);
        }
        self.ends.push(self.bytes.len() as u32);
        self.accepted += 1;
        self.time_assumed += u64::from(assumed);
        if self.ends.len() == SUBMISSION_RECORDS_MAX {
            self.close();
        }
        Ok(())
    }

    /// Closes the chunk before the record that begins at `start`, which opens the next one.
    fn carry_over(&mut self, start: usize) {
        assert!(start > 0, "a record alone fits in a body");
        let mut next = Vec::with_capacity(BODY_BYTES_MAX);
        next.extend_from_slice(&self.bytes[start..]);
        self.bytes.truncate(start);
        self.close();
        self.bytes = next;
    }

    fn close(&mut self) {
        if self.ends.is_empty() {
            return;
        }
        let capacity = self.bytes.len();
        let bytes = std::mem::replace(&mut self.bytes, Vec::with_capacity(capacity));
        let ends = std::mem::replace(&mut self.ends, Vec::with_capacity(SUBMISSION_RECORDS_MAX));
        assert!(bytes.len() <= BODY_BYTES_MAX && ends.len() <= SUBMISSION_RECORDS_MAX, "a chunk fits a submission");
        self.full.push(Records::from_parts(bytes, ends).expect("ends rise and the last is the length"));
    }
}
