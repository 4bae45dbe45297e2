//! What HTTP needs of a node: implemented by the daemon, and by a fake in this crate's tests.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vigil_crdt::PlacedBlock;
use vigil_model::{Class, EventId, Hash, LogId, Records, Timestamp};
use vigil_node::{Idempotent, Receipt, Refusal};
use vigil_query::{Permission, PermittedQuery};

use crate::cluster::{
    Access, ClusterFailure, ClusterStatus, Invite, InviteRequest, JoinRequest, JoinStatus, LogLag, Missing, PeerStatus,
    TokenRequest, TokenStatus,
};

/// A future on the heap, so that [`Backend`] can be a trait object.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// How records are handed in.
#[derive(Clone, Debug)]
pub struct SubmitOptions {
    /// The body that they belong to.
    pub class: Class,
    /// Do not wait for the seal interval.
    pub seal_now: bool,
    /// Set when the request carries an idempotency key.
    pub idempotent: Option<Idempotent>,
}

/// A query, read and checked.
#[derive(Clone, Debug)]
pub struct QueryRequest {
    /// What is asked, and of which records; `from` and `to` of the request are already in its time
    /// range, and what the asker may see in its filter.
    pub question: PermittedQuery,
    /// Rows wanted, at most `ANSWER_ROWS_MAX`.
    pub limit: usize,
    /// What relative times of the query are relative to: now, or with a cursor
    /// [`vigil_index::Cursor::asked`], so that every page asks for the same times.
    pub asked: Timestamp,
    /// Where an earlier answer ended, read with [`vigil_index::Cursor::parse`] before the query is.
    pub cursor: Option<vigil_index::Cursor>,
}

