//! What a store should hold: everything that was committed, in plain lists.

use std::ops::Range;

use vigil_model::{BlockRef, Class, ClassSet, FrameRef, Hash, LogId, LogNumber, SignedHeader};

use crate::chain::ChainState;
use crate::store::{BlockEntry, IdempotencyKey, IdempotencyRow, LogHead, LogStore};
use crate::testing::TestBlock;

/// What the store should hold.
#[derive(Default)]
pub(super) struct Model {
    /// In the order in which they were sealed; those that arrived are a prefix.
    pub(super) blocks: Vec<TestBlock>,
    /// In the order of arrival: index of the block, bodies that came, whether only these came.
    pub(super) arrived: Vec<(usize, ClassSet, bool)>,
    pub(super) receipts: Vec<(IdempotencyKey, IdempotencyRow)>,
    logs: Vec<LogId>,
}

impl Model {
    fn number(&self, log: &LogId) -> LogNumber {
        let at = self.logs.iter().position(|known| known == log).expect("the log was stored");
        LogNumber(at as u32)
    }

    fn block_ref(&self, header: &SignedHeader) -> BlockRef {
        BlockRef { log: self.number(&header.header.log), seq: header.header.seq }
    }

    /// Up to `count` fills: some body each that is not here after `arriving`, from the `from`th on.
    pub(super) fn to_fill(
        &self,
        from: usize,
        count: usize,
        arriving: &[(usize, ClassSet, bool)],
    ) -> Vec<(usize, ClassSet, bool)> {
        let missing = |(n, block): (usize, &TestBlock)| {
            let here = arriving.iter().filter(|(index, _, _)| *index == n).map(|(_, classes, _)| *classes);
            let here = here.fold(self.held(n), ClassSet::union);
            let missing = classes(block).without(here);
            // One body now, the rest later; or all at once.
            let one = missing.iter().next().map(ClassSet::one).filter(|_| n % 2 == 0);
            (!missing.is_empty()).then_some((n, one.unwrap_or(missing), true))
        };
        let all: Vec<_> = self.blocks.iter().enumerate().filter_map(missing).collect();
        let start = from.checked_rem(all.len()).unwrap_or(0);
        all[start..].iter().take(count).copied().collect()
    }

    pub(super) fn learn(
        &mut self,
        arrived: Vec<(usize, ClassSet, bool)>,
        receipts: Vec<(IdempotencyKey, IdempotencyRow)>,
    ) {
        for (block, brought, fill) in arrived {
            let log = self.blocks[block].header.header.log;
            if !self.logs.contains(&log) {
                self.logs.push(log);
            }
            self.arrived.push((block, brought.common(classes(&self.blocks[block])), fill));
        }
        for (key, row) in receipts {
            self.receipts.retain(|(known, _)| *known != key);
            self.receipts.push((key, row));
        }
    }

    /// The bodies of a block that are here.
    fn held(&self, block: usize) -> ClassSet {
        let came = self.arrived.iter().filter(|(index, _, _)| *index == block);
        came.fold(ClassSet::NONE, |held, (_, classes, _)| held.union(*classes))
    }

    /// Every read method answers what was written, and nothing else.
    pub(super) fn compare(&self, store: &dyn LogStore) {
        (0..self.blocks.len()).for_each(|block| self.compare_block(store, block));
        self.compare_arrivals(store);
        for (key, row) in &self.receipts {
            assert_eq!(store.idempotency(key).expect("sound").as_ref(), Some(row));
        }
        assert_eq!(store.idempotency(&Hash([0xee; 32])).expect("sound"), None);
        self.compare_logs(store);
        let heads = store.log_heads();
        heads.iter().for_each(|head| assert_eq!(store.log_head(&head.log).as_ref(), Some(head)));
        self.compare_heads(&heads);
        let stats = store.stats();
        assert_eq!((stats.blocks, stats.records), (self.blocks.len() as u64, self.records().iter().sum()));
    }

