//! One flipped bit of the log, anywhere: an index built after it loses nothing without a word.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use vigil_crdt::engine::Table;
use vigil_crdt::memory::{MemoryDisk, MemoryStore};
use vigil_crdt::testing::{Author, records};
use vigil_crdt::{Commit, LogStore};
use vigil_index::{Answer, Options, Sources};
use vigil_index_tantivy::{ShelfOptions, Shelves, Verify};
use vigil_model::{Class, Timestamp};
use vigil_query::Permission;

use super::super::hot_tail::HotTail;
use super::super::source::Source;
use super::catch_up;

const BLOCKS: u64 = 3;
const RECORDS: u64 = 200;
/// Places of the flipped bit.
const CASES: u64 = 20;

fn log() -> (MemoryDisk, Arc<dyn LogStore>) {
    let disk = MemoryDisk::new();
    let store = MemoryStore::open(disk.clone()).expect("an empty disk");
    let mut author = Author::new(1, 1);
    for n in 0..BLOCKS {
        let block = author.seal(Class::Logs, &records(n * RECORDS..(n + 1) * RECORDS));
        let blocks = vec![block.pack(&store, n + 1)];
        store.commit(&Commit { blocks, ..Commit::default() }, true).expect("there is room");
    }
    (disk, Arc::new(store))
}

fn index(dir: &Path, store: &dyn LogStore) -> Shelves {
    let options = ShelfOptions { writer_bytes: 48 << 20, log_arrival: BLOCKS, verify: Verify::AtOnce };
    let mut shelves = Shelves::open(dir, &options).expect("the directory can be written");
    catch_up(&mut shelves, store, BLOCKS, &mut |_, _| true).expect("a damaged block stops nothing");
    shelves
}

fn ask(shelves: &Shelves, store: &Arc<dyn LogStore>) -> Answer {
    let query = vigil_query::parse("request", Timestamp(0)).expect("a query");
    let node = store.log_id(vigil_model::LogNumber(0)).expect("the only log").node;
    let question = Permission::everything().allow(query, Class::Logs).expect("everything is allowed");
    let options = Options { node, limit: 10_000, asked: Timestamp(0), cursor: None, bytes_max: None };
    let source = Source { tail: HotTail::new(BLOCKS).view(), store: store.clone() };
    let snapshot = shelves.snapshot();
    let sources = Sources { index: &*snapshot, tail: &[], frames: &source };
    vigil_index::execute(&question, &options, sources, &|| false).expect("no cursor")
}

/// Every row once, or it is said that some are missing.
fn check(answer: &Answer, table: Table) {
    let rows: BTreeSet<String> = answer.rows.iter().map(|row| format!("{row:?}")).collect();
    assert_eq!(rows.len(), answer.rows.len(), "{table:?}: no row comes twice");
    let all = rows.len() as u64 == BLOCKS * RECORDS;
    assert_eq!(answer.complete, all, "{table:?}: {} rows, {:?}", rows.len(), answer.problems);
    assert_eq!(all, table != Table::Body(Class::Logs), "{table:?}: only a body holds rows");
    assert!(rows.len() as u64 >= (BLOCKS - 1) * RECORDS, "the other blocks are found");
    let named = answer.problems.iter().all(|problem| problem.contains("corrupt logs of log "));
    assert!(named, "the block is named: {:?}", answer.problems);
}

#[test]
fn an_index_built_from_a_damaged_log_loses_nothing_silently() {
    let bits = log().0.bytes() * 8;
    let mut tables = BTreeSet::new();
    // Headers come first and are short: half of the cases are theirs.
    let places = (0..CASES).map(|n| if n % 2 == 0 { n * 97 } else { n * (bits / CASES) });
    for place in places {
        let (disk, store) = log();
        let (before, after) = (tempfile::tempdir().expect("a place"), tempfile::tempdir().expect("a place"));
        drop(index(before.path(), &*store));
        let (table, _) = disk.flip_bit(place).expect("the disk is not empty");
        tables.insert(table);
        check(&ask(&index(after.path(), &*store), &store), table);
        // One shelf is older than the damage, the other is built after it.
        std::fs::remove_file(before.path().join("progress")).expect("it was indexed");
        check(&ask(&index(before.path(), &*store), &store), table);
    }
    assert!(tables.contains(&Table::Headers) && tables.contains(&Table::Body(Class::Logs)), "{tables:?}");
}
