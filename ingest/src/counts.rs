//! What a source brought since the process began, and what went wrong last.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use vigil_model::Timestamp;
use vigil_model::limits::SAMPLE_BYTES_MAX;

/// Counters of one source; shared by everything that reads for it.
#[derive(Debug, Default)]
pub struct Counts {
    events: AtomicU64,
    bytes: AtomicU64,
    rejected: AtomicU64,
    parse_errors: AtomicU64,
    dropped: AtomicU64,
    /// Datagrams or connections that the door itself had to turn away.
    turned_away: AtomicU64,
    /// Milliseconds between the time of the newest event and its arrival.
    lag_ms: AtomicI64,
    last: AtomicI64,
    problem: Mutex<Option<Problem>>,
}

/// The last thing that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// When.
    pub at: Timestamp,
    /// What.
    pub reason: String,
    /// The beginning of what could not be read, scrubbed.
    pub sample: String,
}

/// Counters as they stood at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Events that came through.
    pub events: u64,
    /// Bytes that came in, unpacked.
    pub bytes: u64,
    /// Pieces of input that became no event.
    pub rejected: u64,
    /// Events kept as plain text because they were not what their format says.
    pub parse_errors: u64,
    /// Events that stages dropped.
    pub dropped: u64,
    /// Datagrams and connections that could not be taken: a full queue, a limit.
    pub turned_away: u64,
    /// Milliseconds by which the last event was late; negative where its clock is ahead.
    pub lag_ms: i64,
    /// When the last event came; `None` before the first.
    pub last: Option<Timestamp>,
    /// What went wrong last.
    pub problem: Option<Problem>,
}

impl Counts {
    /// Bytes came in.
    pub fn read(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// The door turned `count` datagrams or connections away.
    pub fn turn_away(&self, count: u64, why: &str, now: Timestamp) {
        self.turned_away.fetch_add(count, Ordering::Relaxed);
        self.note(why, "", now);
    }

    /// Something went wrong that is no event: a file that cannot be opened, a handshake that failed.
    pub fn note(&self, reason: &str, sample: &str, at: Timestamp) {
        let mut cut = sample.len().min(SAMPLE_BYTES_MAX);
        while !sample.is_char_boundary(cut) {
            cut -= 1;
        }
        let problem = Problem { at, reason: reason.to_owned(), sample: sample[..cut].to_owned() };
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem);
    }

    pub(crate) fn event(&self, time: Timestamp, now: Timestamp) {
        self.events.fetch_add(1, Ordering::Relaxed);
        self.last.store(now.0, Ordering::Relaxed);
        self.lag_ms.store(now.0.saturating_sub(time.0) / 1_000_000, Ordering::Relaxed);
    }

    pub(crate) fn drop_event(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn reject(&self, reason: &str, sample: &str, now: Timestamp) {
        self.rejected.fetch_add(1, Ordering::Relaxed);
        self.note(reason, sample, now);
    }

    pub(crate) fn parse_error(&self, reason: &str, sample: &str, now: Timestamp) {
        self.parse_errors.fetch_add(1, Ordering::Relaxed);
        self.note(reason, sample, now);
    }

    /// All of them now.
    pub fn counted(&self) -> Counted {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let last = self.last.load(Ordering::Relaxed);
        Counted {
            events: get(&self.events),
            bytes: get(&self.bytes),
            rejected: get(&self.rejected),
            parse_errors: get(&self.parse_errors),
            dropped: get(&self.dropped),
            turned_away: get(&self.turned_away),
            lag_ms: self.lag_ms.load(Ordering::Relaxed),
            last: (last != 0).then_some(Timestamp(last)),
            problem: self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}
