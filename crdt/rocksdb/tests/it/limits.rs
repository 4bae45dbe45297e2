//! Newer formats, other processes and full disks are refused clearly, and reads go on.

use std::fs;

use vigil_crdt::engine::Engine;
use vigil_crdt::testing::{Author, records};
use vigil_crdt::{Commit, CommitError, LogStore, StoreError};
use vigil_crdt_rocksdb::{Options, RocksStore};
use vigil_model::Class;

use crate::{directory, fill, holds, open, options};

fn refusal(dir: &std::path::Path) -> StoreError {
    RocksStore::open(dir, &options()).err().expect("it must be refused")
}

#[test]
fn a_newer_format_is_refused_unopened() {
    let dir = directory();
    drop(open(dir.path()));
    fs::write(dir.path().join("FORMAT"), "vigil store 9\n").expect("writable");
    let listing = || {
        let mut files: Vec<_> = fs::read_dir(dir.path())
            .expect("readable")
            .flatten()
            .map(|file| (file.file_name(), file.metadata().expect("there").modified().expect("known")))
            .collect();
        files.sort();
        files
    };
    let before = listing();
    let error = refusal(dir.path());
    assert!(matches!(error, StoreError::Newer { found: 9, known: 1 }), "{error}");
    assert_eq!(
        error.to_string(),
        "the store has format 9, this program knows up to 1; use the newer vigil that wrote it"
    );
    assert_eq!(listing(), before);
}

#[test]
fn what_is_no_store_is_refused() {
    let dir = directory();
    fs::write(dir.path().join("CURRENT"), "MANIFEST-000001\n").expect("writable");
    assert!(refusal(dir.path()).to_string().contains("but not of vigil"));
    fs::write(dir.path().join("FORMAT"), "something else").expect("writable");
    assert!(refusal(dir.path()).to_string().contains("names no format"));
}

#[test]
fn a_second_process_is_told_so() {
    let dir = directory();
    let _first = open(dir.path());
    assert!(matches!(refusal(dir.path()), StoreError::InUse(_)));
}

#[test]
fn a_log_as_large_as_it_may_be_refuses_and_is_still_read() {
    let dir = directory();
    let options = Options { max_disk: Some(400 << 10), ..options() };
    let store = RocksStore::open(dir.path(), &options).expect("empty");
    let mut author = Author::new(1, 1);
    let mut blocks = Vec::new();
    let refused = loop {
        let block = author.seal(Class::Logs, &records(0..1_000));
        let packed = block.pack(&store, blocks.len() as u64 + 1);
        match store.commit(&Commit { blocks: vec![packed], ..Commit::default() }, true) {
            Ok(()) => blocks.push(block),
            Err(error) => break error,
        }
        assert!(blocks.len() < 1_000, "the limit holds");
    };
    assert!(refused.to_string().contains("raise storage.max_disk"), "{refused}");
    assert!(!blocks.is_empty());
    holds(&store, &blocks);
    drop(store);
    let store = open(dir.path());
    fill(&store, &mut Author::new(2, 2), blocks.len() as u64 + 1, 3, 1_000);
    assert_eq!(store.stats().blocks, blocks.len() as u64 + 3);
}

#[test]
fn a_disk_without_space_to_spare_refuses() {
    let dir = directory();
    let options = Options { min_free: 1 << 60, ..options() };
    let store = RocksStore::open(dir.path(), &options).expect("reading needs no room");
    let block = Author::new(1, 1).seal(Class::Logs, &records(0..10)).pack(&store, 1);
    let refused = store.commit(&Commit { blocks: vec![block], ..Commit::default() }, true);
    assert!(matches!(refused, Err(CommitError::Full(_))));
    assert_eq!(store.stats().blocks, 0);
}

#[test]
fn a_healthy_engine_need_not_be_healed() {
    let dir = directory();
    assert!(!open(dir.path()).engine().heal().expect("healthy"));
}
