//! How fast blocks of peers come in: for the question how long it will take.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// The time that a measurement covers at least.
const WINDOW: Duration = Duration::from_secs(2);

/// Counts blocks and measures now and then.
#[derive(Debug, Default)]
pub(super) struct Pace {
    blocks: AtomicU64,
    measured: Mutex<Option<Measured>>,
}

#[derive(Clone, Copy, Debug)]
struct Measured {
    at: Instant,
    blocks: u64,
    per_second: f64,
}

impl Pace {
    /// One more block came in.
    pub(super) fn count(&self) {
        self.blocks.fetch_add(1, Ordering::Relaxed);
    }

    /// Blocks a second in the last moments; 0 before anything was measured.
    pub(super) fn blocks_per_second(&self) -> f64 {
        let (now, blocks) = (Instant::now(), self.blocks.load(Ordering::Relaxed));
        let mut measured = self.measured.lock();
        let Some(before) = *measured else {
            *measured = Some(Measured { at: now, blocks, per_second: 0.0 });
            return 0.0;
        };
        let passed = now - before.at;
        if passed < WINDOW {
            return before.per_second;
        }
        let per_second = (blocks - before.blocks) as f64 / passed.as_secs_f64();
        *measured = Some(Measured { at: now, blocks, per_second });
        per_second
    }
}