/// What a query answers.
#[derive(Debug)]
pub struct QueryAnswer {
    /// Rows, cursor, completeness, what was read.
    pub answer: vigil_index::Answer,
    /// Digest of what this node held of all logs.
    pub frontier: Hash,
    /// The last place in the order of arrival that the answer covers.
    pub arrival: u64,
    /// What it may be missing; the answer is complete only without any.
    pub missing: Vec<Missing>,
}

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryFailure {
    /// The query or its cursor is wrong, or the cursor is of another node or state.
    #[error(transparent)]
    Query(#[from] vigil_index::QueryError),
    /// Too many queries at once.
    #[error("{running} queries are running; try again shortly")]
    Busy {
        /// How many.
        running: usize,
    },
    /// Broken inside.
    #[error("{0}")]
    Failed(String),
}

/// Durable records of one body, as they were accepted.
#[derive(Clone, Debug)]
pub struct TailBatch {
    /// The log.
    pub log: LogId,
    /// The block.
    pub seq: u64,
    /// The body.
    pub class: Class,
    /// Its place in the order of arrival.
    pub arrival: u64,
    /// How many records were published before these since the process began: the difference
    /// between two batches tells how many a slow reader missed.
    pub before: u64,
    /// The records.
    pub records: Arc<Records>,
}

/// Batches as they become durable; a receiver that lags loses the oldest and is told.
pub type TailReceiver = tokio::sync::broadcast::Receiver<TailBatch>;

/// A node, as HTTP sees it.
pub trait Backend: Send + Sync + 'static {
    /// Hands records over. Resolves when they are accepted for good, or refused; then they come
    /// back.
    fn submit(&self, records: Records, options: SubmitOptions) -> Boxed<'static, Result<Receipt, (Refusal, Records)>>;

    /// Whether records are on the disk when [`Backend::submit`] says that they are accepted. False
    /// where the node syncs later (`storage.sync: interval`): then a crash of the machine can still
    /// lose them, and receipts must not claim otherwise.
    fn acknowledged_is_durable(&self) -> bool {
        true
    }

    /// What is remembered under an idempotency key.
    fn idempotency(&self, key: Hash) -> Boxed<'static, Result<Option<vigil_crdt::IdempotencyRow>, String>>;

    /// Every way in, as settings have it now.
    fn sources(&self) -> Arc<vigil_ingest::Sources>;

    /// Answers a query. Dropping the future cancels it.
    fn query(&self, request: QueryRequest) -> Boxed<'static, Result<QueryAnswer, QueryFailure>>;

    /// One event as a row, with `_id`; `None` when this node does not hold it, or `permission` does
    /// not admit it (see [`vigil_index::Row::event`], which must not be told apart).
    fn event(
        &self,
        id: EventId,
        permission: Permission,
    ) -> Boxed<'static, Result<Option<vigil_index::Row>, QueryFailure>>;

    /// An event and its neighbours in its log, in the order of the log: up to `before` that come before it and `after`
    /// that come after it, of the same class; `None` as with [`Backend::event`].
    fn context(
        &self,
        id: EventId,
        before: usize,
        after: usize,
        permission: Permission,
    ) -> Boxed<'static, Result<Option<Vec<vigil_index::Row>>, QueryFailure>>;

    /// Follows what becomes durable from now on.
    fn tail(&self) -> TailReceiver;

    /// The bodies of blocks that arrived after this place in the order of arrival, in that order, at most about `bytes`
    /// of them: for a tail that goes on where it was cut. Nothing when none came since.
    fn batches_after(&self, arrival: u64, bytes: usize) -> Boxed<'static, Result<Vec<TailBatch>, QueryFailure>>;

    /// What it is and how it fares.
    fn status(&self) -> Status;

    /// Prometheus text of everything that is not about HTTP itself.
    fn metrics(&self) -> String;

    /// Every member, pending ones too, this node first.
    fn peers(&self) -> Vec<PeerStatus>;

    /// What is different, log by log, between this node and a peer (by name, or the front of its key).
    fn lag(&self, peer: String) -> Result<Vec<LogLag>, ClusterFailure>;

    /// The replica as a whole; every log only when `full`.
    fn cluster(&self, full: bool) -> ClusterStatus;

    /// What the answer to a query now may be missing.
    fn missing(&self) -> Vec<Missing>;

    /// How many peers hold all of these blocks of `log` durably, their bodies of the named classes
    /// too; this node does not count. Resolves when it is `copies` or the time is over.
    fn copies(&self, log: LogId, blocks: Vec<PlacedBlock>, copies: usize, patience: Duration) -> Boxed<'static, usize>;

    /// Makes a ticket.
    fn invite(&self, request: InviteRequest, by: Access) -> Boxed<'static, Result<Invite, ClusterFailure>>;

    /// Joins a cluster. The node starts anew right after it answered `joined`.
    fn join(&self, request: JoinRequest, by: Access) -> Boxed<'static, Result<JoinStatus, ClusterFailure>>;

    /// Lets a pending node in.
    fn approve(&self, peer: String, by: Access) -> Boxed<'static, Result<PeerStatus, ClusterFailure>>;

    /// Turns a pending node away.
    fn reject(&self, peer: String, by: Access) -> Boxed<'static, Result<(), ClusterFailure>>;

    /// Renames a member.
    fn rename(&self, peer: String, name: String, by: Access) -> Boxed<'static, Result<PeerStatus, ClusterFailure>>;

    /// Removes a member for good, with a reason for people.
    fn remove(&self, peer: String, reason: String, by: Access) -> Boxed<'static, Result<PeerStatus, ClusterFailure>>;

    /// Leaves the cluster: removes itself; the data stay.
    fn leave(&self, by: Access) -> Boxed<'static, Result<(), ClusterFailure>>;

    /// Starts a round with everyone, or with one peer; resolves when in step with all that are
    /// connected, or the time is over: then with what is still missing.
    fn sync(&self, peer: Option<String>, patience: Duration) -> Boxed<'static, Result<Vec<Missing>, ClusterFailure>>;

    /// Makes a token; the answer alone holds the secret.
    fn create_token(&self, request: TokenRequest, by: Access) -> Boxed<'static, Result<TokenStatus, ClusterFailure>>;

    /// Every token, without secrets.
    fn tokens(&self) -> Vec<TokenStatus>;

    /// Revokes a token (by id or name).
    fn revoke_token(&self, token: String, by: Access) -> Boxed<'static, Result<TokenStatus, ClusterFailure>>;

    /// Who bears this secret; `None` when no good token has it, none that is known, not expired and
    /// not revoked.
    fn access(&self, secret: &str) -> Option<Access>;

    /// Whether any token was ever made: until then loopback needs none.
    fn has_tokens(&self) -> bool;

    /// Whether it takes events and answers queries; else why not.
    fn ready(&self) -> Result<(), String>;

    /// The time.
    fn now(&self) -> Timestamp;
}

