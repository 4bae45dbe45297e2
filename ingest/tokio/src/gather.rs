//! When events of a stream are handed on, and how many may be under way.
//!
//! Streams bring a line now and then, or very many at once. Events are gathered until they fill one submission or the
//! oldest has waited long enough, so that a quiet sender is seen soon and a busy one does not make a block for each line.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::time::Instant;
use vigil_ingest::{Batch, Counts};
use vigil_model::limits::{GATHER_MILLISECONDS, REQUEST_SUBMISSIONS_MAX};
use vigil_model::{Records, Timestamp};

use crate::order::Job;
use crate::{Intake, Submitted};

/// Events on their way from one connection, socket or file.
pub(crate) struct Gatherer {
    intake: Arc<dyn Intake>,
    counts: Arc<Counts>,
    /// What a decoder fills.
    pub(crate) batch: Batch,
    under_way: FuturesUnordered<Submitted>,
    /// When the oldest event that waits came.
    since: Option<Instant>,
    /// Why events handed on since the last flush were not kept.
    failure: Option<String>,
}

impl Gatherer {
    pub(crate) fn new(job: &Job) -> Gatherer {
        Gatherer {
            intake: Arc::clone(&job.intake),
            counts: Arc::clone(job.counts()),
            batch: Batch::new(),
            under_way: FuturesUnordered::new(),
            since: None,
            failure: None,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.intake.now()
    }

    /// A decoder wrote to the batch: what is full goes on.
    pub(crate) fn took(&mut self) {
        let full = self.batch.take_full();
        full.into_iter().for_each(|records| self.submit(records));
        match self.batch.waiting_bytes() {
            0 => self.since = None,
            _ => self.since = self.since.or_else(|| Some(Instant::now())),
        }
    }

    /// Everything goes on.
    pub(crate) fn hand_on(&mut self) {
        let rest = self.batch.take_rest();
        rest.into_iter().for_each(|records| self.submit(records));
        self.since = None;
    }

    fn submit(&mut self, records: Records) {
        let (submitted, counts, intake) =
            (self.intake.submit(records.clone()), Arc::clone(&self.counts), Arc::clone(&self.intake));
        self.under_way.push(Box::pin(async move {
            let kept = submitted.await;
            if let Err(why) = &kept {
                counts.turn_away(records.len() as u64, why, intake.now());
            }
            kept
        }));
    }

    /// Whether more may be read.
    pub(crate) fn has_room(&self) -> bool {
        self.under_way.len() < REQUEST_SUBMISSIONS_MAX
    }

    /// When the oldest event has waited long enough; never while too much is under way.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.since.filter(|_| self.has_room()).map(|since| since + Duration::from_millis(GATHER_MILLISECONDS))
    }

    /// Waits until one submission is decided; for ever where none is under way.
    pub(crate) async fn settle(&mut self) {
        match self.under_way.next().await {
            Some(Ok(())) => {}
            Some(Err(why)) => self.failure = Some(why),
            None => std::future::pending().await,
        }
    }

    /// Waits until more may be read; `false` when everything is to be given up.
    pub(crate) async fn make_room(&mut self, job: &mut Job) -> bool {
        while !self.has_room() {
            tokio::select! {
                () = self.settle() => {}
                () = job.abandoned() => return false,
            }
        }
        true
    }

    /// Hands everything on and waits until it is kept. An error says that something since the last flush is not.
    pub(crate) async fn flush(&mut self, job: &mut Job) -> Result<(), String> {
        self.hand_on();
        while !self.under_way.is_empty() {
            tokio::select! {
                () = self.settle() => {}
                () = job.abandoned() => return Err("the node stops".to_owned()),
            }
        }
        self.failure.take().map_or(Ok(()), Err)
    }
}
