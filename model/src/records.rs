//! Many records in one piece of memory: what ingest hands over, what a body holds, what a frame
//! unpacks to.

use std::ops::Range;

use crate::limits::{FRAME_BYTES_MAX, FRAME_RECORDS_MAX};
use crate::record::{Record, RecordBuilder, RecordError};
use crate::time::Timestamp;

/// Why bytes and ends do not make a batch of records.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record boundaries do not fit {bytes} bytes")]
pub struct RecordsError {
    /// How many bytes there were.
    pub bytes: usize,
}

/// Records one after another, and where each ends.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Records {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Records {
    /// No records.
    pub fn new() -> Records {
        Records::default()
    }

    /// From stored parts; the ends must rise and the last must be the length.
    pub fn from_parts(bytes: Vec<u8>, ends: Vec<u32>) -> Result<Records, RecordsError> {
        let rising = ends.windows(2).all(|pair| pair[0] < pair[1]);
        let first_is_real = ends.first().is_none_or(|first| *first > 0);
        let complete = ends.last().copied().unwrap_or(0) as usize == bytes.len();
        if rising && first_is_real && complete {
            Ok(Records { bytes, ends })
        } else {
            Err(RecordsError { bytes: bytes.len() })
        }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All bytes, without boundaries.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where each record ends in [`Records::bytes`].
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// The bytes of record `n`.
    #[inline]
    pub fn raw(&self, n: usize) -> Option<&[u8]> {
        let end = *self.ends.get(n)? as usize;
        let start = if n == 0 { 0 } else { self.ends[n - 1] as usize };
        Some(&self.bytes[start..end])
    }

    /// Record `n`; `None` beyond the end, or when its bytes are no record.
    #[inline]
    pub fn get(&self, n: usize) -> Option<Record<'_>> {
        Record::view(self.raw(n)?)
    }

    /// The bytes of each record, in order.
    pub fn iter_raw(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        (0..self.len()).map(|n| self.raw(n).expect("n is below len"))
    }

    /// Each record, in order; `None` stands where bytes are no record.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<Record<'_>>> {
        (0..self.len()).map(|n| self.get(n))
    }

    /// Appends what the builder holds; nothing is appended on error.
    pub fn push(&mut self, builder: &mut RecordBuilder, time: Timestamp, assumed: bool) -> Result<(), RecordError> {
        builder.finish(time, assumed, &mut self.bytes)?;
        self.ends.push(self.bytes.len() as u32);
        Ok(())
    }

    /// Appends all of `other`.
    pub fn append(&mut self, other: &Records) {
        let base = self.bytes.len() as u32;
        self.bytes.extend_from_slice(&other.bytes);
        self.ends.extend(other.ends.iter().map(|end| base + end));
    }

    /// A copy of some of them.
    pub fn slice(&self, range: Range<usize>) -> Records {
        let start = if range.start == 0 { 0 } else { self.ends[range.start - 1] };
        let end = if range.end == 0 { 0 } else { self.ends[range.end - 1] };
        let ends = self.ends[range].iter().map(|end| end - start).collect();
        Records { bytes: self.bytes[start as usize..end as usize].to_vec(), ends }
    }

    /// Earliest and latest event time; `None` when there is no record.
    pub fn time_span(&self) -> Option<(Timestamp, Timestamp)> {
        let mut times = self.iter().flatten().map(|record| record.time());
        let first = times.next()?;
        Some(times.fold((first, first), |(low, high), time| (low.min(time), high.max(time))))
    }

    /// How a body is cut into frames. A function of the lengths alone, so every store cuts alike.
    pub fn frame_bounds(&self) -> Vec<Range<usize>> {
        let mut bounds = Vec::with_capacity(self.len() / FRAME_RECORDS_MAX + 1);
        let mut start = 0;
        let mut bytes = 0;
        for (n, raw) in self.iter_raw().enumerate() {
            let full = n - start == FRAME_RECORDS_MAX || bytes + raw.len() > FRAME_BYTES_MAX;
            if n > start && full {
                bounds.push(start..n);
                start = n;
                bytes = 0;
            }
            bytes += raw.len();
        }
        if start < self.len() {
            bounds.push(start..self.len());
        }
        bounds
    }
}

/// A run of neighbours within a body, unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The offset of its first record within the body.
    pub first: u32,
    /// The records.
    pub records: Records,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    fn records(lengths: &[usize]) -> Records {
        let mut records = Records::new();
        let mut builder = RecordBuilder::new();
        for (n, length) in lengths.iter().enumerate() {
            builder.clear();
            builder.push("m", Value::Str(&"x".repeat(*length)));
            records.push(&mut builder, Timestamp(n as i64), false).expect("small");
        }
        records
    }

    #[test]
    fn frames_cover_everything_once_and_keep_their_limits() {
        for lengths in [vec![], vec![1], vec![10; 64], vec![10; 65], vec![30_000; 7], vec![200_000, 1, 200_000]] {
            let records = records(&lengths);
            let bounds = records.frame_bounds();
            let mut next = 0;
            for range in &bounds {
                assert_eq!(range.start, next);
                assert!(!range.is_empty() && range.len() <= FRAME_RECORDS_MAX);
                let bytes: usize = range.clone().map(|n| records.raw(n).expect("in range").len()).sum();
                assert!(range.len() == 1 || bytes <= FRAME_BYTES_MAX);
                next = range.end;
            }
            assert_eq!(next, records.len());
        }
    }

    #[test]
    fn slices_join_to_the_whole() {
        let whole = records(&[3, 1, 4, 1, 5]);
        let mut joined = whole.slice(0..2);
        joined.append(&whole.slice(2..5));
        assert_eq!(joined, whole);
        assert_eq!(whole.slice(0..0), Records::new());
        assert_eq!(whole.time_span(), Some((Timestamp(0), Timestamp(4))));
    }

    #[test]
    fn boundaries_that_do_not_fit_are_refused() {
        assert!(Records::from_parts(vec![1, 2, 3], vec![1, 3]).is_ok());
        for ends in [vec![], vec![1], vec![2, 1, 3], vec![0, 3], vec![4]] {
            assert!(Records::from_parts(vec![1, 2, 3], ends).is_err());
        }
    }
}
