//! Which rows one commit changes, and what is known of the logs afterwards.

use std::borrow::Cow;
use std::collections::BTreeMap;

use vigil_model::{BlockRef, Class, ClassSet, LogId, LogNumber, SignedHeader};

use crate::engine::{Op, Table};
use crate::frames::PackedBody;
use crate::rows::{self, LogRow};
use crate::store::{BlockEntry, Commit, CommitBlock, CommitFill, EncodedBody, LogHead, Recovered};

/// All that a store keeps in memory of its logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) numbers: BTreeMap<LogId, LogNumber>,
    pub(crate) logs: BTreeMap<LogNumber, LogRow>,
    pub(crate) arrival: u64,
}

impl State {
    pub(crate) fn insert(&mut self, number: LogNumber, row: LogRow) {
        self.numbers.insert(row.chain.log(), number);
        self.logs.insert(number, row);
    }

    pub(crate) fn records(&self) -> [u64; 6] {
        let mut sum = [0; 6];
        for row in self.logs.values() {
            sum.iter_mut().zip(row.records).for_each(|(sum, count)| *sum += count);
        }
        sum
    }

    pub(crate) fn blocks(&self) -> u64 {
        self.logs.values().map(|row| row.chain.next_seq()).sum()
    }

    pub(crate) fn recovered(&self, cut: Vec<(LogId, u64, String)>) -> Recovered {
        Recovered { heads: self.heads(), arrival: self.arrival, cut, records: self.records() }
    }

    pub(crate) fn heads(&self) -> Vec<LogHead> {
        self.logs.iter().map(|(number, row)| row.head(*number)).collect()
    }

    pub(crate) fn head(&self, log: &LogId) -> Option<LogHead> {
        let number = *self.numbers.get(log)?;
        Some(self.logs.get(&number)?.head(number))
    }

    /// Whether this body is not here although its header is.
    pub(crate) fn is_missing(&self, block: BlockRef, class: Class) -> bool {
        self.logs.get(&block.log).is_some_and(|row| row.missing.range(class, block.seq).is_some())
    }
}

/// Reads a header that is stored; `None` when it cannot be read.
pub(crate) type StoredHeaders<'a> = &'a dyn Fn(BlockRef) -> Option<SignedHeader>;

/// One commit, ready to be written.
pub(crate) struct Plan<'a> {
    pub(crate) ops: Vec<Op<'a>>,
    touched: BTreeMap<LogNumber, LogRow>,
    named: BTreeMap<LogId, LogNumber>,
    arrival: u64,
}

