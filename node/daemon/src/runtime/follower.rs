//! The thread that keeps the index behind the log: adds durable blocks, commits about once a
//! second, trims the hot tail.
//!
//! A panic or an error here never stops the log: the index is opened anew, catches up from the log
//! and goes on. What the index lacks is in the hot tail, up to the lag bound, at which ingest is
//! refused; or, while a lost part of the index is rebuilt, queries read it from the log.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use parking_lot::RwLock;
use vigil_crdt::LogStore;
use vigil_index_tantivy::{Body, IndexError, ShelfOptions, ShelfReader, ShelfSnapshot, Shelves, Verify};

use super::error::RunError;
use super::hot_tail::{HotTail, TailBlock};
use super::message::CoreMessage;
use super::replay::catch_up;
use super::shared::Shared;

/// Bytes added since the last commit that bring the next one forward.
const COMMIT_BYTES: u64 = 32 * 1024 * 1024;
/// Blocks taken from the tail in one go.
const TAKE_BLOCKS: usize = 64;
/// Bytes of the hot tail that are kept while the index is rebuilt.
const REBUILD_TAIL_BYTES: u64 = 32 * 1024 * 1024;
/// How often a long rebuild says how far it is.
const PROGRESS_EVERY: Duration = Duration::from_secs(2);
/// How long to wait after an error before the index is opened anew; longer if it took longer to fail.
const AFTER_ERROR: Duration = Duration::from_secs(1);
/// How long after a panic: what failed so badly may well do so again.
const AFTER_PANIC: Duration = Duration::from_secs(15);

/// What queries ask: the index as it is now.
pub(super) struct Published(RwLock<ShelfReader>);

impl Published {
    pub(super) fn new(reader: ShelfReader) -> Published {
        Published(RwLock::new(reader))
    }

    /// The state after the last commit. What it lacks is to be read from the log.
    pub(super) fn snapshot(&self) -> Arc<ShelfSnapshot> {
        self.0.read().snapshot()
    }
}

