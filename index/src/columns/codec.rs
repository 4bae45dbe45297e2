//! How a chunk lies in bytes: a head, then sections that are read one by one.
//!
//! ```text
//! version u8 = 1 │ bytes of the head u32 │ checksum 8 │ head, LZ4 │ sections: times; of each field dictionary, codes
//! head: see `head.rs`
//! ```

use std::ops::Range;
use std::sync::Arc;

use vigil_model::{Hash, Reader};

use super::chunk::{Chunk, ChunkError, Column};
use super::head::{decode_head, encode_head};
use super::pack::{packed, put_packed, unzigzag, zigzag};
use super::{Dictionary, Head};

const VERSION: u8 = 1;
const DOMAIN: &str = "vigil columns v1";
/// Bytes of a checksum.
const CHECK: usize = 8;

/// Where a section lies behind the head, and what it must amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) len: u32,
    pub(super) check: [u8; CHECK],
}

/// A chunk of which the head was read. Byte ranges count from the chunk's first byte.
#[derive(Clone, Debug)]
pub struct Encoded {
    head: Arc<Head>,
    /// Times; then of each field dictionary and codes.
    sections: Vec<(usize, Section)>,
    len: usize,
}

impl Encoded {
    /// Bytes before the head.
    pub const PREFIX: usize = 1 + 4 + CHECK;

    /// Where the head ends, from at least the first [`Encoded::PREFIX`] bytes of the chunk.
    pub fn head_end(bytes: &[u8]) -> Result<usize, ChunkError> {
        let mut reader = Reader(bytes);
        if reader.u8() != Some(VERSION) {
            return Err(ChunkError("its version is not known here"));
        }
        let len = reader.u32().ok_or(ChunkError("it is cut off"))?;
        Ok(Self::PREFIX + len as usize)
    }

    /// Reads the head, from at least as many bytes as [`Encoded::head_end`] says.
    pub fn open(bytes: &[u8]) -> Result<Encoded, ChunkError> {
        let end = Self::head_end(bytes)?;
        let check = bytes.get(Self::PREFIX - CHECK..Self::PREFIX).ok_or(ChunkError("it is cut off"))?;
        let body = bytes.get(Self::PREFIX..end).ok_or(ChunkError("it is cut off"))?;
        if checksum(body) != check {
            return Err(ChunkError("the checksum of its head does not fit"));
        }
        let (head, sections) = decode_head(body).ok_or(ChunkError("its head makes no sense"))?;
        let mut at = end;
        let mut placed = Vec::with_capacity(sections.len());
        for section in sections {
            placed.push((at, section));
            at += section.len as usize;
        }
        Ok(Encoded { head: Arc::new(head), sections: placed, len: at })
    }

    /// What the chunk covers.
    pub fn head(&self) -> &Arc<Head> {
        &self.head
    }

    /// Bytes of the whole chunk.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Never: a chunk has a head.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Where the times lie.
    pub fn times_at(&self) -> Range<usize> {
        self.range(0)
    }

    /// Where the dictionary of a field lies.
    pub fn dictionary_at(&self, field: usize) -> Range<usize> {
        self.range(1 + 2 * field)
    }

    /// Where the codes of a field lie.
    pub fn codes_at(&self, field: usize) -> Range<usize> {
        self.range(2 + 2 * field)
    }

    /// Reads the times from the bytes of their range.
    pub fn times(&self, bytes: &[u8]) -> Result<Vec<i64>, ChunkError> {
        self.check(0, bytes)?;
        let times = decode_times(bytes, self.head.rows).ok_or(ChunkError("its times make no sense"))?;
        let within = times.iter().all(|time| (self.head.first.0..=self.head.last.0).contains(time));
        if within { Ok(times) } else { Err(ChunkError("its times make no sense")) }
    }

    /// Reads a dictionary from the bytes of its range.
    pub fn dictionary(&self, field: usize, bytes: &[u8]) -> Result<Dictionary, ChunkError> {
        self.check(1 + 2 * field, bytes)?;
        Dictionary::decode(bytes, self.entries(field)).ok_or(ChunkError("a dictionary makes no sense"))
    }

