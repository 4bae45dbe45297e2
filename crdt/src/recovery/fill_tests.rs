//! Is a fill either whole or gone, and its body then missing again?

use vigil_model::{BlockRef, Class, ClassSet, LogNumber};

use super::*;
use crate::memory::{Crash, MemoryDisk, MemoryStore};
use crate::store::{Commit, LogStore};
use crate::testing::{Author, TestBlock, records};

const LOGS: ClassSet = ClassSet::one(Class::Logs);
/// Rows of a commit of one fill: body, fill, arrival, end of the log, mark.
const ROWS: usize = 5;

fn open(disk: &MemoryDisk) -> MemoryStore {
    MemoryStore::open(disk.clone()).expect("nothing but torn writes")
}

fn at(seq: u64) -> BlockRef {
    BlockRef { log: LogNumber(0), seq }
}

/// Four blocks of which the first brings its body.
fn headers(disk: &MemoryDisk) -> Vec<TestBlock> {
    let store = open(disk);
    let mut author = Author::new(1, 1);
    let blocks: Vec<_> = (0..4).map(|n| author.seal(Class::Logs, &records(n * 9..n * 9 + 9))).collect();
    let brought = |n| if n == 0 { ClassSet::ALL } else { ClassSet::NONE };
    let packed = blocks.iter().enumerate().map(|(n, block)| block.pack_some(&store, n as u64 + 1, brought(n)));
    store.commit(&Commit { blocks: packed.collect(), ..Commit::default() }, true).expect("healthy");
    blocks
}

fn fill(store: &MemoryStore, block: &TestBlock, arrival: u64, sync: bool) {
    let fill = block.fill(store, arrival, LOGS);
    store.commit(&Commit { fills: vec![fill], ..Commit::default() }, sync).expect("healthy");
}

/// The seqs in the missing ranges of the first log.
fn missing(store: &MemoryStore) -> Vec<u64> {
    store.log_heads()[0].missing[3].iter().cloned().flatten().collect()
}

/// The bodies of these blocks are here and equal, the others missing, by every way to ask.
fn holds(store: &MemoryStore, blocks: &[TestBlock], held: &[u64]) {
    for (block, seq) in blocks.iter().zip(0..) {
        let (_, records, seed) = &block.bodies[0];
        let expected = held.contains(&seq).then(|| (*seed, records.clone()));
        assert_eq!(store.body(at(seq), Class::Logs).expect("sound"), expected, "seq {seq}");
    }
    assert_eq!(store.sequences(LogNumber(0), Class::Logs, 0, 9).expect("sound"), held);
    assert_eq!(missing(store), (0..4).filter(|seq| !held.contains(seq)).collect::<Vec<_>>());
    assert_eq!(store.stats().records, 9 * held.len() as u64);
}

#[test]
fn a_torn_fill_is_cut_and_the_body_is_missing_again() {
    for ops in 0..=ROWS {
        for bytes in [0, 1, 9, 30, 100_000] {
            let disk = MemoryDisk::new();
            let blocks = headers(&disk);
            let store = open(&disk);
            fill(&store, &blocks[2], 5, true);
            fill(&store, &blocks[1], 6, false);
            disk.crash(Crash::Torn { keep: 0, ops, bytes });
            let store = open(&disk);
            // A torn mark says that all before it is there.
            let whole = ops >= ROWS - 1;
            holds(&store, &blocks, if whole { &[0, 1, 2] } else { &[0, 2] });
            let arrival = 5 + u64::from(whole);
            assert_eq!(store.recovered().arrival, arrival, "ops {ops} bytes {bytes}");
            // It is filled again, and an own place in the order of arrival is given anew.
            if !whole {
                fill(&store, &blocks[1], 6, true);
            }
            fill(&store, &blocks[3], 7, true);
            assert_eq!(open(&disk).recovered().cut, []);
            holds(&open(&disk), &blocks, &[0, 1, 2, 3]);
            assert_eq!(store.arrivals(1, 99).expect("sound"), open(&disk).arrivals(1, 99).expect("sound"));
        }
    }
}

#[test]
fn a_fill_that_was_made_though_it_failed_is_undone() {
    let disk = MemoryDisk::new();
    let blocks = headers(&disk);
    let store = open(&disk);
    fill(&store, &blocks[1], 5, true);
    disk.set_deceptive(true);
    let failed = Commit { fills: vec![blocks[2].fill(&store, 6, LOGS)], ..Commit::default() };
    assert!(store.commit(&failed, true).is_err());
    disk.set_deceptive(false);
    fill(&store, &blocks[3], 6, true);
    for store in [&store, &open(&disk)] {
        holds(store, &blocks, &[0, 1, 3]);
        let key = rows::block_key(at(2));
        let left = store.engine().read(Table::Body(Class::Logs), &key, <[u8]>::len).expect("healthy");
        assert_eq!(left, None, "the bytes are gone too");
    }
}

/// The row of a fill whose commit never finished must not speak for what takes its place.
#[test]
fn a_torn_fill_leaves_no_row_of_itself() {
    let disk = MemoryDisk::new();
    let blocks = headers(&disk);
    let other = Author::new(2, 1).seal(Class::Logs, &records(0..9));
    let store = open(&disk);
    fill(&store, &blocks[2], 5, false);
    disk.crash(Crash::Torn { keep: 0, ops: 1, bytes: 100_000 });
    let store = open(&disk);
    let commit = Commit { blocks: vec![other.pack(&store, 5)], ..Commit::default() };
    store.commit(&commit, true).expect("healthy");
    let damage = |table, key: &[u8]| Op::put(table, key, &b"damaged"[..]);
    let rows = [damage(Table::Frontier, &rows::log_key(LogNumber(0))), damage(Table::Arrival, &rows::arrival_key(5))];
    store.engine().write(&rows, true).expect("healthy");
    let store = open(&disk);
    assert_eq!(missing(&store), [1, 2, 3], "as before the fill");
    assert_eq!(store.arrivals(5, 1).expect("sound")[0].block.log, LogNumber(1), "the block, not the fill");
}

