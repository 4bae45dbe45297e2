//! Where the log rests: RocksDB behind a [`LogStore`].
//!
//! Rows, checks and recovery are those of [`vigil_crdt::KeyedStore`]; here are the engine, the
//! compression of frames, the limits of the disk and a cache of unpacked frames.

pub mod bench;
mod codec;
mod database;
mod engine;
mod format;
mod room;
mod store;

pub use codec::ZstdCodec;
pub use engine::RocksEngine;
pub use store::RocksStore;

#[cfg(doc)]
use vigil_crdt::LogStore;

/// What a store may use.
#[derive(Clone, Debug)]
pub struct Options {
    /// Bytes for what was read: half for blocks of files, half for unpacked frames.
    pub cache_bytes: usize,
    /// Bytes for what is not in sorted files yet.
    pub memtable_bytes: usize,
    /// Bytes on disk from which on new blocks are refused; `None` is no limit.
    pub max_disk: Option<u64>,
    /// Bytes that stay free on the disk: below, new blocks are refused.
    pub min_free: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options { cache_bytes: 64 << 20, memtable_bytes: 48 << 20, max_disk: None, min_free: 64 << 20 }
    }
}
