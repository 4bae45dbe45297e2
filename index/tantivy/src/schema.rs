//! What a document of a shelf holds: the terms of one frame, and where the frame lies.

use std::sync::Arc;

use parking_lot::{Condvar, Mutex};
use tantivy::schema::document::{Document, ReferenceValue, ReferenceValueLeaf, Value};
use tantivy::schema::{BytesOptions, Field, NumericOptions, Schema};
use vigil_index::{FrameTerms, Posting};
use vigil_model::{BlockRef, Class, FrameRef, LogNumber, Timestamp};
use vigil_query::TimeRange;

/// Number of the schema and of the rules by which terms are made: another one is rebuilt.
pub(crate) const SCHEMA_VERSION: u32 = 3;

/// Names of the columns.
pub(crate) mod column {
    pub(crate) const TERMS: &str = "terms";
    pub(crate) const ALL: [&str; 6] = ["log", "seq", "frame", "first", "last", "arrival"];
}

pub(crate) fn schema() -> Schema {
    let mut builder = Schema::builder();
    builder.add_bytes_field(column::TERMS, BytesOptions::default().set_indexed());
    let fast = NumericOptions::default().set_fast();
    column::ALL.iter().for_each(|name| {
        builder.add_u64_field(name, fast.clone());
    });
    builder.build()
}

/// The terms are field 0, the columns follow in their order.
pub(crate) const TERMS: Field = Field::from_field_id(0);

/// A frame, or the records of one that belong to one shelf.
#[derive(Debug)]
pub(crate) struct FrameDocument {
    columns: [u64; column::ALL.len()],
    terms: FrameTerms,
    _held: Held,
}

impl FrameDocument {
    pub(crate) fn new(posting: &Posting, terms: FrameTerms, gauge: &Arc<Gauge>) -> FrameDocument {
        let at = posting.at;
        let columns = [
            u64::from(at.block.log.0),
            at.block.seq,
            pack(at.frame, at.class, posting.rows),
            ordered(posting.first),
            ordered(posting.last),
            posting.arrival,
        ];
        let held = gauge.hold(terms.bytes_len());
        FrameDocument { columns, terms, _held: held }
    }
}

/// Reads the columns of a document; `None` when they hold what was never written.
pub(crate) fn posting(columns: [u64; column::ALL.len()]) -> Option<Posting> {
    let [log, seq, packed, first, last, arrival] = columns;
    let (frame, class, rows) = unpack(packed)?;
    let block = BlockRef { log: LogNumber(u32::try_from(log).ok()?), seq };
    let (first, last) = (time(first), time(last));
    // The rows of a document are all rows of the frame between its first and its last: shelves
    // are runs of time.
    let clip = TimeRange { from: first, to: Timestamp(last.0.saturating_add(1)) };
    Some(Posting { at: FrameRef { block, class, frame }, clip, first, last, rows, arrival })
}

fn pack(frame: u16, class: Class, rows: u32) -> u64 {
    u64::from(rows) << 24 | u64::from(class.number()) << 16 | u64::from(frame)
}

fn unpack(packed: u64) -> Option<(u16, Class, u32)> {
    let class = Class::from_number((packed >> 16) as u8)?;
    Some((packed as u16, class, u32::try_from(packed >> 24).ok()?))
}

/// Keeps the order of times in unsigned numbers.
pub(crate) fn ordered(time: Timestamp) -> u64 {
    (time.0 as u64) ^ (1 << 63)
}

fn time(ordered: u64) -> Timestamp {
    Timestamp((ordered ^ (1 << 63)) as i64)
}

/// How many bytes of documents wait for Tantivy's thread: it queues ten thousand of any size.
#[derive(Debug, Default)]
pub(crate) struct Gauge {
    bytes: Mutex<usize>,
    less: Condvar,
}

/// Counted in a gauge until dropped.
#[derive(Debug)]
struct Held {
    gauge: Arc<Gauge>,
    bytes: usize,
}

impl Gauge {
    fn hold(self: &Arc<Gauge>, bytes: usize) -> Held {
        *self.bytes.lock() += bytes;
        Held { gauge: self.clone(), bytes }
    }

    pub(crate) fn bytes(&self) -> usize {
        *self.bytes.lock()
    }

    /// Waits until fewer than `bytes` are held, or for a second: a thread that died frees nothing,
    /// and the next call to it will say so.
    pub(crate) fn wait_below(&self, bytes: usize) {
        let mut held = self.bytes.lock();
        if *held >= bytes {
            self.less.wait_for(&mut held, std::time::Duration::from_secs(1));
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        *self.gauge.bytes.lock() -= self.bytes;
        self.gauge.less.notify_all();
    }
}

/// One value of a document.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FrameValue<'a> {
    Term(&'a [u8]),
    Number(u64),
}

impl<'a> Value<'a> for FrameValue<'a> {
    type ArrayIter = std::iter::Empty<Self>;
    type ObjectIter = std::iter::Empty<(&'a str, Self)>;

    #[inline]
    fn as_value(&self) -> ReferenceValue<'a, Self> {
        ReferenceValue::Leaf(match *self {
            FrameValue::Term(term) => ReferenceValueLeaf::Bytes(term),
            FrameValue::Number(number) => ReferenceValueLeaf::U64(number),
        })
    }
}

/// Terms, then columns.
pub(crate) struct FrameValues<'a> {
    document: &'a FrameDocument,
    next: usize,
}

impl<'a> Iterator for FrameValues<'a> {
    type Item = (Field, FrameValue<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let n = self.next;
        self.next += 1;
        if let Some(term) = self.document.terms.get(n) {
            return Some((TERMS, FrameValue::Term(term)));
        }
        let column = n - self.document.terms.len();
        let number = *self.document.columns.get(column)?;
        Some((Field::from_field_id(column as u32 + 1), FrameValue::Number(number)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.document.terms.len() + self.document.columns.len()).saturating_sub(self.next);
        (left, Some(left))
    }
}

impl Document for FrameDocument {
    type Value<'a> = FrameValue<'a>;
    type FieldsValuesIter<'a> = FrameValues<'a>;

    fn iter_fields_and_values(&self) -> FrameValues<'_> {
        FrameValues { document: self, next: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_as_written() {
        let block = BlockRef { log: LogNumber(u32::MAX), seq: u64::MAX };
        let at = FrameRef { block, class: Class::Traces, frame: u16::MAX };
        for (first, last) in [(i64::MIN, i64::MAX), (-1, 0), (5, 5)] {
            let (first, last) = (Timestamp(first), Timestamp(last));
            let clip = TimeRange { from: first, to: Timestamp(last.0.saturating_add(1)) };
            let written = Posting { at, clip, first, last, rows: 64, arrival: 7 };
            let document = FrameDocument::new(&written, FrameTerms::default(), &Arc::default());
            assert_eq!(posting(document.columns), Some(written));
            assert!(ordered(first) <= ordered(last));
        }
        assert_eq!(posting([0, 0, 0xff << 16, 0, 0, 0]), None);
    }
}
