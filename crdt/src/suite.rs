//! Does a store keep its promises? The tests that every store must pass.
//!
//! A store's own tests call [`laws`] once and [`replay`] with many scripts.

use vigil_model::{BlockRef, Class, FrameRef, Hash, LogId, LogNumber, SaltSeed, SignedHeader, Timestamp};

use crate::frames::PackedBody;
use crate::store::{
    BlockEntry, Commit, CommitBlock, EncodedBody, IdempotencyKey, IdempotencyRow, LogStore, PlacedBlock,
};
use crate::testing::{Author, TestBlock, records};

/// Opens one place again and again; what was stored before is there.
pub type Opener<'a> = Box<dyn Fn() -> Box<dyn LogStore> + 'a>;

/// What the store should hold.
#[derive(Default)]
struct Model {
    blocks: Vec<TestBlock>,
    logs: Vec<LogId>,
    receipts: Vec<(IdempotencyKey, IdempotencyRow)>,
}

impl Model {
    fn number(&self, log: &LogId) -> LogNumber {
        let at = self.logs.iter().position(|known| known == log).expect("the log was stored");
        LogNumber(at as u32)
    }

    fn block_ref(&self, header: &SignedHeader) -> BlockRef {
        BlockRef { log: self.number(&header.header.log), seq: header.header.seq }
    }

    fn learn(&mut self, blocks: Vec<TestBlock>, receipts: Vec<(IdempotencyKey, IdempotencyRow)>) {
        for block in blocks {
            let log = block.header.header.log;
            if !self.logs.contains(&log) {
                self.logs.push(log);
            }
            self.blocks.push(block);
        }
        for (key, row) in receipts {
            self.receipts.retain(|(known, _)| *known != key);
            self.receipts.push((key, row));
        }
    }

    /// Every read method answers what was written, and nothing else.
    fn compare(&self, store: &dyn LogStore) {
        self.blocks.iter().for_each(|block| self.compare_block(store, block));
        self.compare_arrivals(store);
        for (key, row) in &self.receipts {
            assert_eq!(store.idempotency(key).expect("sound").as_ref(), Some(row));
        }
        assert_eq!(store.idempotency(&Hash([0xee; 32])).expect("sound"), None);
        self.compare_logs(store);
        let stats = store.stats();
        assert_eq!((stats.blocks, stats.records), (self.blocks.len() as u64, self.records().iter().sum()));
    }

    fn compare_block(&self, store: &dyn LogStore, block: &TestBlock) {
        let at = self.block_ref(&block.header);
        assert_eq!(store.header(at).expect("sound").as_ref(), Some(&block.header));
        for class in Class::ALL {
            let body = block.bodies.iter().find(|(own, _, _)| *own == class);
            let read = store.body(at, class).expect("sound");
            assert_eq!(read, body.map(|(_, records, seed)| (*seed, records.clone())));
            let bounds = body.map(|(_, records, _)| records.frame_bounds());
            let frames = store.frame_count(at, class).expect("sound");
            assert_eq!(frames.map(usize::from), bounds.as_ref().map(Vec::len));
            for n in 0..frames.unwrap_or(0) + 1 {
                let frame = store.frame(FrameRef { block: at, class, frame: n }).expect("sound");
                let range = bounds.as_ref().and_then(|bounds| bounds.get(usize::from(n)));
                let expected = body.zip(range).map(|((_, records, _), range)| records.slice(range.clone()));
                assert_eq!(frame.map(|frame| frame.records.clone()), expected);
            }
        }
    }

