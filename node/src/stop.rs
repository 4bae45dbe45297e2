//! Whether the node still takes anything, and when it may end.

/// The life of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    #[default]
    Running,
    /// Nothing new is taken; what is accepted is on its way.
    Stopping,
    /// Everything accepted is answered.
    Stopped,
}

impl Phase {
    /// A second wish to stop changes nothing.
    pub(crate) fn stop(&mut self) {
        if *self == Phase::Running {
            *self = Phase::Stopping;
        }
    }

    /// Nothing is open or in flight: answers whether the end is reached now, once.
    pub(crate) fn drained(&mut self) -> bool {
        let ends = *self == Phase::Stopping;
        if ends {
            *self = Phase::Stopped;
        }
        ends
    }
}
