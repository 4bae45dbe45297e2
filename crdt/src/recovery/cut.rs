//! What is removed when a block or a fill is cut.
//!
//! Rows go at once, so that what follows sees it; ends of logs and receipts are mended
//! afterwards. After a crash in between, the rows in `gone` make the next start do it again.

use std::collections::BTreeMap;

use vigil_model::{BlockRef, Class, ClassSet};

use super::{Recovery, io, walk};
use crate::engine::{Engine, EngineError, Op, Table};
use crate::rows;
use crate::store::{BlockEntry, StoreError};

/// For each block: the arrivals of its fills, and what they brought.
pub(super) type Fills = BTreeMap<BlockRef, Vec<(u64, ClassSet)>>;

impl<E: Engine> Recovery<'_, E> {
    pub(super) fn cut_arrival(&mut self, arrival: u64, why: String) -> Result<(), StoreError> {
        match self.entry(arrival).map_err(io)? {
            Some(entry) if entry.fill => self.cut_fill(&entry, why)?,
            Some(entry) => self.cut_block(entry.block, why)?,
            None => self.doubt = true,
        }
        self.gone.push(Op::delete(Table::Arrival, rows::arrival_key(arrival)));
        Ok(())
    }

    pub(super) fn cut_block(&mut self, block: BlockRef, why: String) -> Result<(), StoreError> {
        let header = self.header(block).map_err(io)?.ok().map(|row| row.signed.header);
        if let (Some(header), Some(before)) = (&header, block.seq.checked_sub(1)) {
            self.named.insert(BlockRef { seq: before, ..block }, header.previous);
        }
        let from_header = header.map(|header| header.log);
        let from_row = self.state.logs.get(&block.log).map(|row| row.chain.log());
        self.cut.push((from_header.or(from_row).unwrap_or_default(), block.seq, why));
        let tables = Class::ALL.into_iter().map(Table::Body).chain([Table::Headers]);
        self.apply(tables.map(|table| Op::delete(table, rows::block_key(block))).collect())
    }

    /// A body that came by another way too stays: it was put in place of a damaged one, or of an
    /// equal one.
    fn cut_fill(&mut self, entry: &BlockEntry, why: String) -> Result<(), StoreError> {
        let header = self.header(entry.block).map_err(io)?.ok();
        let from_row = self.state.logs.get(&entry.block.log).map(|row| row.chain.log());
        let log = header.as_ref().map(|row| row.signed.header.log).or(from_row).unwrap_or_default();
        self.cut.push((log, entry.block.seq, why));
        self.doubted.insert(entry.block.log);
        let of_header = header.map_or(ClassSet::ALL, |row| row.brought);
        let fills = self.fills()?.entry(entry.block).or_default();
        fills.retain(|(arrival, _)| *arrival != entry.arrival);
        let others = fills.iter().fold(of_header, |all, (_, classes)| all.union(*classes));
        let tables = entry.classes().without(others).iter().map(Table::Body);
        let mut ops: Vec<_> = tables.map(|table| Op::delete(table, rows::block_key(entry.block))).collect();
        ops.push(Op::delete(Table::Fills, rows::arrival_key(entry.arrival)));
        self.apply(ops)
    }

    /// Fills of a commit that left no row in the order of arrival.
    pub(super) fn cut_orphaned_fills(&mut self) -> Result<(), StoreError> {
        while let Some((key, value)) = self.engine.last(Table::Fills, None).map_err(io)? {
            if rows::parse_arrival_key(&key).is_some_and(|arrival| arrival <= self.state.arrival) {
                break;
            }
            match rows::get_entry(Table::Fills, &key, &value) {
                Some(entry) => self.cut_fill(&entry, "its commit was never finished".to_owned())?,
                None => {
                    self.doubt = true;
                    self.apply(vec![Op::delete(Table::Fills, key)])?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn fills(&mut self) -> Result<&mut Fills, StoreError> {
        if self.fills.is_none() {
            self.fills = Some(self.read_fills().map_err(io)?);
        }
        Ok(self.fills.as_mut().expect("it was read above"))
    }

    /// A damaged row has a copy in the order of arrival.
    fn read_fills(&self) -> Result<Fills, EngineError> {
        let mut fills = Fills::new();
        let mut damaged = Vec::new();
        let mut learn = |entry: BlockEntry| {
            fills.entry(entry.block).or_default().push((entry.arrival, entry.classes()));
        };
        walk(self.engine, Table::Fills, &[], |key, value| {
            match rows::get_entry(Table::Fills, key, value) {
                Some(entry) => learn(entry),
                None => damaged.extend(rows::parse_arrival_key(key)),
            }
            true
        })?;
        for arrival in damaged {
            self.entry(arrival)?.filter(|entry| entry.fill).into_iter().for_each(&mut learn);
        }
        Ok(fills)
    }

    pub(super) fn apply(&mut self, ops: Vec<Op<'static>>) -> Result<(), StoreError> {
        self.engine.write(&ops, false).map_err(|error| StoreError::Io(error.to_string()))
    }
}
