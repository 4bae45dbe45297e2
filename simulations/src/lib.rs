//! The same machine under a virtual clock, on a disk that fails, with a network that fails.
//!
//! A seed draws everything: clients, limits, which faults exist and how often they strike. A
//! storm of faults is followed by a calm in which everything must settle. There are two worlds:
//! one node alone, with every trouble that a disk can make, and a cluster of several nodes. The
//! promises are checked by separate objects (`checkers`, `cluster/checks`); each says what it does
//! not verify. Besides there are stories (`script`), which read as a tutorial, deliberate bugs
//! (`mutants`), and large clusters of replication machines alone (`scale`).

mod checkers;
mod client;
mod cluster;
mod crowd;
mod events;
mod heap;
mod life;
mod material;
pub mod mutants;
mod plan;
mod process;
mod random;
pub mod scale;
pub mod script;
pub mod seeds;
mod shell;
mod stats;
pub mod stories;
mod survey;
mod trace;
mod world;
mod writer;

use std::fmt;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use checkers::Violation;
pub use cluster::stats::ClusterStats;
pub use stats::Stats;

use cluster::Cluster;
use trace::Trace;

/// Where a seed is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// One node, with every trouble that a disk can make.
    Alone,
    /// Several nodes, with a network between them.
    Cluster,
}

impl World {
    /// Both.
    pub const ALL: [World; 2] = [World::Alone, World::Cluster];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            World::Alone => "alone",
            World::Cluster => "cluster",
        }
    }
}

impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How much happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorldStats {
    /// To one node.
    Alone(Stats),
    /// To a cluster.
    Cluster(Box<ClusterStats>),
}

impl fmt::Display for WorldStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WorldStats::Alone(stats) => stats.fmt(f),
            WorldStats::Cluster(stats) => stats.fmt(f),
        }
    }
}

/// Sums over many seeds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    alone: Stats,
    cluster: ClusterStats,
}

/// What one seed came to.
#[derive(Debug)]
pub struct Outcome {
    /// Where it was played.
    pub world: World,
    /// Its number.
    pub seed: u64,
    /// What happened, or which promise was broken.
    pub result: Result<WorldStats, Violation>,
    /// Equal when the same seed ran the same way.
    pub trace_hash: u64,
    /// Lines of the trace.
    pub trace_lines: u64,
    /// The last of them.
    pub last: Vec<String>,
}

/// Runs one seed. An assertion that fails inside the machine is a broken promise too.
pub fn run(world: World, seed: u64, aloud: bool) -> Outcome {
    let play = |trace: &mut Trace| match world {
        World::Alone => world::World::new(seed, trace).run().map(WorldStats::Alone),
        World::Cluster => Cluster::new(seed, trace).run().map(|stats| WorldStats::Cluster(Box::new(stats))),
    };
    watched(world, seed, aloud, play)
}

/// Plays something and catches what panics.
fn watched(
    world: World,
    seed: u64,
    aloud: bool,
    play: impl FnOnce(&mut Trace) -> Result<WorldStats, Violation>,
) -> Outcome {
    let mut trace = Trace::new(aloud);
    let run = catch_unwind(AssertUnwindSafe(|| play(&mut trace)));
    let result = run.unwrap_or_else(|panic| Err(Violation { invariant: "no assertion fails", what: said(&*panic) }));
    Outcome { world, seed, result, trace_hash: trace.hash(), trace_lines: trace.lines(), last: trace.last() }
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default()
}

/// Prints a line; a reader that went away is no reason to fail.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_runs_the_same_way() {
        for world in World::ALL {
            for seed in [3, 11, 27] {
                let (once, again) = (run(world, seed, false), run(world, seed, false));
                assert!(once.trace_lines > 100, "seed {seed} does something in the world {world}");
                assert_eq!(once.trace_hash, again.trace_hash, "seed {seed} {world}");
                assert_eq!(once.result, again.result, "seed {seed} {world}");
            }
            assert_ne!(run(world, 3, false).trace_hash, run(world, 11, false).trace_hash);
        }
    }

    #[test]
    fn a_few_seeds_meet_every_kind_of_trouble_in_a_cluster() {
        let mut sum = ClusterStats::default();
        for seed in 0..80 {
            match run(World::Cluster, seed, false).result.expect("the promises hold") {
                WorldStats::Cluster(stats) => sum.add(&stats),
                WorldStats::Alone(_) => unreachable!("that is the other world"),
            }
        }
        let met = [
            [sum.broken, sum.cuts, sum.power_losses, sum.restores, sum.clones, sum.noise, sum.joins],
            [sum.removals, sum.equivocators, sum.forks, sum.faults, sum.failed_writes, sum.pulls, sum.announced],
        ];
        assert!(met.iter().flatten().all(|count| *count > 0), "{sum}");
    }

    #[test]
    fn a_few_seeds_meet_every_kind_of_trouble() {
        let mut sum = Stats::default();
        for seed in 1..=12 {
            match run(World::Alone, seed, false).result.expect("the promises hold") {
                WorldStats::Alone(stats) => sum.add(&stats),
                WorldStats::Cluster(_) => unreachable!("that is the other world"),
            }
        }
        let met = [sum.crashes, sum.power_losses, sum.stops, sum.failed_writes, sum.refused, sum.unknown, sum.resumed];
        assert!(met.iter().all(|count| *count > 0), "{sum}");
    }
}
