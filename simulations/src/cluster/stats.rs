//! How much happened to a cluster, so that a quiet simulation is seen to be quiet.

use std::fmt;

macro_rules! sums {
    ($($(#[doc = $doc:literal])* $field:ident: $name:literal,)*) => {
        /// Sums over one seed or many.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct ClusterStats { $($(#[doc = $doc])* pub $field: u64,)* }

        impl ClusterStats {
            /// Adds another seed.
            pub fn add(&mut self, other: &ClusterStats) {
                $(self.$field += other.$field;)*
            }
        }

        impl fmt::Display for ClusterStats {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let all = [$(($name, self.$field),)*];
                for (n, (name, value)) in all.into_iter().enumerate() {
                    let comma = if n > 0 { ", " } else { "" };
                    write!(f, "{comma}{name} {value}")?;
                }
                Ok(())
            }
        }
    };
}

sums! {
    /// Events.
    steps: "steps",
    /// Virtual milliseconds.
    virtual_ms: "virtual ms",
    /// Of these: from the end of the storm until all were in step.
    calm_ms: "calm ms",
    /// Connections made.
    connections: "connections",
    /// Connections broken.
    broken: "broken",
    /// Directions cut.
    cuts: "cuts",
    /// Connections ended by a machine.
    hang_ups: "hang-ups",
    /// Processes killed.
    crashes: "crashes",
    /// Of these: the machine went down with it.
    power_losses: "power losses",
    /// Orderly ends.
    stops: "stops",
    /// Disks put back to a copy.
    restores: "restores",
    /// Second processes on a copied directory.
    clones: "clones",
    /// Processes that stopped writing.
    fenced: "fenced",
    /// Clocks set.
    clock_jumps: "clock jumps",
    /// Times a disk was full, failing or slow.
    disks: "disk conditions",
    /// Frames with a flipped bit.
    noise: "flipped frames",
    /// Nodes that joined.
    joins: "joins",
    /// Members removed.
    removals: "removals",
    /// Keys that signed two branches.
    equivocators: "equivocators",
    /// Logs known as forked in the end.
    forks: "forks",
    /// Messages of the machines.
    messages: "messages",
    /// Announcements, by link.
    announced: "announcements",
    /// Pulls.
    pulls: "pulls",
    /// Blocks and bodies sent for pulls.
    served: "frames served",
    /// Blocks and bodies that came in.
    offers: "offers",
    /// Of these: found bad.
    faults: "bad blocks",
    /// Frames that could not be read.
    malformed: "malformed",
    /// Blocks and fills written, on all nodes.
    blocks: "writes",
    /// Writes that failed.
    failed_writes: "failed writes",
    /// Submissions acknowledged.
    acknowledged: "acknowledged",
    /// Submissions refused.
    refused: "refused",
    /// Submissions whose process died.
    unknown: "unknown",
    /// Acknowledged, but lost with the only disk that held them.
    excused: "lost with a disk",
}
