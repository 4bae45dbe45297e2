//! A node in memory: what a client sends is what a query finds; refusals come by script.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::{Notify, broadcast};
use vigil_api::{
    Backend, Boxed, QueryAnswer, QueryFailure, QueryRequest, Status, SubmitOptions, TailBatch, TailReceiver,
};
use vigil_crdt::{IdempotencyRow, PlacedBlock};
use vigil_index::{FrameSource, Options, Posting, Row, SourceError, scan};
use vigil_model::{
    BlockRef, Class, Epoch, EventId, Frame, FrameRef, Hash, LogId, LogNumber, NodeId, Records, Timestamp,
};
use vigil_node::{Idempotent, Receipt, Refusal, SubmissionId};
use vigil_query::TimeRange;

/// 2026-01-31T12:00:00Z
pub(crate) const NOW: Timestamp = Timestamp(1_769_860_800_000_000_000);
pub(crate) const LOG: LogId = LogId { node: NodeId([1; 32]), epoch: Epoch([2; 16]) };

/// What the node does with the next submissions.
#[derive(Default)]
pub(crate) struct Script {
    /// One entry a submission, `None` to accept it; accepts everything when there is none left.
    pub(crate) refusals: VecDeque<Option<Refusal>>,
    /// Refuses everything with this.
    pub(crate) always: Option<Refusal>,
    /// Dies with the records that it refuses.
    pub(crate) loses: bool,
    /// Accepts before the disk has it.
    pub(crate) lazy: bool,
    /// Accepts nothing until it is released.
    pub(crate) hold: bool,
    /// Why queries fail.
    pub(crate) query: Option<QueryFailure>,
    /// Queries never end.
    pub(crate) hang: bool,
    /// Why it is not ready.
    pub(crate) not_ready: Option<String>,
}

#[derive(Default)]
struct State {
    script: Script,
    blocks: Vec<Records>,
    submitted: Vec<(usize, SubmitOptions)>,
    under_way: usize,
    most_under_way: usize,
    rows: BTreeMap<Hash, IdempotencyRow>,
    metrics_panics: bool,
    queries_under_way: usize,
}

/// A query that counts as under way until its future is dropped.
struct UnderWay(Arc<Fake>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.state().queries_under_way -= 1;
    }
}

pub(crate) struct Fake {
    state: Mutex<State>,
    released: Notify,
    tail: broadcast::Sender<TailBatch>,
}

pub(crate) fn busy() -> Refusal {
    Refusal::Busy { reason: "the queue is full", retry_after_ms: 1 }
}

impl Fake {
    pub(crate) fn new(script: Script) -> Arc<Fake> {
        let state = Mutex::new(State { script, ..State::default() });
        Arc::new(Fake { state, released: Notify::new(), tail: broadcast::channel(4).0 })
    }

    pub(crate) fn release(&self) {
        self.state().script.hold = false;
        self.released.notify_waiters();
    }

    pub(crate) fn script(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.state().script);
    }

    pub(crate) fn panic_in_metrics(&self) {
        self.state().metrics_panics = true;
    }

    /// Everything accepted, in order.
    pub(crate) fn messages(&self) -> Vec<String> {
        let state = self.state();
        let records = state.blocks.iter().flat_map(Records::iter).flatten();
        records.map(|record| record.get("message").map_or_else(String::new, |value| value.to_string())).collect()
    }

    /// (records, options) of every submission, refused ones too.
    pub(crate) fn submitted(&self) -> Vec<(usize, SubmitOptions)> {
        self.state().submitted.clone()
    }

    pub(crate) fn under_way(&self) -> usize {
        self.state().under_way
    }

    pub(crate) fn queries_under_way(&self) -> usize {
        self.state().queries_under_way
    }

    pub(crate) fn most_under_way(&self) -> usize {
        self.state().most_under_way
    }

    pub(crate) fn rows(&self) -> Vec<IdempotencyRow> {
        self.state().rows.values().cloned().collect()
    }

    /// Makes records durable as if another client had sent them.
    pub(crate) fn publish(&self, records: Records) {
        self.accept(records, None);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics with the lock")
    }

    fn decide(&self, records: &Records, options: &SubmitOptions) -> Option<Refusal> {
        let mut state = self.state();
        state.submitted.push((records.len(), options.clone()));
        if let Some(refusal) = state.script.always.clone() {
            return Some(refusal);
        }
        if let Some(refusal) = state.script.refusals.pop_front().flatten() {
            return Some(refusal);
        }
        let keyed = options.idempotent.as_ref()?;
        let row = state.rows.get(&keyed.key);
        if row.is_some_and(|row| row.body != keyed.body) {
            return Some(Refusal::KeyReused);
        }
        let (durable, complete) = row.map_or((0, false), |row| (row.records, row.complete));
        (complete || keyed.from != durable).then(busy)
    }

    fn accept(&self, records: Records, keyed: Option<&Idempotent>) -> PlacedBlock {
        let mut state = self.state();
        let seq = state.blocks.len() as u64;
        let count = records.len() as u32;
        let placed = PlacedBlock { seq, hash: Hash([seq as u8; 32]), class: Class::Logs, first: 0, count };
        if let Some(keyed) = keyed {
            remember(&mut state.rows, keyed, placed);
        }
        let before = state.blocks.iter().map(|records| records.len() as u64).sum();
        let records_shared = Arc::new(records.clone());
        state.blocks.push(records);
        let batch = TailBatch { log: LOG, seq, class: Class::Logs, arrival: seq + 1, before, records: records_shared };
        let _ = self.tail.send(batch);
        placed
    }

    async fn wait(&self) {
        loop {
            let released = self.released.notified();
            if !self.state().script.hold {
                return;
            }
            released.await;
        }
    }
}

