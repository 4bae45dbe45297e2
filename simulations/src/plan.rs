//! What a seed draws before anything happens: which faults exist, how often, how large things are.
//!
//! Swarm: each seed has its own mixture, so rare combinations are met often enough.

use std::ops::Range;

use vigil_model::limits::SEAL_INTERVAL_MAX_MS;
use vigil_node::{Config, Limits, Sync};

use crate::random::Random;

/// So many part-filled blocks a second that nothing is ever delayed for their sake.
pub(crate) const UNPACED: u32 = 1_000_000;

/// Milliseconds between two strikes of a fault, on average; `None`: it never strikes.
type Every = Option<u64>;

/// The mixture of one seed.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) config: Config,
    /// Milliseconds until all faults end.
    pub(crate) storm_ms: u64,
    /// Milliseconds between two syncs with `sync: interval`.
    pub(crate) sync_every_ms: u64,
    pub(crate) trickles: u64,
    pub(crate) bursts: u64,
    pub(crate) keyed: u64,
    /// Longest time that hashing one block takes, in microseconds.
    pub(crate) hash_us: Range<u64>,
    /// Time that one write takes, in microseconds.
    pub(crate) write_us: Range<u64>,
    /// Blocks that the writer takes at once.
    pub(crate) group: Range<u64>,
    pub(crate) crash: Every,
    /// Percent of crashes that take the machine down, not the process alone.
    pub(crate) power_loss: u64,
    /// Percent of power losses that tear a write.
    pub(crate) torn: u64,
    pub(crate) stop: Every,
    pub(crate) full: Every,
    /// The disk has room, but `storage.max_disk` is reached.
    pub(crate) quota: Every,
    pub(crate) failing: Every,
    pub(crate) slow_disk: Every,
    pub(crate) slow_index: Every,
    pub(crate) clock_jump: Every,
    pub(crate) flip: Every,
}

impl Plan {
    pub(crate) fn draw(random: &mut Random) -> Plan {
        let mut every = |percent, range: Range<u64>| random.chance(percent).then(|| random.within(range));
        let (crash, stop) = (every(75, 300..3_000), every(30, 1_000..5_000));
        let (full, quota, failing) = (every(40, 500..3_000), every(25, 500..4_000), every(25, 800..4_000));
        let (slow_disk, slow_index) = (every(40, 500..3_000), every(25, 500..3_000));
        let (clock_jump, flip) = (every(25, 500..3_000), every(15, 1_000..6_000));
        Plan {
            config: config(random),
            storm_ms: random.within(3_000..8_000),
            sync_every_ms: random.pick(&[50, 200, 1_000]),
            trickles: random.within(0..4),
            bursts: random.within(0..3),
            keyed: random.within(1..5),
            hash_us: 20..random.pick(&[100, 2_000, 40_000]),
            write_us: 100..random.pick(&[500, 5_000, 30_000]),
            group: 1..random.pick(&[2, 5, 64]),
            crash,
            power_loss: random.pick(&[0, 50, 100]),
            torn: random.pick(&[0, 50, 100]),
            stop,
            full,
            quota,
            failing,
            slow_disk,
            slow_index,
            clock_jump,
            flip,
        }
    }

    /// How long an open block may wait: longer, when many part-filled ones were sealed lately.
    pub(crate) fn longest_interval_ms(&self) -> u64 {
        let paced = self.config.part_filled_per_second < UNPACED;
        if paced { SEAL_INTERVAL_MAX_MS } else { self.config.seal_interval_ms }
    }

    pub(crate) fn always(&self) -> bool {
        self.config.sync == Sync::Always
    }
}

fn config(random: &mut Random) -> Config {
    Config {
        sync: if random.chance(70) { Sync::Always } else { Sync::Interval },
        seal_interval_ms: random.pick(&[1, 5, 20, 100]),
        part_filled_per_second: random.pick(&[100, UNPACED]),
        seal_now_per_second: random.pick(&[0, 10, 100]),
        limits: if random.chance(30) { Limits::default() } else { tight(random) },
        ..Config::default()
    }
}

/// So low that a few clients reach them.
fn tight(random: &mut Random) -> Limits {
    let body_bytes = random.pick(&[2_000, 8_000, 60_000]);
    Limits {
        block_records: random.pick(&[8, 40, 200]),
        body_bytes,
        pending_bytes: body_bytes * random.pick(&[1, 3, 20]),
        pending_blocks: random.pick(&[1, 2, 8, 100]),
        unsynced_blocks: random.pick(&[2, 20, 500]),
        index_lag_bytes: random.pick(&[10_000, 200_000]),
        idempotency_keys: random.pick(&[2, 10, 1_000]),
        ..Limits::default()
    }
}
