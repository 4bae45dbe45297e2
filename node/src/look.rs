//! What others may see of the machine.

use vigil_crdt::control::{Control, ControlError, Op};
use vigil_gossip::{Gossip, LogView, PeerView};
use vigil_model::{Hash, LogId, Timestamp};

use crate::node::Node;
use crate::space::Room;
use crate::status::{Mode, Status};
use crate::stop::Phase;

impl Node {
    /// How it fares.
    pub fn status(&self) -> Status {
        Status {
            mode: self.mode(),
            unproven: self.space.unproven().map(str::to_owned),
            log: self.log(),
            next_seq: self.logs.own_settled(),
            accepted: self.ledger.accepted,
            acknowledged: self.ledger.acknowledged,
            refused: self.ledger.refused,
            pending: self.ledger.pending,
            pending_bytes: self.ledger.pending_bytes,
            blocks_in_flight: self.pipeline.own_blocks(),
            blocks_unsynced: self.pipeline.unsynced(),
            durable_arrival: self.durable_arrival,
            index_arrival: self.lag.arrival(),
            index_lag_bytes: self.lag.bytes(),
            frontier: self.frontier.digest(),
            logs: self.logs.len(),
            members: self.members,
            forks: self.known_forks,
            received: self.inbox.received.clone(),
            received_pending_bytes: self.pipeline.peer_bytes(),
            received_in_flight: self.pipeline.peer_blocks(),
            fenced: self.fenced.clone(),
        }
    }

    fn mode(&self) -> Mode {
        match (self.phase, &self.fenced, self.space.room()) {
            (Phase::Stopped, _, _) => Mode::Stopped,
            (Phase::Stopping, _, _) => Mode::Stopping,
            (Phase::Running, Some(why), _) => Mode::Fenced(why.clone()),
            (Phase::Running, None, Room::Open) => Mode::Ok,
            (Phase::Running, None, Room::NoSpace(why)) => Mode::NoSpace(why.clone()),
            (Phase::Running, None, Room::Broken(why)) => Mode::Store(why.clone()),
        }
    }

    /// The log that it writes.
    pub fn log(&self) -> LogId {
        self.logs.own()
    }

    /// Membership, access and forks, as the durable control records say.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// What a control record written now has seen.
    pub fn control_heads(&self) -> Vec<(LogId, u64)> {
        self.control.heads()
    }

    /// Whether this node may do this now.
    pub fn admissible(&self, op: &Op) -> Result<(), ControlError> {
        self.control.admissible(&self.log().node, op)
    }

    /// The replication machine: who has what.
    pub fn gossip(&self) -> &Gossip {
        &self.gossip
    }

    /// Digest of what this node holds durably of all logs of its cluster: equal on two nodes
    /// exactly when they hold the same blocks.
    pub fn frontier(&self) -> Hash {
        self.gossip.digest()
    }

    /// What is durable of a log.
    pub fn view(&self, log: &LogId) -> Option<LogView> {
        self.holdings.view(log)
    }

    /// Every log that is known here, and what is durable of it; by rising id.
    pub fn views(&self) -> impl Iterator<Item = (LogId, LogView)> {
        self.holdings.logs().filter_map(|log| Some((*log, self.holdings.view(log)?)))
    }

    /// Every peer that was linked since the start, and how replication with it stands. Looks at
    /// every log: for people, not for every input.
    pub fn peers(&self) -> Vec<PeerView> {
        self.gossip.status(self.clock.elapsed().millis())
    }

    /// What the wall clock showed at a time of the replication machine ([`PeerView::last_heard`]).
    pub fn wall_of(&self, millis: u64) -> Timestamp {
        let ago = self.clock.elapsed().millis().saturating_sub(millis);
        self.now.plus_millis(-i64::try_from(ago).unwrap_or(i64::MAX))
    }
}
