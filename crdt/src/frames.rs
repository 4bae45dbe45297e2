//! How a body rests: cut into frames that are checked and unpacked one by one.
//!
//! ```text
//! head:  version u8 = 1 │ flags u8 = 0 │ class u8 │ records u32 │ raw length u32 │ salt seed 32 │ frames u16
//! table: frames × { records u16 │ plain length u32 │ stored length u32 │ codec u8 │ checksum 8 }
//! checksum 8 over head and table
//! frames, each the stored form of: record lengths varint … │ record bytes …
//! ```
//! A checksum is the front of a BLAKE3 hash. That of a frame covers its number and its stored
//! bytes. Stores share this layout, and a body travels as it rests ([`accept`] is the border).

mod accept;

use vigil_model::limits::{
    BLOCK_RECORDS_MAX, BODY_BYTES_MAX, FRAME_BYTES_MAX, FRAME_RECORDS_MAX, PACKED_BODY_BYTES_MAX, RECORD_BYTES_MAX,
};
use vigil_model::{Class, Frame, Reader, Records, SaltSeed, put_varint};

use crate::error::BlockError;
use crate::store::EncodedBody;

pub use accept::accept;

const VERSION: u8 = 1;
const HEAD_BYTES: usize = 45;
const ROW_BYTES: usize = 19;
const RAW: u8 = 0;
/// Bytes of one frame with its record lengths, each at most three bytes of varint.
const PLAIN_BYTES_MAX: usize = max(FRAME_BYTES_MAX, RECORD_BYTES_MAX) + 3 * FRAME_RECORDS_MAX;

const _: () = assert!(
    HEAD_BYTES + (ROW_BYTES + 3) * BLOCK_RECORDS_MAX + 8 + BODY_BYTES_MAX <= PACKED_BODY_BYTES_MAX,
    "the longest body fits even at one record a frame, nothing of it compressed"
);

