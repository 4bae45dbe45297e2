//! When is a frame worth compressing, and with what dictionary.
//!
//! Small frames carry headers, frontiers and single events: too short for zstd to learn from. So
//! both sides know a dictionary that was trained on such frames (`docs/formats/wire.md`). Bodies
//! that rest packed travel as they rest, above the size that is tried here.

use std::io;
use std::sync::LazyLock;

use vigil_model::limits::WIRE_FRAME_BYTES_MAX;
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

use crate::frames::{invalid, take_varint};

/// Trained by `examples/dictionary.rs`; a change is a new version of the sync protocol.
const DICTIONARY: &[u8] = include_bytes!("../dictionary/1.zdict");
const LEVEL: i32 = 3;
/// Shorter ones do not shrink.
const TRIED_BYTES_MIN: usize = 48;
/// Longer ones are packed already.
const TRIED_BYTES_MAX: usize = 32 * 1024;

static ENCODER: LazyLock<EncoderDictionary<'static>> = LazyLock::new(|| EncoderDictionary::copy(DICTIONARY, LEVEL));
static DECODER: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(DICTIONARY));

/// Packs the frames of one stream.
#[derive(Default)]
pub(crate) struct Packer {
    zstd: Option<Compressor<'static>>,
    buffer: Vec<u8>,
}

impl Packer {
    /// The packed form; nothing when the frame is better sent as it is.
    pub(crate) fn pack(&mut self, frame: &[u8]) -> Option<&[u8]> {
        if !(TRIED_BYTES_MIN..=TRIED_BYTES_MAX).contains(&frame.len()) {
            return None;
        }
        if self.zstd.is_none() {
            self.zstd = Some(compressor().ok()?);
        }
        // One byte less than the frame: what does not shrink does not fit, and is sent as it is.
        self.buffer.resize(frame.len() - 4, 0);
        let length = self.zstd.as_mut()?.compress_to_buffer(frame, &mut self.buffer[..]).ok()?;
        Some(&self.buffer[..length])
    }
}

fn compressor() -> io::Result<Compressor<'static>> {
    let mut zstd = Compressor::with_prepared_dictionary(&ENCODER)?;
    // The length stands before the bytes, the dictionary is known, QUIC checks what arrives.
    zstd.include_contentsize(false)?;
    zstd.include_dictid(false)?;
    zstd.include_checksum(false)?;
    Ok(zstd)
}

/// Unpacks the frames of one stream.
#[derive(Default)]
pub(crate) struct Unpacker {
    zstd: Option<Decompressor<'static>>,
}

impl Unpacker {
    /// The frame; `InvalidData` when it is none or says that it is longer than `max`.
    pub(crate) fn unpack(&mut self, mut bytes: &[u8], max: usize) -> io::Result<Vec<u8>> {
        let raw = take_varint(&mut bytes).ok_or_else(|| invalid("a coded frame without a length".into()))? as usize;
        if raw > max.min(WIRE_FRAME_BYTES_MAX) {
            return Err(invalid(format!("a coded frame of {raw} bytes; the limit is {max}")));
        }
        let frame = self.zstd()?.decompress(bytes, raw).map_err(|error| invalid(error.to_string()))?;
        if frame.len() != raw {
            return Err(invalid(format!("a coded frame of {} bytes that says {raw}", frame.len())));
        }
        Ok(frame)
    }

    fn zstd(&mut self) -> io::Result<&mut Decompressor<'static>> {
        if self.zstd.is_none() {
            self.zstd = Some(Decompressor::with_prepared_dictionary(&DECODER)?);
        }
        Ok(self.zstd.as_mut().expect("it was made above"))
    }
}
