//! How a change of membership or access becomes records of this node's log.

use vigil_crdt::control::{self, ControlError, ControlRecord, Op};
use vigil_model::{Class, LogId, Records, Timestamp};
use vigil_node::{Submission, SubmissionId};

/// The records and how they are handed in; an error when it does not fit a record.
pub(super) fn submission(
    op: Op,
    seen: Vec<(LogId, u64)>,
    now: Timestamp,
) -> Result<(Submission, Records), ControlError> {
    let record = ControlRecord { seen, at: now, op };
    let mut records = Records::new();
    control::write(&record, &mut records)?;
    let submission = Submission {
        id: SubmissionId(0),
        class: Class::Control,
        records: records.len() as u32,
        bytes: records.bytes().len() as u32,
        seal_now: true,
        idempotent: None,
    };
    Ok((submission, records))
}
