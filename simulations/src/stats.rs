//! How much happened in a seed, so that a quiet simulation is seen to be quiet.

use std::fmt;

/// Sums over one seed or many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Events.
    pub steps: u64,
    /// Virtual milliseconds.
    pub virtual_ms: u64,
    /// Processes killed.
    pub crashes: u64,
    /// Of these: the machine went down with it.
    pub power_losses: u64,
    /// Orderly ends.
    pub stops: u64,
    /// Times the disk was full, failing or slow, or the index slow.
    pub conditions: u64,
    /// Bits flipped.
    pub flips: u64,
    /// Times the wall clock was set.
    pub clock_jumps: u64,
    /// Blocks cut by recovery.
    pub cut: u64,
    /// Stores that refused to open because of a flipped bit.
    pub unopened: u64,
    /// Blocks written.
    pub blocks: u64,
    /// Writes that failed.
    pub failed_writes: u64,
    /// Submissions acknowledged.
    pub acknowledged: u64,
    /// Submissions refused.
    pub refused: u64,
    /// Submissions whose process died.
    pub unknown: u64,
    /// Keyed requests that were resumed in the middle.
    pub resumed: u64,
    /// Keyed requests whose row a crash tore over an earlier one.
    pub forgotten: u64,
}

impl Stats {
    /// Adds another seed.
    pub fn add(&mut self, other: &Stats) {
        let sums = self.fields_mut().into_iter().zip(other.fields());
        sums.for_each(|(sum, (_, value))| *sum += value);
    }

    fn fields(&self) -> [(&'static str, u64); 17] {
        [
            ("steps", self.steps),
            ("virtual ms", self.virtual_ms),
            ("crashes", self.crashes),
            ("power losses", self.power_losses),
            ("stops", self.stops),
            ("conditions", self.conditions),
            ("flips", self.flips),
            ("clock jumps", self.clock_jumps),
            ("cut", self.cut),
            ("unopened", self.unopened),
            ("blocks", self.blocks),
            ("failed writes", self.failed_writes),
            ("acknowledged", self.acknowledged),
            ("refused", self.refused),
            ("unknown", self.unknown),
            ("resumed", self.resumed),
            ("forgotten", self.forgotten),
        ]
    }

    fn fields_mut(&mut self) -> [&mut u64; 17] {
        [
            &mut self.steps,
            &mut self.virtual_ms,
            &mut self.crashes,
            &mut self.power_losses,
            &mut self.stops,
            &mut self.conditions,
            &mut self.flips,
            &mut self.clock_jumps,
            &mut self.cut,
            &mut self.unopened,
            &mut self.blocks,
            &mut self.failed_writes,
            &mut self.acknowledged,
            &mut self.refused,
            &mut self.unknown,
            &mut self.resumed,
            &mut self.forgotten,
        ]
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (name, value)) in self.fields().into_iter().enumerate() {
            let comma = if n > 0 { ", " } else { "" };
            write!(f, "{comma}{name} {value}")?;
        }
        Ok(())
    }
}
