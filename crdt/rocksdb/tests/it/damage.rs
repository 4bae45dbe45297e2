//! Changed bytes in the files of a closed store are named, never served, and never a panic.

use std::fs;
use std::path::{Path, PathBuf};

use vigil_crdt::testing::{Author, TestBlock};
use vigil_crdt::{LogStore, StoreError};
use vigil_crdt_rocksdb::RocksStore;
use vigil_model::{Class, FrameRef};

use crate::{directory, fill, holds, open, options};

fn files(dir: &Path, ending: &str) -> Vec<PathBuf> {
    let all = fs::read_dir(dir).expect("readable").flatten().map(|file| file.path());
    let mut files: Vec<_> = all.filter(|path| path.extension().is_some_and(|is| is == ending)).collect();
    files.sort();
    files
}

fn copy_all(from: &Path, to: &Path) {
    for file in fs::read_dir(from).expect("readable").flatten() {
        fs::copy(file.path(), to.join(file.file_name())).expect("copied");
    }
}

fn filled(dir: &Path, flush: bool) -> Vec<TestBlock> {
    let store = open(dir);
    let blocks = fill(&store, &mut Author::new(1, 1), 1, 8, 300);
    if flush {
        store.engine().flush().expect("room enough");
    }
    blocks
}

/// Every answer is right or an error that names where; says how many were errors.
fn right_or_named(store: &RocksStore, blocks: &[TestBlock]) -> usize {
    let mut errors = 0;
    let Ok(entries) = store.arrivals(1, usize::MAX) else { return 1 };
    for (entry, block) in entries.iter().zip(blocks) {
        match store.header(entry.block) {
            Ok(header) => assert_eq!(header.as_ref(), Some(&block.header)),
            Err(error) => errors += named(&error, block),
        }
        let (_, expected, seed) = &block.bodies[0];
        match store.body(entry.block, Class::Logs) {
            Ok(body) => assert_eq!(body.as_ref(), Some(&(*seed, expected.clone()))),
            Err(error) => errors += named(&error, block),
        }
        for (n, range) in expected.frame_bounds().into_iter().enumerate() {
            match store.frame(FrameRef { block: entry.block, class: Class::Logs, frame: n as u16 }) {
                Ok(frame) => assert_eq!(frame.expect("it was stored").records, expected.slice(range)),
                Err(error) => errors += named(&error, block),
            }
        }
    }
    errors + store.recovered().cut.len()
}

fn named(error: &StoreError, block: &TestBlock) -> usize {
    match error {
        StoreError::Corrupt { log, seq, .. } => {
            assert_eq!((log, *seq), (&block.header.header.log.to_string(), block.header.header.seq));
        }
        other => assert!(other.to_string().contains(".sst"), "the file is named: {other}"),
    }
    1
}

/// Opens a copy of `dir` with one byte of `file` changed, and reads everything.
fn with_changed_byte(dir: &Path, file: &Path, at: usize, blocks: &[TestBlock]) -> usize {
    let copy = directory();
    copy_all(dir, copy.path());
    let target = copy.path().join(file.file_name().expect("a file"));
    let mut bytes = fs::read(&target).expect("readable");
    bytes[at] ^= 0x10;
    fs::write(&target, bytes).expect("writable");
    match RocksStore::open(copy.path(), &options()) {
        Ok(store) => right_or_named(&store, blocks),
        Err(error) => {
            assert!(error.to_string().len() > 20, "it says what is wrong: {error}");
            1
        }
    }
}

#[test]
fn changed_bytes_in_sorted_files_are_named_and_never_served() {
    let dir = directory();
    let blocks = filled(dir.path(), true);
    holds(&open(dir.path()), &blocks);
    let mut noticed = 0;
    for file in files(dir.path(), "sst") {
        let length = fs::metadata(&file).expect("there").len() as usize;
        for at in (0..12).map(|n| n * length / 12 + n) {
            noticed += with_changed_byte(dir.path(), &file, at.min(length - 1), &blocks);
        }
    }
    assert!(noticed > 0, "no change was noticed at all");
}

#[test]
fn changed_bytes_in_the_write_ahead_log_never_show_a_wrong_row() {
    let dir = directory();
    let blocks = filled(dir.path(), false);
    for file in files(dir.path(), "log") {
        let length = fs::metadata(&file).expect("there").len() as usize;
        for at in (0..10).map(|n| n * length / 10) {
            with_changed_byte(dir.path(), &file, at, &blocks);
        }
    }
}

#[test]
fn a_write_ahead_log_cut_anywhere_gives_a_whole_prefix() {
    let dir = directory();
    let blocks = filled(dir.path(), false);
    let [file] = &files(dir.path(), "log")[..] else { panic!("one write-ahead log") };
    let bytes = fs::read(file).expect("readable");
    for end in (0..9).map(|n| n * bytes.len() / 9) {
        let copy = directory();
        copy_all(dir.path(), copy.path());
        fs::write(copy.path().join(file.file_name().expect("a file")), &bytes[..end]).expect("writable");
        let store = open(copy.path());
        let held = store.recovered().arrival as usize;
        assert!(held < blocks.len() && store.recovered().cut.is_empty());
        holds(&store, &blocks[..held]);
        fill(&store, &mut Author::new(2, 2), held as u64 + 1, 2, 10);
    }
}
