//! What is durable under which idempotency key, and which records of a request may come next.
//!
//! A keyed request is a prefix that grows: the next submission must begin exactly where what is
//! under way ends. So no interleaving of retries stores a record twice or leaves one out.

use std::collections::{BTreeMap, VecDeque};

use vigil_crdt::{IdempotencyKey, IdempotencyRow, PlacedBlock};
use vigil_model::limits::IDEMPOTENCY_LOOKUP_MS;
use vigil_model::{Hash, LogId, Timestamp};

use crate::clock::Elapsed;
use crate::effect::Refusal;
use crate::input::Idempotent;

/// One key in use, or in use a moment ago.
#[derive(Debug)]
struct Entry {
    body: Hash,
    /// Records accepted under it, whatever became of their block so far.
    accepted: u64,
    /// Whether the last of them ends the request.
    closed: bool,
    /// With every block given to the writer.
    written: IdempotencyRow,
    /// With every block that is settled.
    durable: IdempotencyRow,
    /// Submissions not yet answered.
    pending: u32,
    /// Since when none is.
    idle: Elapsed,
}

/// All keys in use, and those that a slow look-up may still ask for.
#[derive(Debug)]
pub(crate) struct Keys {
    log: LogId,
    limit: usize,
    entries: BTreeMap<IdempotencyKey, Entry>,
    idle: VecDeque<(Elapsed, IdempotencyKey)>,
}

impl Keys {
    pub(crate) fn new(log: LogId, limit: usize) -> Keys {
        Keys { log, limit, entries: BTreeMap::new(), idle: VecDeque::new() }
    }

    /// Whether this part of a request may be accepted. Changes nothing.
    pub(crate) fn check(&self, request: &Idempotent) -> Result<(), Refusal> {
        let busy = |reason, retry_after_ms| Err(Refusal::Busy { reason, retry_after_ms });
        let remembered = request.resumed.as_ref();
        let entry = self.entries.get(&request.key);
        let body = entry.map(|entry| entry.body).or(remembered.map(|row| row.body));
        if body.is_some_and(|body| body != request.body) {
            return Err(Refusal::KeyReused);
        }
        let (accepted, closed) = match (entry, remembered) {
            (Some(entry), _) => (entry.accepted, entry.closed),
            (None, Some(row)) => (row.records, row.complete),
            (None, None) => (0, false),
        };
        if closed || request.from != accepted {
            return busy("another request with this idempotency key is under way", 200);
        }
        if entry.is_none() && self.entries.len() >= self.limit {
            return busy("too many idempotency keys at once", 1_000);
        }
        Ok(())
    }

    /// Takes over a part that [`Keys::check`] let pass.
    pub(crate) fn accept(&mut self, request: &Idempotent, records: u32, now: Timestamp) {
        assert_eq!(self.check(request), Ok(()), "a keyed part is checked before it is accepted");
        let log = self.log;
        let entry = self.entries.entry(request.key).or_insert_with(|| Entry::begin(request, log, now));
        entry.accepted += u64::from(records);
        entry.closed = request.last;
        entry.pending += 1;
    }

    /// A block with records of `key` goes to the writer; the row belongs into its batch.
    pub(crate) fn written(&mut self, key: &IdempotencyKey, placed: PlacedBlock, last: bool) {
        let entry = self.entry(key);
        entry.written.extend(placed, last);
        assert!(entry.written.records <= entry.accepted, "nothing is written that was not accepted");
    }

    /// The row with every block given to the writer.
    pub(crate) fn row(&self, key: &IdempotencyKey) -> IdempotencyRow {
        self.entries.get(key).expect("a key stays while a submission of it is pending").written.clone()
    }

    /// A part of a request is settled.
    pub(crate) fn durable(&mut self, key: &IdempotencyKey, placed: PlacedBlock, last: bool, now: Elapsed) {
        let entry = self.entry(key);
        entry.durable.extend(placed, last);
        assert!(entry.durable.records <= entry.written.records, "nothing is settled that was not written");
        self.answered(key, now);
    }

    /// A part of a request was refused after it had been accepted.
    pub(crate) fn refused(&mut self, key: &IdempotencyKey, now: Elapsed) {
        self.answered(key, now);
    }

    /// Blocks were withdrawn: every key is back at what is settled. The blocks that stay with the
    /// writer are told again by [`Keys::written`]; then [`Keys::rejoin`] ends it.
    pub(crate) fn roll_back(&mut self) {
        self.entries.values_mut().for_each(|entry| entry.written.clone_from(&entry.durable));
    }

    /// After a roll-back nothing is accepted beyond what is with the writer.
    pub(crate) fn rejoin(&mut self) {
        for entry in self.entries.values_mut() {
            entry.accepted = entry.written.records;
            entry.closed = entry.written.complete;
        }
    }

    /// Forgets keys that no look-up from before their end can still ask for.
    pub(crate) fn forget(&mut self, now: Elapsed) {
        while let Some((since, key)) = self.idle.front().copied() {
            if now < since.plus_millis(IDEMPOTENCY_LOOKUP_MS) {
                return;
            }
            self.idle.pop_front();
            let over = self.entries.get(&key).is_some_and(|entry| entry.pending == 0 && entry.idle == since);
            if over {
                self.entries.remove(&key);
            }
        }
    }

    fn answered(&mut self, key: &IdempotencyKey, now: Elapsed) {
        let entry = self.entry(key);
        assert!(entry.pending > 0, "a submission is answered once");
        entry.pending -= 1;
        if entry.pending == 0 {
            entry.idle = now;
            self.idle.push_back((now, *key));
        }
    }

    fn entry(&mut self, key: &IdempotencyKey) -> &mut Entry {
        self.entries.get_mut(key).expect("a key stays while a submission of it is pending")
    }
}

impl Entry {
    fn begin(request: &Idempotent, log: LogId, now: Timestamp) -> Entry {
        let fresh =
            IdempotencyRow { body: request.body, at: now, records: 0, complete: false, blocks: Vec::new(), log };
        let mut row = request.resumed.clone().unwrap_or(fresh);
        if row.log != log {
            // A row names blocks of one log; the records before stay counted.
            row.blocks.clear();
            row.log = log;
        }
        Entry {
            body: request.body,
            accepted: row.records,
            closed: false,
            written: row.clone(),
            durable: row,
            pending: 0,
            idle: Elapsed::default(),
        }
    }
}

trait Extend {
    fn extend(&mut self, placed: PlacedBlock, last: bool);
}

impl Extend for IdempotencyRow {
    /// Appends neighbours; a run that continues the last one becomes part of it.
    fn extend(&mut self, placed: PlacedBlock, last: bool) {
        assert!(!self.complete, "nothing follows the end of a request");
        self.records += u64::from(placed.count);
        self.complete = last;
        match self.blocks.last_mut() {
            Some(run) if continues(run, &placed) => run.count += placed.count,
            _ => self.blocks.push(placed),
        }
    }
}

fn continues(run: &PlacedBlock, next: &PlacedBlock) -> bool {
    (run.seq, run.hash, run.class, run.first + run.count) == (next.seq, next.hash, next.class, next.first)
}
