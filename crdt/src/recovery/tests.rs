//! Does a receipt say, after every cut, exactly what the log still holds?

use std::sync::atomic::{AtomicUsize, Ordering};

use vigil_model::{Class, Hash, Timestamp};

use super::*;
use crate::engine::Row;
use crate::frames::RawCodec;
use crate::memory::{Crash, MemoryDisk, MemoryEngine, MemoryStore};
use crate::store::{Commit, CommitError, IdempotencyKey, IdempotencyRow, LogStore, PlacedBlock};
use crate::testing::{Author, TestBlock, records};

const KEY: IdempotencyKey = Hash([7; 32]);
/// Rows of a commit of one block and one receipt, before the receipt: body, header, arrival, end.
const BEFORE_THE_RECEIPT: usize = 4;

/// A request of fifteen records in two blocks, as it grows: its blocks, and its row after each.
struct Request {
    blocks: [TestBlock; 2],
    rows: [IdempotencyRow; 2],
}

impl Request {
    fn of(first: &mut Author, second: Option<&mut Author>) -> Request {
        let begin = first.seal(Class::Logs, &records(0..10));
        let end = second.unwrap_or(first).seal(Class::Logs, &records(10..15));
        let log = begin.header.header.log;
        let half = IdempotencyRow {
            body: KEY,
            at: Timestamp(1),
            records: 10,
            complete: false,
            blocks: vec![run(&begin)],
            log,
        };
        let mut whole = IdempotencyRow { records: 15, complete: true, ..half.clone() };
        if end.header.header.log != log {
            (whole.log, whole.blocks) = (end.header.header.log, Vec::new());
        }
        whole.blocks.push(run(&end));
        Request { blocks: [begin, end], rows: [half, whole] }
    }

    fn commit(&self, store: &MemoryStore, part: usize, sync: bool) -> Result<(), CommitError> {
        let block = self.blocks[part].pack(store, part as u64 + 1);
        store.commit(
            &Commit { blocks: vec![block], idempotency: vec![(KEY, self.rows[part].clone())], ..Commit::default() },
            sync,
        )
    }

    /// Both parts in a store; the second is not synced.
    fn stored(&self, disk: &MemoryDisk) -> MemoryStore {
        let store = open(disk);
        self.commit(&store, 0, true).expect("healthy");
        self.commit(&store, 1, false).expect("healthy");
        store
    }
}

/// All records of a block's only body.
fn run(block: &TestBlock) -> PlacedBlock {
    let (class, records, _) = &block.bodies[0];
    let header = &block.header;
    PlacedBlock { seq: header.header.seq, hash: header.hash, class: *class, first: 0, count: records.len() as u32 }
}

fn open(disk: &MemoryDisk) -> MemoryStore {
    MemoryStore::open(disk.clone()).expect("nothing but torn writes")
}

fn row(store: &MemoryStore) -> Option<IdempotencyRow> {
    store.idempotency(&KEY).expect("what cannot be read is gone after a cut")
}

#[test]
fn a_torn_commit_leaves_the_receipt_of_the_one_before() {
    let request = Request::of(&mut Author::new(1, 1), None);
    for ops in 0..=BEFORE_THE_RECEIPT {
        for bytes in [0, 1, 8, 100, 100_000] {
            let disk = MemoryDisk::new();
            drop(request.stored(&disk));
            disk.crash(Crash::Torn { keep: 0, ops, bytes });
            let store = open(&disk);
            assert_eq!(store.recovered().arrival, 1, "ops {ops} bytes {bytes}");
            // The one loss: its bytes went over those of the row before, and stopped.
            let torn_over = ops == BEFORE_THE_RECEIPT && bytes < 100_000;
            assert_eq!(row(&store), (!torn_over).then(|| request.rows[0].clone()), "ops {ops} bytes {bytes}");
        }
    }
}

#[test]
fn a_torn_mark_leaves_the_receipt_whole() {
    let request = Request::of(&mut Author::new(1, 1), None);
    let disk = MemoryDisk::new();
    drop(request.stored(&disk));
    disk.crash(Crash::Torn { keep: 0, ops: BEFORE_THE_RECEIPT + 1, bytes: 3 });
    assert_eq!(row(&open(&disk)).as_ref(), Some(&request.rows[1]));
}

/// A row names blocks of one log only; what lies in an earlier one stays counted.
#[test]
fn records_in_an_earlier_log_stay_counted() {
    let request = Request::of(&mut Author::new(1, 1), Some(&mut Author::new(1, 2)));
    let disk = MemoryDisk::new();
    drop(request.stored(&disk));
    disk.crash(Crash::Torn { keep: 0, ops: BEFORE_THE_RECEIPT, bytes: 100_000 });
    let expected = IdempotencyRow { blocks: Vec::new(), log: request.rows[1].log, ..request.rows[0].clone() };
    assert_eq!(row(&open(&disk)), Some(expected));
}

