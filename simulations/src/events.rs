//! What can happen to the node of a simulation, and when its disk is in which state.

use vigil_node::Ticket;

/// One thing that happens at its time. What belongs to a process carries its number, and is
/// dropped when that process is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A client acts.
    Client(usize),
    /// A worker has hashed a block.
    HashDone(u32, Ticket),
    /// The writer hands its group to the disk.
    Commit(u32),
    /// The writer's fsync comes back.
    SyncDone(u32),
    /// The writer's regular fsync with `sync: interval`.
    SyncTimer(u32),
    /// The shell has looked at the disk.
    Space(u32),
    /// The index reports.
    Index(u32),
    /// The machine asked to be woken.
    Wake(u32),
    /// A message from the writer arrives a second time.
    Echo(u32, Ticket),
    /// The process is started.
    Start,
    /// The process, or the machine under it, dies; now and then.
    Crash,
    /// It dies between a write and its sync.
    CrashNow,
    /// The process is asked to stop.
    Stop,
    /// A condition begins.
    Begin(Condition),
    /// A condition ends.
    End(Condition),
    /// The wall clock is set.
    ClockJump,
    /// A bit on the disk flips.
    Flip,
    /// All faults end.
    Calm,
}

/// A state that lasts for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Condition {
    Full,
    Quota,
    Failing,
    SlowDisk,
    SlowIndex,
}

impl Condition {
    pub(crate) const ALL: [Condition; 5] =
        [Condition::Full, Condition::Quota, Condition::Failing, Condition::SlowDisk, Condition::SlowIndex];
}
