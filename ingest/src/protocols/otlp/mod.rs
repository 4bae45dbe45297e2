//! OpenTelemetry's protocol: how an `ExportLogsServiceRequest`, in protobuf or JSON, becomes events, and what its sender
//! is answered.
//!
//! What a log record becomes:
//!
//! - A body of text is the `message`, read by the source's format where it has one; a map is fields; any other value is
//!   the `message` as text.
//! - Attributes are fields by their own names: those of the record, of the resource, and of the scope in front of which
//!   stands `otel.scope.`. Maps become dotted names, lists stay lists, and a map inside a list is its compact JSON text.
//!   Of equal names the record's attribute stays. An attribute of the record named as something that the record has
//!   itself (a second `trace_id`, or a field of its body) gets a trailing underscore.
//! - `severity_number` and `severity_text` are kept, and `level` says what they mean. `trace_id` and `span_id` are
//!   hexadecimal. `flags`, `event.name` and `dropped_attributes_count` are kept where they say something.
//! - Its time is `time_unix_nano`, or what the format found in the message, or `observed_time_unix_nano`, or now.
//! - The observed time of a record with a time of its own, schema addresses, and counts of attributes that a resource or
//!   scope lost are not kept.
//!
//! A request is walked through without being held decoded, record by record, so that a small body that would be much
//! larger in memory cannot make it so.

mod answer;
mod items;
mod json;
mod messages;
mod record;
mod value;

#[cfg(test)]
mod tests;

use vigil_model::Timestamp;
use vigil_model::limits::LINE_BYTES_MAX;

use self::items::{Items, Walked};
use self::record::Origin;
use crate::{Batch, Fate, Refusal, Writer};

pub use self::answer::{Code, Status, export_answer};

/// How messages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Protocol buffers.
    Protobuf,
    /// Their form in JSON.
    Json,
}

/// Why a body is no request: nothing of it was taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no ExportLogsServiceRequest: {0}")]
pub struct Malformed(pub(crate) String);

impl From<&str> for Malformed {
    fn from(what: &str) -> Malformed {
        Malformed(what.to_owned())
    }
}

/// A request, read record by record.
pub struct Export<'b> {
    encoding: Encoding,
    total: u64,
    done: u64,
    walk: Walk<'b>,
    /// Resource and scope of the record being read; `Err` says why they cannot be read.
    origin: Result<Origin, Refusal>,
}

impl<'b> Export<'b> {
    /// A request whose structure was walked through down to each record. What is wrong inside of one shows later and
    /// costs that one alone.
    pub fn open(encoding: Encoding, body: &'b [u8]) -> Result<Export<'b>, Malformed> {
        let mut total = 0;
        for step in Walk::new(encoding, body)? {
            total += u64::from(matches!(step?, Step::Record(_)));
        }
        Ok(Export { encoding, total, done: 0, walk: Walk::new(encoding, body)?, origin: Ok(Origin::default()) })
    }

    /// How many log records there are.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Writes the next record; a bad one is a reject of the batch, by its number from 1. `None` after the last.
    pub fn next(&mut self, writer: &mut Writer, now: Timestamp, batch: &mut Batch) -> Option<Fate> {
        loop {
            // It was walked before: nothing is wrong with it.
            match self.walk.next()?.ok()? {
                Step::Resource(bytes) => self.origin = Origin::of_resource(self.encoding, bytes),
                Step::Scope(bytes) => self.enter(bytes),
                Step::Record(bytes) => {
                    self.done += 1;
                    return match self.write(bytes, writer, now, batch) {
                        Ok(fate) => Some(fate),
                        Err(refusal) => {
                            batch.reject(self.done, &refusal);
                            // Its fate is told by the reject.
                            Some(Fate::Dropped)
                        }
                    };
                }
            }
        }
    }

    fn enter(&mut self, scope: &[u8]) {
        if let Ok(origin) = &mut self.origin
            && let Err(refusal) = origin.enter(self.encoding, scope)
        {
            self.origin = Err(refusal);
        }
    }

    fn write(&self, bytes: &[u8], writer: &mut Writer, now: Timestamp, batch: &mut Batch) -> Result<Fate, Refusal> {
        writer.event(now, batch, |draft| {
            let origin = self.origin.as_ref().map_err(Refusal::clone)?;
            let record = messages::log_record(self.encoding, sized(bytes)?)?;
            record::fill(draft, origin, &record)
        })
    }
}

/// Bytes that may be decoded in one go.
fn sized(bytes: &[u8]) -> Result<&[u8], Refusal> {
    if bytes.len() > LINE_BYTES_MAX { Err(Refusal::TooLong) } else { Ok(bytes) }
}

/// What comes next in a request.
enum Step<'b> {
    /// A `ResourceLogs` begins; these are the bytes of its resource, or none.
    Resource(&'b [u8]),
    /// A `ScopeLogs` begins, likewise.
    Scope(&'b [u8]),
    /// A `LogRecord`.
    Record(&'b [u8]),
}

/// The records of a request, each resource and scope in front of its own.
struct Walk<'b> {
    resources: Items<'b>,
    scopes: Items<'b>,
    records: Items<'b>,
}

impl<'b> Walk<'b> {
    fn new(encoding: Encoding, body: &'b [u8]) -> Result<Walk<'b>, Malformed> {
        let resources = items::request(encoding, body)?;
        Ok(Walk { resources, scopes: Items::none(), records: Items::none() })
    }

    fn step(&mut self) -> Result<Option<Step<'b>>, Malformed> {
        if let Some(record) = self.records.next()? {
            return Ok(Some(Step::Record(record)));
        }
        if let Some(scope_logs) = self.scopes.next()? {
            let Walked { own, inner } = self.scopes.walk_scope(scope_logs)?;
            self.records = inner;
            return Ok(Some(Step::Scope(own)));
        }
        let Some(resource_logs) = self.resources.next()? else { return Ok(None) };
        let Walked { own, inner } = self.resources.walk_resource(resource_logs)?;
        self.scopes = inner;
        Ok(Some(Step::Resource(own)))
    }
}

impl<'b> Iterator for Walk<'b> {
    type Item = Result<Step<'b>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}
