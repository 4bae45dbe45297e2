//! How a tail goes on: from where it was cut, through what is in the log, to what comes.
//!
//! A tail that has to catch up listens anew first and reads the log after. So whatever it does not find in the log
//! comes to its ears, and whatever it finds in both has a place in the order of arrival that it has passed already.

use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::body::Bytes;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use vigil_model::Timestamp;
use vigil_model::limits::{ANSWER_ROWS_MAX, TAIL_CATCH_UP_BYTES};
use vigil_query::PermittedQuery;

use super::cursor::TailCursor;
use super::format::Writer;
use super::lens::Lens;
use super::{Start, Tail};
use crate::access::Standing;
use crate::app::App;
use crate::failure::Failure;
use crate::query::{Deadline, run};
use crate::{Backend, QueryRequest, Stop, TailBatch, TailReceiver};

/// One tail: waits for batches and writes what passes. It holds one batch at a time; what waits
/// beyond that is the sender's ring, which drops the oldest.
pub(super) struct Follower {
    /// Not kept alive by a tail: a node that is gone ends it.
    backend: Weak<dyn Backend>,
    lens: Lens,
    /// What relative times count back from.
    asked: Timestamp,
    writer: Writer,
    receiver: TailReceiver,
    /// Everything up to here was shown, or need not be.
    passed: TailCursor,
    /// How many records were published before the next batch, if none is missed.
    expected: Option<u64>,
    /// There may be something in the log that was not shown.
    behind: bool,
    /// Rows that were there before it began.
    first: Option<Bytes>,
    /// When it said something last.
    spoke: Instant,
    heartbeat: Duration,
    stop: Stop,
    standing: Standing,
    _place: OwnedSemaphorePermit,
}

impl Follower {
    /// Listens from now on, and finds out where to begin.
    pub(super) async fn open(app: &App, tail: Tail, standing: Standing) -> Result<Follower, Failure> {
        let place = app.tail_place()?;
        // Before it listens: what arrives in between is heard, not taken for old.
        let status = app.backend.status();
        let receiver = app.backend.tail();
        let Tail { lens, class, asked, start, format, columns } = tail;
        let mut follower = Follower {
            backend: Arc::downgrade(&app.backend),
            lens: Lens { rows: lens, class },
            asked,
            writer: Writer { format, node: status.node, columns },
            receiver,
            passed: TailCursor::behind(status.storage.arrival),
            expected: None,
            behind: false,
            first: None,
            spoke: Instant::now(),
            heartbeat: app.options.heartbeat,
            stop: app.options.stop.clone(),
            standing,
            _place: place,
        };
        match start {
            Start::Now => follower.first = Some(follower.begin()).filter(|first| !first.is_empty()),
            Start::Since(question) => follower.look_back(app, *question).await?,
            Start::Behind(cursor) => (follower.passed, follower.behind) = (cursor, true),
        }
        Ok(follower)
    }

    /// Where it begins, so that a client that is cut off before the first event can go on from there.
    fn begin(&self) -> Bytes {
        let mut out = Vec::new();
        self.writer.batch_end(self.passed, &mut out);
        Bytes::from(out)
    }

    /// The rows since a time, oldest first; what came after them is read from the log.
    async fn look_back(&mut self, app: &App, question: PermittedQuery) -> Result<(), Failure> {
        let request = QueryRequest { question, limit: ANSWER_ROWS_MAX, asked: self.asked, cursor: None };
        let answer = run(app, request, Deadline::within(app.options.query_patience)).await?;
        let passed = TailCursor::behind(answer.arrival);
        let mut out = Vec::new();
        let count = answer.answer.rows.len();
        for (n, row) in answer.answer.rows.iter().rev().enumerate() {
            // These are in the order of time: only behind the last there is a place to go on from.
            let cursor = Some(passed).filter(|_| n + 1 == count);
            self.writer.rows(std::slice::from_ref(row), cursor, &mut out);
        }
        self.writer.batch_end(passed, &mut out);
        (self.passed, self.behind) = (passed, true);
        self.first = Some(Bytes::from(out)).filter(|first| !first.is_empty());
        Ok(())
    }

    /// The next bytes to send; `None` when the node stops, or who asked may no longer ask.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        let piece = match self.first.take() {
            Some(first) => first,
            None => self.more().await?,
        };
        self.spoke = Instant::now();
        Some(piece)
    }

    async fn more(&mut self) -> Option<Bytes> {
        loop {
            let piece = if self.behind { self.catch_up().await? } else { self.listen().await? };
            if !piece.is_empty() {
                return Some(piece);
            }
        }
    }

    /// A part of what is in the log; nothing once that was all.
    async fn catch_up(&mut self) -> Option<Bytes> {
        if !self.standing.holds() {
            return None;
        }
        let backend = self.backend.upgrade()?;
        (self.receiver, self.expected) = (backend.tail(), None);
        let asked = backend.batches_after(self.passed.floor(), TAIL_CATCH_UP_BYTES);
        drop(backend);
        let batches = tokio::select! {
            biased;
            () = self.stop.stopped() => return None,
            batches = asked => batches,
        };
        match batches {
            Ok(batches) => Some(self.show_old(&batches)),
            Err(error) => {
                // The client comes back with its cursor; going on would leave a gap.
                tracing::warn!(%error, "a tail could not go on where it was cut");
                None
            }
        }
    }

    fn show_old(&mut self, batches: &[TailBatch]) -> Bytes {
        let mut out = Vec::new();
        batches.iter().for_each(|batch| self.show(batch, &mut out));
        match batches.last() {
            // Whole blocks are answered, so all bodies up to here were seen, those of other classes too.
            Some(last) => self.passed = TailCursor::behind(last.arrival),
            None => self.behind = false,
        }
        Bytes::from(out)
    }

    /// The next batch that comes, or a sign of life in silence.
    async fn listen(&mut self) -> Option<Bytes> {
        let received = tokio::select! {
            biased;
            () = self.stop.stopped() => return None,
            received = self.receiver.recv() => received,
            () = tokio::time::sleep_until(self.spoke + self.heartbeat) => return self.beat(),
        };
        if !self.standing.holds() {
            return None;
        }
        let mut out = Vec::new();
        match received {
            Ok(batch) => {
                self.announce_skipped(&batch, &mut out);
                self.show(&batch, &mut out);
            }
            // How many records were missed is told by the next batch; before the first, the log has them.
            Err(RecvError::Lagged(_)) => self.behind = self.expected.is_none(),
            Err(RecvError::Closed) => return None,
        }
        Some(Bytes::from(out))
    }

    fn beat(&mut self) -> Option<Bytes> {
        self.spoke = Instant::now();
        self.standing.holds().then(|| self.writer.heartbeat(self.passed))
    }

    fn announce_skipped(&mut self, batch: &TailBatch, out: &mut Vec<u8>) {
        let skipped = self.expected.map_or(0, |expected| batch.before.saturating_sub(expected));
        if skipped > 0 {
            self.writer.skipped(skipped, self.passed, out);
        }
        self.expected = Some(batch.before + batch.records.len() as u64);
    }

    /// Writes what of a batch was not shown yet. A block may have bodies of other classes, which are no matter here.
    fn show(&mut self, batch: &TailBatch, out: &mut Vec<u8>) {
        let seen = self.passed.seen_of(batch.arrival).filter(|_| self.lens.is_of(batch));
        let Some(seen) = seen else { return };
        let began = out.len();
        self.lens.show(batch, seen, &self.writer, out);
        self.passed = TailCursor::behind(batch.arrival);
        if out.len() > began {
            self.writer.batch_end(self.passed, out);
        }
    }
}