impl<'a> Plan<'a> {
    /// Asserts the order of arrival and every link.
    pub(crate) fn of(state: &State, stored: StoredHeaders<'_>, commit: &'a Commit) -> Plan<'a> {
        let ops = Vec::with_capacity(4 * (commit.blocks.len() + commit.fills.len()) + commit.idempotency.len() + 2);
        let mut plan = Plan { ops, touched: BTreeMap::new(), named: BTreeMap::new(), arrival: state.arrival };
        let mut listed = Listed { state, stored, blocks: &commit.blocks, last: None };
        let (mut blocks, mut fills) = (commit.blocks.iter().peekable(), commit.fills.iter().peekable());
        loop {
            plan.arrival += 1;
            if let Some(block) = blocks.next_if(|block| block.arrival == plan.arrival) {
                plan.add(state, block);
            } else if let Some(fill) = fills.next_if(|fill| fill.arrival == plan.arrival) {
                plan.fill(state, &mut listed, fill);
            } else {
                break;
            }
        }
        plan.arrival -= 1;
        assert!(blocks.next().is_none() && fills.next().is_none(), "arrivals have no gaps");
        plan.finish(commit);
        plan
    }

    fn add(&mut self, state: &State, block: &'a CommitBlock) {
        let number = self.number(state, &block.header.header.log);
        let row = self.row(state, number, block.header.header.log);
        if let Err(error) = row.chain.check_link(&block.header) {
            panic!("a block is checked before it is stored: {error}");
        }
        row.chain.advance(&block.header);
        row.note(&block.header, classes(&block.bodies));
        self.put_block(number, block);
    }

    fn row(&mut self, state: &State, number: LogNumber, log: LogId) -> &mut LogRow {
        let stored = || state.logs.get(&number).cloned().unwrap_or_else(|| LogRow::genesis(log));
        self.touched.entry(number).or_insert_with(stored)
    }

    fn fill(&mut self, state: &State, listed: &mut Listed<'_>, fill: &'a CommitFill) {
        let number = self.number(state, &fill.log);
        let block = BlockRef { log: number, seq: fill.seq };
        let row = self.row(state, number, fill.log);
        assert!(fill.seq < row.chain.next_seq(), "a fill follows its header");
        assert!(!fill.bodies.is_empty(), "a fill brings something");
        let mut bodies = Vec::with_capacity(fill.bodies.len());
        for (class, body) in &fill.bodies {
            let packed = PackedBody::parse(&body.0).expect("a body was packed or accepted by this store");
            assert!(listed.may_have(block, fill.log, *class), "a fill brings what the header lists");
            if let Some(range) = row.missing.range(*class, fill.seq) {
                let next = listed.next_with(*class, block, fill.log, range.end);
                row.missing.fill(*class, fill.seq, next);
                row.count(*class, packed.count);
            }
            bodies.push((*class, packed.count, packed.raw_len));
        }
        self.put_fill(BlockEntry { arrival: fill.arrival, block, fill: true, bodies }, &fill.bodies);
    }

    fn number(&mut self, state: &State, log: &LogId) -> LogNumber {
        let next = || {
            let last = self.touched.keys().chain(state.logs.keys()).max();
            LogNumber(last.map_or(0, |last| last.0.checked_add(1).expect("a store holds fewer than 2^32 logs")))
        };
        let number = state.numbers.get(log).or_else(|| self.named.get(log)).copied().unwrap_or_else(next);
        self.named.insert(*log, number);
        number
    }

    fn put_block(&mut self, log: LogNumber, block: &'a CommitBlock) {
        let signed = &block.header;
        let brought = classes(&block.bodies);
        assert!(brought.without(rows::listed(signed)).is_empty(), "the bodies are among those of the header");
        let key = rows::block_key(BlockRef { log, seq: signed.header.seq });
        self.put_bodies(key, &block.bodies);
        self.ops.push(Op::put(Table::Headers, key, rows::put_header(&key, block.arrival, brought, signed)));
        self.put_arrival(Table::Arrival, &rows::entry_of(block.arrival, log, brought, signed));
    }

    fn put_fill(&mut self, entry: BlockEntry, bodies: &'a [(Class, EncodedBody)]) {
        self.put_bodies(rows::block_key(entry.block), bodies);
        self.put_arrival(Table::Fills, &entry);
        self.put_arrival(Table::Arrival, &entry);
    }

    fn put_bodies(&mut self, key: [u8; 12], bodies: &'a [(Class, EncodedBody)]) {
        assert!(bodies.is_sorted_by(|(a, _), (b, _)| a < b), "classes rise");
        for (class, body) in bodies {
            self.ops.push(Op::put(Table::Body(*class), key, Cow::Borrowed(&body.0[..])));
        }
    }

    /// The row of the order of arrival comes after all that it points to.
    fn put_arrival(&mut self, table: Table, entry: &BlockEntry) {
        let key = rows::arrival_key(entry.arrival);
        self.ops.push(Op::put(table, key, rows::put_entry(table, &key, entry)));
    }

    /// The mark comes last: without it, everything before it is cut on the next start.
    fn finish(&mut self, commit: &'a Commit) {
        for (number, row) in &self.touched {
            self.ops.push(Op::put(Table::Frontier, rows::log_key(*number), rows::put_log(*number, row)));
        }
        for (key, receipt) in &commit.idempotency {
            self.ops.push(Op::put(Table::Idempotency, key.0, rows::put_receipt(key, receipt)));
        }
        self.ops.push(Op::put(Table::Meta, rows::COMMITTED, rows::put_committed(self.arrival)));
    }

    /// Makes the state say what was written.
    pub(crate) fn apply(self, state: &mut State) {
        self.touched.into_iter().for_each(|(number, row)| state.insert(number, row));
        state.arrival = self.arrival;
    }
}

fn classes(bodies: &[(Class, EncodedBody)]) -> ClassSet {
    bodies.iter().map(|(class, _)| *class).collect()
}

/// Which bodies the headers of stored blocks and of this commit list.
struct Listed<'a> {
    state: &'a State,
    stored: StoredHeaders<'a>,
    blocks: &'a [CommitBlock],
    /// The header that was read last: the next fill is usually of that block.
    last: Option<(BlockRef, Option<ClassSet>)>,
}

impl Listed<'_> {
    /// `None` when the header is damaged.
    fn of(&mut self, block: BlockRef, log: LogId) -> Option<ClassSet> {
        if let Some((_, listed)) = self.last.filter(|(at, _)| *at == block) {
            return listed;
        }
        let is_stored = self.state.logs.get(&block.log).is_some_and(|row| block.seq < row.chain.next_seq());
        let listed = match is_stored {
            true => (self.stored)(block).map(|signed| rows::listed(&signed)),
            false => self.in_commit(log, block.seq),
        };
        self.last = Some((block, listed));
        listed
    }

    fn in_commit(&self, log: LogId, seq: u64) -> Option<ClassSet> {
        let named = |block: &&CommitBlock| block.header.header.log == log && block.header.header.seq == seq;
        self.blocks.iter().find(named).map(|block| rows::listed(&block.header))
    }

    fn may_have(&mut self, block: BlockRef, log: LogId, class: Class) -> bool {
        self.of(block, log).is_none_or(|listed| listed.has(class))
    }

    /// The next block before `end` whose header lists a body of `class`.
    fn next_with(&mut self, class: Class, block: BlockRef, log: LogId, end: u64) -> Option<u64> {
        (block.seq + 1..end).find(|seq| {
            let next = self.of(BlockRef { seq: *seq, ..block }, log);
            next.is_some_and(|listed| listed.has(class))
        })
    }
}
