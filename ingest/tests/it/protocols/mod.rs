//! Do the messages of other systems' protocols become the events that they say, one for one?

mod asked;
mod bulk;
mod datadog;
mod loki;

use vigil_ingest::protocols::tally::Tally;
use vigil_ingest::{Batch, Recipe, Writer};

use crate::{Outcome, check};

/// What a decoder made of a body, and what it answered.
pub(crate) fn decoded<T>(recipe: Recipe, decode: impl FnOnce(&mut Writer, &mut Batch) -> T) -> (Outcome, T) {
    let mut batch = Batch::new();
    let answer = decode(&mut Writer::new(recipe), &mut batch);
    let outcome = Outcome {
        chunks: batch.take_rest(),
        rejects: batch.rejects().clone(),
        accepted: batch.accepted(),
        time_assumed: batch.time_assumed(),
    };
    check(&outcome);
    (outcome, answer)
}

/// Events one a line, then rejects.
pub(crate) fn shown(outcome: &Outcome) -> String {
    let events = outcome.records().into_iter().map(|record| {
        let assumed = if record.time_assumed() { "arrived " } else { "" };
        format!("{assumed}{record:?}\n")
    });
    let rejects = outcome.rejects.named().iter().map(|reject| format!("item {}: {}\n", reject.line, reject.reason));
    events.chain(rejects).collect()
}

/// What was answered agrees with what was made.
pub(crate) fn agree(outcome: &Outcome, tally: Tally) {
    assert_eq!(tally.kept, outcome.accepted);
    assert_eq!(tally.rejected, outcome.rejects.count());
}
