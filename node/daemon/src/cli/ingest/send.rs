//! How batches reach a node: one after another, each under a key of its own, so that trying again
//! never doubles an event.

use std::borrow::Cow;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::batch::Batch;
use super::progress::Progress;
use super::{Compress, IngestArgs, Reject, Totals};
use crate::client::{Client, NoAnswer, Reply};
use crate::config::units::span_round;
use crate::exit::{Exit, Failure};

/// Time between two attempts, at first and at most, when the node does not say.
const RETRY_FIRST: Duration = Duration::from_millis(250);
const RETRY_MOST: Duration = Duration::from_secs(5);
/// Smaller requests are not worth packing.
const PACK_BYTES_LEAST: usize = 1_024;

/// Sends batches and counts what became of them.
pub(super) struct Sender {
    client: Client,
    query: Vec<(&'static str, String)>,
    packs: bool,
    patience: Duration,
    run: String,
    batches: u64,
    /// Whether the node has answered yet: a node that never did is not waited for.
    met: bool,
    totals: Totals,
    progress: Progress,
}

/// What a node answers.
#[derive(Debug, Deserialize)]
struct Answer {
    accepted: u64,
    #[serde(default)]
    rejected: Vec<RejectedLine>,
    #[serde(default)]
    rejected_total: u64,
    #[serde(default)]
    time_assumed: u64,
}

#[derive(Debug, Deserialize)]
struct RejectedLine {
    line: u64,
    reason: String,
}

/// What an attempt came to.
enum Attempt {
    Done(Answer),
    /// Try again: why, after how long if the node says, and how it ends if it stays so.
    Wait(String, Option<Duration>, Exit),
    Failed(Failure),
}

impl Sender {
    /// At the start; every run has keys of its own.
    pub(super) fn new(client: Client, args: &IngestArgs, progress: Progress) -> Result<Sender, Failure> {
        let named =
            [("source", &args.source), ("time_field", &args.time_field), ("message_field", &args.message_field)];
        let query = named.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect();
        let packs = match args.compress {
            Compress::Auto => !client.is_local(),
            Compress::Zstd => true,
            Compress::Off => false,
        };
        Ok(Sender {
            client,
            query,
            packs,
            patience: args.retry_for,
            run: run_name()?,
            batches: 0,
            met: false,
            totals: Totals::default(),
            progress,
        })
    }

    /// Sends a batch, however often it takes.
    pub(super) fn send(&mut self, batch: &Batch) -> Result<(), Failure> {
        batch.rejects.iter().for_each(|reject| self.totals.reject(reject.clone()));
        if !batch.bytes.is_empty() {
            self.batches += 1;
            let answer = self.deliver(batch)?;
            self.count(batch, answer);
        }
        self.progress.update(&self.totals);
        Ok(())
    }

    /// What became of everything.
    pub(super) fn finish(self) -> (Totals, Progress) {
        (self.totals, self.progress)
    }

    fn deliver(&mut self, batch: &Batch) -> Result<Answer, Failure> {
        let (body, packed) = self.packed(&batch.bytes)?;
        let (began, mut pause, mut told) = (Instant::now(), RETRY_FIRST, false);
        loop {
            let (why, after, exit) = match self.attempt(batch, &body, packed) {
                Attempt::Done(answer) => {
                    if told {
                        self.progress.warn("going on");
                    }
                    return Ok(answer);
                }
                Attempt::Failed(failure) => return Err(failure),
                Attempt::Wait(why, after, exit) => (why, after, exit),
            };
            if began.elapsed() >= self.patience {
                let message = format!("gave up after {}: {why}", span_round(began.elapsed()));
                return Err(Failure::new(exit, message).hint("--retry-for waits longer"));
            }
            if !told && (after.is_none() || began.elapsed() > RETRY_MOST) {
                self.progress.warn(&format!("{why}; trying again for {}", span_round(self.patience)));
                told = true;
            }
            sleep(after.unwrap_or(pause).min(self.patience));
            pause = (pause * 2).min(RETRY_MOST);
        }
    }

    fn attempt(&mut self, batch: &Batch, body: &[u8], packed: bool) -> Attempt {
        let key = format!("{}-{}", self.run, self.batches);
        let mut headers = vec![("content-type", batch.content_type), ("idempotency-key", key.as_str())];
        headers.extend(packed.then_some(("content-encoding", "zstd")));
        let reply = self.client.post("/v1/ingest", &self.query, &headers, body);
        match reply {
            Ok(reply) => {
                self.met = true;
                judge(&reply)
            }
            Err(why) if !self.met => Attempt::Failed(self.client.failure(&why)),
            Err(why) => {
                let exit = if matches!(why, NoAnswer::Late) { Exit::Partial } else { Exit::Unreachable };
                Attempt::Wait(self.client.failure(&why).message, None, exit)
            }
        }
    }

