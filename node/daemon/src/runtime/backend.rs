//! What HTTP asks of this node, answered.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, TrySendError};
use tokio::sync::{broadcast, oneshot};
use vigil_api::{
    Access, Backend, Boxed, ClusterFailure, ClusterStatus, Invite, InviteRequest, JoinRequest, JoinStatus, LogLag,
    Missing, PeerStatus, QueryAnswer, QueryFailure, QueryRequest, Status, SubmitOptions, TailBatch, TailReceiver,
    TokenRequest, TokenStatus,
};
use vigil_crdt::{IdempotencyRow, LogStore, PlacedBlock, Recovered};
use vigil_index::Row;
use vigil_model::{EventId, Hash, LogId, NodeId, Records, Timestamp};
use vigil_node::{Receipt, Refusal, Submission, SubmissionId};
use vigil_query::Permission;

use super::admin::fail;
use super::clock;
use super::desk::Desk;
use super::hot_tail::HotTail;
use super::identity::Identity;
use super::message::CoreMessage;
use super::metrics;
use super::queries::Queries;
use super::shared::Shared;
use super::source::Source;
use crate::settings::{Settings, Sync};

/// How long a client should wait when the thread of decisions has a full queue.
const CORE_BUSY_RETRY_MS: u64 = 100;

/// A running node.
pub(super) struct LiveNode {
    pub(super) core: Sender<CoreMessage>,
    pub(super) store: Arc<dyn LogStore>,
    pub(super) tail: Arc<HotTail>,
    pub(super) live: broadcast::Sender<TailBatch>,
    pub(super) shared: Arc<Shared>,
    pub(super) identity: Arc<Identity>,
    pub(super) settings: Settings,
    pub(super) recovered: Recovered,
    /// See [`super::open::Opened::lost_end`].
    pub(super) lost_end: String,
    pub(super) started: (Timestamp, Instant),
    pub(super) queries: Arc<Queries>,
    /// Peers, membership, access.
    pub(super) desk: Arc<Desk>,
}