fn remember(rows: &mut BTreeMap<Hash, IdempotencyRow>, keyed: &Idempotent, placed: PlacedBlock) {
    let fresh = IdempotencyRow { body: keyed.body, at: NOW, records: 0, complete: false, blocks: Vec::new(), log: LOG };
    let row = rows.entry(keyed.key).or_insert(fresh);
    row.records += u64::from(placed.count);
    row.complete = keyed.last;
    row.blocks.push(placed);
}

/// A clone of the handle, for the futures that outlive a call.
#[derive(Clone)]
pub(crate) struct Handle(pub(crate) Arc<Fake>);

impl Backend for Handle {
    fn acknowledged_is_durable(&self) -> bool {
        !self.0.state().script.lazy
    }

    fn submit(&self, records: Records, options: SubmitOptions) -> Boxed<'static, Result<Receipt, (Refusal, Records)>> {
        let fake = Arc::clone(&self.0);
        Box::pin(async move {
            if let Some(refusal) = fake.decide(&records, &options) {
                let loses = fake.state().script.loses;
                return Err((refusal, if loses { Records::new() } else { records }));
            }
            {
                let mut state = fake.state();
                state.under_way += 1;
                state.most_under_way = state.most_under_way.max(state.under_way);
            }
            fake.wait().await;
            let placed = fake.accept(records, options.idempotent.as_ref());
            fake.state().under_way -= 1;
            Ok(Receipt { submission: SubmissionId(placed.seq), log: LOG, placed })
        })
    }

    fn idempotency(&self, key: Hash) -> Boxed<'static, Result<Option<IdempotencyRow>, String>> {
        let row = self.0.state().rows.get(&key).cloned();
        Box::pin(async move { Ok(row) })
    }

    fn query(&self, request: QueryRequest) -> Boxed<'static, Result<QueryAnswer, QueryFailure>> {
        if self.0.state().script.hang {
            self.0.state().queries_under_way += 1;
            let under_way = UnderWay(Arc::clone(&self.0));
            return Box::pin(async move {
                let _under_way = under_way;
                std::future::pending().await
            });
        }
        let answer = self.0.answer(request);
        Box::pin(async move { answer })
    }

    fn event(&self, id: EventId) -> Boxed<'static, Result<Option<Row>, QueryFailure>> {
        let state = self.0.state();
        let records = state.blocks.get(id.seq as usize).filter(|_| id.log == LOG);
        let row = records.and_then(|records| records.get(id.offset as usize)).map(|record| Row::event(id, &record));
        Box::pin(async move { Ok(row) })
    }

    fn tail(&self) -> TailReceiver {
        self.0.tail.subscribe()
    }

    fn status(&self) -> Status {
        Status { name: "fake".to_owned(), log: LOG.to_string(), mode: "ok".to_owned(), ..Status::default() }
    }

    fn metrics(&self) -> String {
        assert!(!self.0.state().metrics_panics, "this panic is part of a test");
        "vigil_fake 1".to_owned()
    }

    fn ready(&self) -> Result<(), String> {
        self.0.state().script.not_ready.clone().map_or(Ok(()), Err)
    }

    fn now(&self) -> Timestamp {
        NOW
    }
}

impl Fake {
    fn answer(&self, request: QueryRequest) -> Result<QueryAnswer, QueryFailure> {
        if let Some(failure) = self.state().script.query.take() {
            return Err(failure);
        }
        let postings: Vec<Posting> = self.postings();
        let arrival = self.state().blocks.len() as u64;
        let answer = scan(&request.query, &options(&request), &postings, self)?;
        Ok(QueryAnswer { answer, frontier: Hash([3; 32]), arrival })
    }

    fn postings(&self) -> Vec<Posting> {
        let state = self.state();
        let mut postings = Vec::new();
        for (seq, records) in state.blocks.iter().enumerate() {
            for (frame, bounds) in records.frame_bounds().into_iter().enumerate() {
                let (first, last) = records.slice(bounds.clone()).time_span().expect("frames are not empty");
                postings.push(Posting {
                    at: FrameRef { block: block(seq as u64), class: Class::Logs, frame: frame as u16 },
                    clip: TimeRange::ALL,
                    first,
                    last,
                    rows: bounds.len() as u32,
                    arrival: seq as u64 + 1,
                });
            }
        }
        postings
    }
}

fn block(seq: u64) -> BlockRef {
    BlockRef { log: LogNumber(0), seq }
}

impl FrameSource for Fake {
    fn frame(&self, at: FrameRef) -> Result<Arc<Frame>, SourceError> {
        let state = self.state();
        let records = &state.blocks[at.block.seq as usize];
        let bounds = records.frame_bounds()[usize::from(at.frame)].clone();
        Ok(Arc::new(Frame { first: bounds.start as u32, records: records.slice(bounds) }))
    }

    fn log_id(&self, _: LogNumber) -> Option<LogId> {
        Some(LOG)
    }
}

fn options(request: &QueryRequest) -> Options {
    Options {
        node: LOG.node,
        class: request.class,
        limit: request.limit,
        asked: request.asked,
        cursor: request.cursor.clone(),
        bytes_max: None,
    }
}
