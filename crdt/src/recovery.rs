//! What a store holds after whatever happened to it, and what of that must be cut.
//!
//! Every commit ends with a mark. Blocks behind the last mark belong to a commit that never
//! finished and are cut; from the mark backwards, blocks are verified until one is sound. The
//! frontier is a cache of the headers: a row that does not fit them is made anew.

mod receipts;

use std::collections::{BTreeMap, BTreeSet};

use vigil_model::{BlockRef, Class, Hash, LogId, LogNumber, SignedHeader};

use crate::body;
use crate::engine::{Engine, EngineError, Op, Table};
use crate::frames::{Codec, PackedBody};
use crate::plan::State;
use crate::rows::{self, LogRow};
use crate::store::{BlockEntry, STORE_FORMAT, StoreError};

/// Rows read at once while a table is walked.
const PAGE: usize = 256;

type Cut = Vec<(LogId, u64, String)>;

/// Calls `visit` for each row from `from` on, until it says false.
pub(crate) fn walk<E: Engine>(
    engine: &E,
    table: Table,
    from: &[u8],
    mut visit: impl FnMut(&[u8], &[u8]) -> bool,
) -> Result<(), EngineError> {
    let mut from = from.to_vec();
    loop {
        let page = engine.scan(table, &from, PAGE)?;
        if !page.iter().all(|(key, value)| visit(key, value)) {
            return Ok(());
        }
        match page.last() {
            // The smallest key above the last one.
            Some((key, _)) if page.len() == PAGE => from = [&key[..], &[0]].concat(),
            _ => return Ok(()),
        }
    }
}

/// Finds a block by its place in the order of arrival, as its header keeps it.
pub(crate) fn find_arrival<E: Engine>(engine: &E, arrival: u64) -> Result<Option<BlockEntry>, EngineError> {
    let mut found = None;
    walk(engine, Table::Headers, &[], |key, value| {
        let header = rows::get_header(key, value).ok().filter(|(at, _)| *at == arrival);
        found =
            header.zip(rows::parse_block_key(key)).map(|((_, header), at)| rows::entry_of(arrival, at.log, &header));
        found.is_none()
    })?;
    Ok(found)
}

/// Recovers. `committed` replaces the mark where the caller knows better.
pub(crate) fn run<E: Engine>(
    engine: &E,
    codec: &dyn Codec,
    committed: Option<u64>,
) -> Result<(State, Cut), StoreError> {
    let mut recovery = Recovery {
        engine,
        codec,
        state: State::default(),
        cut: Cut::new(),
        named: BTreeMap::new(),
        ops: Vec::new(),
        gone: Vec::new(),
    };
    recovery.check_format()?;
    recovery.read_frontier()?;
    recovery.find_tail(committed)?;
    recovery.check_logs()?;
    recovery.mend_receipts()?;
    recovery.finish()
}

struct Recovery<'a, E> {
    engine: &'a E,
    codec: &'a dyn Codec,
    state: State,
    cut: Cut,
    /// Hashes of blocks whose successor was cut.
    named: BTreeMap<BlockRef, Hash>,
    ops: Vec<Op<'static>>,
    /// Rows of the order of arrival that are removed last: they tell that something was cut.
    gone: Vec<Op<'static>>,
}

/// What is found where a block should be.
enum Found {
    Sound,
    Torn(String),
    /// The engine cannot read it: no torn write, and named on every read.
    Unreadable,
}

