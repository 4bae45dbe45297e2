//! How a frame lies on a stream: length and coding, then its bytes.
//!
//! ```text
//! varint  length of what follows × 2 + coded
//! coded:  varint raw length ‖ zstd with the wire dictionary        plain:  the bytes
//! ```

use std::io;

use futures::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use vigil_model::limits::WIRE_FRAME_BYTES_MAX;

use crate::coder::{Packer, Unpacker};

/// Bytes of a varint at most: lengths are below 2^35.
const VARINT_BYTES_MAX: usize = 5;
/// Bytes read from the stream at once.
const READ_BYTES: usize = 64 * 1024;

/// A stream's reading half, whatever it runs over.
pub(crate) type ReadHalf = Box<dyn AsyncRead + Send + Unpin>;
/// A stream's writing half, whatever it runs over.
pub(crate) type WriteHalf = Box<dyn AsyncWrite + Send + Unpin>;

/// Frames out.
pub(crate) struct FrameWriter {
    stream: WriteHalf,
    packer: Packer,
    buffer: Vec<u8>,
}

impl FrameWriter {
    pub(crate) fn new(stream: WriteHalf) -> FrameWriter {
        FrameWriter { stream, packer: Packer::default(), buffer: Vec::new() }
    }

    /// Puts a frame behind those that wait to be written; small ones are compressed.
    pub(crate) fn add(&mut self, frame: &[u8]) {
        assert!(frame.len() <= WIRE_FRAME_BYTES_MAX, "the sender keeps to the limit");
        match self.packer.pack(frame) {
            Some(packed) => {
                let mut raw_length = Vec::with_capacity(VARINT_BYTES_MAX);
                put_varint(&mut raw_length, frame.len() as u64);
                put_varint(&mut self.buffer, ((raw_length.len() + packed.len()) as u64) << 1 | 1);
                self.buffer.extend_from_slice(&raw_length);
                self.buffer.extend_from_slice(packed);
            }
            None => {
                put_varint(&mut self.buffer, (frame.len() as u64) << 1);
                self.buffer.extend_from_slice(frame);
            }
        }
    }

    /// Bytes that wait to be written.
    pub(crate) fn waiting(&self) -> usize {
        self.buffer.len()
    }

    /// Hands everything to the stream.
    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.buffer).await?;
        self.buffer.clear();
        self.buffer.shrink_to(READ_BYTES);
        self.stream.flush().await
    }

    /// Nothing follows.
    pub(crate) async fn close(&mut self) -> io::Result<()> {
        self.stream.close().await
    }
}

/// Frames in.
pub(crate) struct FrameReader {
    stream: BufReader<ReadHalf>,
    unpacker: Unpacker,
    max: usize,
}

impl FrameReader {
    /// Frames above `max` bytes are refused before they are read.
    pub(crate) fn new(stream: ReadHalf, max: usize) -> FrameReader {
        FrameReader { stream: BufReader::with_capacity(READ_BYTES, stream), unpacker: Unpacker::default(), max }
    }

    /// The next frame; nothing at the end of the stream. `InvalidData` when the bytes are no frame.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(head) = self.varint().await? else { return Ok(None) };
        let (length, coded) = ((head >> 1) as usize, head & 1 == 1);
        if length > self.max {
            return Err(invalid(format!("a frame of {length} bytes; the limit is {}", self.max)));
        }
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).await?;
        if coded { self.unpacker.unpack(&bytes, self.max).map(Some) } else { Ok(Some(bytes)) }
    }

    /// Reads on and forgets, until the peer closes.
    pub(crate) async fn drain(&mut self) {
        let mut sink = [0; 4096];
        while matches!(self.stream.read(&mut sink).await, Ok(count) if count > 0) {}
    }

    async fn varint(&mut self) -> io::Result<Option<u64>> {
        let mut value = 0;
        for place in 0..VARINT_BYTES_MAX {
            let mut byte = [0];
            if self.stream.read(&mut byte).await? == 0 {
                return if place == 0 { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
            value |= u64::from(byte[0] & 0x7f) << (7 * place);
            if byte[0] & 0x80 == 0 {
                return Ok(Some(value));
            }
        }
        Err(invalid("a length without end".into()))
    }
}

/// Appends a number, seven bits a byte, lowest first.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes a number off the front.
pub(crate) fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for place in 0..VARINT_BYTES_MAX {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// The bytes are not what the protocol says.
pub(crate) fn invalid(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use futures::io::Cursor;

    use super::*;

    /// Bytes that are the same on every run.
    fn noise(seed: u64, count: usize) -> Vec<u8> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        };
        (0..count).map(|_| next()).collect()
    }

    fn reader(bytes: Vec<u8>, max: usize) -> FrameReader {
        FrameReader::new(Box::new(Cursor::new(bytes)), max)
    }

    fn written(frames: &[Vec<u8>]) -> Vec<u8> {
        let mut writer = FrameWriter::new(Box::new(futures::io::sink()));
        frames.iter().for_each(|frame| writer.add(frame));
        std::mem::take(&mut writer.buffer)
    }

    #[tokio::test]
    async fn frames_of_every_size_come_back() {
        let sizes = [0, 1, 47, 48, 127, 128, 16_383, 16_384, 32 * 1024, 32 * 1024 + 1, WIRE_FRAME_BYTES_MAX];
        let frames: Vec<Vec<u8>> = sizes.iter().flat_map(|size| [noise(1, *size), vec![b'a'; *size]]).collect();
        let mut reader = reader(written(&frames), WIRE_FRAME_BYTES_MAX);
        for frame in frames {
            assert!(reader.next().await.expect("a frame") == Some(frame));
        }
        assert_eq!(reader.next().await.expect("the end"), None);
    }

    #[tokio::test]
    async fn garbage_and_cut_off_frames_are_refused_without_harm() {
        for seed in 0..2_000 {
            let mut reader = reader(noise(seed, 1 + seed as usize % 300), 4_096);
            while let Ok(Some(frame)) = reader.next().await {
                assert!(frame.len() <= 4_096);
            }
        }
        let whole = written(&[vec![b'x'; 1_000], noise(3, 1_000)]);
        for cut in 1..whole.len() {
            let mut reader = reader(whole[..cut].to_vec(), WIRE_FRAME_BYTES_MAX);
            let mut frames = 0;
            while let Ok(Some(_)) = reader.next().await {
                frames += 1;
            }
            assert!(frames < 2, "a frame that is cut off is none");
        }
    }

    #[tokio::test]
    async fn lengths_are_checked_before_anything_is_held() {
        let mut plain = Vec::new();
        put_varint(&mut plain, 4_097 << 1);
        let mut bomb = Vec::new();
        let mut inside = Vec::new();
        put_varint(&mut inside, 1 << 30);
        put_varint(&mut bomb, (inside.len() as u64) << 1 | 1);
        bomb.extend(inside);
        for bytes in [plain, bomb, vec![0xff; 9]] {
            let error = reader(bytes, 4_096).next().await.expect_err("too long");
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        }
    }

    #[tokio::test]
    async fn a_frame_that_unpacks_to_another_length_than_it_says_is_refused() {
        let packed = written(&[vec![b'a'; 1_000]]);
        let mut longer = packed.clone();
        // The raw length follows the head: 1,000 is two bytes, the first of which is changed.
        longer[1] ^= 1;
        assert_ne!(packed, longer);
        assert!(reader(longer, 4_096).next().await.is_err());
    }
}
