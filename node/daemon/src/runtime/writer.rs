//! The one thread that writes the log: sign, group, commit, fsync, tell the machine.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use ed25519_dalek::SigningKey;
use vigil_crdt::{Commit, CommitBlock, CommitError, CommitFill, IdempotencyKey, IdempotencyRow, LogStore};
use vigil_model::{Header, LogId, Timestamp};
use vigil_node::{Ticket, WriteFailure};

use super::hasher::Prepared;
use super::message::CoreMessage;

/// Bytes gathered into one commit at the most.
const GROUP_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// A block to write.
pub(super) struct WriteJob {
    pub(super) ticket: Ticket,
    pub(super) arrival: u64,
    pub(super) what: Written,
    pub(super) prepared: Arc<Prepared>,
    pub(super) idempotency: Vec<(IdempotencyKey, IdempotencyRow)>,
}

/// What kind of block.
pub(super) enum Written {
    /// Our own: sign this header.
    Own(Box<Header>),
    /// A peer's, with its header.
    Foreign,
    /// Bodies of a block whose header is held.
    Bodies {
        /// Its log.
        log: LogId,
        /// Its seq.
        seq: u64,
    },
}

/// What the writer is told.
pub(super) enum WriterMessage {
    /// Write this block.
    Write(WriteJob),
    /// Jobs sent before this were withdrawn; jobs after it are good.
    Withdrawn,
    /// Forget receipts first seen before this time.
    Expire(Timestamp),
    /// The node is stopping: no fsync waits for its interval any more.
    Hurry,
}

/// What the writer works with.
pub(super) struct Writer {
    pub(super) store: Arc<dyn LogStore>,
    pub(super) key: SigningKey,
    pub(super) core: Sender<CoreMessage>,
    /// Logs that got bodies since the machine was told last what they lack.
    pub(super) filled: RefCell<BTreeSet<LogId>>,
    /// `None`: fsync before every acknowledgement. Else the distance of fsyncs.
    pub(super) interval: Cell<Option<Duration>>,
}

/// A group of blocks on its way into one commit.
#[derive(Default)]
struct Group {
    commit: Commit,
    first: Option<Ticket>,
    last: Option<Ticket>,
    bytes: u64,
}

/// Blocks that are written and wait for their fsync, in `interval` mode.
struct Unsynced {
    last: Ticket,
    due: Instant,
}

impl Writer {
    /// Works until the channel closes; what was written is synced before it returns.
    pub(super) fn work(&self, messages: &Receiver<WriterMessage>) {
        let mut unsynced: Option<Unsynced> = None;
        let mut failed = false;
        loop {
            let message = match &unsynced {
                None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(waiting) => messages.recv_deadline(waiting.due),
            };
            match message {
                Ok(message) => failed = self.take(message, messages, failed, &mut unsynced),
                Err(RecvTimeoutError::Timeout) => self.sync(&mut unsynced),
                Err(RecvTimeoutError::Disconnected) => return self.sync(&mut unsynced),
            }
            if unsynced.as_ref().is_some_and(|waiting| waiting.due <= Instant::now()) {
                self.sync(&mut unsynced);
            }
        }
    }

    /// Handles one message and those that can join its group; answers whether writing failed and
    /// the machine has not withdrawn yet.
    fn take(
        &self,
        message: WriterMessage,
        messages: &Receiver<WriterMessage>,
        failed: bool,
        unsynced: &mut Option<Unsynced>,
    ) -> bool {
        match message {
            WriterMessage::Withdrawn => false,
            WriterMessage::Expire(before) => {
                if let Err(error) = self.store.expire_idempotency(before) {
                    tracing::warn!(%error, "old receipts were not forgotten; the next round tries again");
                }
                failed
            }
            WriterMessage::Hurry => {
                self.interval.set(self.interval.get().map(|_| Duration::ZERO));
                unsynced.iter_mut().for_each(|waiting| waiting.due = Instant::now());
                failed
            }
            WriterMessage::Write(_) if failed => true,
            WriterMessage::Write(job) => self.write_group(job, messages, unsynced),
        }
    }