const fn max(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

pub(crate) type Checksum = [u8; 8];

/// The front of the hash of `parts` one after another.
pub(crate) fn checksum(parts: &[&[u8]]) -> Checksum {
    let mut hasher = blake3::Hasher::new();
    parts.iter().for_each(|part| {
        hasher.update(part);
    });
    *hasher.finalize().as_bytes().first_chunk().expect("a hash is longer than a checksum")
}

/// How frames are made smaller. Pure; an engine brings its own.
pub trait Codec: Send + Sync {
    /// The number that stands in the table, for ever; 0 is taken by frames stored as they are.
    fn number(&self) -> u8;

    /// Appends the compressed form of `plain` to `out`; false, and nothing useful appended, when
    /// it cannot.
    fn compress(&self, plain: &[u8], out: &mut Vec<u8>) -> bool;

    /// Puts exactly `plain_len` bytes in the place of what `plain` holds, or says what is wrong
    /// with `stored`. The length was checked against the limits.
    fn decompress(&self, stored: &[u8], plain_len: usize, plain: &mut Vec<u8>) -> Result<(), String>;
}

/// Stores every frame as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct RawCodec;

impl Codec for RawCodec {
    fn number(&self) -> u8 {
        RAW
    }

    fn compress(&self, _: &[u8], _: &mut Vec<u8>) -> bool {
        false
    }

    fn decompress(&self, stored: &[u8], _: usize, plain: &mut Vec<u8>) -> Result<(), String> {
        plain.clear();
        plain.extend_from_slice(stored);
        Ok(())
    }
}

/// Packs a body: at least one record, within the limits of a block.
pub fn pack(class: Class, records: &Records, seed: &SaltSeed, codec: &dyn Codec) -> EncodedBody {
    assert!(!records.is_empty() && records.len() <= BLOCK_RECORDS_MAX, "a body holds 1 to 1,024 records");
    assert!(records.bytes().len() <= BODY_BYTES_MAX, "a body is sealed before it is too long");
    let bounds = records.frame_bounds();
    let table_end = HEAD_BYTES + ROW_BYTES * bounds.len();
    let mut out = Vec::with_capacity(table_end + 8 + records.bytes().len() / 2);
    put_head(&mut out, class, records, seed, bounds.len() as u16);
    out.resize(table_end + 8, 0);
    let mut plain = Vec::new();
    for (n, range) in bounds.into_iter().enumerate() {
        let count = range.len() as u16;
        put_plain(&mut plain, records, range);
        let row = put_frame(&mut out, n as u16, count, &plain, codec);
        let at = HEAD_BYTES + ROW_BYTES * n;
        out[at..at + ROW_BYTES].copy_from_slice(&row);
    }
    let sum = checksum(&[&out[..table_end]]);
    out[table_end..table_end + 8].copy_from_slice(&sum);
    EncodedBody(out)
}

fn put_head(out: &mut Vec<u8>, class: Class, records: &Records, seed: &SaltSeed, frames: u16) {
    out.extend_from_slice(&[VERSION, 0, class.number()]);
    out.extend_from_slice(&(records.len() as u32).to_le_bytes());
    out.extend_from_slice(&(records.bytes().len() as u32).to_le_bytes());
    out.extend_from_slice(&seed.0);
    out.extend_from_slice(&frames.to_le_bytes());
    assert_eq!(out.len(), HEAD_BYTES, "the head has a fixed length");
}

fn put_plain(plain: &mut Vec<u8>, records: &Records, range: std::ops::Range<usize>) {
    plain.clear();
    let start = if range.start == 0 { 0 } else { records.ends()[range.start - 1] };
    let ends = &records.ends()[range];
    ends.iter().fold(start, |start, end| {
        put_varint(plain, u64::from(end - start));
        *end
    });
    let end = *ends.last().expect("a frame is not empty");
    plain.extend_from_slice(&records.bytes()[start as usize..end as usize]);
    assert!(plain.len() <= PLAIN_BYTES_MAX, "a frame keeps its limits");
}

/// Appends the stored form and answers its row of the table.
fn put_frame(out: &mut Vec<u8>, n: u16, count: u16, plain: &[u8], codec: &dyn Codec) -> [u8; ROW_BYTES] {
    let start = out.len();
    let shrunk = codec.compress(plain, out) && out.len() - start < plain.len();
    if !shrunk {
        out.truncate(start);
        out.extend_from_slice(plain);
    }
    let stored = &out[start..];
    let mut row = [0; ROW_BYTES];
    row[..2].copy_from_slice(&count.to_le_bytes());
    row[2..6].copy_from_slice(&(plain.len() as u32).to_le_bytes());
    row[6..10].copy_from_slice(&(stored.len() as u32).to_le_bytes());
    row[10] = if shrunk { codec.number() } else { RAW };
    row[11..].copy_from_slice(&checksum(&[&n.to_le_bytes(), stored]));
    row
}

/// One row of the table, and where its frame lies.
#[derive(Clone, Copy)]
struct Row {
    first: u32,
    records: u16,
    plain_len: u32,
    start: usize,
    stored_len: u32,
    codec: u8,
    checksum: Checksum,
}

/// A packed body whose head was checked; frames are checked as they are read.
pub struct PackedBody<'a> {
    /// The class that the head names.
    pub class: Class,
    /// Records, all frames together.
    pub count: u32,
    /// Bytes of these records.
    pub raw_len: u32,
    /// The salts' seed.
    pub seed: SaltSeed,
    rows: Vec<Row>,
    stored: &'a [u8],
    whole: &'a [u8],
}

impl<'a> PackedBody<'a> {
    /// Checks head and table, and that nothing is missing or left over.
    pub fn parse(bytes: &'a [u8]) -> Result<PackedBody<'a>, BlockError> {
        let mut body = parse_head(bytes).ok_or_else(|| BlockError::damaged("the head of the body is cut off"))??;
        let mut end = 0;
        let mut count = 0;
        for row in &mut body.rows {
            (row.first, row.start) = (count, end);
            count += u32::from(row.records);
            end += row.stored_len as usize;
        }
        if count != body.count || end != body.stored.len() {
            return Err(BlockError::damaged("the frames do not add up to the body"));
        }
        Ok(body)
    }

    /// How many frames.
    pub fn frames(&self) -> u16 {
        self.rows.len() as u16
    }

    /// One frame, checked and unpacked; `None` beyond the last.
    pub fn frame(&self, n: u16, codec: &dyn Codec) -> Result<Option<Frame>, BlockError> {
        let Some(row) = self.rows.get(usize::from(n)) else { return Ok(None) };
        let mut unpacked = Unpacked::default();
        self.unpack(n, row, codec, &mut unpacked)?;
        Ok(Some(Frame { first: row.first, records: unpacked.records()? }))
    }

    /// All records, every frame checked.
    pub fn records(&self, codec: &dyn Codec) -> Result<Records, BlockError> {
        let mut unpacked = Unpacked::default();
        for (n, row) in self.rows.iter().enumerate() {
            self.unpack(n as u16, row, codec, &mut unpacked)?;
        }
        if unpacked.bytes.len() != self.raw_len as usize {
            return Err(BlockError::damaged("the records do not add up to the body's length"));
        }
        unpacked.records()
    }

    /// The whole body as it is, every frame checked but none unpacked.
    pub fn checked(&self) -> Result<EncodedBody, BlockError> {
        for (n, row) in self.rows.iter().enumerate() {
            self.stored(n as u16, row)?;
        }
        Ok(EncodedBody(self.whole.to_vec()))
    }

    /// The stored bytes of frame `n`, checked.
    fn stored(&self, n: u16, row: &Row) -> Result<&'a [u8], BlockError> {
        let stored = &self.stored[row.start..row.start + row.stored_len as usize];
        if checksum(&[&n.to_le_bytes(), stored]) == row.checksum {
            Ok(stored)
        } else {
            Err(damaged_frame(n, "the checksum does not match"))
        }
    }