impl Backend for LiveNode {
    fn submit(&self, records: Records, options: SubmitOptions) -> Boxed<'static, Result<Receipt, (Refusal, Records)>> {
        let (reply, answer) = oneshot::channel();
        let submission = Box::new(Submission {
            id: SubmissionId(0),
            class: options.class,
            records: records.len() as u32,
            bytes: records.bytes().len() as u32,
            seal_now: options.seal_now,
            idempotent: options.idempotent,
        });
        let sent = self.core.try_send(CoreMessage::Submit { submission, records, reply });
        Box::pin(async move {
            match sent {
                Ok(()) => answer.await.unwrap_or_else(|_| Err((Refusal::Stopping, Records::new()))),
                Err(TrySendError::Full(CoreMessage::Submit { records, .. })) => Err((core_busy(), records)),
                Err(_) => Err((Refusal::Stopping, Records::new())),
            }
        })
    }

    fn idempotency(&self, key: Hash) -> Boxed<'static, Result<Option<IdempotencyRow>, String>> {
        let store = self.store.clone();
        Box::pin(async move { blocking(move || store.idempotency(&key).map_err(|error| error.to_string())).await? })
    }

    fn sources(&self) -> Arc<vigil_ingest::Sources> {
        Arc::clone(&self.shared.sources.read())
    }

    fn query(&self, request: QueryRequest) -> Boxed<'static, Result<QueryAnswer, QueryFailure>> {
        let queries = self.queries.clone();
        Box::pin(async move { queries.answer(request).await })
    }

    fn event(&self, id: EventId, permission: Permission) -> Boxed<'static, Result<Option<Row>, QueryFailure>> {
        let source = self.source();
        Box::pin(async move {
            let found = blocking(move || source.find(&id)).await.map_err(QueryFailure::Failed)?;
            let found = found.map_err(|error| QueryFailure::Failed(error.to_string()))?;
            Ok(found.and_then(|(frame, place)| Row::event(id, &frame.records.get(place)?, &permission)))
        })
    }

    fn context(
        &self,
        id: EventId,
        before: usize,
        after: usize,
        permission: Permission,
    ) -> Boxed<'static, Result<Option<Vec<Row>>, QueryFailure>> {
        let source = self.source();
        Box::pin(async move {
            let rows = blocking(move || vigil_index::context(&source, id, before as u64, after as u64, &permission));
            rows.await.map_err(QueryFailure::Failed)?.map_err(|error| QueryFailure::Failed(error.to_string()))
        })
    }

    fn batches_after(&self, arrival: u64, bytes: usize) -> Boxed<'static, Result<Vec<TailBatch>, QueryFailure>> {
        let source = self.source();
        Box::pin(async move {
            let batches = blocking(move || source.batches_after(arrival, bytes));
            batches.await.map_err(QueryFailure::Failed)?.map_err(|error| QueryFailure::Failed(error.to_string()))
        })
    }

    fn tail(&self) -> TailReceiver {
        self.live.subscribe()
    }

    fn status(&self) -> Status {
        Status {
            name: self.identity.name.clone(),
            node: self.identity.log.node.to_string(),
            cluster: self.identity.home.cluster.to_string(),
            log: self.identity.log.to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            data_dir: self.settings.data_dir.display().to_string(),
            started: self.started.0.to_string(),
            uptime_s: self.started.1.elapsed().as_secs(),
            mode: self.mode(),
            warnings: self.warnings(),
            storage: self.storage_status(),
            index: self.index_status(),
            ingest: self.ingest_status(),
        }
    }

    fn metrics(&self) -> String {
        let mut text = metrics::render(&self.status());
        self.queries.tally.render(&mut text);
        text
    }

    fn ready(&self) -> Result<(), String> {
        match self.mode() {
            mode if mode == "ok" => Ok(()),
            mode => Err(mode),
        }
    }

    fn peers(&self) -> Vec<PeerStatus> {
        self.desk.rows.peers(&self.desk.door.pending())
    }

    fn lag(&self, peer: String) -> Result<Vec<LogLag>, ClusterFailure> {
        self.desk.lag(&peer)
    }

    fn cluster(&self, full: bool) -> ClusterStatus {
        self.desk.cluster(full)
    }

    fn missing(&self) -> Vec<Missing> {
        self.desk.rows.missing(None)
    }

    fn copies(&self, log: LogId, blocks: Vec<PlacedBlock>, copies: usize, patience: Duration) -> Boxed<'static, usize> {
        let desk = self.desk.clone();
        Box::pin(async move { desk.copies.wait_all(log, &blocks, copies, patience).await })
    }

    fn invite(&self, request: InviteRequest, _: Access) -> Boxed<'static, Result<Invite, ClusterFailure>> {
        let desk = self.desk.clone();
        Box::pin(async move { flat(blocking(move || desk.invite(&request)).await) })
    }

    fn join(&self, request: JoinRequest, _: Access) -> Boxed<'static, Result<JoinStatus, ClusterFailure>> {
        let desk = self.desk.clone();
        // Spawned: a client that goes away does not leave a node half joined.
        Box::pin(async move { flat(spawned(async move { desk.join(&request.target).await }).await) })
    }

    fn approve(&self, peer: String, _: Access) -> Boxed<'static, Result<PeerStatus, ClusterFailure>> {
        let decided = self.desk.decide(&peer, true).map(|node| self.peer(&node));
        Box::pin(async move { decided })
    }

    fn reject(&self, peer: String, _: Access) -> Boxed<'static, Result<(), ClusterFailure>> {
        let decided = self.desk.decide(&peer, false).map(drop);
        Box::pin(async move { decided })
    }

    fn rename(&self, peer: String, name: String, _: Access) -> Boxed<'static, Result<PeerStatus, ClusterFailure>> {
        let desk = self.desk.clone();
        Box::pin(async move {
            let node = desk.rename(&peer, name).await?;
            Ok(peer_of(&desk, &node))
        })
    }

    fn remove(&self, peer: String, reason: String, _: Access) -> Boxed<'static, Result<PeerStatus, ClusterFailure>> {
        let desk = self.desk.clone();
        Box::pin(async move {
            let node = desk.remove(&peer, reason).await?;
            Ok(peer_of(&desk, &node))
        })
    }

    fn leave(&self, _: Access) -> Boxed<'static, Result<(), ClusterFailure>> {
        let desk = self.desk.clone();
        Box::pin(async move { flat(spawned(async move { desk.leave().await }).await) })
    }

    fn sync(&self, peer: Option<String>, patience: Duration) -> Boxed<'static, Result<Vec<Missing>, ClusterFailure>> {
        let desk = self.desk.clone();
        Box::pin(async move { desk.sync(peer.as_deref(), patience).await })
    }

    fn create_token(&self, request: TokenRequest, _: Access) -> Boxed<'static, Result<TokenStatus, ClusterFailure>> {
        let desk = self.desk.clone();
        Box::pin(async move { desk.tokens.create(request).await })
    }

    fn tokens(&self) -> Vec<TokenStatus> {
        self.desk.tokens.list()
    }

    fn revoke_token(&self, token: String, _: Access) -> Boxed<'static, Result<TokenStatus, ClusterFailure>> {
        let desk = self.desk.clone();
        Box::pin(async move { desk.tokens.revoke(&token).await })
    }

    fn access(&self, secret: &str) -> Option<Access> {
        self.desk.tokens.access(secret)
    }

    fn has_tokens(&self) -> bool {
        self.desk.tokens.any()
    }

    fn acknowledged_is_durable(&self) -> bool {
        self.settings.storage.sync == Sync::Always
    }

    fn now(&self) -> Timestamp {
        clock::now()
    }
}

impl LiveNode {
    fn peer(&self, node: &NodeId) -> PeerStatus {
        peer_of(&self.desk, node)
    }

    fn source(&self) -> Source {
        Source { tail: self.tail.view(), store: self.store.clone() }
    }
}

/// One peer, as the list shows it.
fn peer_of(desk: &Desk, node: &NodeId) -> PeerStatus {
    let text = node.to_string();
    let peers = desk.rows.peers(&desk.door.pending());
    peers.into_iter().find(|peer| peer.node == text).unwrap_or_default()
}

/// Runs to its end even when nobody waits for it any more.
async fn spawned<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T, String> {
    tokio::spawn(work).await.map_err(|error| format!("a request failed inside: {error}"))
}

/// A panic of the work is a failure like any other.
fn flat<T>(done: Result<Result<T, ClusterFailure>, String>) -> Result<T, ClusterFailure> {
    done.unwrap_or_else(|why| Err(fail(500, "internal", &why, "the node goes on; its log says why")))
}

fn core_busy() -> Refusal {
    Refusal::Busy { reason: "the queue of submissions is full", retry_after_ms: CORE_BUSY_RETRY_MS }
}

/// Runs what blocks away from the async threads. A panic there becomes a message.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|error| format!("a request failed inside: {error}"))
}
