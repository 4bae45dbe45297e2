//! Deliberate bugs in the shell, each of which some check must catch: what the checkers are worth.

use crate::cluster::Cluster;
use crate::trace::Trace;
use crate::{World, WorldStats, say, watched};

/// A bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// A write is reported as durable before its sync.
    EarlyWord,
    /// The sync of the disk is not made, but reported.
    NoSync,
    /// The roots of bodies are not verified.
    AnyBody,
    /// Signatures are not verified.
    AnyHeader,
    /// Bodies that come after their header are not written, but reported.
    LostFill,
    /// Nobody tells the machine what the store lacks.
    SilentStore,
    /// Fork proofs that the machine asks for are not written.
    SilentWitness,
    /// Removals are forgotten when a process starts.
    ForgottenRemovals,
    /// A process takes the epoch of the one before.
    OldEpoch,
    /// After a failed write the writer goes on with what it has.
    DeafWriter,
    /// Members are dialled once, and never again.
    OneCall,
    /// A joiner's earlier logs are not listed in its admission.
    NothingAdopted,
    /// Answers to pulls leave out every third block.
    Holes,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Mutant; 13] = [
        Mutant::EarlyWord,
        Mutant::NoSync,
        Mutant::AnyBody,
        Mutant::AnyHeader,
        Mutant::LostFill,
        Mutant::SilentStore,
        Mutant::SilentWitness,
        Mutant::ForgottenRemovals,
        Mutant::OldEpoch,
        Mutant::DeafWriter,
        Mutant::OneCall,
        Mutant::NothingAdopted,
        Mutant::Holes,
    ];
}

/// Lets each mutant play seed after seed until a check catches it. False when one survives `seeds`.
pub fn run_all(seeds: u64) -> bool {
    let mut caught = true;
    for mutant in Mutant::ALL {
        match (0..seeds).find_map(|seed| broken(mutant, seed)) {
            Some((seed, invariant)) => say(&format!("{mutant:?}: caught by seed {seed}: {invariant}")),
            None => {
                say(&format!("{mutant:?}: SURVIVES {seeds} seeds"));
                caught = false;
            }
        }
    }
    caught
}

/// The promise that a mutant breaks in a seed.
fn broken(mutant: Mutant, seed: u64) -> Option<(u64, &'static str)> {
    let play = |trace: &mut Trace| {
        let mut cluster = Cluster::new(seed, trace);
        cluster.mutant = Some(mutant);
        cluster.run().map(|stats| WorldStats::Cluster(Box::new(stats)))
    };
    let violation = watched(World::Cluster, seed, false, play).result.err()?;
    // A seed that fails without the bug says nothing about it.
    crate::run(World::Cluster, seed, false).result.is_ok().then_some((seed, violation.invariant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bugs_that_break_often_are_caught_soon() {
        for mutant in [Mutant::EarlyWord, Mutant::OldEpoch, Mutant::OneCall] {
            assert!((0..60).any(|seed| broken(mutant, seed).is_some()), "{mutant:?} survives");
        }
    }
}