impl<E: Engine> Recovery<'_, E> {
    /// The row of the format is written with whatever comes next; a damaged one is made anew.
    fn check_format(&mut self) -> Result<(), StoreError> {
        let found = self.engine.read(Table::Meta, rows::FORMAT, rows::get_format).map_err(io)?.flatten();
        match found {
            Some(found) if found > STORE_FORMAT => Err(StoreError::Newer { found, known: STORE_FORMAT }),
            Some(_) => Ok(()),
            None => {
                self.ops.push(Op::put(Table::Meta, rows::FORMAT, rows::put_format(STORE_FORMAT)));
                Ok(())
            }
        }
    }

    fn read_frontier(&mut self) -> Result<(), StoreError> {
        let state = &mut self.state;
        walk(self.engine, Table::Frontier, &[], |key, value| {
            rows::get_log(key, value).into_iter().for_each(|(number, row)| state.insert(number, row));
            true
        })
        .map_err(io)
    }

    fn find_tail(&mut self, committed: Option<u64>) -> Result<(), StoreError> {
        let last = self.engine.last(Table::Arrival, None).map_err(io)?;
        let last = last.and_then(|(key, _)| rows::parse_arrival_key(&key)).unwrap_or(0);
        let mark = match committed {
            Some(mark) => mark,
            None => self.mark(last)?,
        };
        for arrival in (mark + 1..=last).rev() {
            self.cut_arrival(arrival, "its commit was never finished".to_owned())?;
        }
        self.state.arrival = mark.min(last);
        while self.state.arrival > 0 {
            match self.check_arrival(self.state.arrival)? {
                Found::Sound | Found::Unreadable => break,
                Found::Torn(why) => self.cut_arrival(self.state.arrival, why)?,
            }
            self.state.arrival -= 1;
        }
        Ok(())
    }

    /// The mark is written last, so a torn one says that all the rest is there.
    fn mark(&self, last: u64) -> Result<u64, StoreError> {
        let mark = self.engine.read(Table::Meta, rows::COMMITTED, rows::get_committed).map_err(io)?;
        Ok(mark.map_or(0, |mark| mark.unwrap_or(last)))
    }

    fn entry(&self, arrival: u64) -> Result<Option<BlockEntry>, EngineError> {
        let key = rows::arrival_key(arrival);
        let entry = self.engine.read(Table::Arrival, &key, |value| rows::get_arrival(&key, value))?.flatten();
        if entry.is_some() { Ok(entry) } else { find_arrival(self.engine, arrival) }
    }

    fn check_arrival(&self, arrival: u64) -> Result<Found, StoreError> {
        let checked = match self.entry(arrival) {
            Ok(Some(entry)) => self.check_block(&entry),
            Ok(None) => return Ok(Found::Torn("nothing tells which block it is".to_owned())),
            Err(error) => Err(error),
        };
        match checked {
            Ok(None) => Ok(Found::Sound),
            Ok(Some(why)) => Ok(Found::Torn(why)),
            Err(error) if error.damaged => Ok(Found::Unreadable),
            Err(error) => Err(io(error)),
        }
    }

    /// What is wrong with a block: its header's bytes, signature and link, its bodies and roots.
    fn check_block(&self, entry: &BlockEntry) -> Result<Option<String>, EngineError> {
        let signed = match self.header(entry.block)? {
            Ok((_, signed)) => signed,
            Err(why) => return Ok(Some(format!("header: {why}"))),
        };
        if let Err(error) = signed.verify() {
            return Ok(Some(format!("header: {error}")));
        }
        if entry.block.seq > 0 {
            // A damaged header before says nothing of this one.
            let before = self.header(BlockRef { seq: entry.block.seq - 1, ..entry.block })?;
            if before.is_ok_and(|(_, before)| before.hash != signed.header.previous) {
                return Ok(Some("header: it does not name the header before".to_owned()));
            }
        }
        self.check_bodies(entry.block, &signed)
    }

    fn check_bodies(&self, block: BlockRef, signed: &SignedHeader) -> Result<Option<String>, EngineError> {
        let key = rows::block_key(block);
        for claimed in &signed.header.bodies {
            let check = |bytes: &[u8]| {
                let packed = PackedBody::parse(bytes)?;
                body::verify(claimed, &packed.records(self.codec)?, &packed.seed)
            };
            match self.engine.read(Table::Body(claimed.class), &key, check)? {
                Some(Ok(())) => {}
                Some(Err(error)) => return Ok(Some(format!("{}: {error}", claimed.class))),
                None => return Ok(Some(format!("{}: it is missing", claimed.class))),
            }
        }
        Ok(None)
    }

    fn header(&self, block: BlockRef) -> Result<Result<(u64, SignedHeader), String>, EngineError> {
        let key = rows::block_key(block);
        let read = self.engine.read(Table::Headers, &key, |value| rows::get_header(&key, value))?;
        Ok(read.unwrap_or_else(|| Err("it is missing".to_owned())))
    }

    fn cut_arrival(&mut self, arrival: u64, why: String) -> Result<(), StoreError> {
        if let Some(entry) = self.entry(arrival).map_err(io)? {
            self.cut_block(entry.block, why)?;
        }
        self.gone.push(Op::delete(Table::Arrival, rows::arrival_key(arrival)));
        Ok(())
    }

    fn cut_block(&mut self, block: BlockRef, why: String) -> Result<(), StoreError> {
        let header = self.header(block).map_err(io)?.ok().map(|(_, signed)| signed.header);
        if let (Some(header), Some(before)) = (&header, block.seq.checked_sub(1)) {
            self.named.insert(BlockRef { seq: before, ..block }, header.previous);
        }
        let from_header = header.map(|header| header.log);
        let from_row = self.state.logs.get(&block.log).map(|row| row.chain.log());
        self.cut.push((from_header.or(from_row).unwrap_or_default(), block.seq, why));
        let tables = Class::ALL.into_iter().map(Table::Body).chain([Table::Headers]);
        self.apply(tables.map(|table| Op::delete(table, rows::block_key(block))).collect())
    }

    /// Removes at once, so that what follows sees it; ends of logs and receipts are mended
    /// afterwards. After a crash in between, the rows in `gone` make the next start do it again.
    fn apply(&mut self, ops: Vec<Op<'static>>) -> Result<(), StoreError> {
        self.engine.write(&ops, false).map_err(|error| StoreError::Io(error.to_string()))
    }

    /// Every number that any table knows has a row that fits its headers, and nothing behind it.
    fn check_logs(&mut self) -> Result<(), StoreError> {
        let (numbers, bodies) = self.numbers()?;
        for number in numbers {
            let newest = self.cut_orphans(number, &bodies)?;
            let fits = match (self.state.logs.get(&number), &newest) {
                (Some(row), Some((seq, hash))) => row.chain.next_seq() == seq + 1 && row.chain.last() == *hash,
                _ => false,
            };
            if !fits {
                self.rebuild(number, newest)?;
            }
        }
        Ok(())
    }

    /// Every number up to the highest in use, and the tables that hold bodies.
    fn numbers(&self) -> Result<(BTreeSet<LogNumber>, Vec<Table>), StoreError> {
        let mut numbers = BTreeSet::new();
        let mut used = Vec::new();
        for table in Class::ALL.into_iter().map(Table::Body).chain([Table::Headers, Table::Frontier]) {
            let Some((key, _)) = self.engine.last(table, None).map_err(io)? else { continue };
            let highest = key.first_chunk::<4>().map_or(0, |number| u32::from_be_bytes(*number));
            numbers.extend((0..=highest).map(LogNumber));
            used.push(table);
        }
        used.retain(|table| matches!(table, Table::Body(_)));
        Ok((numbers, used))
    }

    /// Cuts headers and bodies of a commit that left no row in the order of arrival. Answers seq
    /// and hash of the newest header that stays.
    fn cut_orphans(&mut self, number: LogNumber, bodies: &[Table]) -> Result<Option<(u64, Hash)>, StoreError> {
        let newest = loop {
            let Some(block) = self.newest(Table::Headers, number)? else { break None };
            match self.header(block).map_err(io)? {
                Ok((arrival, _)) if arrival > self.state.arrival => {
                    self.cut_block(block, "its commit was never finished".to_owned())?;
                }
                Ok((_, signed)) => break Some((block.seq, signed.hash)),
                Err(why) => match self.hash_of_damaged(block) {
                    Some(hash) => break Some((block.seq, hash)),
                    None if self.has_arrived(block)? => return Err(self.corrupt(block, why)),
                    None => self.cut_block(block, format!("header: {why}"))?,
                },
            }
        };
        for table in bodies {
            while let Some(block) = self.newest(*table, number)?.filter(|at| newest.is_none_or(|(seq, _)| at.seq > seq))
            {
                self.cut_block(block, "its header was never written".to_owned())?;
            }
        }
        Ok(newest)
    }

    /// Damage in place is not cut: the row, or the header that came after, says what it was.
    fn hash_of_damaged(&self, block: BlockRef) -> Option<Hash> {
        let row = self.state.logs.get(&block.log).filter(|row| row.chain.next_seq() == block.seq + 1);
        row.map(|row| row.chain.last()).or_else(|| self.named.get(&block).copied())
    }

    fn has_arrived(&self, block: BlockRef) -> Result<bool, StoreError> {
        let mut found = false;
        walk(self.engine, Table::Arrival, &[], |key, value| {
            found = rows::get_arrival(key, value).is_some_and(|entry| entry.block == block);
            !found
        })
        .map_err(io)?;
        Ok(found)
    }

    fn corrupt(&self, block: BlockRef, why: String) -> StoreError {
        let log = self.state.logs.get(&block.log).map(|row| row.chain.log().to_string());
        let log = log.unwrap_or_else(|| format!("number {}", block.log.0));
        StoreError::Corrupt { what: "header".to_owned(), log, seq: block.seq, why }
    }

    fn newest(&self, table: Table, number: LogNumber) -> Result<Option<BlockRef>, StoreError> {
        let bound = number.0.checked_add(1).map(u32::to_be_bytes);
        let last = self.engine.last(table, bound.as_ref().map(|bound| &bound[..])).map_err(io)?;
        Ok(last.and_then(|(key, _)| rows::parse_block_key(&key)).filter(|block| block.log == number))
    }

    /// Makes the row of a log anew from its headers up to `newest`.
    fn rebuild(&mut self, number: LogNumber, newest: Option<(u64, Hash)>) -> Result<(), StoreError> {
        let Some((newest, hash)) = newest else {
            if let Some(old) = self.state.logs.remove(&number) {
                self.state.numbers.remove(&old.chain.log());
            }
            self.ops.push(Op::delete(Table::Frontier, rows::log_key(number)));
            return Ok(());
        };
        self.named.insert(BlockRef { log: number, seq: newest }, hash);
        let row = self.replay(number, newest)?;
        self.ops.push(Op::put(Table::Frontier, rows::log_key(number), rows::put_log(number, &row)));
        self.state.insert(number, row);
        Ok(())
    }

    /// A damaged header has its hash named by the next one, its log by any other.
    fn replay(&self, number: LogNumber, newest: u64) -> Result<LogRow, StoreError> {
        let at = |seq| BlockRef { log: number, seq };
        let read = |seq| self.header(at(seq)).map_err(io);
        let mut row = LogRow::genesis(self.log_of(number, newest)?);
        for seq in 0..=newest {
            match read(seq)? {
                Ok((_, signed)) => {
                    row.chain.push(signed.hash, signed.header.sealed);
                    row.count(&signed);
                }
                Err(why) => {
                    let next = if seq < newest { read(seq + 1)?.ok() } else { None };
                    let named = next.map(|(_, next)| next.header.previous);
                    let hash = named.or_else(|| self.named.get(&at(seq)).copied());
                    row.chain.push(hash.ok_or_else(|| self.corrupt(at(seq), why))?, row.chain.sealed());
                }
            }
        }
        Ok(row)
    }

    fn log_of(&self, number: LogNumber, newest: u64) -> Result<LogId, StoreError> {
        for seq in (0..=newest).rev() {
            if let Ok((_, signed)) = self.header(BlockRef { log: number, seq }).map_err(io)? {
                return Ok(signed.header.log);
            }
        }
        Err(self.corrupt(BlockRef { log: number, seq: newest }, "no header of this log is readable".to_owned()))
    }

    /// A receipt must not promise a block that was cut, nor forget one that stays.
    fn mend_receipts(&mut self) -> Result<(), StoreError> {
        if !self.cut.is_empty() || !self.gone.is_empty() {
            self.ops.extend(receipts::mend(self.engine, &self.state).map_err(io)?);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(State, Cut), StoreError> {
        self.ops.append(&mut self.gone);
        let key = rows::COMMITTED;
        let mark = self.engine.read(Table::Meta, key, rows::get_committed).map_err(io)?.flatten();
        if mark.unwrap_or(0) != self.state.arrival {
            self.ops.push(Op::put(Table::Meta, key, rows::put_committed(self.state.arrival)));
        }
        if !self.ops.is_empty() || !self.cut.is_empty() {
            self.engine.write(&self.ops, true).map_err(|error| StoreError::Io(error.to_string()))?;
        }
        Ok((self.state, self.cut))
    }
}

fn io(error: EngineError) -> StoreError {
    StoreError::Io(error.why)
}

#[cfg(test)]
mod tests;
