//! Does a store keep its promises? The tests that every store must pass.
//!
//! A store's own tests call [`laws`] once and [`replay`] with many scripts.

mod model;

use vigil_model::{BlockRef, Class, ClassSet, FrameRef, Hash, LogNumber, SaltSeed, Timestamp};

use crate::frames::PackedBody;
use crate::store::{Commit, CommitBlock, EncodedBody, IdempotencyKey, IdempotencyRow, LogStore, PlacedBlock};
use crate::suite::model::Model;
use crate::testing::{Author, TestBlock, records};

/// Opens one place again and again; what was stored before is there.
pub type Opener<'a> = Box<dyn Fn() -> Box<dyn LogStore> + 'a>;

/// Runs a script on each place and compares every answer with the model. Two bytes are one step;
/// any bytes are a script.
pub fn replay(script: &[u8], places: &[Opener<'_>]) {
    let mut model = Model::default();
    let mut authors: Vec<_> = (1..=3).map(|node| Author::new(node, node)).collect();
    let mut stores: Vec<_> = places.iter().map(|open| open()).collect();
    for step in script.chunks_exact(2) {
        match step[0] % 8 {
            0 => stores = reopened(stores, places, &model),
            1 => expire(&stores, &mut model, Timestamp(i64::from(step[1]))),
            2 => stores.iter().for_each(|store| store.sync().expect("healthy")),
            _ => commit(&stores, &mut model, &mut authors, step),
        }
    }
    stores.iter().for_each(|store| model.compare(store.as_ref()));
    drop(reopened(stores, places, &model));
}

fn reopened(stores: Vec<Box<dyn LogStore>>, places: &[Opener<'_>], model: &Model) -> Vec<Box<dyn LogStore>> {
    drop(stores);
    let stores: Vec<_> = places.iter().map(|open| open()).collect();
    for store in &stores {
        model.compare_recovered(store.as_ref());
        model.compare(store.as_ref());
    }
    stores
}

fn expire(stores: &[Box<dyn LogStore>], model: &mut Model, before: Timestamp) {
    let known = model.receipts.len();
    model.receipts.retain(|(_, row)| row.at >= before);
    for store in stores {
        assert_eq!(store.expire_idempotency(before).expect("healthy"), (known - model.receipts.len()) as u64);
    }
}

/// What one step commits: blocks and fills in the order of their arrival, by index of the block
/// in the model.
struct Step {
    arrived: Vec<(usize, ClassSet, bool)>,
    receipts: Vec<(IdempotencyKey, IdempotencyRow)>,
    sync: bool,
}

fn commit(stores: &[Box<dyn LogStore>], model: &mut Model, authors: &mut [Author], step: &[u8]) {
    let step = next_step(model, authors, step);
    stores.iter().for_each(|store| store.commit(&packed(store.as_ref(), model, &step), step.sync).expect("healthy"));
    model.learn(step.arrived, step.receipts);
}

/// The commits of a script, packed for `store`, and whether each is synced. Nothing is written.
pub fn commits(script: &[u8], store: &dyn LogStore) -> Vec<(Commit, bool)> {
    let mut model = Model::default();
    let mut authors: Vec<_> = (1..=3).map(|node| Author::new(node, node)).collect();
    let commit = |step: &[u8]| {
        let step = next_step(&mut model, &mut authors, step);
        let commit = packed(store, &model, &step);
        model.learn(step.arrived, step.receipts);
        (commit, step.sync)
    };
    script.chunks_exact(2).map(commit).collect()
}

/// Blocks, fills or both: the byte says. The model knows the blocks already, but not that they
/// arrived.
fn next_step(model: &mut Model, authors: &mut [Author], step: &[u8]) -> Step {
    let (kind, size) = (step[0] / 8, step[1]);
    let known = model.blocks.len();
    let mut arrived = Vec::new();
    if step[0] % 8 < 5 {
        seal(model, authors, kind, size);
        let brought = [ClassSet::ALL, ClassSet::one(Class::Control), ClassSet::ALL, ClassSet::NONE];
        let brought = brought[usize::from(size / 3) % 4];
        arrived.extend((known..model.blocks.len()).map(|block| (block, brought, false)));
    }
    if step[0] % 8 > 3 {
        arrived.extend(model.to_fill(usize::from(kind), usize::from(size) % 5, &arrived));
    }
    let receipts = match model.blocks.get(known) {
        Some(first) if size % 4 == 0 => vec![receipt(size, first)],
        _ => Vec::new(),
    };
    Step { arrived, receipts, sync: kind % 2 == 0 }
}

/// One to three blocks by different authors, each with one or two bodies.
fn seal(model: &mut Model, authors: &mut [Author], kind: u8, size: u8) {
    let classes = [vec![Class::Logs], vec![Class::Control, Class::Logs], vec![Class::Traces]];
    for n in 0..usize::from(kind % 3) + 1 {
        let author = &mut authors[(usize::from(kind) + n) % 3];
        let first = u64::from(size) * 10;
        let classes = classes[(usize::from(size) + n) % 3].iter();
        let bodies = classes.map(|class| (*class, records(first..first + u64::from(size) + 1))).collect();
        model.blocks.push(author.seal_all(bodies));
    }
}

fn packed(store: &dyn LogStore, model: &Model, step: &Step) -> Commit {
    let mut commit = Commit { idempotency: step.receipts.clone(), ..Commit::default() };
    for ((block, classes, fill), arrival) in step.arrived.iter().zip(model.arrived.len() as u64 + 1..) {
        let block = &model.blocks[*block];
        match fill {
            true => commit.fills.push(block.fill(store, arrival, *classes)),
            false => commit.blocks.push(block.pack_some(store, arrival, *classes)),
        }
    }
    commit
}

/// A receipt for all records of a block's first body.
pub fn receipt(key: u8, block: &TestBlock) -> (IdempotencyKey, IdempotencyRow) {
    let (class, records, _) = &block.bodies[0];
    let count = records.len() as u32;
    let placed = PlacedBlock { seq: block.header.header.seq, hash: block.header.hash, class: *class, first: 0, count };
    let row = IdempotencyRow {
        body: Hash([key; 32]),
        at: Timestamp(i64::from(key)),
        records: u64::from(count),
        complete: key.is_multiple_of(8),
        blocks: vec![placed],
        log: block.header.header.log,
    };
    (Hash([key; 32]), row)
}

/// Every law once, each in a place of its own.
pub fn laws(fresh: &dyn Fn() -> Opener<'static>) {
    an_empty_store_holds_nothing(&fresh());
    what_is_committed_is_read_back(&fresh());
    damage_is_named_and_never_served(&fresh());
    the_encoding_is_read_by_everyone(&fresh());
}

fn an_empty_store_holds_nothing(open: &Opener<'_>) {
    for _ in 0..2 {
        let store = open();
        Model::default().compare(store.as_ref());
        Model::default().compare_recovered(store.as_ref());
    }
}

fn what_is_committed_is_read_back(open: &Opener<'_>) {
    let script: Vec<u8> = (0..40).flat_map(|n: u8| [n.wrapping_mul(37), n.wrapping_mul(91)]).collect();
    replay(&script, &[Box::new(open)]);
}

/// A body that was damaged before it was stored: the log and the seq are named.
fn damage_is_named_and_never_served(open: &Opener<'_>) {
    let store = open();
    let mut author = Author::new(1, 1);
    let block = author.seal(Class::Logs, &records(0..200));
    let mut packed = block.pack(store.as_ref(), 1);
    *packed.bodies[0].1.0.last_mut().expect("not empty") ^= 1;
    let whole = author.seal(Class::Logs, &records(200..300)).pack(store.as_ref(), 2);
    commit_one(store.as_ref(), packed);
    commit_one(store.as_ref(), whole);
    names_the_damage(store.as_ref(), &block);
    drop(store);
    names_the_damage(open().as_ref(), &block);
}

fn names_the_damage(store: &dyn LogStore, block: &TestBlock) {
    let at = BlockRef { log: LogNumber(0), seq: 0 };
    let frame = |n| store.frame(FrameRef { block: at, class: Class::Logs, frame: n });
    assert!(frame(0).expect("only the last frame is damaged").is_some());
    let log = block.header.header.log;
    let expected = format!("corrupt logs of log {log} at seq 0: frame 3: the checksum does not match");
    assert_eq!(frame(3).expect_err("damaged").to_string(), expected);
    assert_eq!(store.body(at, Class::Logs).expect_err("damaged").to_string(), expected);
    assert!(store.body(BlockRef { seq: 1, ..at }, Class::Logs).expect("sound").is_some());
}

fn commit_one(store: &dyn LogStore, block: CommitBlock) {
    store.commit(&Commit { blocks: vec![block], ..Commit::default() }, true).expect("healthy");
}

fn the_encoding_is_read_by_everyone(open: &Opener<'_>) {
    let store = open();
    let EncodedBody(bytes) = store.encode(Class::Audit, &records(0..70), &SaltSeed([3; 32]));
    let packed = PackedBody::parse(&bytes).expect("own bytes");
    assert_eq!((packed.class, packed.count, packed.frames()), (Class::Audit, 70, 2));
    assert_eq!(packed.seed, SaltSeed([3; 32]));
}
