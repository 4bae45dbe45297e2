//! The same machine under a virtual clock and a failing disk.
//!
//! A seed draws everything: clients, limits, which faults exist and how often they strike. A
//! storm of faults is followed by a calm in which everything must settle. The promises are
//! checked by separate objects in `checkers`; each says what it does not verify.

mod checkers;
mod client;
mod cluster;
mod crowd;
mod events;
mod heap;
mod life;
mod material;
mod plan;
mod process;
mod random;
pub mod script;
mod shell;
mod stats;
mod survey;
mod trace;
mod world;
mod writer;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use checkers::Violation;
pub use stats::Stats;

use trace::Trace;
use world::World;

/// What one seed came to.
#[derive(Debug)]
pub struct Outcome {
    /// Its number.
    pub seed: u64,
    /// What happened, or which promise was broken.
    pub result: Result<Stats, Violation>,
    /// Equal when the same seed ran the same way.
    pub trace_hash: u64,
    /// Lines of the trace.
    pub trace_lines: u64,
    /// The last of them.
    pub last: Vec<String>,
}

/// Runs one seed. An assertion that fails inside the machine is a broken promise too.
pub fn run(seed: u64, aloud: bool) -> Outcome {
    let mut trace = Trace::new(aloud);
    let run = catch_unwind(AssertUnwindSafe(|| World::new(seed, &mut trace).run()));
    let result = run.unwrap_or_else(|panic| Err(Violation { invariant: "no assertion fails", what: said(&*panic) }));
    Outcome { seed, result, trace_hash: trace.hash(), trace_lines: trace.lines(), last: trace.last() }
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
        for seed in [3, 11, 27] {
            let (once, again) = (run(seed, false), run(seed, false));
            assert!(once.trace_lines > 100, "seed {seed} does something");
            assert_eq!(once.trace_hash, again.trace_hash, "seed {seed}");
            assert_eq!(once.result, again.result, "seed {seed}");
        }
        assert_ne!(run(3, false).trace_hash, run(11, false).trace_hash);
    }

    #[test]
    fn a_few_seeds_meet_every_kind_of_trouble() {
        let mut sum = Stats::default();
        for seed in 1..=12 {
            sum.add(&run(seed, false).result.expect("the promises hold"));
        }
        let met = [sum.crashes, sum.power_losses, sum.stops, sum.failed_writes, sum.refused, sum.unknown, sum.resumed];
        assert!(met.iter().all(|count| *count > 0), "{sum}");
    }
}