#[test]
fn a_damaged_body_is_replaced_by_a_fill() {
    let disk = MemoryDisk::new();
    let blocks = headers(&disk);
    let store = open(&disk);
    let damage = Op::put(Table::Body(Class::Logs), rows::block_key(at(0)), &b"damaged"[..]);
    store.engine().write(&[damage], true).expect("healthy");
    assert!(store.body(at(0), Class::Logs).is_err() && store.packed(at(0), Class::Logs).is_err());
    fill(&store, &blocks[0], 5, true);
    for store in [&store, &open(&disk)] {
        holds(store, &blocks, &[0]);
        let entry = &store.arrivals(5, 1).expect("sound")[0];
        assert_eq!((entry.block, entry.fill, entry.classes()), (at(0), true, LOGS));
    }
}

/// Two fills of one body: when the second is cut, the body of the first stays.
#[test]
fn a_body_that_came_twice_survives_the_loss_of_one_fill() {
    let disk = MemoryDisk::new();
    let blocks = headers(&disk);
    let store = open(&disk);
    fill(&store, &blocks[1], 5, true);
    fill(&store, &blocks[1], 6, true);
    holds(&store, &blocks, &[0, 1]);
    let mark = Op::put(Table::Meta, rows::COMMITTED, rows::put_committed(5));
    store.engine().write(&[mark], true).expect("healthy");
    let store = open(&disk);
    assert_eq!(store.recovered().arrival, 5);
    holds(&store, &blocks, &[0, 1]);
}

#[test]
fn a_fill_that_is_damaged_at_the_end_is_cut_and_named() {
    let disk = MemoryDisk::new();
    let blocks = headers(&disk);
    let store = open(&disk);
    fill(&store, &blocks[3], 5, true);
    let damage = Op::put(Table::Body(Class::Logs), rows::block_key(at(3)), &b"damaged"[..]);
    store.engine().write(&[damage], true).expect("healthy");
    let store = open(&disk);
    let log = blocks[3].header.header.log;
    assert_eq!(store.recovered().cut, [(log, 3, "logs: the head of the body is cut off".to_owned())]);
    holds(&store, &blocks, &[0]);
}

/// Whatever row beside headers and bodies is damaged: what is held can be told from the others.
#[test]
fn damaged_rows_beside_the_bodies_lose_no_fill() {
    let filled = || {
        let disk = MemoryDisk::new();
        let blocks = headers(&disk);
        let store = open(&disk);
        fill(&store, &blocks[1], 5, true);
        fill(&store, &blocks[3], 6, true);
        (disk, blocks)
    };
    let mut hit = [0; 4];
    let tables = [Table::Arrival, Table::Fills, Table::Frontier, Table::Meta];
    for bit in (0..filled().0.bytes() * 8).step_by(53) {
        let (disk, blocks) = filled();
        let (table, _) = disk.flip_bit(bit).expect("not empty");
        let Some(n) = tables.iter().position(|known| *known == table) else { continue };
        hit[n] += 1;
        let store = open(&disk);
        assert_eq!(store.recovered().cut, [], "bit {bit} of {table:?}");
        holds(&store, &blocks, &[0, 1, 3]);
        assert_eq!(store.arrivals(1, 99).expect("sound").len(), 6);
    }
    assert!(hit.iter().all(|hit| *hit > 3), "every table was hit: {hit:?}");
}

/// A store as the program wrote it before bodies could be missing is read and carried over.
#[test]
fn a_store_of_format_1_is_carried_over() {
    let disk = MemoryDisk::new();
    let store = open(&disk);
    let mut author = Author::new(1, 1);
    let blocks: Vec<_> = (0..3).map(|n| author.seal(Class::Logs, &records(n..n + 9))).collect();
    for (block, arrival) in blocks.iter().zip(1..) {
        let commit = Commit { blocks: vec![block.pack(&store, arrival)], ..Commit::default() };
        store.commit(&commit, true).expect("healthy");
    }
    let (before, entries) = (store.log_heads(), store.arrivals(1, 9).expect("sound"));
    crate::testing::make_format_1(store.engine());
    for _ in 0..2 {
        let store = open(&disk);
        assert_eq!((store.log_heads(), store.recovered().cut), (before.clone(), vec![]));
        assert_eq!(store.arrivals(1, 9).expect("sound"), entries);
        for block in &blocks {
            let at = at(block.header.header.seq);
            assert_eq!(store.header(at).expect("sound").as_ref(), Some(&block.header));
            assert!(store.body(at, Class::Logs).expect("sound").is_some());
        }
        let format = store.engine().read(Table::Meta, rows::FORMAT, rows::get_format).expect("healthy");
        assert_eq!(format, Some(Some(STORE_FORMAT)));
    }
    // It grows on as any other, and a torn end of its log is told from its older headers.
    let store = open(&disk);
    let next = author.seal(Class::Logs, &records(0..9));
    let commit = Commit { blocks: vec![next.pack_some(&store, 4, ClassSet::NONE)], ..Commit::default() };
    store.commit(&commit, true).expect("healthy");
    let expected = store.log_heads();
    assert_eq!((missing(&store), store.stats().records), (vec![3], 27));
    let row = Op::put(Table::Frontier, rows::log_key(LogNumber(0)), &b"damaged"[..]);
    store.engine().write(&[row], true).expect("healthy");
    assert_eq!(open(&disk).log_heads(), expected);
}
