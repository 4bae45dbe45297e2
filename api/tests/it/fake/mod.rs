//! A node in memory: what a client sends is what a query finds; refusals come by script.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::{Notify, broadcast};
use vigil_api::{
    Access, Backend, Boxed, ClusterFailure, ClusterStatus, Invite, InviteRequest, JoinRequest, JoinStatus, LogLag,
    Missing, PeerStatus, QueryAnswer, QueryFailure, QueryRequest, Status, StorageStatus, SubmitOptions, TailBatch,
    TailReceiver, TokenRequest, TokenStatus,
};
use vigil_crdt::{IdempotencyRow, PlacedBlock};
use vigil_index::{Answer, Row};
use vigil_model::{Class, Epoch, EventId, Hash, LogId, NodeId, Records, Timestamp};
use vigil_node::{Idempotent, Receipt, Refusal, SubmissionId};
use vigil_query::Permission;

pub(crate) mod cluster;
mod search;

pub(crate) use cluster::Others;

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
    /// Answers to the next queries, in order; beyond these the events are read.
    pub(crate) answers: VecDeque<Answer>,
    /// Every query is answered with nothing.
    pub(crate) blank: bool,
    /// Queries never end.
    pub(crate) hang: bool,
    /// Why it is not ready.
    pub(crate) not_ready: Option<String>,
}

#[derive(Default)]
struct State {
    script: Script,
    pub(crate) others: Others,
    blocks: Vec<(Class, Records)>,
    asked: Vec<QueryRequest>,
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
    /// The ways in, as they are without settings.
    sources: Arc<vigil_ingest::Sources>,
}

pub(crate) fn busy() -> Refusal {
    Refusal::Busy { reason: "the queue is full", retry_after_ms: 1 }
}

impl Fake {
    pub(crate) fn new(script: Script) -> Arc<Fake> {
        let state = Mutex::new(State { script, ..State::default() });
        let sources = Arc::new(vigil_ingest::Sources::usual());
        Arc::new(Fake { state, released: Notify::new(), tail: broadcast::channel(4).0, sources })
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
        let logs = state.blocks.iter().filter(|(class, _)| *class == Class::Logs);
        let records = logs.flat_map(|(_, records)| records.iter()).flatten();
        records.map(|record| record.get("message").map_or_else(String::new, |value| value.to_string())).collect()
    }

    /// Every audit event, as JSON.
    pub(crate) fn audits(&self) -> Vec<serde_json::Value> {
        let state = self.state();
        let audits = state.blocks.iter().filter(|(class, _)| *class == Class::Audit);
        let records = audits.flat_map(|(_, records)| records.iter()).flatten();
        let json = |record: vigil_model::Record<'_>| {
            let id = EventId { log: LOG, seq: 0, class: Class::Audit, offset: 0 };
            let mut json = Vec::new();
            let row = Row::event(id, &record, &Permission::everything()).expect("everything is permitted");
            row.write_json(&mut json);
            serde_json::from_slice(&json).expect("JSON")
        };
        records.map(json).collect()
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

    /// Every query that was put, in order.
    pub(crate) fn asked(&self) -> Vec<QueryRequest> {
        self.state().asked.clone()
    }

    /// What the next query is answered with: these rows and nothing else to say.
    pub(crate) fn answer_with(&self, rows: Vec<Row>) {
        let answer = Answer { rows, complete: true, ..Answer::default() };
        self.state().script.answers.push_back(answer);
    }

    pub(crate) fn most_under_way(&self) -> usize {
        self.state().most_under_way
    }

    pub(crate) fn rows(&self) -> Vec<IdempotencyRow> {
        self.state().rows.values().cloned().collect()
    }

    /// Makes records durable as if another client had sent them.
    pub(crate) fn publish(&self, records: Records) {
        self.publish_as(Class::Logs, records);
    }

