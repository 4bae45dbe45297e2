//! How a protocol whose messages are no plain stream of lines hands its events in, one by one.
//!
//! A decoder in [`crate::protocols`] takes a message apart and calls [`Writer`] for each event in it. Whatever the door,
//! an event passes the same labels, the same stages and the same counters.

use vigil_model::Timestamp;

use crate::draft::Draft;
use crate::event::EventWriter;
use crate::{Batch, Recipe, Refusal};

/// What became of an event that was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is in the batch.
    Kept,
    /// A stage dropped it, as its source wants; or it is no event and only says how others are read.
    Dropped,
}

/// Writes events by one recipe.
pub struct Writer {
    inner: EventWriter,
}

impl Writer {
    /// A writer for one body or connection.
    pub fn new(recipe: Recipe) -> Writer {
        Writer { inner: EventWriter::new(recipe) }
    }

    /// Bytes came in, unpacked: counted for the source.
    pub fn count_bytes(&self, bytes: usize) {
        self.inner.count_bytes(bytes);
    }

    /// From here on every event has this field, unless it brings its own: who sent it, say.
    pub fn stamp(&mut self, name: &str, text: &str) {
        self.inner.stamp(name, text);
    }

    /// One line or message of text, read by the recipe's format; plain where that is none of lines.
    pub fn line(&mut self, line: &[u8], now: Timestamp, out: &mut Batch) -> Result<Fate, Refusal> {
        self.inner.line(line, now, out)
    }

    /// One event as a JSON object.
    pub fn json(&mut self, object: &[u8], now: Timestamp, out: &mut Batch) -> Result<Fate, Refusal> {
        self.inner.json(object, now, out)
    }

    /// As [`Writer::json`]; `then` adds fields of its own, and may have found the time.
    pub(crate) fn object(
        &mut self,
        object: &[u8],
        now: Timestamp,
        out: &mut Batch,
        then: impl FnOnce(&mut Draft<'_>) -> Result<(), Refusal>,
    ) -> Result<Fate, Refusal> {
        self.inner.object(object, now, out, then)
    }

    /// An item, the how manieth from 1, that cannot become an event, or is no message of the protocol: counted for the
    /// source, with the beginning of `item` as a sample, and named in the batch.
    pub fn reject(&self, number: u64, refusal: Refusal, item: &[u8], now: Timestamp, out: &mut Batch) {
        out.reject(number, &self.inner.refused(refusal, item, now));
    }

    /// One event whose fields `fill` puts in. A text that is a line of its own (the line of Loki, `log` of Fluent) is
    /// given to [`Draft::message`], so that the source's format reads it.
    pub(crate) fn event(
        &mut self,
        now: Timestamp,
        out: &mut Batch,
        fill: impl FnOnce(&mut Draft<'_>) -> Result<(), Refusal>,
    ) -> Result<Fate, Refusal> {
        self.inner.filled(now, out, fill)
    }
}
