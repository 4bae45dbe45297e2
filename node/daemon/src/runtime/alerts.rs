//! What this node says by itself when something must be looked at: one finding for each forked log.

use std::collections::BTreeSet;

use vigil_crdt::control::Control;
use vigil_crdt::replica::ForkProof;
use vigil_model::{Class, LogId, RecordBuilder, Records, Timestamp, Value};
use vigil_node::{Submission, SubmissionId};

/// Forked logs that this node has spoken of, or knew when it started.
#[derive(Default)]
pub(super) struct Alerts {
    said: BTreeSet<LogId>,
}

impl Alerts {
    /// What was known at the start was said by the process before.
    pub(super) fn new(control: &Control) -> Alerts {
        Alerts { said: control.forks().map(ForkProof::log).collect() }
    }

    /// A finding for each fork that is new.
    pub(super) fn of(&mut self, control: &Control, now: Timestamp) -> Vec<(Submission, Records)> {
        let fresh: Vec<&ForkProof> = control.forks().filter(|fork| self.said.insert(fork.log())).collect();
        fresh.into_iter().map(|fork| finding(fork, now)).collect()
    }
}

fn finding(fork: &ForkProof, now: Timestamp) -> (Submission, Records) {
    let [lower, upper] = fork.headers().map(|header| header.hash.to_hex());
    let message = format!(
        "log {} is forked at seq {}: its key signed two blocks for one place; it is frozen before them",
        fork.log(),
        fork.seq()
    );
    let mut builder = RecordBuilder::new();
    builder.push("event.kind", Value::Str("alert"));
    builder.push("event.action", Value::Str("log.forked"));
    builder.push("level", Value::Str("critical"));
    builder.push("message", Value::Str(&message));
    builder.push("fork.log", Value::Str(&fork.log().to_string()));
    builder.push("fork.seq", Value::Int(i64::try_from(fork.seq()).unwrap_or(i64::MAX)));
    builder.push("fork.hash.lower", Value::Str(&lower));
    builder.push("fork.hash.upper", Value::Str(&upper));
    let mut records = Records::new();
    records.push(&mut builder, now, false).expect("a few short fields are within every limit");
    let submission = Submission {
        id: SubmissionId(0),
        class: Class::Findings,
        records: records.len() as u32,
        bytes: records.bytes().len() as u32,
        seal_now: true,
        idempotent: None,
    };
    (submission, records)
}

#[cfg(test)]
mod tests {
    use super::*;
    use vigil_crdt::control::{ControlRecord, Op, Place};
    use vigil_crdt::testing::{Author, records};

    #[test]
    fn each_fork_is_said_once() {
        let (mut one, mut other) = (Author::new(1, 1), Author::new(1, 1));
        let (lower, upper) = (one.seal(Class::Logs, &records(0..1)), other.seal(Class::Logs, &records(1..2)));
        let mut control = Control::new(Control::cluster_of(&one.log().node));
        control.introduce(&one.log().node);
        let mut alerts = Alerts::new(&control);
        assert!(alerts.of(&control, Timestamp(0)).is_empty());
        let op = Op::Fork { lower: Box::new(lower.header), upper: Box::new(upper.header) };
        let record = ControlRecord { seen: Vec::new(), at: Timestamp(0), op };
        control.insert(Place { log: one.log(), seq: 5, offset: 0 }, record);
        let said = alerts.of(&control, Timestamp(0));
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].0.class, Class::Findings);
        assert!(alerts.of(&control, Timestamp(0)).is_empty());
        assert!(Alerts::new(&control).of(&control, Timestamp(0)).is_empty(), "a restart says nothing again");
    }
}
