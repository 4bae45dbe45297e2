//! A disk in memory that fails on command, and the store on it: for tests and simulations.
//!
//! Nothing here is random: whoever simulates says which write tears and which bit flips.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::engine::{Engine, EngineError, Op, Row, Table};
use crate::frames::RawCodec;
use crate::keyed::KeyedStore;
use crate::store::{CommitError, StoreError};

/// A log store in memory.
pub type MemoryStore = KeyedStore<MemoryEngine>;

impl MemoryStore {
    /// Opens what the disk holds, with the recovery of every store.
    pub fn open(disk: MemoryDisk) -> Result<MemoryStore, StoreError> {
        let generation = disk.0.lock().generation;
        KeyedStore::recover(MemoryEngine { disk, generation, deceived: AtomicBool::new(false) }, Box::new(RawCodec))
    }
}

/// What a crash leaves of the writes that were not synced. Synced ones always stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// The first `keep` unsynced writes stay, the rest is lost.
    Lost {
        /// How many stay.
        keep: usize,
    },
    /// As `Lost`, but of the next write the first `ops` rows are there too, and of the row after
    /// these the first `bytes` bytes.
    Torn {
        /// How many unsynced writes stay whole.
        keep: usize,
        /// Rows of the torn write that are whole.
        ops: usize,
        /// Bytes of the torn row.
        bytes: usize,
    },
}

/// No key is as long or as high.
const ABOVE_ALL_KEYS: [u8; 40] = [0xff; 40];

type Key = (Table, Vec<u8>);
type Change = (Key, Option<Vec<u8>>);

/// The disk; clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct MemoryDisk(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    rows: BTreeMap<Key, Vec<u8>>,
    unsynced: Vec<Unsynced>,
    bytes: u64,
    capacity: Option<u64>,
    full: bool,
    failing: bool,
    deceptive: bool,
    generation: u64,
}

/// A write that a crash may undo: what it did, and what was there before.
#[derive(Debug)]
struct Unsynced {
    changes: Vec<Change>,
    undo: Vec<Change>,
}

impl MemoryDisk {
    /// An empty disk.
    pub fn new() -> MemoryDisk {
        MemoryDisk::default()
    }

    /// The process or the machine dies: stores that were open cannot reach the disk any more.
    /// Answers table and key of the row that is torn: of its new value there is only a part, of
    /// the one before nothing.
    pub fn crash(&self, crash: Crash) -> Option<(Table, Vec<u8>)> {
        self.0.lock().crash(crash)
    }

    /// Another disk that holds what is synced here: a backup, or a cloned directory.
    pub fn copy(&self) -> MemoryDisk {
        let inner = self.0.lock();
        let mut copy = Inner { rows: inner.rows.clone(), bytes: inner.bytes, ..Inner::default() };
        for write in inner.unsynced.iter().rev() {
            write.undo.iter().rev().cloned().for_each(|change| drop(copy.set(change)));
        }
        MemoryDisk(Arc::new(Mutex::new(copy)))
    }

    /// Writes that a crash may still undo.
    pub fn unsynced(&self) -> usize {
        self.0.lock().unsynced.len()
    }

    /// Flips one bit of all that is stored, counted over the values in the order of tables and
    /// keys, modulo their number. Answers table and key; `None` on an empty disk.
    pub fn flip_bit(&self, nth: u64) -> Option<(Table, Vec<u8>)> {
        self.0.lock().flip_bit(nth)
    }

    /// While true, writes that bring new data are refused as if no room was left.
    pub fn set_full(&self, full: bool) {
        self.0.lock().full = full;
    }

    /// Bytes that the disk can hold.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.0.lock().capacity = bytes;
    }

    /// While true, every write fails.
    pub fn set_failing(&self, failing: bool) {
        self.0.lock().failing = failing;
    }

    /// While true, a write is made and yet answered with an error, as when only its sync failed.
    /// The store then starts anew before its next write.
    pub fn set_deceptive(&self, deceptive: bool) {
        self.0.lock().deceptive = deceptive;
    }

    /// Bytes held, keys and values.
    pub fn bytes(&self) -> u64 {
        self.0.lock().bytes
    }
}

impl Inner {
    fn set(&mut self, (key, value): Change) -> Option<Vec<u8>> {
        let key_len = key.1.len() as u64;
        let old = match value {
            Some(value) => {
                self.bytes += key_len + value.len() as u64;
                self.rows.insert(key, value)
            }
            None => self.rows.remove(&key),
        };
        self.bytes -= old.as_ref().map_or(0, |old| key_len + old.len() as u64);
        old
    }

    fn write(&mut self, changes: Vec<Change>) {
        let undo = changes.iter().cloned().map(|change| (change.0.clone(), self.set(change))).collect();
        self.unsynced.push(Unsynced { changes, undo });
    }

