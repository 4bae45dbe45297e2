//! What a store holds after whatever happened to it, and what of that must be cut.
//!
//! Every commit ends with a mark. Blocks behind the last mark belong to a commit that never
//! finished and are cut; from the mark backwards, blocks are verified until one is sound. The
//! frontier is a cache of headers and fills: a row that does not fit them is made anew. A fill that
//! is cut leaves its header: the bodies are missing again. What an older format lacks is added.

mod check;
mod cut;
mod logs;
mod receipts;

use std::collections::{BTreeMap, BTreeSet};

use vigil_model::{BlockRef, Hash, LogId, LogNumber};

use crate::engine::{Engine, EngineError, Op, Table};
use crate::frames::Codec;
use crate::plan::State;
use crate::recovery::check::Found;
use crate::recovery::cut::Fills;
use crate::rows::{self, HeaderRow};
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

/// Finds a row of the order of arrival as its fill keeps it, or its header.
pub(crate) fn find_arrival<E: Engine>(engine: &E, arrival: u64) -> Result<Option<BlockEntry>, EngineError> {
    let key = rows::arrival_key(arrival);
    let fill = engine.read(Table::Fills, &key, |value| rows::get_entry(Table::Fills, &key, value))?.flatten();
    if fill.is_some() {
        return Ok(fill);
    }
    let mut found = None;
    walk(engine, Table::Headers, &[], |key, value| {
        let row = rows::get_header(key, value).ok().filter(|row| row.arrival == arrival);
        found = row
            .zip(rows::parse_block_key(key))
            .map(|(row, at)| rows::entry_of(arrival, at.log, row.brought, &row.signed));
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
        fills: None,
        doubted: BTreeSet::new(),
        doubt: false,
        partial: BTreeSet::new(),
        ops: Vec::new(),
        gone: Vec::new(),
    };
    recovery.check_format()?;
    recovery.read_frontier()?;
    recovery.find_tail(committed)?;
    recovery.cut_orphaned_fills()?;
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
    /// Read when something is cut or made anew, which is rare.
    fills: Option<Fills>,
    /// Logs that lost a fill: their rows may tell of it although they fit the headers.
    doubted: BTreeSet<LogNumber>,
    /// Something was cut that nothing tells of: every log is doubted.
    doubt: bool,
    /// Logs whose row is of an older format.
    partial: BTreeSet<LogNumber>,
    ops: Vec<Op<'static>>,
    /// Rows of the order of arrival that are removed last: they tell that something was cut.
    gone: Vec<Op<'static>>,
}

impl<E: Engine> Recovery<'_, E> {
    /// The row of the format is written with whatever comes next; a damaged one is made anew. Rows
    /// of every older format can be told from those of this one, so nothing else is converted here.
    fn check_format(&mut self) -> Result<(), StoreError> {
        let found = self.engine.read(Table::Meta, rows::FORMAT, rows::get_format).map_err(io)?.flatten();
        match found {
            Some(found) if found > STORE_FORMAT => Err(StoreError::Newer { found, known: STORE_FORMAT }),
            Some(STORE_FORMAT) => Ok(()),
            _ => {
                self.ops.push(Op::put(Table::Meta, rows::FORMAT, rows::put_format(STORE_FORMAT)));
                Ok(())
            }
        }
    }

    fn read_frontier(&mut self) -> Result<(), StoreError> {
        let (state, partial) = (&mut self.state, &mut self.partial);
        walk(self.engine, Table::Frontier, &[], |key, value| {
            if let Some((number, row, whole)) = rows::get_log(key, value) {
                state.insert(number, row);
                if !whole {
                    partial.insert(number);
                }
            }
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
        let read = |value: &[u8]| rows::get_entry(Table::Arrival, &key, value);
        let entry = self.engine.read(Table::Arrival, &key, read)?.flatten();
        if entry.is_some() { Ok(entry) } else { find_arrival(self.engine, arrival) }
    }

    fn header(&self, block: BlockRef) -> Result<Result<HeaderRow, String>, EngineError> {
        let key = rows::block_key(block);
        let read = self.engine.read(Table::Headers, &key, |value| rows::get_header(&key, value))?;
        Ok(read.unwrap_or_else(|| Err("it is missing".to_owned())))
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
mod crash_tests;
#[cfg(test)]
mod fill_tests;
#[cfg(test)]
mod tests;
