//! Does the end of each log, as its row tells it, fit its headers and fills?

use std::collections::BTreeSet;

use vigil_model::{BlockRef, Class, ClassSet, Hash, LogId, LogNumber};

use super::{Recovery, io, walk};
use crate::engine::{Engine, Op, Table};
use crate::rows::{self, LogRow};
use crate::store::StoreError;

impl<E: Engine> Recovery<'_, E> {
    /// Every number that any table knows has a row that fits its headers, and nothing behind it.
    pub(super) fn check_logs(&mut self) -> Result<(), StoreError> {
        let (numbers, bodies) = self.numbers()?;
        for number in numbers {
            let newest = self.cut_orphans(number, &bodies)?;
            let fits = match (self.state.logs.get(&number), &newest) {
                (Some(row), Some((seq, hash))) => row.chain.next_seq() == seq + 1 && row.chain.last() == *hash,
                _ => false,
            };
            if !fits || self.doubt || self.doubted.contains(&number) {
                self.rebuild(number, newest)?;
            } else if self.partial.contains(&number) {
                self.complete(number, newest)?;
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
                Ok(row) if row.arrival > self.state.arrival => {
                    self.cut_block(block, "its commit was never finished".to_owned())?;
                }
                Ok(row) => break Some((block.seq, row.signed.hash)),
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
            let entry = rows::get_entry(Table::Arrival, key, value);
            found = entry.is_some_and(|entry| !entry.fill && entry.block == block);
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

    /// Adds what a row of format 1 does not tell.
    fn complete(&mut self, number: LogNumber, newest: Option<(u64, Hash)>) -> Result<(), StoreError> {
        let newest = newest.map_or(0, |(seq, _)| seq);
        let headers = [newest, 0].map(|seq| self.header(BlockRef { log: number, seq }).map_err(io));
        let row = self.state.logs.get_mut(&number).expect("the row fits its headers");
        for header in headers {
            header?.iter().for_each(|header| row.name(&header.signed));
        }
        self.ops.push(Op::put(Table::Frontier, rows::log_key(number), rows::put_log(number, row)));
        Ok(())
    }

    /// A damaged header has its hash named by the next one, its log by any other. What bodies it
    /// lists is not known, so none of them is missing.
    fn replay(&mut self, number: LogNumber, newest: u64) -> Result<LogRow, StoreError> {
        let mut row = LogRow::genesis(self.log_of(number, newest)?);
        for seq in 0..=newest {
            let at = BlockRef { log: number, seq };
            match self.header(at).map_err(io)? {
                Ok(header) => {
                    row.chain.push(header.signed.hash, header.signed.header.sealed);
                    let fills = self.fills()?.get(&at).into_iter().flatten();
                    let held = fills.fold(header.brought, |held, (_, classes)| held.union(*classes));
                    row.note(&header.signed, held.common(rows::listed(&header.signed)));
                }
                Err(why) => {
                    let hash = self.hash_named(at, newest)?.ok_or_else(|| self.corrupt(at, why))?;
                    row.chain.push(hash, row.chain.sealed());
                    row.missing.append(seq, ClassSet::NONE, ClassSet::ALL);
                }
            }
        }
        Ok(row)
    }

    fn hash_named(&self, block: BlockRef, newest: u64) -> Result<Option<Hash>, StoreError> {
        let next = BlockRef { seq: block.seq + 1, ..block };
        let next = if next.seq <= newest { self.header(next).map_err(io)?.ok() } else { None };
        let named = next.map(|next| next.signed.header.previous);
        Ok(named.or_else(|| self.named.get(&block).copied()))
    }

    fn log_of(&self, number: LogNumber, newest: u64) -> Result<LogId, StoreError> {
        for seq in (0..=newest).rev() {
            if let Ok(header) = self.header(BlockRef { log: number, seq }).map_err(io)? {
                return Ok(header.signed.header.log);
            }
        }
        Err(self.corrupt(BlockRef { log: number, seq: newest }, "no header of this log is readable".to_owned()))
    }
}
