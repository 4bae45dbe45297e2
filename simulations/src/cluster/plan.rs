//! What a seed draws of a cluster before anything happens.
//!
//! Swarm: each seed has its own mixture of faults, so rare combinations are met often enough.

use std::collections::BTreeMap;
use std::ops::Range;

use vigil_node::Config;

use crate::cluster::event::Fault;
use crate::cluster::net::Weather;
use crate::random::Random;

/// How long things take, and the settings of every node.
#[derive(Clone, Debug)]
pub(crate) struct Rates {
    pub(crate) config: Config,
    /// Hashing or checking one block.
    pub(crate) hash_us: Range<u64>,
    /// One write, one sync.
    pub(crate) write_us: Range<u64>,
    /// Blocks that the writer takes at once.
    pub(crate) group: Range<u64>,
    /// Between two looks for members without a link.
    pub(crate) dial_ms: Range<u64>,
    /// Until an end notices that its connection is dead.
    pub(crate) notice_ms: Range<u64>,
}

/// The mixture of one seed.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) sites: usize,
    /// When faults begin, and when they end.
    pub(crate) storm_ms: Range<u64>,
    /// Between two acts of a client.
    pub(crate) client_ms: Range<u64>,
    /// Milliseconds between two strikes of a fault, on average.
    pub(crate) faults: BTreeMap<Fault, u64>,
    /// Percent of crashes that take the machine down, not the process alone.
    pub(crate) power_loss: u64,
    /// Percent of writes that are followed by a crash before their sync.
    pub(crate) crash_between: u64,
}

impl Plan {
    pub(crate) fn draw(random: &mut Random) -> Plan {
        let faults = Fault::ALL.into_iter().filter_map(|fault| {
            let (percent, every) = likelihood(fault);
            random.chance(percent).then(|| (fault, random.within(every)))
        });
        let faults: BTreeMap<Fault, u64> = faults.collect();
        let begins = random.within(500..2_000);
        let crash_between = if faults.contains_key(&Fault::Crash) { 1 } else { 0 };
        Plan {
            sites: random.within(3..6) as usize,
            storm_ms: begins..begins + random.within(2_000..6_000),
            client_ms: 20..random.pick(&[200, 600, 1_500]),
            faults,
            power_loss: random.pick(&[0, 50, 100]),
            crash_between,
        }
    }
}

/// In how many of a hundred seeds a fault exists, and how often it strikes then.
fn likelihood(fault: Fault) -> (u64, Range<u64>) {
    match fault {
        Fault::Cut => (70, 400..2_500),
        Fault::Break => (50, 100..1_500),
        Fault::Double => (30, 300..2_000),
        Fault::Crash => (60, 500..3_000),
        Fault::Stop => (30, 1_000..4_000),
        Fault::Snapshot => (40, 500..2_000),
        Fault::Restore => (25, 1_500..5_000),
        Fault::Clone => (12, 2_000..6_000),
        Fault::Clock => (30, 500..3_000),
        Fault::Disk => (40, 500..3_000),
        Fault::Noise => (25, 800..4_000),
        Fault::Join => (35, 1_000..4_000),
        Fault::Remove => (25, 1_500..6_000),
        Fault::Equivocate => (25, 1_000..3_000),
    }
}

impl Rates {
    pub(crate) fn draw(random: &mut Random) -> Rates {
        Rates {
            config: config(random),
            hash_us: 20..random.pick(&[100, 2_000, 20_000]),
            write_us: 100..random.pick(&[500, 5_000, 20_000]),
            group: 1..random.pick(&[2, 5, 64]),
            dial_ms: 20..random.pick(&[200, 1_000]),
            notice_ms: 0..random.pick(&[50, 1_000, 3_000]),
        }
    }

    /// Everything at once and nothing by chance, for stories.
    pub(crate) fn steady() -> Rates {
        Rates {
            config: Config::default(),
            hash_us: 50..51,
            write_us: 500..501,
            group: 64..65,
            dial_ms: 200..201,
            notice_ms: 0..1,
        }
    }
}

impl Weather {
    pub(crate) fn draw(random: &mut Random) -> Weather {
        Weather {
            latency_us: 50..random.pick(&[300, 5_000, 60_000, 400_000]),
            bytes_per_ms: random.pick(&[20, 200, 5_000, 100_000]),
            timeout_ms: 100..random.pick(&[300, 3_000]),
        }
    }

    /// A local network: 10 ms, 10 MB/s.
    pub(crate) fn steady() -> Weather {
        Weather { latency_us: 10_000..10_001, bytes_per_ms: 10_000, timeout_ms: 3_000..3_001 }
    }
}

fn config(random: &mut Random) -> Config {
    let mut config = Config { seal_interval_ms: random.pick(&[5, 20, 100]), ..Config::default() };
    if random.chance(50) {
        config.limits.block_records = 200;
        config.limits.body_bytes = 100_000;
        config.limits.pending_blocks = random.pick(&[2, 8, 100]);
        config.limits.received_blocks = random.pick(&[64, 1_024]);
        config.limits.received_bytes = random.pick(&[1_000_000, 4_000_000]);
    }
    config
}
