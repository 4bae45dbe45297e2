//! How frames are made smaller: zstd at its fastest level.

use std::cell::RefCell;

use vigil_crdt::frames::Codec;

const LEVEL: i32 = 1;
/// In every table of frames, for ever.
const NUMBER: u8 = 1;

/// zstd, level 1: at frames of 64 events a higher level wins a few percent for twice the time.
#[derive(Clone, Copy, Debug, Default)]
pub struct ZstdCodec;

/// Contexts are large and slow to make, so each thread keeps its own.
struct Contexts {
    compressor: zstd::bulk::Compressor<'static>,
    decompressor: zstd::bulk::Decompressor<'static>,
    scratch: Vec<u8>,
}

thread_local! {
    static CONTEXTS: RefCell<Option<Contexts>> = const { RefCell::new(None) };
}

fn with_contexts<T>(run: impl FnOnce(&mut Contexts) -> std::io::Result<T>) -> std::io::Result<T> {
    CONTEXTS.with_borrow_mut(|slot| {
        if slot.is_none() {
            let compressor = zstd::bulk::Compressor::new(LEVEL)?;
            *slot = Some(Contexts { compressor, decompressor: zstd::bulk::Decompressor::new()?, scratch: Vec::new() });
        }
        run(slot.as_mut().expect("it was filled above"))
    })
}

impl Codec for ZstdCodec {
    fn number(&self) -> u8 {
        NUMBER
    }

    fn compress(&self, plain: &[u8], out: &mut Vec<u8>) -> bool {
        with_contexts(|contexts| {
            contexts.scratch.clear();
            contexts.scratch.reserve(zstd::zstd_safe::compress_bound(plain.len()));
            contexts.compressor.compress_to_buffer(plain, &mut contexts.scratch)?;
            out.extend_from_slice(&contexts.scratch);
            Ok(())
        })
        .is_ok()
    }

    fn decompress(&self, stored: &[u8], plain_len: usize) -> Result<Vec<u8>, String> {
        with_contexts(|contexts| contexts.decompressor.decompress(stored, plain_len)).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_shrink_and_come_back() {
        let plain = b"a line of a log, ".repeat(200);
        let mut stored = vec![7];
        assert!(ZstdCodec.compress(&plain, &mut stored));
        assert!(stored.len() < plain.len() / 20 && stored[0] == 7);
        assert_eq!(ZstdCodec.decompress(&stored[1..], plain.len()), Ok(plain.clone()));
        assert!(ZstdCodec.decompress(&stored[1..], plain.len() - 1).is_err());
        assert!(ZstdCodec.decompress(&stored[2..], plain.len()).is_err());
    }
}
