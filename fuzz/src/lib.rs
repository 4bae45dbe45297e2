//! What must hold of every format, whatever the bytes: no panic, nothing lost, and the same events however they are cut.

use std::sync::Arc;

use vigil_ingest::{Batch, Counts, Decoder, Format, Pipeline, Recipe};
use vigil_model::{Record, Timestamp};

/// When everything arrives.
pub const NOW: Timestamp = Timestamp(1_785_585_600_000_000_000);

/// What a body became.
#[derive(PartialEq, Eq, Debug)]
struct Outcome {
    records: Vec<Vec<u8>>,
    rejected: u64,
    dropped: u64,
}

/// Reads a body of this format whole and in pieces, with the usual stages, and checks what came of it.
pub fn format(format: Format, body: &[u8]) {
    let whole = read(format, &[body]);
    let third = body.len() / 3;
    let pieces = read(format, &[&body[..third], &body[third..]]);
    assert_eq!(whole, pieces, "how a body is cut does not matter");
    for record in &whole.records {
        Record::validate(record).expect("what is kept is a record");
    }
    if format.is_of_lines() && format != Format::W3c && format != Format::Docker && format != Format::Cri {
        let lines = lines(body);
        let became = whole.records.len() as u64 + whole.rejected + whole.dropped;
        assert!(became >= lines.min(1), "a body with lines became nothing");
    }
}

/// Lines that hold something: NUL ends a message of GELF, and alone it is none.
fn lines(body: &[u8]) -> u64 {
    let holds = |line: &&[u8]| line.iter().any(|byte| !byte.is_ascii_whitespace() && *byte != 0);
    body.split(|byte| *byte == b'\n').filter(holds).count() as u64
}

fn read(format: Format, pieces: &[&[u8]]) -> Outcome {
    let counts = Arc::new(Counts::default());
    let recipe = Recipe {
        format,
        pipeline: Pipeline::usual(),
        counts: Some(Arc::clone(&counts)),
        lenient: true,
        ..Recipe::default()
    };
    let mut decoder = Decoder::new(recipe);
    let mut batch = Batch::new();
    pieces.iter().for_each(|piece| decoder.feed(piece, NOW, &mut batch));
    decoder.finish(NOW, &mut batch);
    let chunks = batch.take_rest();
    let records = chunks.iter().flat_map(|records| records.iter_raw().map(<[u8]>::to_vec)).collect();
    Outcome { records, rejected: batch.rejects().count(), dropped: counts.counted().dropped }
}
