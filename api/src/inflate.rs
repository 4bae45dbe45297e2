//! How a compressed body is unpacked piece by piece, never more than asked for.

mod deflate;
mod snappy;

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use flate2::bufread::MultiGzDecoder;
use vigil_model::limits::ZSTD_WINDOW_LOG_MAX;
use zstd::stream::read::Decoder as ZstdDecoder;

use self::deflate::Deflate;
pub(crate) use self::snappy::unsnap;
use crate::failure::Failure;

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Plain,
    Gzip,
    Zstd,
    /// With the frame of zlib or without: senders disagree on what the name means.
    Deflate,
    /// One block, read whole; see [`unsnap`].
    Snappy,
}

impl Encoding {
    /// What the `Content-Encoding` header says; more than one encoding is not read.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Encoding, Failure> {
        let mut given = headers.get_all(header::CONTENT_ENCODING).iter();
        let first = given.next().map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_ascii_lowercase());
        match (first.as_deref(), given.next()) {
            (None | Some("" | "identity"), None) => Ok(Encoding::Plain),
            (Some("gzip" | "x-gzip"), None) => Ok(Encoding::Gzip),
            (Some("zstd"), None) => Ok(Encoding::Zstd),
            (Some("deflate"), None) => Ok(Encoding::Deflate),
            (Some("snappy"), None) => Ok(Encoding::Snappy),
            (first, _) => Err(Failure::ContentEncoding(first.unwrap_or_default().to_owned())),
        }
    }
}

/// The first bytes of packed content.
const MAGICS: [(&[u8], Encoding); 2] = [(b"\x1f\x8b", Encoding::Gzip), (b"\x28\xb5\x2f\xfd", Encoding::Zstd)];

impl Encoding {
    /// What the first bytes say; `None` when it takes more of them.
    pub(crate) fn of_content(head: &[u8]) -> Option<Encoding> {
        let open = MAGICS.iter().any(|(magic, _)| head.len() < magic.len() && magic.starts_with(head));
        let found = MAGICS.iter().find(|(magic, _)| head.starts_with(magic));
        found.map(|(_, encoding)| *encoding).or((!open).then_some(Encoding::Plain))
    }
}

/// Unpacks what is fed to it.
pub(crate) enum Inflater {
    Gzip(Box<MultiGzDecoder<Feed>>),
    Zstd(Box<ZstdDecoder<'static, Feed>>),
    Deflate(Box<Deflate>),
}

impl Inflater {
    /// For one body; `None` when it is not packed.
    pub(crate) fn new(encoding: Encoding) -> io::Result<Option<Inflater>> {
        Ok(match encoding {
            Encoding::Plain | Encoding::Snappy => None,
            Encoding::Deflate => Some(Inflater::Deflate(Box::default())),
            Encoding::Gzip => Some(Inflater::Gzip(Box::new(MultiGzDecoder::new(Feed::default())))),
            Encoding::Zstd => {
                let mut decoder = ZstdDecoder::with_buffer(Feed::default())?;
                decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
                Some(Inflater::Zstd(Box::new(decoder)))
            }
        })
    }

    /// Hands over packed bytes.
    pub(crate) fn feed(&mut self, bytes: Bytes) {
        self.source().chunks.push_back(bytes);
    }

    /// There are no more packed bytes.
    pub(crate) fn end(&mut self) {
        self.source().ended = true;
    }

