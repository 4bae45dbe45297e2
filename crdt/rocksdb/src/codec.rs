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

    fn decompress(&self, stored: &[u8], plain_len: usize, plain: &mut Vec<u8>) -> Result<(), String> {
        // zstd reads on behind a frame, and passes over frames that mean nothing to it: room to hide
        // in, in what a peer sends.
        if zstd::zstd_safe::find_frame_compressed_size(stored) != Ok(stored.len()) {
            return Err("it is not one zstd frame".to_owned());
        }
        plain.clear();
        plain.reserve(plain_len);
        let unpacked = with_contexts(|contexts| contexts.decompressor.decompress_to_buffer(stored, plain));
        match unpacked {
            Ok(length) if length == plain_len => Ok(()),
            Ok(_) => Err("unpacked to another length".to_owned()),
            Err(error) => Err(error.to_string()),
        }
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
        let unpack = |stored: &[u8], length| {
            let mut unpacked = vec![9];
            ZstdCodec.decompress(stored, length, &mut unpacked).map(|()| unpacked)
        };
        assert_eq!(unpack(&stored[1..], plain.len()), Ok(plain.clone()));
        assert!(unpack(&stored[1..], plain.len() - 1).is_err());
        assert!(unpack(&stored[2..], plain.len()).is_err());
        let skipped = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 7, 7, 7];
        for hidden in [[&stored[1..], &skipped].concat(), [&skipped, &stored[1..]].concat()] {
            let decompressed = zstd::bulk::decompress(&hidden, plain.len()).expect("zstd itself takes it");
            assert_eq!(decompressed, plain);
            assert_eq!(unpack(&hidden, plain.len()), Err("it is not one zstd frame".to_owned()));
        }
    }
}
