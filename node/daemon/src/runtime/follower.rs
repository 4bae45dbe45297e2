//! The thread that keeps the index behind the log: adds durable blocks, commits about once a
//! second, trims the hot tail.
//!
//! A panic or an error here never stops the log: the node goes on without a fresh index until the
//! lag bound refuses ingest, and says so.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use vigil_crdt::{BlockEntry, LogStore};
use vigil_index_tantivy::{Body, IndexError, Shelves};
use vigil_model::{Class, Timestamp};

use super::core::CoreMessage;
use super::hot_tail::{HotTail, TailBlock};
use super::shared::Shared;

/// Bytes added since the last commit that bring the next one forward.
const COMMIT_BYTES: u64 = 32 * 1024 * 1024;
/// Blocks taken from the tail in one go.
const TAKE_BLOCKS: usize = 64;
/// Rows of the order of arrival read in one go on a rebuild.
const REPLAY_BLOCKS: usize = 256;

/// The index and what it follows.
pub(super) struct Follower {
    pub(super) shelves: Shelves,
    pub(super) tail: Arc<HotTail>,
    pub(super) shared: Arc<Shared>,
    pub(super) core: Sender<CoreMessage>,
    /// Distance of commits.
    pub(super) commit_every: Duration,
    /// The last block added.
    pub(super) added: u64,
}

/// What waits for the next commit.
struct Dirty {
    since: Instant,
    bytes: u64,
}

impl Follower {
    /// Follows until nobody wakes it any more; commits before it returns.
    pub(super) fn work(mut self, woken: &Receiver<()>) {
        let mut dirty: Option<Dirty> = None;
        loop {
            let patience = dirty
                .as_ref()
                .map_or(Duration::from_secs(60), |dirty| self.commit_every.saturating_sub(dirty.since.elapsed()));
            let stop = matches!(woken.recv_timeout(patience), Err(RecvTimeoutError::Disconnected));
            let step = catch_unwind(AssertUnwindSafe(|| self.step(&mut dirty, stop)));
            match step {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return self.give_up(&error.to_string()),
                Err(_) => return self.give_up("the index follower panicked"),
            }
            if stop {
                return;
            }
        }
    }

    fn step(&mut self, dirty: &mut Option<Dirty>, stop: bool) -> Result<(), IndexError> {
        self.add_durable(dirty)?;
        let due = dirty.as_ref().is_some_and(|dirty| stop || dirty.since.elapsed() >= self.commit_every);
        if due { self.commit(dirty) } else { Ok(()) }
    }

    fn add_durable(&mut self, dirty: &mut Option<Dirty>) -> Result<(), IndexError> {
        loop {
            let durable = self.shared.durable.load(Ordering::Acquire);
            let blocks = self.tail.after(self.added, TAKE_BLOCKS);
            let blocks: Vec<_> = blocks.into_iter().filter(|block| block.arrival <= durable).collect();
            if blocks.is_empty() {
                return Ok(());
            }
            for block in blocks {
                self.add(&block)?;
                let dirty = dirty.get_or_insert_with(|| Dirty { since: Instant::now(), bytes: 0 });
                dirty.bytes += block.bytes;
            }
            if dirty.as_ref().is_some_and(|dirty| dirty.bytes >= COMMIT_BYTES) {
                self.commit(dirty)?;
            }
        }
    }

    fn add(&mut self, block: &TailBlock) -> Result<(), IndexError> {
        let bodies: Vec<_> =
            block.bodies.iter().map(|body| Body { class: body.class, records: &body.records }).collect();
        self.shelves.add(block.block, block.arrival, block.sealed, &bodies)?;
        self.added = block.arrival;
        Ok(())
    }

    fn commit(&mut self, dirty: &mut Option<Dirty>) -> Result<(), IndexError> {
        let indexed = self.shelves.commit()?;
        assert_eq!(indexed, self.added, "a commit covers what was added");
        *dirty = None;
        // The new snapshot is in place before the tail is trimmed: queries look at the tail first.
        let lag_bytes = self.tail.trim(indexed);
        self.shared.indexed.store(indexed, Ordering::Relaxed);
        self.shared.shelves.store(self.shelves.len() as u64, Ordering::Relaxed);
        // When the core is gone the process is ending and nobody counts the lag.
        let _ = self.core.send(CoreMessage::Indexed { arrival: indexed, lag_bytes });
        Ok(())
    }

    fn give_up(&self, why: &str) {
        tracing::error!(why, "the index no longer follows; queries scan what it misses, restart the node");
        *self.shared.index_problem.lock() = why.to_owned();
    }
}

/// Brings the index up to `to`, the store's last block. Answers how many blocks it took. `progress`
/// is told (blocks done, blocks to do).
pub(super) fn catch_up(
    shelves: &mut Shelves,
    store: &dyn LogStore,
    to: u64,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<u64, super::RunError> {
    let from = shelves.resume();
    let mut next = from;
    let mut bytes = 0;
    while next <= to {
        let entries = store.arrivals(next, REPLAY_BLOCKS)?;
        let Some(last) = entries.last() else { break };
        next = last.arrival + 1;
        for entry in &entries {
            bytes += replay(shelves, store, entry)?;
        }
        if bytes >= 4 * COMMIT_BYTES {
            shelves.commit()?;
            bytes = 0;
        }
        progress(next - from, to + 1 - from);
    }
    if next > from {
        shelves.commit()?;
    }
    Ok(next - from)
}

fn replay(shelves: &mut Shelves, store: &dyn LogStore, entry: &BlockEntry) -> Result<u64, super::RunError> {
    let sealed = store.header(entry.block)?.map_or(0, |header| header.header.sealed.millis());
    let read = |class: &Class| match store.body(entry.block, *class) {
        Ok(body) => body.map(|(_, records)| (*class, records)),
        // A body that cannot be read cannot be found either; reads name it, the rest goes on.
        Err(error) => {
            tracing::error!(%error, "left out of the index");
            None
        }
    };
    let bodies: Vec<_> = entry.bodies.iter().filter_map(|(class, _, _)| read(class)).collect();
    let borrowed: Vec<_> = bodies.iter().map(|(class, records)| Body { class: *class, records }).collect();
    shelves.add(entry.block, entry.arrival, Timestamp::from_millis(sealed as i64), &borrowed)?;
    Ok(entry.bodies.iter().map(|(_, _, raw)| u64::from(*raw)).sum())
}