    fn unpack(&self, n: u16, row: &Row, codec: &dyn Codec, into: &mut Unpacked) -> Result<(), BlockError> {
        let stored = self.stored(n, row)?;
        if row.plain_len as usize > PLAIN_BYTES_MAX {
            return Err(damaged_frame(n, "longer than a frame may be"));
        }
        into.add(row, stored, codec).map_err(|why| damaged_frame(n, &why))
    }
}

fn damaged_frame(n: u16, why: &str) -> BlockError {
    BlockError::damaged(format!("frame {n}: {why}"))
}

/// `None` when cut off.
fn parse_head(bytes: &[u8]) -> Option<Result<PackedBody<'_>, BlockError>> {
    let mut reader = Reader(bytes);
    let (version, flags, class) = (reader.u8()?, reader.u8()?, reader.u8()?);
    let (count, raw_len, seed, frames) = (reader.u32()?, reader.u32()?, SaltSeed(reader.array()?), reader.u16()?);
    let table = reader.take(ROW_BYTES * usize::from(frames))?;
    let sum: Checksum = reader.array()?;
    if checksum(&[&bytes[..HEAD_BYTES + table.len()]]) != sum {
        return Some(Err(BlockError::damaged("the checksum of the body's head does not match")));
    }
    if version != VERSION || flags != 0 {
        return Some(Err(BlockError::damaged(format!("body version {version} flags {flags} is not known here"))));
    }
    let Some(class) = Class::from_number(class) else {
        return Some(Err(BlockError::damaged(format!("body class {class} is not known here"))));
    };
    let mut table = Reader(table);
    let rows = (0..frames).map(|_| parse_row(&mut table)).collect::<Option<Vec<_>>>()?;
    Some(Ok(PackedBody { class, count, raw_len, seed, rows, stored: reader.0, whole: bytes }))
}

fn parse_row(reader: &mut Reader<'_>) -> Option<Row> {
    Some(Row {
        first: 0,
        records: reader.u16()?,
        plain_len: reader.u32()?,
        start: 0,
        stored_len: reader.u32()?,
        codec: reader.u8()?,
        checksum: reader.array()?,
    })
}

/// Records of frames, one after another, as they are unpacked.
#[derive(Default)]
struct Unpacked {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    /// The frame under way; reused, because allocating it costs as much as unpacking.
    plain: Vec<u8>,
}

impl Unpacked {
    fn add(&mut self, row: &Row, stored: &[u8], codec: &dyn Codec) -> Result<(), String> {
        let mut plain = std::mem::take(&mut self.plain);
        let split = match row.codec {
            RAW => self.split(stored, row),
            number if number == codec.number() => {
                codec.decompress(stored, row.plain_len as usize, &mut plain)?;
                self.split(&plain, row)
            }
            number => return Err(format!("codec {number} is not known here")),
        };
        self.plain = plain;
        split.map_err(str::to_owned)
    }

    fn split(&mut self, plain: &[u8], row: &Row) -> Result<(), &'static str> {
        if plain.len() != row.plain_len as usize {
            return Err("unpacked to another length");
        }
        let mut reader = Reader(plain);
        let start = self.bytes.len();
        let mut end = start as u64;
        for _ in 0..row.records {
            end = reader.varint().and_then(|length| end.checked_add(length)).ok_or("the record lengths do not fit")?;
            self.ends.push(u32::try_from(end).map_err(|_| "the record lengths do not fit")?);
        }
        self.bytes.extend_from_slice(reader.0);
        if self.bytes.len() as u64 == end { Ok(()) } else { Err("the record lengths do not fit") }
    }

    fn records(self) -> Result<Records, BlockError> {
        let fits = |_| BlockError::damaged("the record lengths do not fit");
        Records::from_parts(self.bytes, self.ends).map_err(fits)
    }
}

#[cfg(test)]
mod tests;