#[test]
fn a_receipt_of_which_nothing_is_left_goes() {
    let request = Request::of(&mut Author::new(1, 1), None);
    let disk = MemoryDisk::new();
    request.commit(&open(&disk), 0, false).expect("healthy");
    disk.crash(Crash::Torn { keep: 0, ops: BEFORE_THE_RECEIPT, bytes: 100_000 });
    let store = open(&disk);
    assert_eq!((store.recovered().cut.len(), row(&store)), (1, None));
}

#[test]
fn a_committed_block_that_is_damaged_takes_only_its_own_records_along() {
    let request = Request::of(&mut Author::new(1, 1), None);
    let disk = MemoryDisk::new();
    let store = request.stored(&disk);
    let last = rows::block_key(BlockRef { log: LogNumber(0), seq: 1 });
    let damage = Op::put(Table::Body(Class::Logs), last, &b"damaged"[..]);
    store.engine().write(&[damage], true).expect("healthy");
    let store = open(&disk);
    assert_eq!((store.recovered().cut.len(), row(&store)), (1, Some(request.rows[0].clone())));
}

#[test]
fn a_write_that_was_made_though_it_failed_leaves_the_receipt_of_the_one_before() {
    let request = Request::of(&mut Author::new(1, 1), None);
    let disk = MemoryDisk::new();
    let store = open(&disk);
    request.commit(&store, 0, true).expect("healthy");
    disk.set_deceptive(true);
    request.commit(&store, 1, true).expect_err("so it was told");
    disk.set_deceptive(false);
    store.commit(&Commit::default(), true).expect("healthy again");
    assert_eq!(row(&store).as_ref(), Some(&request.rows[0]));
    request.commit(&store, 1, true).expect("the block that was withdrawn, sealed again");
    assert_eq!(row(&open(&disk)).as_ref(), Some(&request.rows[1]));
}

/// Dies after `left` writes; none is synced, so that the last one can tear too.
struct Dying<'a> {
    engine: &'a MemoryEngine,
    left: AtomicUsize,
}

impl Engine for Dying<'_> {
    fn read<T>(&self, table: Table, key: &[u8], read: impl FnOnce(&[u8]) -> T) -> Result<Option<T>, EngineError> {
        self.engine.read(table, key, read)
    }

    fn scan(&self, table: Table, from: &[u8], limit: usize) -> Result<Vec<Row>, EngineError> {
        self.engine.scan(table, from, limit)
    }

    fn last(&self, table: Table, bound: Option<&[u8]>) -> Result<Option<Row>, EngineError> {
        self.engine.last(table, bound)
    }

    fn write(&self, ops: &[Op<'_>], _sync: bool) -> Result<(), CommitError> {
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.saturating_sub(1), Ordering::Relaxed);
        if left == 0 { Err(CommitError::Io("dead".to_owned())) } else { self.engine.write(ops, false) }
    }

    fn sync(&self) -> Result<(), CommitError> {
        self.engine.sync()
    }

    fn heal(&self) -> Result<bool, CommitError> {
        self.engine.heal()
    }

    fn disk_bytes(&self) -> u64 {
        self.engine.disk_bytes()
    }
}

/// A recovery that dies is begun again, wherever it died and however its last write tore.
#[test]
fn a_recovery_that_dies_leaves_no_receipt_behind() {
    let request = Request::of(&mut Author::new(1, 1), None);
    let mut ends = 0;
    for writes in 0..6 {
        for torn in 0..6 {
            let disk = MemoryDisk::new();
            let store = request.stored(&disk);
            let mark = Op::put(Table::Meta, rows::COMMITTED, rows::put_committed(1));
            store.engine().write(&[mark], true).expect("healthy");
            let dying = Dying { engine: store.engine(), left: AtomicUsize::new(writes) };
            ends += usize::from(super::run(&dying, &RawCodec, None).is_ok());
            disk.crash(Crash::Torn { keep: disk.unsynced().saturating_sub(1), ops: torn, bytes: 100_000 });
            let store = open(&disk);
            assert_eq!(store.recovered().arrival, 1, "{writes} writes, {torn} rows");
            assert_eq!(row(&store).as_ref(), Some(&request.rows[0]), "{writes} writes, {torn} rows");
        }
    }
    assert!((1..36).contains(&ends), "some recoveries end and some do not: {ends}");
}