    pub(crate) fn publish_as(&self, class: Class, records: Records) {
        self.accept(class, records, None);
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

    fn accept(&self, class: Class, records: Records, keyed: Option<&Idempotent>) -> PlacedBlock {
        let mut state = self.state();
        let seq = state.blocks.len() as u64;
        let count = records.len() as u32;
        let placed = PlacedBlock { seq, hash: Hash([seq as u8; 32]), class, first: 0, count };
        if let Some(keyed) = keyed {
            remember(&mut state.rows, keyed, placed);
        }
        let before = state.blocks.iter().map(|(_, records)| records.len() as u64).sum();
        let records_shared = Arc::new(records.clone());
        state.blocks.push((class, records));
        let batch = TailBatch { log: LOG, seq, class, arrival: seq + 1, before, records: records_shared };
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
            let placed = fake.accept(options.class, records, options.idempotent.as_ref());
            fake.state().under_way -= 1;
            Ok(Receipt { submission: SubmissionId(placed.seq), log: LOG, placed })
        })
    }

    fn idempotency(&self, key: Hash) -> Boxed<'static, Result<Option<IdempotencyRow>, String>> {
        let row = self.0.state().rows.get(&key).cloned();
        Box::pin(async move { Ok(row) })
    }

    fn sources(&self) -> Arc<vigil_ingest::Sources> {
        Arc::clone(&self.0.sources)
    }

    fn query(&self, request: QueryRequest) -> Boxed<'static, Result<QueryAnswer, QueryFailure>> {
        self.0.state().asked.push(request.clone());
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

    fn event(&self, id: EventId, permission: Permission) -> Boxed<'static, Result<Option<Row>, QueryFailure>> {
        let state = self.0.state();
        let block = state.blocks.get(id.seq as usize).filter(|(class, _)| id.log == LOG && *class == id.class);
        let record = block.and_then(|(_, records)| records.get(id.offset as usize));
        let row = record.and_then(|record| Row::event(id, &record, &permission));
        Box::pin(async move { Ok(row) })
    }

    fn context(
        &self,
        id: EventId,
        before: usize,
        after: usize,
        permission: Permission,
    ) -> Boxed<'static, Result<Option<Vec<Row>>, QueryFailure>> {
        let rows = self.0.neighbours(id, before, after, &permission);
        Box::pin(async move { Ok(rows) })
    }

    fn batches_after(&self, arrival: u64, bytes: usize) -> Boxed<'static, Result<Vec<TailBatch>, QueryFailure>> {
        let batches = self.0.batches_after(arrival, bytes);
        Box::pin(async move { Ok(batches) })
    }

    fn tail(&self) -> TailReceiver {
        self.0.tail.subscribe()
    }

    fn status(&self) -> Status {
        let storage = StorageStatus { arrival: self.0.state().blocks.len() as u64, ..StorageStatus::default() };
        let (name, mode) = ("fake".to_owned(), "ok".to_owned());
        Status { name, node: "fake".to_owned(), log: LOG.to_string(), mode, storage, ..Status::default() }
    }

    fn metrics(&self) -> String {
        assert!(!self.0.state().metrics_panics, "this panic is part of a test");
        "vigil_fake 1".to_owned()
    }

    fn peers(&self) -> Vec<PeerStatus> {
        vec![cluster::peer("site-a"), cluster::peer("site-c")]
    }

    fn lag(&self, peer: String) -> Result<Vec<LogLag>, ClusterFailure> {
        cluster::lag(&peer)
    }

    fn cluster(&self, full: bool) -> ClusterStatus {
        cluster::cluster(full)
    }

    fn missing(&self) -> Vec<Missing> {
        self.0.state().others.missing.clone()
    }

    fn copies(&self, _: LogId, blocks: Vec<PlacedBlock>, copies: usize, patience: Duration) -> Boxed<'static, usize> {
        let mut state = self.0.state();
        let deed = format!("{copies} copies of {} blocks within {}", blocks.len(), cluster::seconds(patience));
        state.others.deeds.push(deed);
        let reached = state.others.copies.min(copies);
        Box::pin(async move { reached })
    }

    fn invite(&self, request: InviteRequest, by: Access) -> Boxed<'static, Result<Invite, ClusterFailure>> {
        let InviteRequest { for_s, profile, name } = request;
        self.0.act(&by, format!("invite {profile} `{name}` for {for_s} s"), cluster::ticket())
    }

    fn join(&self, request: JoinRequest, by: Access) -> Boxed<'static, Result<JoinStatus, ClusterFailure>> {
        let pending = self.0.state().others.pending;
        self.0.act(&by, format!("join {}", request.target), cluster::join(pending))
    }

    fn approve(&self, peer: String, by: Access) -> Boxed<'static, Result<PeerStatus, ClusterFailure>> {
        self.0.act(&by, format!("approve {peer}"), cluster::peer(&peer))
    }

    fn reject(&self, peer: String, by: Access) -> Boxed<'static, Result<(), ClusterFailure>> {
        self.0.act(&by, format!("reject {peer}"), ())
    }

    fn rename(&self, peer: String, name: String, by: Access) -> Boxed<'static, Result<PeerStatus, ClusterFailure>> {
        self.0.act(&by, format!("rename {peer} {name}"), cluster::peer(&name))
    }

    fn remove(&self, peer: String, reason: String, by: Access) -> Boxed<'static, Result<PeerStatus, ClusterFailure>> {
        self.0.act(&by, format!("remove {peer} because {reason}"), cluster::peer(&peer))
    }

    fn leave(&self, by: Access) -> Boxed<'static, Result<(), ClusterFailure>> {
        self.0.act(&by, "leave".to_owned(), ())
    }

    fn sync(&self, peer: Option<String>, patience: Duration) -> Boxed<'static, Result<Vec<Missing>, ClusterFailure>> {
        let mut state = self.0.state();
        let whom = peer.unwrap_or_else(|| "everyone".to_owned());
        state.others.deeds.push(format!("sync with {whom} within {}", cluster::seconds(patience)));
        let result = state.others.failure.clone().map_or(Ok(state.others.missing.clone()), Err);
        Box::pin(async move { result })
    }

    fn create_token(&self, request: TokenRequest, by: Access) -> Boxed<'static, Result<TokenStatus, ClusterFailure>> {
        self.0.create(request, &by)
    }

    fn tokens(&self) -> Vec<TokenStatus> {
        self.0.token_statuses()
    }

    fn revoke_token(&self, token: String, by: Access) -> Boxed<'static, Result<TokenStatus, ClusterFailure>> {
        let revoked = TokenStatus { name: token.clone(), state: "revoked".to_owned(), ..TokenStatus::default() };
        self.0.act(&by, format!("revoke {token}"), revoked)
    }

    fn access(&self, secret: &str) -> Option<Access> {
        let state = self.0.state();
        state.others.tokens.iter().find(|(known, _)| known == secret).map(|(_, access)| access.clone())
    }

    fn has_tokens(&self) -> bool {
        !self.0.state().others.tokens.is_empty()
    }

    fn ready(&self) -> Result<(), String> {
        self.0.state().script.not_ready.clone().map_or(Ok(()), Err)
    }

    fn now(&self) -> Timestamp {
        NOW
    }
}
