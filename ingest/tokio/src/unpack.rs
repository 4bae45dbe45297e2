//! How what came packed is unpacked, within a limit.

use std::borrow::Cow;
use std::io::Read;

use flate2::bufread::{MultiGzDecoder, ZlibDecoder};
use vigil_ingest::protocols::forward::Packing;
use vigil_ingest::protocols::gelf;
use vigil_model::limits::{FORWARD_MESSAGE_BYTES_MAX, LINE_BYTES_MAX, ZSTD_WINDOW_LOG_MAX};

/// Entries of the forward protocol.
pub(crate) fn entries(packing: Packing, bytes: &[u8]) -> Result<Vec<u8>, String> {
    match packing {
        Packing::Gzip => whole(MultiGzDecoder::new(bytes), FORWARD_MESSAGE_BYTES_MAX),
        Packing::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes).map_err(|error| error.to_string())?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(|error| error.to_string())?;
            whole(decoder, FORWARD_MESSAGE_BYTES_MAX)
        }
    }
}

/// A message of GELF.
pub(crate) fn gelf(bytes: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    let unpacked = match gelf::Packing::of(bytes) {
        gelf::Packing::Plain => return Ok(Cow::Borrowed(bytes)),
        gelf::Packing::Gzip => whole(MultiGzDecoder::new(bytes), LINE_BYTES_MAX),
        gelf::Packing::Zlib => whole(ZlibDecoder::new(bytes), LINE_BYTES_MAX),
    };
    unpacked.map(Cow::Owned)
}

fn whole(reader: impl Read, most: usize) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    reader.take(most as u64 + 1).read_to_end(&mut out).map_err(|error| error.to_string())?;
    if out.len() > most { Err(format!("unpacked it has more than {most} bytes")) } else { Ok(out) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    #[test]
    fn several_members_are_read_and_a_bomb_is_not() {
        let two = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(entries(Packing::Gzip, &two), Ok(b"one two".to_vec()));
        assert_eq!(gelf(&two).as_deref(), Ok(&b"one two"[..]));
        let frames = [b"one ", b"two "].map(|part| zstd::encode_all(&part[..], 1).expect("memory")).concat();
        assert_eq!(entries(Packing::Zstd, &frames), Ok(b"one two ".to_vec()));
        let bomb = gzip(&vec![0; LINE_BYTES_MAX + 1]);
        assert!(gelf(&bomb).expect_err("too long").contains("more than"));
        assert!(entries(Packing::Zstd, b"\x28\xb5\x2f\xfdno").is_err());
        assert_eq!(gelf(b"{}"), Ok(Cow::Borrowed(&b"{}"[..])));
    }
}
