//! How a body rests: cut into frames that are checked and unpacked one by one.
//!
//! ```text
//! head:  version u8 = 1 │ flags u8 = 0 │ class u8 │ records u32 │ raw length u32 │ salt seed 32 │ frames u16
//! table: frames × { records u16 │ plain length u32 │ stored length u32 │ codec u8 │ checksum 8 }
//! checksum 8 over head and table
//! frames, each the stored form of: record lengths varint … │ record bytes …
//! ```
//! A checksum is the front of a BLAKE3 hash. That of a frame covers its number and its stored
//! bytes. Stores share this layout; it never travels.

use vigil_model::limits::{BLOCK_RECORDS_MAX, BODY_BYTES_MAX, FRAME_BYTES_MAX, FRAME_RECORDS_MAX, RECORD_BYTES_MAX};
use vigil_model::{Class, Frame, Reader, Records, SaltSeed, put_varint};

use crate::error::BlockError;
use crate::store::EncodedBody;

const VERSION: u8 = 1;
const HEAD_BYTES: usize = 45;
const ROW_BYTES: usize = 19;
const RAW: u8 = 0;
/// Bytes of one frame with its record lengths, each at most three bytes of varint.
const PLAIN_BYTES_MAX: usize = max(FRAME_BYTES_MAX, RECORD_BYTES_MAX) + 3 * FRAME_RECORDS_MAX;

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

    /// Exactly `plain_len` bytes, or what is wrong with `stored`. The length was checked against
    /// the limits.
    fn decompress(&self, stored: &[u8], plain_len: usize) -> Result<Vec<u8>, String>;
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

    fn decompress(&self, stored: &[u8], _: usize) -> Result<Vec<u8>, String> {
        Ok(stored.to_vec())
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
        let damaged = |why: &str| BlockError::damaged(format!("frame {n}: {why}"));
        let stored = &self.stored[row.start..row.start + row.stored_len as usize];
        if checksum(&[&n.to_le_bytes(), stored]) != row.checksum {
            return Err(damaged("the checksum does not match"));
        }
        if row.plain_len as usize > PLAIN_BYTES_MAX {
            return Err(damaged("longer than a frame may be"));
        }
        let plain = unpack(row, stored, codec).map_err(|why| damaged(&why))?;
        let records = split_plain(plain, row.records).ok_or_else(|| damaged("the record lengths do not fit"))?;
        Ok(Some(Frame { first: row.first, records }))
    }

    /// All records, every frame checked.
    pub fn records(&self, codec: &dyn Codec) -> Result<Records, BlockError> {
        let mut all = Records::new();
        for n in 0..self.frames() {
            all.append(&self.frame(n, codec)?.expect("the number is below the count").records);
        }
        if all.bytes().len() != self.raw_len as usize {
            return Err(BlockError::damaged("the records do not add up to the body's length"));
        }
        Ok(all)
    }
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
    Some(Ok(PackedBody { class, count, raw_len, seed, rows, stored: reader.0 }))
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

fn unpack(row: &Row, stored: &[u8], codec: &dyn Codec) -> Result<Vec<u8>, String> {
    let plain = match row.codec {
        RAW => stored.to_vec(),
        number if number == codec.number() => codec.decompress(stored, row.plain_len as usize)?,
        number => return Err(format!("codec {number} is not known here")),
    };
    if plain.len() == row.plain_len as usize { Ok(plain) } else { Err("unpacked to another length".to_owned()) }
}