    /// Reads the codes of a field from the bytes of their range.
    pub fn codes(&self, field: usize, bytes: &[u8]) -> Result<Vec<u16>, ChunkError> {
        self.check(2 + 2 * field, bytes)?;
        let mut reader = Reader(bytes);
        let codes = packed::<u16>(&mut reader, self.head.rows).filter(|_| reader.is_empty());
        let entries = self.entries(field);
        codes
            .filter(|codes| codes.iter().all(|code| usize::from(*code) < entries))
            .ok_or(ChunkError("codes make no sense"))
    }

    fn entries(&self, field: usize) -> usize {
        self.head.fields.get(field).map_or(0, |field| field.entries)
    }

    fn range(&self, section: usize) -> Range<usize> {
        self.sections.get(section).map_or(0..0, |(at, section)| *at..at + section.len as usize)
    }

    fn check(&self, section: usize, bytes: &[u8]) -> Result<(), ChunkError> {
        let (_, section) = self.sections.get(section).ok_or(ChunkError("it has no such column"))?;
        let fits = bytes.len() == section.len as usize && checksum(bytes) == section.check;
        if fits { Ok(()) } else { Err(ChunkError("the checksum of a section does not fit")) }
    }
}

impl Chunk {
    /// The chunk as bytes; its dictionaries must be sorted.
    pub fn encode(&self) -> Vec<u8> {
        let mut sections = Sections::default();
        sections.put(|out| encode_times(&self.times, out));
        for column in &self.columns {
            sections.put(|out| column.dictionary.encode(out));
            sections.put(|out| put_packed(out, &column.codes));
        }
        let head = encode_head(&self.head, &sections.all);
        let mut bytes = Vec::with_capacity(Encoded::PREFIX + head.len() + sections.bytes.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&(head.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&checksum(&head));
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(&sections.bytes);
        bytes
    }

    /// Reads a chunk whole; anything that is not as it was written is an error.
    pub fn decode(bytes: &[u8]) -> Result<Chunk, ChunkError> {
        let encoded = Encoded::open(bytes)?;
        if encoded.len != bytes.len() {
            return Err(ChunkError("it has another length"));
        }
        let columns = (0..encoded.head.fields.len()).map(|n| {
            let dictionary = encoded.dictionary(n, &bytes[encoded.dictionary_at(n)])?;
            let codes = encoded.codes(n, &bytes[encoded.codes_at(n)])?;
            Ok(Column { dictionary: Arc::new(dictionary), codes: Arc::new(codes) })
        });
        let columns = columns.collect::<Result<_, _>>()?;
        let times = Arc::new(encoded.times(&bytes[encoded.times_at()])?);
        Ok(Chunk { head: encoded.head, times, columns })
    }
}

/// Sections that were written so far.
#[derive(Default)]
struct Sections {
    bytes: Vec<u8>,
    all: Vec<Section>,
}

impl Sections {
    fn put(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.bytes.len();
        write(&mut self.bytes);
        let section = &self.bytes[start..];
        self.all.push(Section { len: section.len() as u32, check: checksum(section) });
    }
}

fn checksum(bytes: &[u8]) -> [u8; CHECK] {
    *Hash::of(DOMAIN, bytes).0.first_chunk().expect("a hash is longer than a checksum")
}

/// Times by their differences, in the greatest unit that divides them all.
pub(super) fn encode_times(times: &[i64], out: &mut Vec<u8>) {
    let Some(first) = times.first() else { return };
    let gaps: Vec<i64> = times.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
    let unit = gaps.iter().fold(0, |unit, gap| divisor(unit, gap.unsigned_abs())).clamp(1, i64::MAX as u64);
    out.extend_from_slice(&first.to_le_bytes());
    out.extend_from_slice(&unit.to_le_bytes());
    let gaps: Vec<u64> = gaps.into_iter().map(|gap| zigzag(gap / unit as i64)).collect();
    put_packed(out, &gaps);
}

fn decode_times(bytes: &[u8], count: usize) -> Option<Vec<i64>> {
    let mut reader = Reader(bytes);
    let mut time = reader.i64()?;
    let unit = i64::try_from(reader.u64()?).ok()?;
    let mut times = Vec::with_capacity(count);
    times.push(time);
    for gap in packed::<u64>(&mut reader, count.checked_sub(1)?)? {
        time = time.wrapping_add(unzigzag(gap).wrapping_mul(unit));
        times.push(time);
    }
    reader.is_empty().then_some(times)
}

/// The greatest number that divides both; of 0 and a number the number.
fn divisor(mut a: u64, mut b: u64) -> u64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}
