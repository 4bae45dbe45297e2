//! How a query comes to its answer: admitted, put on what this node holds now, read by the pool,
//! told when it was slow.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use vigil_api::{QueryAnswer, QueryFailure, QueryRequest};
use vigil_crdt::LogStore;
use vigil_index::{Answer, Execution, Options, Postings, QueryError, Resolved, Sources, resolve};
use vigil_model::NodeId;
use vigil_model::limits::QUERIES_WAITING_MAX;
use vigil_query::PermittedQuery;

use super::backend::blocking;
use super::cpu;
use super::desk::Desk;
use super::follower::Published;
use super::hot_tail::HotTail;
use super::pool::Pool;
use super::shared::Shared;
use super::slow::{Tally, Took};
use super::source::Source;
use super::unindexed::{Known, Unindexed};
use crate::settings::QuerySettings;

/// How long a query may wait for others to end before it is refused.
const PATIENCE: Duration = Duration::from_secs(2);

/// Everything that queries are answered from.
pub(super) struct Queries {
    pub(super) pool: Pool,
    pub(super) store: Arc<dyn LogStore>,
    pub(super) tail: Arc<HotTail>,
    pub(super) index: Arc<Published>,
    pub(super) unindexed: Unindexed,
    pub(super) desk: Arc<Desk>,
    pub(super) shared: Arc<Shared>,
    /// This node.
    pub(super) node: NodeId,
    pub(super) limits: QuerySettings,
    /// One for each query that runs.
    pub(super) permits: Arc<Semaphore>,
    /// How many queries wait for a permit.
    pub(super) waiting: AtomicUsize,
    pub(super) tally: Tally,
}

impl Queries {
    /// Answers a query. Dropping the future stops it.
    pub(super) async fn answer(self: Arc<Queries>, request: QueryRequest) -> Result<QueryAnswer, QueryFailure> {
        let permit = self.admit().await?;
        let cancel = CancelOnDrop(Arc::default());
        let (stop, queries) = (cancel.0.clone(), self.clone());
        let answer = blocking(move || {
            let answer = queries.timed(&request, &stop);
            drop(permit);
            answer
        });
        let answer = answer.await.map_err(QueryFailure::Failed).and_then(|answer| answer);
        if let Some(damage) = answer.as_ref().ok().and_then(|answer| answer.answer.problems.last()) {
            self.shared.damage.lock().clone_from(damage);
        }
        self.tally.count(answer.is_ok());
        answer
    }

    /// Waits for its turn, for a while.
    async fn admit(&self) -> Result<OwnedSemaphorePermit, QueryFailure> {
        let permits = self.permits.clone();
        if let Ok(permit) = permits.clone().try_acquire_owned() {
            return Ok(permit);
        }
        let busy = QueryFailure::Busy { running: self.limits.concurrency };
        let place = Place::of(&self.waiting);
        if place.before >= QUERIES_WAITING_MAX {
            return Err(busy);
        }
        match tokio::time::timeout(PATIENCE, permits.acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(busy),
        }
    }

    fn timed(&self, request: &QueryRequest, stop: &Arc<AtomicBool>) -> Result<QueryAnswer, QueryFailure> {
        let (begun, used) = (Instant::now(), cpu::of_this_thread());
        let mut answer = self.run(request, stop);
        let mut took = Took { wall: begun.elapsed(), cpu: cpu::of_this_thread().saturating_sub(used) };
        if let Ok(QueryAnswer { answer, .. }) = &mut answer {
            answer.stats.cpu_us += took.cpu.as_micros() as u64;
            took.cpu = Duration::from_micros(answer.stats.cpu_us);
        }
        let stats = answer.as_ref().map_or(Default::default(), |answer| answer.answer.stats);
        self.tally.note(&took, self.limits.slow_ms, &request.question, request.limit, &stats);
        answer
    }

    /// Fixes what the query sees, the hot tail first and the index after, so that no block can leave
    /// the one before it is seen in the other; then runs it.
    fn run(&self, request: &QueryRequest, stop: &Arc<AtomicBool>) -> Result<QueryAnswer, QueryFailure> {
        let class = request.question.class();
        let source = Arc::new(Source { tail: self.tail.view(), store: self.store.clone() });
        let snapshot = self.index.snapshot();
        let index = Known { snapshot, unindexed: &self.unindexed, store: &*self.store, tail_after: source.tail.after };
        let frontier = self.shared.machine.lock().frontier;
        let missing = self.desk.rows.missing_for(class);
        let tail = source.tail.postings(index.arrival(), class);
        let options = Options {
            node: self.node,
            limit: request.limit,
            asked: request.asked,
            cursor: request.cursor.clone(),
            bytes_max: Some(self.limits.max_bytes),
        };
        let sources = Sources { index: &index, tail: &tail, frames: &*source };
        let resolved = self.resolve(&request.question, &options, sources, &source, stop)?;
        let execution = Execution::of(&resolved, &options, sources)?;
        let answer = self.pool.run(execution, source, stop.clone()).map_err(QueryFailure::Failed)?;
        let arrival = answer.arrival;
        Ok(QueryAnswer { answer, frontier, arrival, missing })
    }
}

impl Queries {
    /// Asks the queries inside of one, one after another, of the same state and by the same pool.
    fn resolve(
        &self,
        question: &PermittedQuery,
        options: &Options,
        sources: Sources<'_>,
        source: &Arc<Source>,
        stop: &Arc<AtomicBool>,
    ) -> Result<Resolved, QueryError> {
        resolve(question, &mut |inner, limit| {
            let options = options.nested(inner.question(), limit);
            let execution = Execution::of(inner, &options, sources)?;
            let failed = |why| Answer { complete: false, partial_reason: Some(why), ..Answer::default() };
            Ok(self.pool.run(execution, source.clone(), stop.clone()).unwrap_or_else(failed))
        })
    }
}

/// A place in the queue of those that wait, given back when dropped.
struct Place<'a> {
    waiting: &'a AtomicUsize,
    before: usize,
}

impl Place<'_> {
    fn of(waiting: &AtomicUsize) -> Place<'_> {
        Place { waiting, before: waiting.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Tells the work that nobody waits for it any more.
struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
