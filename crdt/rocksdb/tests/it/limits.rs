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
    assert!(matches!(error, StoreError::Newer { found: 9, known: 2 }), "{error}");
    assert_eq!(
        error.to_string(),
        "the store has format 9, this program knows up to 2; use the newer vigil that wrote it"
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

/// A directory that an older program left: opened, read, carried over, and refused by it from then on.
#[test]
fn a_directory_of_format_1_is_carried_over() {
    let dir = directory();
    let store = open(dir.path());
    let mut blocks = fill(&store, &mut Author::new(1, 1), 1, 5, 100);
    vigil_crdt::testing::make_format_1(store.engine());
    drop(store);
    fs::write(dir.path().join("FORMAT"), "vigil store 1\n").expect("writable");
    for _ in 0..2 {
        let store = open(dir.path());
        assert_eq!(fs::read_to_string(dir.path().join("FORMAT")).expect("readable"), "vigil store 2\n");
        assert_eq!(store.recovered().cut, []);
        assert_eq!(store.log_heads()[0].cluster, vigil_crdt::testing::CLUSTER);
        holds(&store, &blocks);
    }
    let store = open(dir.path());
    let mut next = Author::new(2, 1);
    blocks.extend(fill(&store, &mut next, 6, 2, 10));
    holds(&store, &blocks);
}

/// While another process has it, its directory stays as that process knows it.
#[test]
fn a_directory_in_use_keeps_its_format() {
    let dir = directory();
    let _first = open(dir.path());
    fs::write(dir.path().join("FORMAT"), "vigil store 1\n").expect("writable");
    assert!(matches!(refusal(dir.path()), StoreError::InUse(_)));
    assert_eq!(fs::read_to_string(dir.path().join("FORMAT")).expect("readable"), "vigil store 1\n");
}
