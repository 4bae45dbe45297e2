//! Which formats there are. One file each; a new one is a file, a variant and a line here.

mod lines;
mod ndjson;
mod objects;

use vigil_model::Timestamp;

use crate::event::EventWriter;
use crate::{Batch, Format, Refusal};

/// Cuts bytes into events and hands each to the sink.
pub(crate) trait Framing: Send {
    /// Takes the next bytes of the body.
    fn feed(&mut self, bytes: &[u8], sink: &mut Sink<'_>);
    /// The body is over.
    fn finish(&mut self, sink: &mut Sink<'_>);
}

/// A fresh framing for a format that content need not decide any more.
pub(crate) fn open(format: Format) -> Box<dyn Framing> {
    match format {
        Format::Ndjson => Box::new(ndjson::Ndjson::default()),
        Format::Lines => Box::new(lines::PlainLines::default()),
        Format::JsonArray => Box::new(objects::Objects::array()),
        Format::JsonObjects => Box::new(objects::Objects::bare()),
        Format::Detect | Format::Json => unreachable!("content decided before a framing was opened"),
    }
}

/// Where events and rejects go.
pub(crate) struct Sink<'a> {
    pub(crate) writer: &'a mut EventWriter,
    pub(crate) batch: &'a mut Batch,
    pub(crate) now: Timestamp,
}

impl Sink<'_> {
    /// One event as JSON.
    pub(crate) fn json(&mut self, line: u64, bytes: &[u8]) {
        if let Err(refusal) = self.writer.json(bytes, self.now, self.batch) {
            self.batch.reject(line, &refusal);
        }
    }

    /// One event as a plain line.
    pub(crate) fn plain(&mut self, line: u64, bytes: &[u8]) {
        if let Err(refusal) = self.writer.plain(bytes, self.now, self.batch) {
            self.batch.reject(line, &refusal);
        }
    }

    /// No event.
    pub(crate) fn reject(&mut self, line: u64, refusal: &Refusal) {
        self.batch.reject(line, refusal);
    }
}
