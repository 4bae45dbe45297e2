//! Do foreign bytes become the events that they say, however they are cut?

mod chunks;
mod containers;
mod events;
mod evtx;
mod framings;
mod gelf;
mod journal;
mod line_formats;
mod multiline;
mod protocols;
mod rejects;
mod round_trip;
mod scrub;
mod syslog;
mod windows_xml;

use vigil_ingest::{Batch, Decoder, Format, Pipeline, Recipe};
use vigil_model::limits::{BODY_BYTES_MAX, SUBMISSION_RECORDS_MAX};
use vigil_model::{Record, Records, Timestamp};

/// The time of arrival in all tests.
const NOW: Timestamp = Timestamp(1_000_000_000);

/// What a body became.
#[derive(Debug, PartialEq)]
struct Outcome {
    chunks: Vec<Records>,
    rejects: vigil_ingest::Rejects,
    accepted: u64,
    time_assumed: u64,
}

impl Outcome {
    fn records(&self) -> Vec<Record<'_>> {
        self.chunks.iter().flat_map(Records::iter).map(|record| record.expect("a record")).collect()
    }
}

fn decode(recipe: &Recipe, chunks: &[&[u8]]) -> Outcome {
    let mut decoder = Decoder::new(recipe.clone());
    let mut batch = Batch::new();
    let mut taken = Vec::new();
    for chunk in chunks {
        decoder.feed(chunk, NOW, &mut batch);
        taken.extend(batch.take_full());
    }
    decoder.finish(NOW, &mut batch);
    taken.extend(batch.take_rest());
    let outcome = Outcome {
        chunks: taken,
        rejects: batch.rejects().clone(),
        accepted: batch.accepted(),
        time_assumed: batch.time_assumed(),
    };
    check(&outcome);
    outcome
}

/// What holds for every input: records are canonical, chunks keep their limits, counts add up.
fn check(outcome: &Outcome) {
    for chunk in &outcome.chunks {
        assert!(!chunk.is_empty() && chunk.len() <= SUBMISSION_RECORDS_MAX && chunk.bytes().len() <= BODY_BYTES_MAX);
        for raw in chunk.iter_raw() {
            Record::validate(raw).expect("canonical");
        }
    }
    let records = outcome.records();
    assert_eq!(records.len() as u64, outcome.accepted);
    let assumed = records.iter().filter(|record| record.time_assumed()).count();
    assert_eq!(assumed as u64, outcome.time_assumed);
    assert!(outcome.rejects.named().len() as u64 <= outcome.rejects.count());
}

/// Without stages: what they do to an event is tested where they are.
fn recipe(format: Format) -> Recipe {
    Recipe { format, pipeline: Pipeline::none(), ..Recipe::default() }
}

#[test]
fn a_decoder_moves_between_threads() {
    fn is_send<T: Send>() {}
    is_send::<Decoder>();
    is_send::<Batch>();
}

/// Events one a line, then rejects.
fn show(recipe: &Recipe, body: impl AsRef<[u8]>) -> String {
    let outcome = decode(recipe, &[body.as_ref()]);
    let events = outcome.records().into_iter().map(|record| {
        let assumed = if record.time_assumed() { "arrived " } else { "" };
        format!("{assumed}{record:?}\n")
    });
    let rejects = outcome.rejects.named().iter().map(|reject| format!("line {}: {}\n", reject.line, reject.reason));
    events.chain(rejects).collect()
}
