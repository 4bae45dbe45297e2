//! How a block, or bodies of one, travels between two nodes (`docs/formats/wire.md`).
//!
//! ```text
//! version u8 = 1 │ parts u8: 1 with the header, 0 bodies only
//! with:    header length u16 │ header, signature included
//! without: node 32 │ epoch 16 │ seq u64
//! bodies u8 │ bodies × { class u8 │ form u8 │ length u32 │ bytes }
//! ```
//! A body travels packed as it rests, or plain where a transport compresses the frame as a whole:
//! `seed 32 ‖ records u16 ‖ lengths varint … ‖ records`. Reading checks limits first and never more
//! than the form; whether the bytes are a body and match the header is asked afterwards
//! ([`crate::LogStore::accept`], [`crate::body::verify`]).

use vigil_model::limits::{
    BLOCK_RECORDS_MAX, BODY_BYTES_MAX, HEADER_BYTES_MAX, PACKED_BODY_BYTES_MAX, WIRE_FRAME_BYTES_MAX,
};
use vigil_model::{
    Class, ClassSet, Epoch, HeaderError, LogId, NodeId, Reader, Records, SaltSeed, SignedHeader, put_varint,
};

const VERSION: u8 = 1;
const WITH_HEADER: u8 = 1;
const BODIES_ONLY: u8 = 0;
const PACKED: u8 = 1;
const PLAIN: u8 = 2;
/// Each length of a plain body is at most three bytes of varint.
const PLAIN_BODY_BYTES_MAX: usize = 32 + 2 + 3 * BLOCK_RECORDS_MAX + BODY_BYTES_MAX;

const _: () = assert!(PLAIN_BODY_BYTES_MAX <= PACKED_BODY_BYTES_MAX, "a plain body is no longer than a packed one");

/// A body on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WireBody {
    /// As [`crate::LogStore::packed`] answers it.
    Packed(Vec<u8>),
    /// Records as they are.
    Plain {
        /// The seed of their salts.
        seed: SaltSeed,
        /// The records.
        records: Records,
    },
}

impl WireBody {
    /// Bytes on the wire, without class, form and length; about that for a plain one.
    pub fn bytes(&self) -> usize {
        match self {
            WireBody::Packed(bytes) => bytes.len(),
            WireBody::Plain { records, .. } => 34 + records.bytes().len() + 2 * records.len(),
        }
    }
}

/// One block, or some bodies of one whose header the receiver holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockFrame {
    /// The log; with a header, what that says.
    pub log: LogId,
    /// The block; with a header, what that says.
    pub seq: u64,
    /// Its header, well formed; the signature is not checked yet.
    pub header: Option<SignedHeader>,
    /// Bodies by rising class. With a header, only such as it lists.
    pub bodies: Vec<(Class, WireBody)>,
}

