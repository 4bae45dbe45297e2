//! Does the store survive whatever the disk does?

use proptest::prelude::*;
use vigil_model::{BlockRef, Class, LogNumber};

use super::*;
use crate::body;
use crate::store::{Commit, LogStore};
use crate::suite::{self, Opener};
use crate::testing::{Author, TestBlock, records};

fn open(disk: &MemoryDisk) -> MemoryStore {
    MemoryStore::open(disk.clone()).expect("nothing but torn writes")
}

fn fresh() -> Opener<'static> {
    let disk = MemoryDisk::new();
    Box::new(move || Box::new(open(&disk)))
}

/// `commits` commits of one to three blocks by two authors; the last `unsynced` are not synced.
fn filled(disk: &MemoryDisk, commits: usize, unsynced: usize) -> Vec<Vec<TestBlock>> {
    let store = open(disk);
    let mut authors = [Author::new(1, 1), Author::new(2, 1)];
    let mut arrival = 0;
    let mut all = Vec::new();
    for n in 0..commits {
        let seal = |k: usize| authors[(n + k) % 2].seal(Class::Logs, &records(0..(n * 31 + k) as u64 % 90 + 1));
        let blocks: Vec<_> = (0..n % 3 + 1).map(seal).collect();
        let packed = blocks.iter().zip(arrival + 1..).map(|(block, at)| block.pack(&store, at)).collect();
        arrival += blocks.len() as u64;
        let receipt = suite::receipt(n as u8, &blocks[0]);
        let commit = Commit { blocks: packed, idempotency: vec![receipt], ..Commit::default() };
        store.commit(&commit, n + unsynced < commits).expect("healthy");
        all.push(blocks);
    }
    all
}

/// The store holds exactly these commits, and takes the next one.
fn holds_exactly(disk: &MemoryDisk, commits: &[Vec<TestBlock>], lost: &[Vec<TestBlock>]) {
    let store = open(disk);
    assert!(store.recovered().cut.is_empty(), "what was cut once is gone");
    let blocks: Vec<_> = commits.iter().flatten().collect();
    let entries = store.arrivals(1, usize::MAX).expect("sound");
    assert_eq!(entries.len(), blocks.len());
    for (entry, block) in entries.iter().zip(&blocks) {
        assert_eq!(store.header(entry.block).expect("sound").as_ref(), Some(&block.header));
        let (seed, records) = store.body(entry.block, Class::Logs).expect("sound").expect("there");
        let claimed = block.header.header.body(Class::Logs).expect("it has one");
        assert_eq!(body::verify(claimed, &records, &seed), Ok(()));
    }
    for (n, commit) in commits.iter().chain(lost).enumerate() {
        let (key, row) = suite::receipt(n as u8, &commit[0]);
        let expected = (n < commits.len()).then_some(row);
        assert_eq!(store.idempotency(&key).expect("sound"), expected);
    }
    let mut next = Author::new(9, 9);
    let block = next.seal(Class::Logs, &records(0..5)).pack(&store, blocks.len() as u64 + 1);
    store.commit(&Commit { blocks: vec![block], ..Commit::default() }, true).expect("healthy");
    assert_eq!(open(disk).recovered().arrival, blocks.len() as u64 + 1);
}

#[test]
fn memory_keeps_the_laws_of_every_store() {
    suite::laws(&fresh);
}

#[test]
fn every_torn_write_is_cut_whole() {
    for ops in 0..12 {
        for bytes in [0, 1, 7, 8, 40, 200, 100_000] {
            let disk = MemoryDisk::new();
            let commits = filled(&disk, 6, 2);
            disk.crash(Crash::Torn { keep: 1, ops, bytes });
            let cut = open(&disk).recovered();
            // Blocks and rows of the last commit are: three bodies, headers, arrivals, two heads,
            // the receipt, the mark. Only with the mark's row begun is all before it there.
            let whole = cut.arrival == 12;
            assert_eq!(whole, ops > 12 || (ops == 12 && bytes > 0), "ops {ops} bytes {bytes}: {cut:?}");
            assert_eq!(cut.arrival, 9);
            holds_exactly(&disk, &commits[..5], &commits[5..]);
        }
    }
}

#[test]
fn a_torn_mark_says_that_all_the_rest_is_there() {
    for bytes in [0, 5, 100] {
        let disk = MemoryDisk::new();
        let commits = filled(&disk, 6, 1);
        disk.crash(Crash::Torn { keep: 0, ops: 12, bytes });
        assert_eq!(open(&disk).recovered().arrival, 12);
        holds_exactly(&disk, &commits, &[]);
    }
}

#[test]
fn a_crash_ends_the_stores_that_were_open() {
    let disk = MemoryDisk::new();
    filled(&disk, 2, 0);
    let store = open(&disk);
    disk.crash(Crash::Lost { keep: 0 });
    assert!(store.header(BlockRef { log: LogNumber(0), seq: 0 }).is_err());
    assert!(store.commit(&Commit::default(), true).is_err());
}