fn split_plain(mut plain: Vec<u8>, count: u16) -> Option<Records> {
    let mut reader = Reader(&plain);
    let mut ends = Vec::with_capacity(usize::from(count));
    let mut end = 0u32;
    for _ in 0..count {
        end = end.checked_add(u32::try_from(reader.varint()?).ok()?)?;
        ends.push(end);
    }
    let lengths = plain.len() - reader.0.len();
    plain.drain(..lengths);
    Records::from_parts(plain, ends).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use proptest::prelude::*;

    const SEED: SaltSeed = SaltSeed([5; 32]);

    /// Runs of one byte, for tests of the second codec.
    struct Runs;

    impl Codec for Runs {
        fn number(&self) -> u8 {
            200
        }

        fn compress(&self, plain: &[u8], out: &mut Vec<u8>) -> bool {
            for run in plain.chunk_by(|a, b| a == b) {
                run.chunks(255).for_each(|run| out.extend_from_slice(&[run.len() as u8, run[0]]));
            }
            true
        }

        fn decompress(&self, stored: &[u8], _: usize) -> Result<Vec<u8>, String> {
            Ok(stored.chunks_exact(2).flat_map(|run| vec![run[1]; usize::from(run[0])]).collect())
        }
    }

    fn read_all(bytes: &[u8], codec: &dyn Codec) -> Result<(Class, SaltSeed, Records), BlockError> {
        let body = PackedBody::parse(bytes)?;
        Ok((body.class, body.seed, body.records(codec)?))
    }

    fn long_records(count: usize, width: usize) -> Records {
        let mut records = Records::new();
        let mut builder = vigil_model::RecordBuilder::new();
        for n in 0..count {
            builder.clear();
            builder.push("m", vigil_model::Value::Str(&"x".repeat(width)));
            records.push(&mut builder, vigil_model::Timestamp(n as i64), false).expect("within limits");
        }
        records
    }

    #[test]
    fn bodies_are_read_as_packed() {
        let shapes = [testing::records(0..1), testing::records(0..1_024), long_records(3, 80_000), long_records(1, 0)];
        for records in shapes {
            for codec in [&RawCodec as &dyn Codec, &Runs] {
                let packed = pack(Class::Logs, &records, &SEED, codec);
                let read = read_all(&packed.0, codec).expect("own bytes");
                assert_eq!(read, (Class::Logs, SEED, records.clone()));
                let body = PackedBody::parse(&packed.0).expect("own bytes");
                for (n, range) in records.frame_bounds().into_iter().enumerate() {
                    let frame = body.frame(n as u16, codec).expect("sound").expect("exists");
                    assert_eq!(frame.first as usize, range.start);
                    assert_eq!(frame.records, records.slice(range));
                }
                assert_eq!(body.frame(body.frames(), codec), Ok(None));
            }
        }
    }

    #[test]
    fn what_does_not_shrink_is_stored_as_it_is() {
        let records = testing::records(0..64);
        assert_eq!(pack(Class::Logs, &records, &SEED, &Runs).0, pack(Class::Logs, &records, &SEED, &RawCodec).0);
        let long = long_records(3, 80_000);
        let (packed, raw) = (pack(Class::Logs, &long, &SEED, &Runs), pack(Class::Logs, &long, &SEED, &RawCodec));
        assert!(packed.0.len() < raw.0.len() / 50);
        assert!(read_all(&packed.0, &RawCodec).is_err());
    }

    #[test]
    fn one_damaged_frame_leaves_the_others_readable() {
        let records = testing::records(0..200);
        let mut bytes = pack(Class::Logs, &records, &SEED, &RawCodec).0;
        *bytes.last_mut().expect("not empty") ^= 1;
        let body = PackedBody::parse(&bytes).expect("the head is sound");
        assert!(body.frame(0, &RawCodec).is_ok());
        let error = body.frame(body.frames() - 1, &RawCodec).expect_err("damaged");
        assert_eq!(error.to_string(), "frame 3: the checksum does not match");
    }

    #[test]
    fn every_cut_is_noticed() {
        let bytes = pack(Class::Logs, &testing::records(0..100), &SEED, &RawCodec).0;
        for end in 0..bytes.len() {
            assert!(read_all(&bytes[..end], &RawCodec).is_err(), "cut at {end}");
        }
        assert!(read_all(&[bytes.clone(), vec![0]].concat(), &RawCodec).is_err());
    }

    proptest! {
        #[test]
        fn every_changed_byte_is_noticed(at in any::<prop::sample::Index>(), flip in 1u8.., runs: bool) {
            let codec = if runs { &Runs as &dyn Codec } else { &RawCodec };
            let records = if runs { long_records(3, 700) } else { testing::records(0..130) };
            let mut bytes = pack(Class::Traces, &records, &SEED, codec).0;
            *at.get_mut(&mut bytes) ^= flip;
            prop_assert!(read_all(&bytes, codec).is_err());
        }

        #[test]
        fn noise_is_no_body(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(read_all(&bytes, &RawCodec).is_err());
        }
    }
}