    /// Unpacks into `out`: how many bytes, 0 at the end; `None` when it must be fed first.
    pub(crate) fn read(&mut self, out: &mut [u8]) -> io::Result<Option<usize>> {
        let read = match self {
            Inflater::Gzip(decoder) => decoder.read(out),
            Inflater::Zstd(decoder) => decoder.read(out),
            Inflater::Deflate(decoder) => decoder.read(out),
        };
        match read {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn source(&mut self) -> &mut Feed {
        match self {
            Inflater::Gzip(decoder) => decoder.get_mut(),
            Inflater::Zstd(decoder) => decoder.get_mut(),
            Inflater::Deflate(decoder) => decoder.get_mut(),
        }
    }
}

/// Packed bytes that came and were not unpacked yet. "Would block" means: not fed.
#[derive(Default)]
pub(crate) struct Feed {
    chunks: VecDeque<Bytes>,
    ended: bool,
}

impl BufRead for Feed {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.chunks.front().is_some_and(|chunk| chunk.is_empty()) {
            self.chunks.pop_front();
        }
        match self.chunks.front() {
            Some(chunk) => Ok(chunk),
            None if self.ended => Ok(&[]),
            None => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn consume(&mut self, amount: usize) {
        if let Some(chunk) = self.chunks.front_mut() {
            let _ = chunk.split_to(amount);
        }
    }
}

impl Read for Feed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let amount = ready.len().min(out.len());
        out[..amount].copy_from_slice(&ready[..amount]);
        self.consume(amount);
        Ok(amount)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    fn gzip(parts: &[&[u8]]) -> Vec<u8> {
        let member = |part: &&[u8]| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(part).expect("memory");
            encoder.finish().expect("memory")
        };
        parts.iter().flat_map(member).collect()
    }

    fn zstd(parts: &[&[u8]]) -> Vec<u8> {
        parts.iter().flat_map(|part| ::zstd::encode_all(*part, 1).expect("memory")).collect()
    }

    fn deflate(part: &[u8], framed: bool) -> Vec<u8> {
        let level = flate2::Compression::fast();
        if framed {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(part).expect("memory");
            return encoder.finish().expect("memory");
        }
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), level);
        encoder.write_all(part).expect("memory");
        encoder.finish().expect("memory")
    }

    fn unpack(encoding: Encoding, packed: &[u8], piece: usize, out: usize) -> io::Result<Vec<u8>> {
        let mut inflater = Inflater::new(encoding)?.expect("packed");
        let mut pieces = packed.chunks(piece.max(1));
        let mut unpacked = Vec::new();
        let mut buffer = vec![0; out.max(1)];
        loop {
            match inflater.read(&mut buffer)? {
                Some(0) => return Ok(unpacked),
                Some(bytes) => unpacked.extend_from_slice(&buffer[..bytes]),
                None => match pieces.next() {
                    Some(piece) => inflater.feed(Bytes::copy_from_slice(piece)),
                    None => inflater.end(),
                },
            }
        }
    }

    proptest! {
        #[test]
        fn cuts_do_not_matter(
            first in prop::collection::vec(0_u8..4, 0..3000),
            second in prop::collection::vec(any::<u8>(), 0..300),
            piece in 1_usize..400,
            out in 1_usize..5000,
        ) {
            let whole = [first.clone(), second.clone()].concat();
            let parts: [&[u8]; 2] = [&first, &second];
            prop_assert_eq!(unpack(Encoding::Gzip, &gzip(&parts), piece, out).expect("sound"), whole.clone());
            prop_assert_eq!(unpack(Encoding::Zstd, &zstd(&parts), piece, out).expect("sound"), whole.clone());
            for framed in [false, true] {
                let packed = deflate(&whole, framed);
                prop_assert_eq!(unpack(Encoding::Deflate, &packed, piece, out).expect("sound"), whole.clone());
            }
        }
    }

    #[test]
    fn what_is_cut_or_damaged_is_an_error() {
        let text = b"some line of text\n".repeat(50);
        for (encoding, packed) in [
            (Encoding::Gzip, gzip(&[&text])),
            (Encoding::Zstd, zstd(&[&text])),
            (Encoding::Deflate, deflate(&text, false)),
            (Encoding::Deflate, deflate(&text, true)),
        ] {
            assert!(unpack(encoding, &packed[..packed.len() - 1], 7, 100).is_err(), "{encoding:?} cut");
            assert!(unpack(encoding, b"no such thing at all", 7, 100).is_err(), "{encoding:?} other");
            assert!(unpack(encoding, b"", 7, 100).is_err(), "{encoding:?} empty");
        }
    }

    #[test]
    fn a_window_beyond_the_limit_is_refused() {
        let mut encoder = ::zstd::stream::write::Encoder::new(Vec::new(), 1).expect("memory");
        encoder.window_log(ZSTD_WINDOW_LOG_MAX + 2).expect("allowed");
        encoder.write_all(&vec![7; 1 << 20]).expect("memory");
        let packed = encoder.finish().expect("memory");
        assert!(unpack(Encoding::Zstd, &packed, 1 << 16, 1 << 16).is_err());
    }
}
