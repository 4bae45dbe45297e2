//! What an ingest request answers: what was taken, where it lies, what was rejected and why.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;
use vigil_crdt::PlacedBlock;
use vigil_ingest::Rejects;
use vigil_model::LogId;
use vigil_model::limits::REJECTS_NAMED_MAX;

use crate::failure::{ErrorBody, Failure};
use crate::{Backend, reply};

/// The body of the answer.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct IngestAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorBody>,
    accepted: u64,
    rejected: Vec<Rejected>,
    rejected_total: u64,
    time_assumed: u64,
    receipt: Option<ReceiptBody>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    replayed: bool,
}

/// One rejected line, or a run of events that the node did not take.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Rejected {
    pub(crate) line: u64,
    pub(crate) reason: String,
}

#[derive(Debug, PartialEq, Serialize)]
struct ReceiptBody {
    log: String,
    blocks: Vec<BlockBody>,
    durable: Durable,
}

#[derive(Debug, PartialEq, Serialize)]
struct BlockBody {
    seq: u64,
    hash: String,
    class: &'static str,
    first: u32,
    count: u32,
}

/// Whether this node has the records on its disk (`reached` is 1 of 1), and, where it was asked
/// for, how many peers have.
#[derive(Debug, PartialEq, Serialize)]
struct Durable {
    asked: u32,
    reached: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    peers_asked: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peers_reached: Option<u32>,
}

/// Peers that should hold the records durably before the answer, and that do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Peers {
    asked: u32,
    reached: u32,
}

/// What became of one request.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// How many records are durable.
    pub(crate) accepted: u64,
    /// How many of them were so before the request came.
    pub(crate) before: u64,
    /// Where the accepted records lie.
    pub(crate) log: Option<LogId>,
    /// See `log`.
    pub(crate) blocks: Vec<PlacedBlock>,
    /// Lines that were no events.
    pub(crate) rejects: Rejects,
    /// Events that the node did not take, and what kept the rest of the body from being read.
    pub(crate) refused: Vec<Rejected>,
    /// How many events the node did not take; what was not read counts as one.
    pub(crate) refused_events: u64,
    /// Accepted events with the time of arrival.
    pub(crate) time_assumed: u64,
    /// What ended the request early.
    pub(crate) failure: Option<Failure>,
    /// All of it was durable before.
    pub(crate) replayed: bool,
    /// What is accepted is on the disk already, see [`crate::Backend::acknowledged_is_durable`].
    pub(crate) durable: bool,
    /// Where copies were asked for.
    pub(crate) peers: Option<Peers>,
}

impl Outcome {
    /// Waits until so many peers hold what was accepted, or for so long.
    pub(crate) async fn await_copies(&mut self, backend: &dyn Backend, asked: u32, patience: Duration) {
        let Some(log) = self.log else { return };
        let blocks = merged(std::mem::take(&mut self.blocks));
        let reached = backend.copies(log, blocks.clone(), asked as usize, patience).await;
        self.blocks = blocks;
        self.peers = Some(Peers { asked, reached: u32::try_from(reached).unwrap_or(u32::MAX) });
    }

    /// The answer. Its status is 200 when something new was taken, 202 when fewer peers than asked
    /// for hold it yet; what ended the request early
    /// stands under `error` all the same, so that a program need not read the reasons.
    pub(crate) fn respond(mut self) -> Response {
        let failure = self.failure.take().or_else(|| (self.accepted == 0).then(|| self.nothing_taken()));
        let (taken, replayed) = (self.accepted > self.before, self.replayed);
        let short = self.peers.is_some_and(|peers| peers.reached < peers.asked);
        let status = if short { StatusCode::ACCEPTED } else { StatusCode::OK };
        let answer = self.into_answer(failure.as_ref().map(Failure::body));
        let mut response = match failure {
            Some(failure) if !taken || matches!(failure, Failure::TooLarge { .. }) => failure.respond(answer),
            Some(_) | None => reply::json(status, &answer),
        };
        if replayed {
            response.headers_mut().insert("x-vigil-replayed", HeaderValue::from_static("true"));
        }
        response
    }

    fn nothing_taken(&self) -> Failure {
        match self.rejects.named().first() {
            Some(first) => Failure::AllRejected(format!("line {}: {}", first.line, first.reason)),
            None => Failure::NoEvents,
        }
    }

    fn into_answer(self, error: Option<ErrorBody>) -> IngestAnswer {
        let lines = self.rejects.named().iter();
        let mut rejected: Vec<Rejected> =
            lines.map(|reject| Rejected { line: reject.line, reason: reject.reason.clone() }).collect();
        rejected.truncate(REJECTS_NAMED_MAX.saturating_sub(self.refused.len()));
        rejected.extend(self.refused);
        IngestAnswer {
            error,
            accepted: self.accepted,
            rejected,
            rejected_total: self.rejects.count() + self.refused_events,
            time_assumed: self.time_assumed,
            receipt: self.log.map(|log| receipt(log, self.blocks, self.durable, self.peers)),
            replayed: self.replayed,
        }
    }
}

fn receipt(log: LogId, blocks: Vec<PlacedBlock>, durable: bool, peers: Option<Peers>) -> ReceiptBody {
    let blocks = merged(blocks).into_iter().map(block_body).collect();
    let durable = Durable {
        asked: 1,
        reached: u32::from(durable),
        peers_asked: peers.map(|peers| peers.asked),
        peers_reached: peers.map(|peers| peers.reached),
    };
    ReceiptBody { log: log.to_string(), blocks, durable }
}

fn block_body(block: PlacedBlock) -> BlockBody {
    BlockBody {
        seq: block.seq,
        hash: block.hash.to_hex(),
        class: block.class.name(),
        first: block.first,
        count: block.count,
    }
}

/// In the order of the log, neighbouring parts of one block as one.
fn merged(mut blocks: Vec<PlacedBlock>) -> Vec<PlacedBlock> {
    blocks.sort_by_key(|block| (block.seq, block.hash, block.class, block.first));
    let mut merged: Vec<PlacedBlock> = Vec::with_capacity(blocks.len());
    for block in blocks {
        match merged.last_mut().filter(|last| continues(last, &block)) {
            Some(last) => last.count += block.count,
            None => merged.push(block),
        }
    }
    merged
}

fn continues(last: &PlacedBlock, next: &PlacedBlock) -> bool {
    let same_body = (last.seq, last.hash, last.class) == (next.seq, next.hash, next.class);
    same_body && last.first + last.count == next.first
}

#[cfg(test)]
mod tests {
    use vigil_model::{Class, Hash};

    use super::*;

    fn part(seq: u64, first: u32, count: u32) -> PlacedBlock {
        PlacedBlock { seq, hash: Hash([seq as u8; 32]), class: Class::Logs, first, count }
    }

    #[test]
    fn neighbours_become_one_and_strangers_stay_apart() {
        let blocks = vec![part(2, 0, 5), part(1, 10, 5), part(1, 0, 10), part(1, 16, 1)];
        assert_eq!(merged(blocks), [part(1, 0, 15), part(1, 16, 1), part(2, 0, 5)]);
        assert_eq!(merged(Vec::new()), []);
    }
}
