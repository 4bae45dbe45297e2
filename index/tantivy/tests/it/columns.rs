//! Columns come back after a restart, and whatever becomes of their files, the answers stay the same.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use vigil_index::Postings;
use vigil_index_tantivy::Shelves;
use vigil_model::{RecordBuilder, Records, Timestamp, Value};

use crate::support::{TODAY, World, parse, texts};

const QUESTIONS: [&str; 5] = [
    "* | stats count() by host",
    "host:web-01 | stats count(), max(size) by level",
    "level:error | stats count() by size",
    "* | stats min(size) by absent",
    "* | stats count()",
];

/// A block of `count` records, spread over `days` days back from today.
fn block(count: usize, days: i64) -> Records {
    let mut records = Records::new();
    let mut builder = RecordBuilder::new();
    for n in 0..count {
        builder.clear();
        builder.push("message", Value::Str(&format!("request {n} done")));
        builder.push("host", Value::Str(["web-01", "web-02"][n % 2]));
        builder.push("level", Value::Str(["info", "error", "info"][n % 3]));
        builder.push("size", Value::Int(n as i64 % 17));
        let day = TODAY - n as i64 % days;
        records.push(&mut builder, Timestamp(day * Timestamp::DAY + n as i64), false).expect("small");
    }
    records
}

fn world(blocks: usize, days: i64) -> World {
    let mut world = World::new();
    (0..blocks).for_each(|_| world.push(block(200, days)));
    world
}

/// Asserts that all questions are answered right. Answers how many frames were read.
fn check(world: &World, shelves: &Shelves) -> u64 {
    let mut read = 0;
    for text in QUESTIONS {
        let query = parse(text);
        let answer = world.by_index(shelves, &query);
        assert_eq!(texts(&answer.rows), texts(&world.by_scan(&query).rows), "{text}");
        assert!(answer.complete, "{:?}", answer.problems);
        read += answer.stats.frames_read;
    }
    read
}

fn column_files(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).expect("the index").map(|entry| entry.expect("an entry").path().join("columns"));
    let mut files: Vec<_> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

#[test]
fn what_was_committed_is_answered_by_columns_before_and_after_a_restart() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut world = world(4, 3);
    let mut shelves = world.open(dir.path());
    world.catch_up(&mut shelves);
    assert_eq!(check(&world, &shelves), 0, "the chunk in the making is shown");
    assert_eq!(column_files(dir.path()).len(), 0, "and not yet written");
    shelves.close().expect("the disk is sound");
    assert_eq!(column_files(dir.path()).len(), 3);
    let mut shelves = world.open(dir.path());
    assert_eq!(check(&world, &shelves), 0);
    (0..3).for_each(|_| world.push(block(200, 3)));
    world.catch_up(&mut shelves);
    assert_eq!(check(&world, &shelves), 0, "old chunks and a new one");
    drop(shelves);
    let shelves = world.open(dir.path());
    assert!(check(&world, &shelves) > 0, "a crash costs the chunk in the making, and no answer");
    assert_eq!(column_files(dir.path()).len(), 3);
}

#[test]
fn a_snapshot_has_the_columns_of_its_time() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut world = world(2, 1);
    let mut shelves = world.open(dir.path());
    world.catch_up(&mut shelves);
    world.push(block(200, 1));
    world.index(&mut shelves, 3);
    // The block that is not committed is of the tail.
    assert_eq!(shelves.snapshot().arrival(), 2);
    check(&world, &shelves);
    shelves.commit_some(1).expect("the disk is sound");
    check(&world, &shelves);
}

#[test]
fn an_index_without_columns_works() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let world = world(3, 2);
    let mut shelves = world.open(dir.path());
    world.catch_up(&mut shelves);
    shelves.close().expect("the disk is sound");
    column_files(dir.path()).iter().for_each(|file| fs::remove_file(file).expect("there"));
    let shelves = world.open(dir.path());
    assert_eq!(shelves.resume(), 4, "nothing is indexed anew");
    assert!(check(&world, &shelves) > 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn damage_costs_time_and_no_answer(at in any::<prop::sample::Index>(), bit in 0u8..8, cut in any::<bool>()) {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut world = world(4, 2);
        let mut shelves = world.open(dir.path());
        world.catch_up(&mut shelves);
        shelves.close().expect("the disk is sound");
        let file = &column_files(dir.path())[0];
        let mut bytes = fs::read(file).expect("readable");
        let at = at.index(bytes.len());
        if cut {
            bytes.truncate(at);
        } else {
            bytes[at] ^= 1 << bit;
        }
        fs::write(file, &bytes).expect("writable");
        let mut shelves = world.open(dir.path());
        check(&world, &shelves);
        world.push(block(200, 2));
        world.catch_up(&mut shelves);
        check(&world, &shelves);
        shelves.close().expect("the disk is sound");
        check(&world, &world.open(dir.path()));
    }
}
