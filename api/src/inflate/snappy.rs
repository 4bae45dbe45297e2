//! How a body that is one block of snappy is unpacked: it says itself how long it will be.

use crate::failure::Failure;

/// Unpacks a block that becomes at most `limit` bytes.
pub(crate) fn unsnap(packed: &[u8], limit: usize) -> Result<Vec<u8>, Failure> {
    let broken = |error: snap::Error| Failure::Body(format!("unpacking failed: {error}"));
    if snap::raw::decompress_len(packed).map_err(broken)? > limit {
        return Err(Failure::TooLarge { limit });
    }
    snap::raw::Decoder::new().decompress_vec(packed).map_err(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_unpacked_within_its_limit() {
        let text = b"some line of text\n".repeat(50);
        let packed = snap::raw::Encoder::new().compress_vec(&text).expect("small");
        assert_eq!(unsnap(&packed, text.len()), Ok(text.clone()));
        assert_eq!(unsnap(&packed, text.len() - 1), Err(Failure::TooLarge { limit: text.len() - 1 }));
        assert!(unsnap(&packed[..packed.len() - 1], 1 << 20).is_err());
        assert!(unsnap(b"", 10).is_err() && unsnap(&[0xff; 12], 10).is_err());
    }
}