    fn packed<'b>(&self, bytes: &'b [u8]) -> Result<(Cow<'b, [u8]>, bool), Failure> {
        if !self.packs || bytes.len() < PACK_BYTES_LEAST {
            return Ok((Cow::Borrowed(bytes), false));
        }
        let failed = |error| Failure::new(Exit::No, format!("cannot compress: {error}"));
        Ok((Cow::Owned(zstd::encode_all(bytes, 1).map_err(failed)?), true))
    }

    fn count(&mut self, batch: &Batch, answer: Answer) {
        let totals = &mut self.totals;
        totals.accepted += answer.accepted;
        totals.rejected += answer.rejected_total.max(answer.rejected.len() as u64);
        totals.time_assumed += answer.time_assumed;
        totals.bytes += batch.bytes.len() as u64;
        for RejectedLine { line, reason } in answer.rejected {
            totals.name(Reject { file: batch.file.clone(), line: batch.lines.of(line), reason });
        }
    }
}

/// Whether an answer is the last word on a batch.
fn judge(reply: &Reply) -> Attempt {
    let answer = serde_json::from_slice::<Answer>(&reply.body);
    let refusal = reply.refusal();
    match (reply.status, answer) {
        (200..300, Ok(answer)) => Attempt::Done(answer),
        (200..300, Err(error)) => {
            Attempt::Failed(Failure::new(Exit::No, format!("the node's answer cannot be read: {error}")))
        }
        (400, Ok(answer)) if answer.rejected_total > 0 => Attempt::Done(answer),
        (400, _) if refusal.code == "no_events" => Attempt::Done(Answer::nothing()),
        (408 | 429 | 503 | 504 | 507, _) => {
            Attempt::Wait(told(reply.status, &refusal.message), reply.retry_after, Exit::Partial)
        }
        _ => Attempt::Failed(reply.refused()),
    }
}

fn told(status: u16, message: &str) -> String {
    let who = match status {
        429 => "the node is busy",
        507 => "the node has no space",
        _ => "the node does not take events now",
    };
    format!("{who}: {message}")
}

impl Answer {
    /// To a batch of empty lines.
    fn nothing() -> Answer {
        Answer { accepted: 0, rejected: Vec::new(), rejected_total: 0, time_assumed: 0 }
    }
}

/// A name that no other run has.
fn run_name() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    let failed = |error| Failure::new(Exit::No, format!("the operating system gives no randomness: {error}"));
    getrandom::fill(&mut bytes).map_err(failed)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, body: &str) -> String {
        match judge(&Reply { status, retry_after: None, body: body.as_bytes().to_vec() }) {
            Attempt::Done(answer) => format!("{} in, {} not", answer.accepted, answer.rejected_total),
            Attempt::Wait(why, ..) => format!("wait: {why}"),
            Attempt::Failed(failure) => format!("{:?}: {}", failure.exit, failure.message),
        }
    }

    #[test]
    fn answers_are_judged_by_status_and_body() {
        let table = [
            (200, r#"{"accepted":2,"rejected":[],"rejected_total":0}"#, "2 in, 0 not"),
            (
                400,
                r#"{"error":{"code":"all_rejected","message":"m"},"accepted":0,"rejected":[{"line":1,"reason":"r"}],"rejected_total":1}"#,
                "0 in, 1 not",
            ),
            (
                400,
                r#"{"error":{"code":"no_events","message":"m"},"accepted":0,"rejected":[],"rejected_total":0}"#,
                "0 in, 0 not",
            ),
            (400, r#"{"error":{"code":"bad_parameter","message":"parameter `x`"}}"#, "No: parameter `x`"),
            (429, r#"{"error":{"code":"busy","message":"full"}}"#, "wait: the node is busy: full"),
            (
                507,
                r#"{"error":{"code":"no_space","message":"disk"},"accepted":5,"rejected":[],"rejected_total":0}"#,
                "wait: the node has no space: disk",
            ),
            (403, r#"{"error":{"code":"foreign_host","message":"no"}}"#, "Denied: no"),
            (502, "gateway", "No: the node answers 502 gateway"),
        ];
        for (status, body, wanted) in table {
            assert_eq!(judged(status, body), wanted, "{status}");
        }
    }
}