/// Why bytes are no block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A newer format.
    #[error("block frame version {0} is not known here; a newer node sent it")]
    Version(u8),
    /// Longer than the limits allow.
    #[error("oversized block frame: {0}")]
    Oversized(&'static str),
    /// Cut off, or not in the one form that it can have.
    #[error("malformed block frame: {0}")]
    Malformed(&'static str),
    /// The header is none.
    #[error("malformed block frame: {0}")]
    Header(#[from] HeaderError),
}

const CUT_OFF: FrameError = FrameError::Malformed("cut off");

impl BlockFrame {
    /// A block with some of its bodies, by rising class.
    pub fn block(header: SignedHeader, bodies: Vec<(Class, WireBody)>) -> BlockFrame {
        BlockFrame { log: header.header.log, seq: header.header.seq, header: Some(header), bodies }
    }

    /// Bodies whose header the receiver holds, by rising class.
    pub fn fill(log: LogId, seq: u64, bodies: Vec<(Class, WireBody)>) -> BlockFrame {
        BlockFrame { log, seq, header: None, bodies }
    }

    /// The classes of the bodies in it.
    pub fn classes(&self) -> ClassSet {
        self.bodies.iter().map(|(class, _)| *class).collect()
    }

    /// The bytes on the wire.
    pub fn encode(&self) -> Vec<u8> {
        let length: usize = self.bodies.iter().map(|(_, body)| body.bytes() + 16).sum();
        let mut out = Vec::with_capacity(512 + length);
        out.push(VERSION);
        self.put_place(&mut out);
        out.push(self.bodies.len() as u8);
        assert!(self.bodies.is_sorted_by(|(a, _), (b, _)| a < b), "classes rise");
        for (class, body) in &self.bodies {
            out.push(class.number());
            put_body(&mut out, body);
        }
        assert!(out.len() <= WIRE_FRAME_BYTES_MAX, "a block within its limits fits a frame");
        out
    }

    fn put_place(&self, out: &mut Vec<u8>) {
        let Some(header) = &self.header else {
            out.push(BODIES_ONLY);
            out.extend_from_slice(&self.log.node.0);
            out.extend_from_slice(&self.log.epoch.0);
            return out.extend_from_slice(&self.seq.to_le_bytes());
        };
        assert_eq!((header.header.log, header.header.seq), (self.log, self.seq), "the header is that of the block");
        assert!(header.bytes().len() <= HEADER_BYTES_MAX, "a header keeps its limits");
        out.push(WITH_HEADER);
        out.extend_from_slice(&(header.bytes().len() as u16).to_le_bytes());
        out.extend_from_slice(header.bytes());
    }

    /// Reads what [`BlockFrame::encode`] wrote; refuses left-over bytes.
    pub fn decode(bytes: &[u8]) -> Result<BlockFrame, FrameError> {
        if bytes.len() > WIRE_FRAME_BYTES_MAX {
            return Err(FrameError::Oversized("the frame"));
        }
        let mut reader = Reader(bytes);
        match reader.u8().ok_or(CUT_OFF)? {
            VERSION => {}
            version => return Err(FrameError::Version(version)),
        }
        let mut frame = get_place(&mut reader)?;
        for _ in 0..reader.u8().ok_or(CUT_OFF)? {
            frame.bodies.push(get_body(&mut reader)?);
        }
        frame.check(&reader)?;
        Ok(frame)
    }

    fn check(&self, rest: &Reader<'_>) -> Result<(), FrameError> {
        let listed = |class: Class| self.header.as_ref().is_none_or(|header| header.header.body(class).is_some());
        let faults = [
            (!rest.is_empty(), "bytes are left over"),
            (!self.bodies.is_sorted_by(|(a, _), (b, _)| a < b), "classes do not rise"),
            (!self.bodies.iter().all(|(class, _)| listed(*class)), "the header lists no such body"),
            (self.header.is_none() && self.bodies.is_empty(), "neither header nor body"),
        ];
        match faults.iter().find(|(wrong, _)| *wrong) {
            Some((_, why)) => Err(FrameError::Malformed(why)),
            None => Ok(()),
        }
    }
}

fn put_body(out: &mut Vec<u8>, body: &WireBody) {
    let form = if matches!(body, WireBody::Packed(_)) { PACKED } else { PLAIN };
    out.extend_from_slice(&[form, 0, 0, 0, 0]);
    let start = out.len();
    match body {
        WireBody::Packed(bytes) => out.extend_from_slice(bytes),
        WireBody::Plain { seed, records } => put_plain(out, seed, records),
    }
    let length = out.len() - start;
    assert!(length <= PACKED_BODY_BYTES_MAX, "a body keeps its limits");
    out[start - 4..start].copy_from_slice(&(length as u32).to_le_bytes());
}

fn put_plain(out: &mut Vec<u8>, seed: &SaltSeed, records: &Records) {
    assert!((1..=BLOCK_RECORDS_MAX).contains(&records.len()), "a body holds 1 to 1,024 records");
    out.extend_from_slice(&seed.0);
    out.extend_from_slice(&(records.len() as u16).to_le_bytes());
    records.iter_raw().for_each(|raw| put_varint(out, raw.len() as u64));
    out.extend_from_slice(records.bytes());
}

fn get_place(reader: &mut Reader<'_>) -> Result<BlockFrame, FrameError> {
    match reader.u8().ok_or(CUT_OFF)? {
        WITH_HEADER => {
            let length = usize::from(reader.u16().ok_or(CUT_OFF)?);
            if length > HEADER_BYTES_MAX {
                return Err(FrameError::Oversized("the header"));
            }
            let header = SignedHeader::decode(reader.take(length).ok_or(CUT_OFF)?)?;
            Ok(BlockFrame::block(header, Vec::new()))
        }
        BODIES_ONLY => get_fill(reader).ok_or(CUT_OFF),
        _ => Err(FrameError::Malformed("unknown parts")),
    }
}

fn get_fill(reader: &mut Reader<'_>) -> Option<BlockFrame> {
    let log = LogId { node: NodeId(reader.array()?), epoch: Epoch(reader.array()?) };
    Some(BlockFrame::fill(log, reader.u64()?, Vec::new()))
}

fn get_body(reader: &mut Reader<'_>) -> Result<(Class, WireBody), FrameError> {
    let class = Class::from_number(reader.u8().ok_or(CUT_OFF)?).ok_or(FrameError::Malformed("unknown class"))?;
    let form = reader.u8().ok_or(CUT_OFF)?;
    let length = reader.u32().ok_or(CUT_OFF)? as usize;
    if length > PACKED_BODY_BYTES_MAX {
        return Err(FrameError::Oversized("a body"));
    }
    let bytes = reader.take(length).ok_or(CUT_OFF)?;
    match form {
        PACKED => Ok((class, WireBody::Packed(bytes.to_vec()))),
        PLAIN => Ok((class, get_plain(bytes)?)),
        _ => Err(FrameError::Malformed("unknown form of a body")),
    }
}

fn get_plain(bytes: &[u8]) -> Result<WireBody, FrameError> {
    let mut reader = Reader(bytes);
    let seed = SaltSeed(reader.array().ok_or(CUT_OFF)?);
    let count = usize::from(reader.u16().ok_or(CUT_OFF)?);
    if !(1..=BLOCK_RECORDS_MAX).contains(&count) {
        return Err(FrameError::Oversized("the number of records"));
    }
    let mut ends = Vec::with_capacity(count);
    let mut end = 0u64;
    for _ in 0..count {
        end = reader.varint().and_then(|length| end.checked_add(length)).ok_or(CUT_OFF)?;
        ends.push(u32::try_from(end).map_err(|_| FrameError::Oversized("a record"))?);
    }
    if reader.0.len() > BODY_BYTES_MAX {
        return Err(FrameError::Oversized("a body"));
    }
    let records = Records::from_parts(reader.0.to_vec(), ends);
    let records = records.map_err(|_| FrameError::Malformed("the record lengths do not fit"))?;
    Ok(WireBody::Plain { seed, records })
}

#[cfg(test)]
mod tests;