    fn compare_arrivals(&self, store: &dyn LogStore) {
        let entry = |(n, block): (usize, &TestBlock)| {
            let bodies = &block.header.header.bodies;
            BlockEntry {
                arrival: n as u64 + 1,
                block: self.block_ref(&block.header),
                bodies: bodies.iter().map(|body| (body.class, body.count, body.raw_len)).collect(),
            }
        };
        let all: Vec<_> = self.blocks.iter().enumerate().map(entry).collect();
        for (from, limit) in [(0, usize::MAX), (1, 3), (3, 1), (all.len() as u64, 5), (all.len() as u64 + 1, 5), (2, 0)]
        {
            let expected: Vec<_> = all.iter().filter(|entry| entry.arrival >= from).take(limit).cloned().collect();
            assert_eq!(store.arrivals(from, limit).expect("sound"), expected);
        }
    }

    fn compare_logs(&self, store: &dyn LogStore) {
        for log in &self.logs {
            let number = self.number(log);
            assert_eq!((store.log_number(log), store.log_id(number)), (Some(number), Some(*log)));
            let after = self.blocks.iter().filter(|block| block.header.header.log == *log).count() as u64;
            assert_eq!(store.header(BlockRef { log: number, seq: after }).expect("sound"), None);
        }
        let unknown = LogNumber(self.logs.len() as u32);
        assert_eq!((store.log_id(unknown), store.log_number(&LogId::default())), (None, None));
        assert_eq!(store.body(BlockRef { log: unknown, seq: 0 }, Class::Logs).expect("sound"), None);
    }

    fn compare_recovered(&self, store: &dyn LogStore) {
        let recovered = store.recovered();
        assert_eq!(recovered.arrival, self.blocks.len() as u64);
        assert_eq!((recovered.cut, recovered.records), (Vec::new(), self.records()));
        assert_eq!(recovered.heads.len(), self.logs.len());
        for (head, log) in recovered.heads.iter().zip(&self.logs) {
            let mut chain = crate::chain::ChainState::genesis(*log);
            let own = self.blocks.iter().filter(|block| block.header.header.log == *log);
            own.for_each(|block| chain.advance(&block.header));
            assert_eq!(crate::chain::ChainState::resume(head), chain);
        }
    }

    fn records(&self) -> [u64; 6] {
        let mut sum = [0; 6];
        for (class, records, _) in self.blocks.iter().flat_map(|block| &block.bodies) {
            sum[usize::from(class.number())] += records.len() as u64;
        }
        sum
    }
}

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

fn commit(stores: &[Box<dyn LogStore>], model: &mut Model, authors: &mut [Author], step: &[u8]) {
    let (kind, size) = (step[0] / 8, step[1]);
    let classes = [vec![Class::Logs], vec![Class::Control, Class::Logs], vec![Class::Traces]];
    let classes = &classes[usize::from(size) % 3];
    let mut blocks = Vec::new();
    for n in 0..usize::from(kind % 3) + 1 {
        let author = &mut authors[(usize::from(kind) + n) % 3];
        let first = u64::from(size) * 10;
        let bodies = classes.iter().map(|class| (*class, records(first..first + u64::from(size) + 1))).collect();
        blocks.push(author.seal_all(bodies));
    }
    let receipts = if size % 4 == 0 { vec![receipt(size, &blocks[0])] } else { Vec::new() };
    for store in stores {
        let next = model.blocks.len() as u64 + 1;
        let packed = blocks.iter().zip(next..).map(|(block, arrival)| block.pack(store.as_ref(), arrival)).collect();
        store.commit(&Commit { blocks: packed, idempotency: receipts.clone() }, kind % 2 == 0).expect("healthy");
    }
    model.learn(blocks, receipts);
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
    store.commit(&Commit { blocks: vec![block], idempotency: Vec::new() }, true).expect("healthy");
}

fn the_encoding_is_read_by_everyone(open: &Opener<'_>) {
    let store = open();
    let EncodedBody(bytes) = store.encode(Class::Audit, &records(0..70), &SaltSeed([3; 32]));
    let packed = PackedBody::parse(&bytes).expect("own bytes");
    assert_eq!((packed.class, packed.count, packed.frames()), (Class::Audit, 70, 2));
    assert_eq!(packed.seed, SaltSeed([3; 32]));
}
