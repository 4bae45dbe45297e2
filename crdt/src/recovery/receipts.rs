//! What a receipt still says when blocks that it names were cut.
//!
//! A commit writes its receipts behind its blocks, so the row under a key is one of three: the one
//! before, which names no block of a torn commit; the new one, which names blocks that are cut;
//! or bytes of the new one that were written over the one before and stopped, of which nothing
//! can be told. RocksDB never leaves the third: its batch is there whole or not at all.

use vigil_model::Hash;

use super::walk;
use crate::engine::{Engine, EngineError, Op, Table};
use crate::plan::State;
use crate::rows;
use crate::store::{IdempotencyRow, PlacedBlock};

/// The changes that make every row fit what the store holds.
pub(super) fn mend<E: Engine>(engine: &E, state: &State) -> Result<Vec<Op<'static>>, EngineError> {
    let mut ops = Vec::new();
    walk(engine, Table::Idempotency, &[], |key, value| {
        ops.extend(mend_row(key, value, state));
        true
    })?;
    Ok(ops)
}

/// `None` when the row fits already.
fn mend_row(key: &[u8], value: &[u8], state: &State) -> Option<Op<'static>> {
    let found = key.try_into().ok().map(Hash).zip(rows::get_receipt(key, value));
    let Some((hash, mut receipt)) = found else { return Some(Op::delete(Table::Idempotency, key)) };
    trim(&mut receipt, state).then(|| match receipt.records {
        0 => Op::delete(Table::Idempotency, key),
        _ => Op::put(Table::Idempotency, key, rows::put_receipt(&hash, &receipt)),
    })
}

/// Drops the runs that the log does not hold; answers whether there were any. Logs lose blocks at
/// their end and runs follow the order of the request: what is left is a prefix of it, as before.
fn trim(receipt: &mut IdempotencyRow, state: &State) -> bool {
    let number = state.numbers.get(&receipt.log);
    let held = number.and_then(|number| state.logs.get(number)).map_or(0, |row| row.chain.next_seq());
    let (kept, lost): (Vec<PlacedBlock>, Vec<_>) = receipt.blocks.iter().copied().partition(|run| run.seq < held);
    if lost.is_empty() {
        return false;
    }
    let records = lost.iter().map(|run| u64::from(run.count)).sum();
    receipt.records = receipt.records.saturating_sub(records);
    receipt.complete = false;
    receipt.blocks = kept;
    true
}
