//! Which rows one commit changes, and what is known of the logs afterwards.

use std::borrow::Cow;
use std::collections::BTreeMap;

use vigil_model::{BlockRef, LogId, LogNumber};

use crate::engine::{Op, Table};
use crate::rows::{self, LogRow};
use crate::store::{Commit, CommitBlock, Recovered};

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
        let heads = self.logs.iter().map(|(number, row)| row.head(*number)).collect();
        Recovered { heads, arrival: self.arrival, cut, records: self.records() }
    }
}

/// One commit, ready to be written.
pub(crate) struct Plan<'a> {
    pub(crate) ops: Vec<Op<'a>>,
    touched: BTreeMap<LogNumber, LogRow>,
    named: BTreeMap<LogId, LogNumber>,
    arrival: u64,
}

impl<'a> Plan<'a> {
    /// Asserts the order of arrival and every link.
    pub(crate) fn of(state: &State, commit: &'a Commit) -> Plan<'a> {
        let ops = Vec::with_capacity(4 * commit.blocks.len() + commit.idempotency.len() + 2);
        let mut plan = Plan { ops, touched: BTreeMap::new(), named: BTreeMap::new(), arrival: state.arrival };
        commit.blocks.iter().for_each(|block| plan.add(state, block));
        plan.finish(commit);
        plan
    }

    fn add(&mut self, state: &State, block: &'a CommitBlock) {
        assert_eq!(block.arrival, self.arrival + 1, "arrivals have no gaps");
        self.arrival = block.arrival;
        let number = self.number(state, &block.header.header.log);
        let fresh = || LogRow::genesis(block.header.header.log);
        let row = self.touched.entry(number).or_insert_with(|| state.logs.get(&number).cloned().unwrap_or_else(fresh));
        if let Err(error) = row.chain.check_link(&block.header) {
            panic!("a block is checked before it is stored: {error}");
        }
        row.chain.advance(&block.header);
        row.count(&block.header);
        self.put_block(number, block);
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

    /// The row of the order of arrival comes after all that it points to.
    fn put_block(&mut self, log: LogNumber, block: &'a CommitBlock) {
        let signed = &block.header;
        let claimed = signed.header.bodies.iter().map(|body| body.class);
        assert!(claimed.eq(block.bodies.iter().map(|(class, _)| *class)), "the bodies are those of the header");
        let key = rows::block_key(BlockRef { log, seq: signed.header.seq });
        for (class, body) in &block.bodies {
            self.ops.push(Op::put(Table::Body(*class), key, Cow::Borrowed(&body.0[..])));
        }
        self.ops.push(Op::put(Table::Headers, key, rows::put_header(&key, block.arrival, signed)));
        let arrival = rows::arrival_key(block.arrival);
        let entry = rows::entry_of(block.arrival, log, signed);
        self.ops.push(Op::put(Table::Arrival, arrival, rows::put_arrival(&arrival, &entry)));
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
