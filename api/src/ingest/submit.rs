//! How the records of one request are handed to the node: some at once, again when it is busy,
//! and never more than it can hold.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use tokio::time::Instant;
use vigil_model::limits::REQUEST_SUBMISSIONS_MAX;
use vigil_model::{LogId, Records};
use vigil_node::{Receipt, Refusal};

use super::answer::Rejected;
use crate::{Backend, Boxed, SubmitOptions};

/// The longest pause between two offers of the same records.
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// Some records of the request. They are counted here, because a node that dies loses them.
struct Part {
    /// The how manieth is the first, counted from 1.
    first: u64,
    count: u64,
    records: Records,
    options: SubmitOptions,
}

/// A part and what became of it.
type Resolved = (Part, Result<Receipt, Refusal>);

/// Hands over the records of one request.
pub(crate) struct Submitter {
    backend: Arc<dyn Backend>,
    busy_patience: Duration,
    at_once: usize,
    /// Insists also before anything was accepted: the client would not come again.
    insists: bool,
    /// Records of the request that were durable when it began.
    pub(crate) before: u64,
    under_way: FuturesUnordered<Boxed<'static, Resolved>>,
    /// Refused as busy, by their place in the request.
    again: BTreeMap<u64, (Part, Refusal)>,
    offered: u64,
    /// The log of the receipts.
    pub(crate) log: Option<LogId>,
    /// Receipts.
    pub(crate) blocks: Vec<vigil_crdt::PlacedBlock>,
    /// What was refused for good.
    pub(crate) refused: Vec<Rejected>,
    /// Events refused for good.
    pub(crate) refused_events: u64,
    /// Which ones: their places among the records of the request, from 0.
    pub(crate) refused_places: Vec<Range<u64>>,
    /// Why nothing more is offered.
    pub(crate) failure: Option<Refusal>,
}

impl Submitter {
    /// For a request of which `before` records were durable when it began; `at_once` submissions
    /// wait for the disk together.
    pub(crate) fn new(backend: Arc<dyn Backend>, busy_patience: Duration, at_once: usize, before: u64) -> Submitter {
        assert!((1..=REQUEST_SUBMISSIONS_MAX).contains(&at_once), "a request has a few submissions under way");
        Submitter {
            backend,
            busy_patience,
            at_once,
            insists: false,
            before,
            under_way: FuturesUnordered::new(),
            again: BTreeMap::new(),
            offered: before,
            log: None,
            blocks: Vec::new(),
            refused: Vec::new(),
            refused_events: 0,
            refused_places: Vec::new(),
            failure: None,
        }
    }

    /// One that waits where others would tell the client that the node is busy: for a client that does not try again.
    pub(crate) fn insisting(self) -> Submitter {
        Submitter { insists: true, ..self }
    }

    /// Records of the request that are durable.
    pub(crate) fn accepted(&self) -> u64 {
        self.before + self.blocks.iter().map(|block| u64::from(block.count)).sum::<u64>()
    }

    /// Hands chunks over one after another.
    pub(crate) async fn offer_all(&mut self, chunks: Vec<Records>, options: &SubmitOptions) {
        for records in chunks {
            self.offer(records, options.clone()).await;
        }
    }

    /// Hands records over; waits while too many are under way, which keeps the socket unread.
    /// After a failure they are only counted.
    pub(crate) async fn offer(&mut self, records: Records, options: SubmitOptions) {
        let part = Part { first: self.offered + 1, count: records.len() as u64, records, options };
        assert!(part.count > 0, "no chunk is empty");
        self.offered += part.count;
        while self.failure.is_none() && (self.under_way.len() >= self.at_once || !self.again.is_empty()) {
            self.advance().await;
        }
        match self.failure.clone() {
            None => self.send(part),
            Some(refusal) => self.refuse(part, &refusal),
        }
    }

    /// Waits until everything handed over is durable or refused.
    pub(crate) async fn settle(&mut self) {
        while !self.under_way.is_empty() || !self.again.is_empty() {
            self.advance().await;
        }
    }

    fn send(&mut self, part: Part) {
        let submitted = self.backend.submit(part.records, part.options.clone());
        let (first, count, options) = (part.first, part.count, part.options);
        self.under_way.push(Box::pin(async move {
            match submitted.await {
                Ok(receipt) => (Part { first, count, records: Records::new(), options }, Ok(receipt)),
                Err((refusal, records)) => (Part { first, count, records, options }, Err(refusal)),
            }
        }));
        // A future does nothing before it is polled: this hands the records over now.
        if let Some(Some(resolved)) = self.under_way.next().now_or_never() {
            self.resolve(resolved);
        }
    }

    /// One step: something under way resolves, or else what was refused is offered again.
    async fn advance(&mut self) {
        match self.under_way.next().await {
            Some(resolved) => self.resolve(resolved),
            None => self.offer_again().await,
        }
    }

    fn resolve(&mut self, (part, result): Resolved) {
        match result {
            Ok(receipt) => self.accept(receipt),
            Err(refusal @ Refusal::Busy { .. }) if self.failure.is_none() => {
                self.again.insert(part.first, (part, refusal));
            }
            Err(refusal) => self.fail(part, refusal),
        }
    }

    fn accept(&mut self, receipt: Receipt) {
        assert!(self.log.is_none_or(|log| log == receipt.log), "a process writes one log");
        self.log = Some(receipt.log);
        self.blocks.push(receipt.placed);
    }

    fn fail(&mut self, part: Part, refusal: Refusal) {
        self.refuse(part, &refusal);
        for (part, _) in std::mem::take(&mut self.again).into_values() {
            self.refuse(part, &refusal);
        }
        self.failure.get_or_insert(refusal);
    }

    /// Offers what was refused as busy, in the order of the request. Before anything was
    /// accepted the client is told instead, so that it can wait or go elsewhere.
    async fn offer_again(&mut self) {
        let Some((_, (part, refusal))) = self.again.pop_first() else { return };
        match self.blocks.is_empty() && !self.insists {
            true => self.fail(part, refusal),
            false => self.insist(part, refusal).await,
        }
    }

    /// Offers one part until it is taken, with growing pauses, as long as patience lasts.
    async fn insist(&mut self, mut part: Part, mut refusal: Refusal) {
        let deadline = Instant::now() + self.busy_patience;
        let mut pause = Duration::from_millis(50);
        while let Refusal::Busy { retry_after_ms, .. } = refusal {
            if Instant::now() >= deadline {
                break;
            }
            let wait = pause.max(Duration::from_millis(retry_after_ms)).min(PAUSE_MAX);
            tokio::time::sleep_until((Instant::now() + wait).min(deadline)).await;
            pause *= 2;
            match self.backend.submit(part.records, part.options.clone()).await {
                Ok(receipt) => return self.accept(receipt),
                Err((again, records)) => (part.records, refusal) = (records, again),
            }
        }
        self.fail(part, refusal);
    }

    fn refuse(&mut self, part: Part, refusal: &Refusal) {
        self.refused_events += part.count;
        self.refused_places.push(part.first - 1..part.first - 1 + part.count);
        let last = part.first + part.count - 1;
        let reason = format!("events {} to {last} were not taken: {refusal}", part.first);
        self.refused.push(Rejected { line: part.first, reason });
    }
}