/// What a node is and how it fares: `GET /v1/status`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct Status {
    /// Its name.
    pub name: String,
    /// Its id.
    pub node: String,
    /// Its cluster's id.
    pub cluster: String,
    /// The log that it writes: `node.epoch`.
    pub log: String,
    /// Program version.
    pub version: String,
    /// Where its data lie.
    pub data_dir: String,
    /// When the process began, RFC 3339.
    pub started: String,
    /// Seconds since.
    pub uptime_s: u64,
    /// `ok`, `no space: …`, `store: …` or `stopping`.
    pub mode: String,
    /// What an operator should look at, one sentence each.
    pub warnings: Vec<String>,
    /// The log on disk.
    pub storage: StorageStatus,
    /// The index.
    pub index: IndexStatus,
    /// What came in since the process began.
    pub ingest: IngestStatus,
}

/// The log on disk.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct StorageStatus {
    /// Events held, of class logs.
    pub events: u64,
    /// Blocks held.
    pub blocks: u64,
    /// Last place in the order of arrival.
    pub arrival: u64,
    /// Bytes on disk, log and index.
    pub disk_bytes: u64,
    /// `storage.max_disk`.
    pub max_disk: Option<u64>,
    /// `always` or `interval`.
    pub sync: String,
    /// Blocks cut at the last start because they were torn.
    pub cut: Vec<String>,
}

/// The index.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct IndexStatus {
    /// Everything up to this place in the order of arrival is in the index.
    pub arrival: u64,
    /// Durable bytes that are not yet; queries scan them.
    pub lag_bytes: u64,
    /// Shelves.
    pub shelves: u64,
}

/// What came in since the process began.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct IngestStatus {
    /// Events of class logs acknowledged.
    pub accepted: u64,
    /// Events refused because a queue or the disk was full.
    pub refused: u64,
    /// Events accepted, not yet durable.
    pub pending: u64,
    /// Bytes of them.
    pub pending_bytes: u64,
    /// Every source that is named in the settings, or that brought something.
    #[serde(default)]
    pub sources: Vec<SourceStatus>,
}

/// What one source brought since the process began.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct SourceStatus {
    /// Its name.
    pub name: String,
    /// The way in: `loki`, `syslog`, `file`, …
    pub door: String,
    /// Whether it takes anything.
    pub enabled: bool,
    /// Sockets that it listens on beside the HTTP port, as settings write them.
    pub listen: Vec<String>,
    /// Events kept.
    pub events: u64,
    /// Bytes that came in, unpacked.
    pub bytes: u64,
    /// Pieces of input that became no event.
    pub rejected: u64,
    /// Events kept as plain text because they were not what their format says.
    pub parse_errors: u64,
    /// Events that stages dropped, by stage.
    pub dropped: std::collections::BTreeMap<String, u64>,
    /// Datagrams and connections that could not be taken.
    pub turned_away: u64,
    /// Milliseconds by which the last event was late; negative where its clock is ahead.
    pub lag_ms: i64,
    /// When the last event came, RFC 3339; empty before the first.
    pub last: String,
    /// What went wrong last, and when, RFC 3339; empty where nothing did.
    pub last_error: String,
    /// See `last_error`.
    pub last_error_at: String,
    /// The beginning of what could not be read, scrubbed.
    pub last_error_sample: String,
}

impl SourceStatus {
    /// How a source stands now.
    pub fn of(source: &vigil_ingest::Source) -> SourceStatus {
        let counted = source.counts().counted();
        let mut dropped = std::collections::BTreeMap::new();
        for (stage, count) in source.recipe.pipeline.dropped().filter(|(_, count)| *count > 0) {
            *dropped.entry(stage.to_owned()).or_default() += count;
        }
        let problem = counted.problem;
        SourceStatus {
            name: source.spec.name.clone(),
            door: source.spec.door.name().to_owned(),
            enabled: source.spec.enabled,
            listen: source.spec.listen.iter().map(ToString::to_string).collect(),
            events: counted.events,
            bytes: counted.bytes,
            rejected: counted.rejected,
            parse_errors: counted.parse_errors,
            dropped,
            turned_away: counted.turned_away,
            lag_ms: counted.lag_ms,
            last: counted.last.map(|time| time.to_string()).unwrap_or_default(),
            last_error_at: problem.as_ref().map(|problem| problem.at.to_string()).unwrap_or_default(),
            last_error_sample: problem.as_ref().map(|problem| problem.sample.clone()).unwrap_or_default(),
            last_error: problem.map(|problem| problem.reason).unwrap_or_default(),
        }
    }

    /// Whether it is worth a line: it was set up, or something happened to it.
    pub fn is_of_interest(&self, usual: bool) -> bool {
        !usual || self.bytes > 0 || self.turned_away > 0 || !self.last_error.is_empty()
    }
}
