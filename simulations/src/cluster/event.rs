//! What can happen in a cluster.

use vigil_node::Ticket;

use crate::cluster::net::{ConnId, Stream};

/// A process of a site. What belongs to it is dropped when it is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Who {
    pub(crate) site: usize,
    pub(crate) process: u32,
}

/// One thing that happens at its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A worker has hashed a block of this node.
    Hashed(Who, Ticket),
    /// A worker has checked a block of a peer.
    Checked(Who, Ticket),
    /// The writer hands its group to the disk.
    Commit(Who),
    /// The writer's fsync comes back.
    Synced(Who),
    /// The shell has looked at the disk.
    Space(Who),
    /// The index reports.
    Index(Who),
    /// The machine asked to be woken.
    Wake(Who),
    /// The transport of a process looks for members without a link.
    Dial(Who),
    /// A connection has been made.
    Opened(Who, Who),
    /// Bytes have left a side of a connection.
    Left(ConnId, usize, u32),
    /// The next packet that a side sent on a stream arrives.
    Arrive(ConnId, usize, Stream),
    /// A connection has been silent for long.
    Silent(ConnId),
    /// A process dies between a write and its sync.
    CrashNow(Who),
    /// A side of a connection takes it for dead.
    Lost(ConnId, usize),
    /// A client of a site acts.
    Client(usize),
    /// A site starts its process.
    Start(usize),
    /// A fault strikes, and will again.
    Strike(Fault),
    /// A condition of a site ends.
    End(usize, Condition),
    /// The partition ends.
    Heal,
    /// All faults end.
    Calm,
    /// After the storm: has everything settled?
    Settled,
}

/// What goes wrong in a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// Directions between sites are cut.
    Cut,
    /// A connection breaks.
    Break,
    /// A second connection to the same peer is made.
    Double,
    /// A process dies, perhaps with its machine.
    Crash,
    /// A process is stopped in order, and started again.
    Stop,
    /// A disk goes back to what it was.
    Restore,
    /// A copy of what a disk holds is put away.
    Snapshot,
    /// A second process starts on a copy of a directory.
    Clone,
    /// A clock is set.
    Clock,
    /// A disk is full, or fails, or is slow.
    Disk,
    /// Bits of what a node sends flip.
    Noise,
    /// A new node joins.
    Join,
    /// A member is removed.
    Remove,
    /// One key signs two branches.
    Equivocate,
}

impl Fault {
    pub(crate) const ALL: [Fault; 14] = [
        Fault::Cut,
        Fault::Break,
        Fault::Double,
        Fault::Crash,
        Fault::Stop,
        Fault::Restore,
        Fault::Snapshot,
        Fault::Clone,
        Fault::Clock,
        Fault::Disk,
        Fault::Noise,
        Fault::Join,
        Fault::Remove,
        Fault::Equivocate,
    ];
}

/// A state of a site that lasts for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Condition {
    /// Its disk has no room.
    Full,
    /// Its disk fails.
    Failing,
    /// Its disk is slow.
    Slow,
    /// Bits of what it sends flip.
    Noisy,
}