/// The index and what it follows.
pub(super) struct Follower {
    /// The index; `None` after an error, until it is opened anew.
    pub(super) shelves: Option<Shelves>,
    pub(super) published: Arc<Published>,
    /// Where the index is.
    pub(super) dir: PathBuf,
    /// See [`ShelfOptions::writer_bytes`].
    pub(super) writer_bytes: usize,
    pub(super) store: Arc<dyn LogStore>,
    pub(super) tail: Arc<HotTail>,
    pub(super) shared: Arc<Shared>,
    pub(super) core: Sender<CoreMessage>,
    /// Distance of commits.
    pub(super) commit_every: Duration,
    /// The last block added.
    pub(super) added: u64,
    /// After an error: when to try again.
    pub(super) again: Option<Instant>,
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
        let mut first = true;
        loop {
            // What the last process left behind is made good before anything new comes.
            let stop = if std::mem::take(&mut first) { is_ended(woken) } else { self.wait(woken, dirty.as_ref()) };
            if stop && self.shelves.is_none() {
                // The next start catches up from the log.
                return;
            }
            let begun = Instant::now();
            match catch_unwind(AssertUnwindSafe(|| self.step(&mut dirty, stop, woken))) {
                Ok(Ok(())) => self.recovered(),
                Ok(Err(error)) => self.fail(&words(&error), AFTER_ERROR.max(begun.elapsed()), &mut dirty),
                Err(_) => self.fail("the index follower panicked", AFTER_PANIC, &mut dirty),
            }
            if stop {
                return;
            }
        }
    }

    /// Waits for something to do; answers whether to stop.
    fn wait(&self, woken: &Receiver<()>, dirty: Option<&Dirty>) -> bool {
        if let Some(again) = self.again {
            // Being woken by new blocks is no reason to try earlier.
            while let Ok(()) = woken.recv_deadline(again) {}
            return is_ended(woken);
        }
        let patience =
            dirty.map_or(Duration::from_secs(60), |dirty| self.commit_every.saturating_sub(dirty.since.elapsed()));
        matches!(woken.recv_timeout(patience), Err(RecvTimeoutError::Disconnected))
    }

    fn step(&mut self, dirty: &mut Option<Dirty>, stop: bool, woken: &Receiver<()>) -> Result<(), RunError> {
        if self.shelves.is_none() {
            self.reopen()?;
        }
        if !stop && !self.rebuild(woken)? {
            return Ok(());
        }
        if self.added >= self.tail.begins_after() && self.shelves().is_verified() {
            self.add_durable(dirty)?;
        }
        let due = dirty.as_ref().is_some_and(|dirty| stop || dirty.since.elapsed() >= self.commit_every);
        if due {
            self.commit(dirty)?;
        }
        if stop {
            self.shelves().end_chunks();
        }
        Ok(())
    }

    /// Opens the index anew, as it is.
    fn reopen(&mut self) -> Result<(), RunError> {
        let log_arrival = self.shared.durable.load(Ordering::Acquire);
        let options = ShelfOptions { writer_bytes: self.writer_bytes, log_arrival, verify: Verify::Later };
        let shelves = Shelves::open(&self.dir, &options)?;
        *self.published.0.write() = shelves.reader();
        self.added = shelves.resume() - 1;
        self.shared.indexed.store(self.added, Ordering::Relaxed);
        self.shelves = Some(shelves);
        Ok(())
    }

    /// Verifies the shelves, and brings the index up to where the tail begins, while queries read
    /// from the log what it lacks; `false` when the node stops meanwhile.
    fn rebuild(&mut self, woken: &Receiver<()>) -> Result<bool, RunError> {
        while self.shelves().verify_next()? {
            self.added = self.shelves().resume() - 1;
            self.shared.indexed.store(self.added, Ordering::Relaxed);
            self.shorten_tail();
            if is_ended(woken) {
                return Ok(false);
            }
        }
        while self.added < self.tail.begins_after() {
            if !self.catch_up(woken)? {
                return Ok(false);
            }
        }
        if self.shared.rebuilt.swap(100, Ordering::Relaxed) < 100 {
            tracing::warn!(arrival = self.added, "the index is whole again");
        }
        Ok(true)
    }

    fn catch_up(&mut self, woken: &Receiver<()>) -> Result<bool, RunError> {
        let to = self.tail.begins_after();
        // After an error it is not put back: what its writers hold is then unknown.
        let mut shelves = self.shelves.take().expect("a step begins by opening the index");
        let before = shelves.resume() - 1;
        let mut told = Instant::now();
        catch_up(&mut shelves, &*self.store, to, &mut |done, _| {
            let percent = (before + done) * 100 / to.max(1);
            self.shared.rebuilt.store(percent.min(99), Ordering::Relaxed);
            if told.elapsed() >= PROGRESS_EVERY {
                told = Instant::now();
                tracing::warn!("index: rebuilding, {percent} %");
            }
            self.shorten_tail();
            !is_ended(woken)
        })?;
        self.added = shelves.resume() - 1;
        let count = shelves.len();
        self.shelves = Some(shelves);
        self.note_indexed(self.added, count);
        Ok(self.added >= to)
    }

    /// While the index is far behind, blocks that are durable need no place in memory: they would
    /// keep ingest from going on.
    fn shorten_tail(&self) {
        let lag_bytes = self.tail.shorten(REBUILD_TAIL_BYTES);
        let arrival = self.shared.indexed.load(Ordering::Relaxed);
        // As in `note_indexed`.
        let _ = self.core.send(CoreMessage::Indexed { arrival, lag_bytes });
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
        self.shelves().add(block.block, block.arrival, block.sealed, &bodies)?;
        self.added = block.arrival;
        Ok(())
    }

    fn commit(&mut self, dirty: &mut Option<Dirty>) -> Result<(), IndexError> {
        let indexed = self.shelves().commit()?;
        assert_eq!(indexed, self.added, "a commit covers what was added");
        *dirty = None;
        let count = self.shelves().len();
        self.note_indexed(indexed, count);
        Ok(())
    }

    fn shelves(&mut self) -> &mut Shelves {
        self.shelves.as_mut().expect("a step begins by opening the index")
    }

    /// Tells everybody that the index has come so far. The new snapshot is in place before the tail
    /// is trimmed: queries look at the tail first.
    fn note_indexed(&self, indexed: u64, shelves: usize) {
        let lag_bytes = self.tail.trim(indexed);
        self.shared.indexed.store(indexed, Ordering::Relaxed);
        self.shared.shelves.store(shelves as u64, Ordering::Relaxed);
        // When the core is gone the process is ending and nobody counts the lag.
        let _ = self.core.send(CoreMessage::Indexed { arrival: indexed, lag_bytes });
    }

    /// Lets go of the index: what its writers hold is unknown.
    fn fail(&mut self, why: &str, pause: Duration, dirty: &mut Option<Dirty>) {
        let mut problem = self.shared.index_problem.lock();
        if *problem != why {
            tracing::error!(why, "the index does not follow the log; it is opened anew until it does");
            *problem = why.to_owned();
        }
        drop(problem);
        *dirty = None;
        let shelves = self.shelves.take();
        if catch_unwind(AssertUnwindSafe(|| drop(shelves))).is_err() {
            tracing::error!("closing the failed index panicked");
        }
        self.again = Some(Instant::now() + pause);
    }

    fn recovered(&mut self) {
        if self.again.take().is_some() {
            tracing::warn!(arrival = self.added, "the index follows the log again");
            self.shared.index_problem.lock().clear();
        }
    }
}

/// What failed; not what to do about it, which a node that runs does itself.
fn words(error: &RunError) -> String {
    match error {
        RunError::Index(error) => error.to_string(),
        error => error.to_string(),
    }
}

/// Whether nobody can wake this thread any more: the node stops.
fn is_ended(woken: &Receiver<()>) -> bool {
    matches!(woken.try_recv(), Err(TryRecvError::Disconnected))
}
