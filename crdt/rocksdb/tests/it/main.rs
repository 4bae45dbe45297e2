//! Does RocksDB keep the promises of a log store, whatever happens to its files?

mod damage;
mod full;
mod limits;
mod same;

use std::path::Path;

use tempfile::TempDir;
use vigil_crdt::suite::Opener;
use vigil_crdt::testing::{Author, TestBlock, records};
use vigil_crdt::{Commit, LogStore};
use vigil_crdt_rocksdb::{Options, RocksStore};
use vigil_model::Class;

/// Small, so that tests see files and not only memory.
fn options() -> Options {
    Options { cache_bytes: 1 << 20, memtable_bytes: 4 << 20, max_disk: None, min_free: 0 }
}

fn open(dir: &Path) -> RocksStore {
    RocksStore::open(dir, &options()).expect("a sound store")
}

fn directory() -> TempDir {
    TempDir::new().expect("a directory for the test")
}

fn opener(dir: TempDir) -> Opener<'static> {
    Box::new(move || Box::new(open(dir.path())))
}

/// Commits `count` blocks of `size` records, one commit each.
fn fill(store: &dyn LogStore, author: &mut Author, from: u64, count: u64, size: u64) -> Vec<TestBlock> {
    let mut blocks = Vec::new();
    for arrival in from..from + count {
        let block = author.seal(Class::Logs, &records(arrival * size..(arrival + 1) * size));
        let commit = Commit { blocks: vec![block.pack(store, arrival)], ..Commit::default() };
        store.commit(&commit, true).expect("room enough");
        blocks.push(block);
    }
    blocks
}

/// Every block is there and equal.
fn holds(store: &dyn LogStore, blocks: &[TestBlock]) {
    let entries = store.arrivals(1, usize::MAX).expect("sound");
    assert_eq!(entries.len(), blocks.len());
    for (entry, block) in entries.iter().zip(blocks) {
        assert_eq!(store.header(entry.block).expect("sound").as_ref(), Some(&block.header));
        let (_, expected, seed) = &block.bodies[0];
        let body = store.body(entry.block, Class::Logs).expect("sound");
        assert_eq!(body.as_ref(), Some(&(*seed, expected.clone())));
    }
}