    fn compare_block(&self, store: &dyn LogStore, index: usize) {
        let block = &self.blocks[index];
        let at = self.block_ref(&block.header);
        assert_eq!(store.header(at).expect("sound").as_ref(), Some(&block.header));
        for class in Class::ALL {
            let held = self.held(index).has(class);
            let body = block.bodies.iter().find(|(own, _, _)| *own == class && held);
            let read = store.body(at, class).expect("sound");
            assert_eq!(read, body.map(|(_, records, seed)| (*seed, records.clone())));
            let packed = store.packed(at, class).expect("sound");
            assert_eq!(packed, body.map(|(class, records, seed)| store.encode(*class, records, seed)));
            if let (Some(packed), Some((seed, records))) = (packed, read) {
                assert_eq!(store.accept(class, &packed.0), Ok((seed, records, packed)));
            }
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
        let entry = |(n, (block, brought, fill)): (usize, &(usize, ClassSet, bool))| {
            let header = &self.blocks[*block].header;
            let bodies = header.header.bodies.iter().filter(|body| brought.has(body.class));
            BlockEntry {
                arrival: n as u64 + 1,
                block: self.block_ref(header),
                fill: *fill,
                bodies: bodies.map(|body| (body.class, body.count, body.raw_len)).collect(),
            }
        };
        let all: Vec<_> = self.arrived.iter().enumerate().map(entry).collect();
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
            let after = self.of_log(log).count() as u64;
            assert_eq!(store.header(BlockRef { log: number, seq: after }).expect("sound"), None);
            for class in Class::ALL {
                self.compare_sequences(store, log, class);
            }
        }
        let unknown = LogNumber(self.logs.len() as u32);
        assert_eq!((store.log_id(unknown), store.log_number(&LogId::default())), (None, None));
        assert_eq!(store.body(BlockRef { log: unknown, seq: 0 }, Class::Logs).expect("sound"), None);
        assert_eq!(store.sequences(unknown, Class::Logs, 0, 9).expect("sound"), []);
    }

    fn compare_sequences(&self, store: &dyn LogStore, log: &LogId, class: Class) {
        let held = self.of_log(log).filter(|(index, block)| classes(block).common(self.held(*index)).has(class));
        let held: Vec<_> = held.map(|(_, block)| block.header.header.seq).collect();
        for (from, limit) in [(0, usize::MAX), (1, 2), (3, 1), (2, 0)] {
            let expected: Vec<_> = held.iter().copied().filter(|seq| *seq >= from).take(limit).collect();
            assert_eq!(store.sequences(self.number(log), class, from, limit).expect("sound"), expected);
        }
    }

    pub(super) fn compare_recovered(&self, store: &dyn LogStore) {
        let recovered = store.recovered();
        assert_eq!(recovered.arrival, self.arrived.len() as u64);
        assert_eq!((recovered.cut, recovered.records), (Vec::new(), self.records()));
        self.compare_heads(&recovered.heads);
    }

    fn compare_heads(&self, heads: &[LogHead]) {
        assert_eq!(heads.len(), self.logs.len());
        for (head, log) in heads.iter().zip(&self.logs) {
            let mut chain = ChainState::genesis(*log);
            self.of_log(log).for_each(|(_, block)| chain.advance(&block.header));
            assert_eq!(ChainState::resume(head), chain);
            assert_eq!(head.missing, Class::ALL.map(|class| self.missing(log, class)));
            let first = self.of_log(log).next().map(|(_, block)| &block.header.header).expect("a log has a block");
            assert_eq!((head.cluster, head.previous_epoch), (first.cluster, first.previous_epoch));
        }
    }

    /// From each body that is not here to the next one that is.
    fn missing(&self, log: &LogId, class: Class) -> Vec<Range<u64>> {
        let mut ranges: Vec<Range<u64>> = Vec::new();
        let mut open = false;
        for (index, block) in self.of_log(log) {
            let seq = block.header.header.seq;
            let listed = classes(block).has(class);
            match ranges.last_mut() {
                _ if listed && self.held(index).has(class) => open = false,
                Some(range) if open => range.end = seq + 1,
                _ if listed => {
                    ranges.push(seq..seq + 1);
                    open = true;
                }
                _ => {}
            }
        }
        ranges
    }

    fn of_log<'a>(&'a self, log: &'a LogId) -> impl Iterator<Item = (usize, &'a TestBlock)> {
        self.blocks.iter().enumerate().filter(|(_, block)| block.header.header.log == *log)
    }

    fn records(&self) -> [u64; 6] {
        let mut sum = [0; 6];
        for (index, block) in self.blocks.iter().enumerate() {
            let held = self.held(index);
            for (class, records, _) in block.bodies.iter().filter(|(class, _, _)| held.has(*class)) {
                sum[usize::from(class.number())] += records.len() as u64;
            }
        }
        sum
    }
}

fn classes(block: &TestBlock) -> ClassSet {
    block.bodies.iter().map(|(class, _, _)| *class).collect()
}
