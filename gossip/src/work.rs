//! What is under way for each log: asked for, or brought and not durable yet.
//!
//! It keeps two peers from being asked for the same, and forgets what does not become durable.

use std::collections::BTreeMap;
use std::ops::Range;

use vigil_model::{Class, ClassSet, LogId};

use crate::logs::Held;
use crate::ranges::{Ranges, normalise, touches};
use crate::types::{End, Part, Pull, PullId};

/// Blocks whose bodies one pull asks for, to begin with.
const CHUNK: u64 = 32;
const CHUNK_MIN: u64 = 8;
const CHUNK_MAX: u64 = 1_024;

/// Bodies asked for, or brought and not durable yet (no pull).
#[derive(Clone, Debug)]
struct Fill {
    pull: Option<PullId>,
    seqs: Range<u64>,
    classes: ClassSet,
}

#[derive(Clone, Debug)]
pub(crate) struct Work {
    /// Blocks that were brought, durable or not.
    reached: u64,
    /// The pull that brings headers.
    heading: Option<PullId>,
    fills: Vec<Fill>,
    /// When something of it became durable, was brought or asked for.
    progress_at: u64,
    /// How many blocks the next pull of bodies asks for.
    chunk: u64,
}

/// The logs for which something is under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Works(BTreeMap<LogId, Work>);

impl Works {
    /// Blocks that were brought, durable or not; 0 when nothing is under way.
    pub(crate) fn reached(&self, log: &LogId) -> u64 {
        self.0.get(log).map_or(0, |work| work.reached)
    }

    /// Whether headers are being pulled.
    pub(crate) fn heading(&self, log: &LogId) -> bool {
        self.0.get(log).is_some_and(|work| work.heading.is_some())
    }

    /// Seqs of `class` that are on their way.
    pub(crate) fn filling(&self, log: &LogId, class: Class) -> Ranges {
        let fills = self.0.get(log).map_or(&[][..], |work| &work.fills);
        normalise(fills.iter().filter(|fill| fill.classes.has(class)).map(|fill| fill.seqs.clone()).collect())
    }

    /// How many blocks a pull of bodies asks for now.
    pub(crate) fn chunk(&self, log: &LogId) -> u64 {
        self.0.get(log).map_or(CHUNK, |work| work.chunk)
    }

    fn entry(&mut self, log: LogId, now: u64) -> &mut Work {
        self.0.entry(log).or_insert(Work {
            reached: 0,
            heading: None,
            fills: Vec::new(),
            progress_at: now,
            chunk: CHUNK,
        })
    }

    /// A pull was made.
    pub(crate) fn begin(&mut self, id: PullId, pull: &Pull, now: u64) {
        let work = self.entry(pull.log, now);
        work.progress_at = now;
        match pull.part {
            Part::Blocks => {
                assert!(work.heading.is_none(), "headers of a log come from one peer at a time");
                work.heading = Some(id);
            }
            Part::Bodies => {
                work.fills.push(Fill { pull: Some(id), seqs: pull.from..pull.until, classes: pull.classes });
            }
        }
    }

    /// A block came along with its announcement.
    pub(crate) fn take(&mut self, log: LogId, seq: u64, now: u64) {
        let work = self.entry(log, now);
        work.reached = work.reached.max(seq + 1);
        work.progress_at = now;
    }

    /// A pull ended before `next`: what it brought becomes durable, the rest is free again.
    pub(crate) fn ended(&mut self, id: PullId, pull: &Pull, next: u64, end: End, now: u64) {
        let work = self.entry(pull.log, now);
        work.release(id);
        if next > pull.from {
            work.progress_at = now;
            match pull.part {
                Part::Blocks => work.reached = work.reached.max(next),
                Part::Bodies => work.brought(pull, next, end),
            }
        }
        self.tidy(&pull.log, 0);
    }

    /// A pull is no more counted on: others may be asked for the same.
    pub(crate) fn broken(&mut self, id: PullId, pull: &Pull) {
        if let Some(work) = self.0.get_mut(&pull.log) {
            work.release(id);
        }
        self.tidy(&pull.log, 0);
    }

    /// Something of a log became durable.
    pub(crate) fn settled(&mut self, held: &Held, now: u64) {
        let Some(work) = self.0.get_mut(&held.log) else { return };
        work.progress_at = now;
        work.fills.retain(|fill| fill.pull.is_some() || fill.awaited(held));
        self.tidy(&held.log, held.stored());
    }

    /// What was brought from `seq` on is lost.
    pub(crate) fn lost(&mut self, log: &LogId, seq: u64) {
        let Some(work) = self.0.get_mut(log) else { return };
        work.reached = work.reached.min(seq);
        work.fills.retain(|fill| fill.pull.is_some() || fill.seqs.end <= seq);
        self.tidy(log, 0);
    }

    /// Logs for which nothing happened since `before` although something was brought; forgets it.
    pub(crate) fn stalled(&mut self, before: u64) -> Vec<LogId> {
        let brought = |work: &Work| work.reached > 0 || work.fills.iter().any(|fill| fill.pull.is_none());
        let stale = self.0.iter().filter(|(_, work)| work.progress_at < before && brought(work));
        let logs: Vec<LogId> = stale.map(|(log, _)| *log).collect();
        logs.iter().for_each(|log| self.lost(log, 0));
        logs
    }

    /// When something last happened for a log.
    pub(crate) fn progress_at(&self, log: &LogId) -> u64 {
        self.0.get(log).map_or(0, |work| work.progress_at)
    }

    /// Forgets a log for which nothing is under way.
    fn tidy(&mut self, log: &LogId, stored: u64) {
        let idle = |work: &Work| work.heading.is_none() && work.fills.is_empty() && work.reached <= stored;
        if self.0.get(log).is_some_and(idle) {
            self.0.remove(log);
        }
    }
}

impl Work {
    fn release(&mut self, id: PullId) {
        if self.heading == Some(id) {
            self.heading = None;
        }
        self.fills.retain(|fill| fill.pull != Some(id));
    }

    /// Bodies below `next` came; the next pull asks for what fits the credit.
    fn brought(&mut self, pull: &Pull, next: u64, end: End) {
        let blocks = next - pull.from;
        self.chunk = match end {
            End::Done if blocks >= self.chunk => (self.chunk * 2).min(CHUNK_MAX),
            End::Credit => blocks.clamp(CHUNK_MIN, CHUNK_MAX),
            _ => self.chunk,
        };
        self.fills.push(Fill { pull: None, seqs: pull.from..next, classes: pull.classes });
    }
}

impl Fill {
    /// Whether some of it is still missing on the disk.
    fn awaited(&self, held: &Held) -> bool {
        self.classes.iter().any(|class| touches(&held.missing(class), &self.seqs))
    }
}