#[test]
fn a_full_disk_refuses_and_takes_up_again() {
    let disk = MemoryDisk::new();
    let commits = filled(&disk, 3, 0);
    let store = open(&disk);
    let mut author = Author::new(7, 7);
    let block = author.seal(Class::Logs, &records(0..50)).pack(&store, 7);
    let commit = Commit { blocks: vec![block], ..Commit::default() };
    disk.set_full(true);
    assert!(matches!(store.commit(&commit, true), Err(CommitError::Full(_))));
    disk.set_full(false);
    disk.set_capacity(Some(disk.bytes() + 10));
    assert!(matches!(store.commit(&commit, true), Err(CommitError::Full(_))));
    assert_eq!(store.stats().blocks, commits.iter().flatten().count() as u64);
    disk.set_capacity(None);
    disk.set_failing(true);
    assert!(matches!(store.commit(&commit, true), Err(CommitError::Io(_))));
    disk.set_failing(false);
    store.commit(&commit, true).expect("room again");
    assert_eq!(store.recovered().arrival + 1, open(&disk).recovered().arrival);
}

/// A write that failed must not come back: in its place another one was sealed.
#[test]
fn a_write_that_was_made_though_it_failed_is_undone() {
    let disk = MemoryDisk::new();
    let store = open(&disk);
    let mut author = Author::new(1, 1);
    let first = author.seal(Class::Logs, &records(0..10));
    let commit = |block: &TestBlock, arrival| {
        let receipt = suite::receipt(arrival as u8, block);
        Commit { blocks: vec![block.pack(&store, arrival)], idempotency: vec![receipt], ..Commit::default() }
    };
    store.commit(&commit(&first, 1), true).expect("healthy");
    disk.set_deceptive(true);
    let withdrawn = author.draft(vec![(Class::Logs, records(10..20))]);
    assert!(store.commit(&commit(&withdrawn, 2), true).is_err());
    disk.set_deceptive(false);
    let next = author.seal(Class::Audit, &records(20..30));
    let mut commit = commit(&next, 2);
    commit.idempotency.clear();
    store.commit(&commit, true).expect("healthy again");
    for store in [&store, &open(&disk)] {
        let at = BlockRef { log: LogNumber(0), seq: 1 };
        assert_eq!(store.header(at).expect("sound").as_ref(), Some(&next.header));
        assert_eq!(store.body(at, Class::Logs).expect("sound"), None);
        assert_eq!(store.idempotency(&suite::receipt(2, &withdrawn).0).expect("sound"), None);
        assert_eq!(store.stats().blocks, 2);
    }
}

/// Order of arrival, ends of logs and the mark can all be told from the headers.
#[test]
fn damaged_rows_beside_the_blocks_lose_nothing() {
    let probe = MemoryDisk::new();
    filled(&probe, 4, 0);
    let table = |bit| {
        let (table, _) = probe.flip_bit(bit).expect("not empty");
        probe.flip_bit(bit).expect("not empty");
        table
    };
    let beside = |bit: &u64| matches!(table(*bit), Table::Arrival | Table::Frontier | Table::Meta);
    let mut mended = 0;
    for bit in (0..probe.bytes() * 8).step_by(101).filter(beside) {
        let disk = MemoryDisk::new();
        let all = filled(&disk, 4, 0);
        disk.flip_bit(bit);
        assert!(open(&disk).recovered().cut.is_empty(), "bit {bit} of {:?}", table(bit));
        holds_exactly(&disk, &all, &[]);
        mended += 1;
    }
    assert!(mended > 20, "only {mended} rows were hit");
}

proptest! {
    #[test]
    fn any_script_gives_the_answers_of_the_model(script in prop::collection::vec(any::<u8>(), 0..40)) {
        suite::replay(&script, &[fresh()]);
    }

    #[test]
    fn synced_commits_survive_every_crash(
        commits in 1usize..8, unsynced in 0usize..8, keep in 0usize..8, ops in 0usize..15, bytes in 0usize..300, torn: bool,
    ) {
        let disk = MemoryDisk::new();
        let all = filled(&disk, commits, unsynced);
        let synced = commits - unsynced.min(commits);
        let (keep, rows) = (keep.min(commits - synced), all.get(synced + keep).map(Vec::len));
        let crash = if torn { Crash::Torn { keep, ops, bytes } } else { Crash::Lost { keep } };
        disk.crash(crash);
        let found = open(&disk).recovered().arrival as usize;
        let blocks = |commits: usize| all[..commits].iter().flatten().count();
        let kept = synced + keep;
        // A torn write may turn out whole, never in part.
        let whole = torn && rows.is_some() && found == blocks(kept + 1);
        let kept = kept + usize::from(whole);
        prop_assert_eq!(found, blocks(kept));
        holds_exactly(&disk, &all[..kept], &all[kept..]);
    }

    #[test]
    fn a_flipped_bit_is_named_or_cut_and_never_served(nth: u64, reopen: bool) {
        let disk = MemoryDisk::new();
        let all = filled(&disk, 5, 0);
        let blocks: Vec<_> = all.iter().flatten().collect();
        let store = open(&disk);
        disk.flip_bit(nth).expect("not empty");
        let store = if reopen { MemoryStore::open(disk.clone()) } else { Ok(store) };
        let Ok(store) = store else { return Ok(()) };
        let Ok(entries) = store.arrivals(1, usize::MAX) else { return Ok(()) };
        prop_assert_eq!(entries.len() + store.recovered().cut.len(), blocks.len());
        for (entry, block) in entries.iter().zip(&blocks) {
            if let Ok(header) = store.header(entry.block) {
                prop_assert_eq!(header.as_ref(), Some(&block.header));
            }
            if let Ok(read) = store.body(entry.block, Class::Logs) {
                let (seed, records) = read.expect("never missing in silence");
                prop_assert_eq!((Class::Logs, records, seed), block.bodies[0].clone());
            }
        }
    }
}