    fn crash(&mut self, crash: Crash) -> Option<Key> {
        let (Crash::Lost { keep } | Crash::Torn { keep, .. }) = crash;
        let lost = self.unsynced.split_off(keep.min(self.unsynced.len()));
        for write in lost.iter().rev() {
            write.undo.iter().rev().cloned().for_each(|change| drop(self.set(change)));
        }
        self.unsynced.clear();
        self.generation += 1;
        match (crash, lost.first()) {
            (Crash::Torn { ops, bytes, .. }, Some(torn)) => self.tear(torn, ops, bytes),
            _ => None,
        }
    }

    fn tear(&mut self, write: &Unsynced, ops: usize, bytes: usize) -> Option<Key> {
        write.changes.iter().take(ops).cloned().for_each(|change| drop(self.set(change)));
        let Some((key, Some(value))) = write.changes.get(ops) else { return None };
        let torn = value[..bytes.min(value.len())].to_vec();
        self.set((key.clone(), Some(torn)));
        (bytes < value.len()).then(|| key.clone())
    }

    fn flip_bit(&mut self, nth: u64) -> Option<(Table, Vec<u8>)> {
        let bits: u64 = self.rows.values().map(|value| value.len() as u64 * 8).sum();
        let mut nth = nth.checked_rem(bits)?;
        for ((table, key), value) in &mut self.rows {
            let here = value.len() as u64 * 8;
            if nth < here {
                value[(nth / 8) as usize] ^= 1 << (nth % 8);
                return Some((*table, key.clone()));
            }
            nth -= here;
        }
        None
    }

    fn refuse(&self, ops: &[Op<'_>]) -> Result<(), CommitError> {
        let new: u64 = ops.iter().map(|op| op.value.as_ref().map_or(0, |value| value.len() as u64)).sum();
        let over = self.capacity.is_some_and(|capacity| self.bytes + new > capacity);
        match ops.iter().any(Op::is_data) && (self.full || over) {
            true => Err(CommitError::Full("the disk in memory has no room".to_owned())),
            false => Ok(()),
        }
    }
}

/// The disk as one opened store sees it: until the next crash.
pub struct MemoryEngine {
    disk: MemoryDisk,
    generation: u64,
    /// A write was made that was answered with an error.
    deceived: AtomicBool,
}

impl MemoryEngine {
    fn alive(&self) -> Result<parking_lot::MutexGuard<'_, Inner>, EngineError> {
        let inner = self.disk.0.lock();
        match inner.generation == self.generation {
            true => Ok(inner),
            false => Err(EngineError { damaged: false, why: "the machine of this store has crashed".to_owned() }),
        }
    }

    fn writable(&self) -> Result<parking_lot::MutexGuard<'_, Inner>, CommitError> {
        let inner = self.alive().map_err(|error| CommitError::Io(error.why))?;
        match inner.failing {
            true => Err(CommitError::Io("the disk in memory fails on command".to_owned())),
            false => Ok(inner),
        }
    }
}

impl Engine for MemoryEngine {
    fn read<T>(&self, table: Table, key: &[u8], read: impl FnOnce(&[u8]) -> T) -> Result<Option<T>, EngineError> {
        Ok(self.alive()?.rows.get(&(table, key.to_vec())).map(|value| read(value)))
    }

    fn scan(&self, table: Table, from: &[u8], limit: usize) -> Result<Vec<Row>, EngineError> {
        let inner = self.alive()?;
        let rows = inner.rows.range((table, from.to_vec())..);
        let rows = rows.take_while(|((at, _), _)| *at == table).take(limit);
        Ok(rows.map(|((_, key), value)| (key.clone(), value.clone())).collect())
    }

    fn keys(&self, table: Table, from: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, EngineError> {
        let inner = self.alive()?;
        let rows = inner.rows.range((table, from.to_vec())..);
        Ok(rows.take_while(|((at, _), _)| *at == table).take(limit).map(|((_, key), _)| key.clone()).collect())
    }

    fn last(&self, table: Table, bound: Option<&[u8]>) -> Result<Option<Row>, EngineError> {
        let inner = self.alive()?;
        let end = bound.unwrap_or(&ABOVE_ALL_KEYS).to_vec();
        let range = (Bound::Included((table, Vec::new())), Bound::Excluded((table, end)));
        Ok(inner.rows.range(range).next_back().map(|((_, key), value)| (key.clone(), value.clone())))
    }

    fn write(&self, ops: &[Op<'_>], sync: bool) -> Result<(), CommitError> {
        let mut inner = self.writable()?;
        inner.refuse(ops)?;
        let owned = |op: &Op<'_>| ((op.table, op.key.clone()), op.value.as_ref().map(|value| value.to_vec()));
        inner.write(ops.iter().map(owned).collect());
        if sync {
            inner.unsynced.clear();
        }
        if inner.deceptive {
            self.deceived.store(true, Ordering::Relaxed);
            return Err(CommitError::Io("the disk in memory says so on command".to_owned()));
        }
        Ok(())
    }

    fn sync(&self) -> Result<(), CommitError> {
        self.writable()?.unsynced.clear();
        Ok(())
    }

    fn heal(&self) -> Result<bool, CommitError> {
        Ok(self.deceived.swap(false, Ordering::Relaxed))
    }

    fn disk_bytes(&self) -> u64 {
        self.disk.bytes()
    }
}

#[cfg(test)]
mod tests;
