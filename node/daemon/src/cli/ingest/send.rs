//! How batches reach a node: one after another, each under a key of its own, so that trying again
//! never doubles an event.

use std::borrow::Cow;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::batch::Batch;
use super::decoded::is_decoded;
use super::progress::Progress;
use super::{Compress, IngestArgs, Reject, Totals};
use crate::cli::parse::read_as;
use crate::client::{Client, NoAnswer, Refusal, Reply};
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
#[derive(Debug, Default, Deserialize)]
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
    /// Try again.
    Again(Again),
    Failed(Failure),
}

/// A batch that the node did not take, or not all of.
struct Again {
    why: String,
    /// The pause that the node asks for.
    after: Option<Duration>,
    /// How it ends if it stays so.
    exit: Exit,
    /// What the node has of the batch, and keeps.
    taken: Answer,
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
        if let Some(decision) = batch.decision.as_ref().filter(|decision| is_decoded(decision.format)) {
            self.progress.note(&read_as(&batch.file, decision));
        }
        if !batch.bytes.is_empty() {
            self.batches += 1;
            let answer = self.deliver(batch)?;
            self.count(batch, answer);
        }
        self.progress.update(batch.read, &self.totals);
        Ok(())
    }

    /// What became of everything.
    pub(super) fn finish(self) -> (Totals, Progress) {
        (self.totals, self.progress)
    }

    /// Until the node has all of it. What it has when patience ends is counted all the same.
    fn deliver(&mut self, batch: &Batch) -> Result<Answer, Failure> {
        let (body, packed) = self.packed(&batch.bytes)?;
        let (began, mut pause, mut told) = (Instant::now(), RETRY_FIRST, false);
        let mut taken = Answer::default();
        loop {
            let again = match self.attempt(batch, &body, packed) {
                Attempt::Done(answer) => {
                    if told {
                        self.progress.warn("going on");
                    }
                    return Ok(answer);
                }
                Attempt::Failed(failure) => return Err(self.give_up(&taken, failure)),
                Attempt::Again(again) => again,
            };
            taken.grow(&again.taken);
            if began.elapsed() >= self.patience {
                let message = format!("gave up after {}: {}", span_round(began.elapsed()), again.why);
                let failure = Failure::new(again.exit, message).hint("--retry-for waits longer");
                return Err(self.give_up(&taken, failure));
            }
            if !told && (again.after.is_none() || began.elapsed() > RETRY_MOST) {
                self.progress.warn(&format!("{}; trying again for {}", again.why, span_round(self.patience)));
                told = true;
            }
            sleep(again.after.unwrap_or(pause).min(self.patience));
            pause = (pause * 2).min(RETRY_MOST);
        }
    }

    fn give_up(&mut self, taken: &Answer, failure: Failure) -> Failure {
        self.totals.accepted += taken.accepted;
        self.totals.time_assumed += taken.time_assumed;
        failure
    }

    fn attempt(&mut self, batch: &Batch, body: &[u8], packed: bool) -> Attempt {
        let key = format!("{}-{}", self.run, self.batches);
        let mut headers = vec![("content-type", batch.content_type), ("idempotency-key", key.as_str())];
        headers.extend(packed.then_some(("content-encoding", "zstd")));
        // What was decoded here has its time and message.
        let query = self.query.iter().filter(|(name, _)| !batch.decoded || *name == "source").cloned();
        let reply = self.client.post("/v1/ingest", &query.collect::<Vec<_>>(), &headers, body);
        match reply {
            Ok(reply) => {
                self.met = true;
                judge(&reply)
            }
            Err(why) if !self.met => Attempt::Failed(self.client.failure(&why)),
            Err(why) => {
                let exit = if matches!(why, NoAnswer::Late) { Exit::Partial } else { Exit::Unreachable };
                let why = self.client.failure(&why).message;
                Attempt::Again(Again { why, after: None, exit, taken: Answer::default() })
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
        (200..300, Ok(answer)) if is_cut_short(&refusal) => Attempt::Again(again(reply, &refusal, answer)),
        (200..300, Ok(answer)) => Attempt::Done(answer),
        (200..300, Err(error)) => {
            Attempt::Failed(Failure::new(Exit::No, format!("the node's answer cannot be read: {error}")))
        }
        (400, Ok(answer)) if answer.rejected_total > 0 && refusal.code != "broken_body" => Attempt::Done(answer),
        (400, _) if refusal.code == "no_events" => Attempt::Done(Answer::default()),
        (408 | 429 | 503 | 504 | 507, answer) => Attempt::Again(again(reply, &refusal, answer.unwrap_or_default())),
        _ => Attempt::Failed(reply.refused()),
    }
}

/// Whether the node took the beginning only, and takes the rest when the same request comes again.
fn is_cut_short(refusal: &Refusal) -> bool {
    ["busy", "no_space", "store", "stopping"].contains(&refusal.code.as_str())
}

fn again(reply: &Reply, refusal: &Refusal, taken: Answer) -> Again {
    let who = match (refusal.code.as_str(), reply.status) {
        ("busy", _) | (_, 429) => "the node is busy",
        ("no_space", _) | (_, 507) => "the node has no space",
        _ => "the node does not take events now",
    };
    // The refusals of a node begin with words much like these.
    let why = match refusal.message.split_once(": ") {
        Some((head, rest)) if who.ends_with(head) => format!("{who}: {rest}"),
        _ => format!("{who}: {}", refusal.message),
    };
    Again { why, after: reply.retry_after, exit: Exit::Partial, taken }
}

impl Answer {
    /// Takes over what a later attempt says; each answer counts what the ones before made durable.
    fn grow(&mut self, later: &Answer) {
        if later.accepted > self.accepted {
            (self.accepted, self.time_assumed) = (later.accepted, later.time_assumed);
        }
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
mod tests;