    fn write_group(&self, job: WriteJob, messages: &Receiver<WriterMessage>, unsynced: &mut Option<Unsynced>) -> bool {
        let mut group = Group::default();
        group.add(job, &self.key);
        let mut after = None;
        while group.bytes < GROUP_BYTES_MAX {
            match messages.try_recv() {
                Ok(WriterMessage::Write(job)) => group.add(job, &self.key),
                Ok(other) => {
                    after = Some(other);
                    break;
                }
                Err(_) => break,
            }
        }
        let failed = !self.commit(group, unsynced);
        match after {
            Some(message) => self.take(message, messages, failed, unsynced),
            None => failed,
        }
    }

    fn commit(&self, group: Group, unsynced: &mut Option<Unsynced>) -> bool {
        let (first, last) = group.first.zip(group.last).expect("a group holds at least the job that opened it");
        let written = self.store.commit(&group.commit, self.interval.get().is_none());
        if written.is_ok() {
            self.filled.borrow_mut().extend(group.commit.fills.iter().map(|fill| fill.log));
        }
        match (written, self.interval.get()) {
            (Err(error), _) => {
                self.tell(CoreMessage::PersistFailed { ticket: first, failure: failure(&error) });
                false
            }
            (Ok(()), None) => {
                self.persisted(last);
                true
            }
            (Ok(()), Some(interval)) => {
                self.tell(CoreMessage::Written { ticket: last });
                let due = unsynced.as_ref().map_or_else(|| Instant::now() + interval, |waiting| waiting.due);
                *unsynced = Some(Unsynced { last, due });
                true
            }
        }
    }

    fn sync(&self, unsynced: &mut Option<Unsynced>) {
        let Some(waiting) = unsynced.take() else { return };
        match self.store.sync() {
            Ok(()) => self.persisted(waiting.last),
            Err(error) => {
                tracing::error!(%error, "the log was written but cannot be synced; trying again");
                let due = Instant::now() + Duration::from_millis(500);
                *unsynced = Some(Unsynced { last: waiting.last, due });
            }
        }
    }

    /// Tells what is durable now, and before it what the logs that got bodies still lack.
    fn persisted(&self, ticket: Ticket) {
        let filled = std::mem::take(&mut *self.filled.borrow_mut());
        for head in filled.iter().filter_map(|log| self.store.log_head(log)) {
            self.tell(CoreMessage::Missing { log: head.log, missing: Box::new(head.missing) });
        }
        self.tell(CoreMessage::Persisted { ticket });
    }

    fn tell(&self, message: CoreMessage) {
        // The core outlives the writer save in a panic, and then nobody waits for an answer.
        let _ = self.core.send(message);
    }
}

impl Group {
    fn add(&mut self, job: WriteJob, key: &SigningKey) {
        self.first.get_or_insert(job.ticket);
        self.last = Some(job.ticket);
        self.bytes += job.prepared.bytes;
        let (arrival, bodies) = (job.arrival, job.prepared.encoded.clone());
        match job.what {
            Written::Own(header) => self.commit.blocks.push(CommitBlock { arrival, header: header.sign(key), bodies }),
            Written::Foreign => {
                let header = job.prepared.header.as_deref().expect("a peer's block comes with its header").clone();
                self.commit.blocks.push(CommitBlock { arrival, header, bodies });
            }
            Written::Bodies { log, seq } => self.commit.fills.push(CommitFill { arrival, log, seq, bodies }),
        }
        self.commit.idempotency.extend(job.idempotency);
    }
}

fn failure(error: &CommitError) -> WriteFailure {
    match error {
        CommitError::Full(why) => WriteFailure::Full(why.clone()),
        CommitError::Io(why) => WriteFailure::Io(why.clone()),
    }
}
