//! What becomes of a block when it is durable: peers are told, control records take effect.

use std::ops::Range;

use vigil_crdt::control::{Entry, MemberState, Place as ControlPlace};
use vigil_gossip::{Bound, Deed, End, Event, Link, Message, Pull, PullId};
use vigil_model::{Class, ClusterId, LogId, NodeId, SignedHeader};

use crate::effect::{Effect, Effects};
use crate::input::Ticket;
use crate::node::Node;
use crate::order::Written;
use crate::stop::Phase;

impl Node {
    /// The writer made everything up to `ticket` durable.
    pub(crate) fn synced(&mut self, ticket: Ticket, effects: &mut Effects) {
        let before = self.durable_arrival;
        let mut news = false;
        while let Some(written) = self.pipeline.synced(ticket) {
            assert_eq!(written.place.arrival, self.durable_arrival + 1, "what is durable grows without a gap");
            self.durable_arrival = written.place.arrival;
            self.lag.durable(written.place.bytes);
            news |= self.durable(written);
        }
        if self.durable_arrival > before {
            effects.push(Effect::Follow { arrival: self.durable_arrival });
        }
        if news {
            self.fold(effects);
        }
        self.find_twin(effects);
        self.ask_suspects(effects);
    }

    /// One block became durable; whether it brought a control record.
    fn durable(&mut self, written: Written) -> bool {
        let place = &written.place;
        let closed = self.holdings.durable(place);
        let cluster = self.holdings.cluster(&place.log);
        let news = self.learn(place.log, place.seq, cluster, written.control);
        let newest_bytes = u32::try_from(place.bytes).unwrap_or(u32::MAX);
        self.show(place.log, newest_bytes, place.from);
        if let Some(log) = closed {
            self.show(log, 0, None);
        }
        news
    }

    /// Takes in control records; those of another cluster's logs were folded there.
    pub(crate) fn learn(&mut self, log: LogId, seq: u64, cluster: Option<ClusterId>, control: Vec<Entry>) -> bool {
        if control.is_empty() || cluster != Some(self.control.cluster()) {
            return false;
        }
        let insert = |entry: Entry| {
            let place = ControlPlace { log, seq, offset: entry.offset };
            self.control.insert(place, entry.record)
        };
        control.into_iter().map(insert).fold(false, |news, new| news | new)
    }

    /// Membership, access or forks changed.
    pub(crate) fn fold(&mut self, effects: &mut Effects) {
        self.apply_control();
        let logs: Vec<LogId> = self.holdings.logs().copied().collect();
        for log in logs {
            if self.holdings.set_bound(log, self.bound(&log)) {
                self.show(log, 0, None);
            }
        }
        self.restating.changed(self.clock.elapsed());
        effects.push(Effect::Control);
        if let Some(why) = self.removal() {
            self.fence(&why, effects);
        }
    }

    /// What follows from the control records for the node as a whole.
    pub(crate) fn apply_control(&mut self) {
        self.members = self.control.active_members().count();
        self.pace.share(self.members);
        self.budget.share(self.members);
        self.known_forks = self.control.forks().count();
        let authors = self.control.authors();
        if authors != self.authors {
            self.authors.clone_from(&authors);
            self.tell(Event::Authors(authors));
        }
    }

    /// Tells the replication machine of everything, at the start.
    pub(crate) fn show_all(&mut self) {
        let logs: Vec<LogId> = self.holdings.logs().copied().collect();
        logs.into_iter().for_each(|log| self.show(log, 0, None));
    }

    /// Says denials again that others might miss: see [`vigil_crdt::control::Control::restate`].
    /// Where this node's own log is frozen, nothing counts that it says.
    pub(crate) fn restate(&mut self, effects: &mut Effects) {
        let now = self.clock.elapsed();
        if self.restating.due_at().is_none_or(|due| due > now) {
            return;
        }
        let heard = self.may_write() && self.bound(&self.log()) == Bound::Open;
        let wanted = if heard { self.control.restate(&self.log().node) } else { Vec::new() };
        for op in self.restating.choose(wanted, now) {
            effects.push(Effect::Author(Box::new(op)));
        }
    }

    /// Whether this node writes records of its own accord.
    pub(crate) fn may_write(&self) -> bool {
        self.phase == Phase::Running && self.fenced.is_none()
    }

    pub(crate) fn removal(&self) -> Option<String> {
        match &self.control.member(&self.log().node)?.state {
            MemberState::Active => None,
            MemberState::Removed { at, .. } => Some(format!("it was removed from the cluster on {at}")),
        }
    }

    /// Until where a log counts: the lower of the removal of its author and its lowest fork.
    pub(crate) fn bound(&self, log: &LogId) -> Bound {
        let ended = self.control.bound(log).map(Bound::Ended);
        let frozen = self.control.fork(log).map(|fork| Bound::Frozen(fork.seq()));
        ended.into_iter().chain(frozen).min_by_key(|bound| bound.blocks()).unwrap_or_default()
    }

    /// Tells the replication machine what is durable of a log. Logs of the time before that were
    /// not taken along into this cluster are none of its business.
    pub(crate) fn show(&mut self, log: LogId, newest_bytes: u32, from: Option<NodeId>) {
        let (ours, named) = (self.control.log_cluster(&log), self.holdings.cluster(&log));
        let foreign = named.is_some() && ours.is_some() && named != ours;
        let own = log == self.logs.own();
        if foreign || (ours.is_none() && !own && named != Some(self.control.cluster())) {
            return;
        }
        self.holdings.set_bound(log, self.bound(&log));
        let view = self.holdings.view(&log).expect("a log that is shown is known");
        self.frontier.changed();
        self.tell(Event::Log { log, view, newest_bytes, from });
    }

    /// An event for the replication machine, in its turn.
    pub(crate) fn tell(&mut self, event: Event) {
        #[cfg(test)]
        self.told.push(event.clone());
        self.events.push_back(event);
    }

    /// Something happened on a link.
    pub(crate) fn heard(&mut self, mut event: Event, effects: &mut Effects) {
        if self.phase == Phase::Stopped {
            return;
        }
        match &mut event {
            Event::Disconnected { link } => self.inbox.disconnected(*link),
            Event::PullEnded { link, pull, next, .. } => {
                let (taken, crowded) = self.inbox.pull_ended(*pull, *next);
                *next = taken;
                if crowded {
                    self.tell(Event::Crowded { link: *link, pull: *pull });
                }
            }
            Event::Message { message: Message::Twin { log }, .. } => {
                self.twin_told = Some(*log);
                self.find_twin(effects);
            }
            Event::Found { log, seq, header } => self.found(log, *seq, header.as_deref(), effects),
            _ => {}
        }
        self.tell(event);
    }

    fn found(&mut self, log: &LogId, seq: u64, header: Option<&SignedHeader>, effects: &mut Effects) {
        let Some((theirs, link)) = self.forks.found(log, seq) else { return };
        if let Some(ours) = header {
            self.forked(link, Box::new(ours.clone()), theirs, effects);
        }
    }

    /// Lets the replication machine take everything in that came up, and does what it says.
    pub(crate) fn converse(&mut self, effects: &mut Effects) {
        let mut deeds = Vec::new();
        while let Some(event) = self.events.pop_front() {
            self.gossip.handle(event, self.clock.elapsed().millis(), &mut deeds);
            for deed in deeds.drain(..) {
                self.perform(deed, effects);
            }
        }
    }

    pub(crate) fn perform(&mut self, deed: Deed, effects: &mut Effects) {
        match deed {
            Deed::Forked { link, ours, theirs } => self.forked(link, ours, theirs, effects),
            Deed::Twin { .. } => self.fence("another process uses this node's identity", effects),
            Deed::Pull { link, pull, request } => self.pull(link, pull, request, effects),
            deed => effects.push(Effect::Gossip(deed)),
        }
    }

    /// Passes a pull on, save what does not count: of a log that is not here yet the replication
    /// machine does not know where it ends.
    fn pull(&mut self, link: Link, pull: PullId, mut request: Pull, effects: &mut Effects) {
        let blocks = self.bound(&request.log).blocks();
        if request.until > blocks {
            self.show(request.log, 0, None);
            request.until = blocks;
        }
        if request.from >= request.until {
            let (next, end) = (request.from, End::Done);
            return self.tell(Event::PullEnded { link, pull, next, end });
        }
        self.inbox.pull(link, pull, request.clone());
        effects.push(Effect::Gossip(Deed::Pull { link, pull, request }));
    }

    /// The store says what it lacks of a log.
    pub(crate) fn missing(&mut self, log: LogId, missing: [Vec<Range<u64>>; Class::ALL.len()]) {
        self.holdings.set_missing(log, missing);
        self.show(log, 0, None);
    }

    /// A body was found damaged: peers are asked for it.
    pub(crate) fn damaged(&mut self, log: LogId, seq: u64, class: Class) {
        if self.holdings.damaged(log, class, seq) {
            self.show(log, 0, None);
        }
    }

    /// A peer met our key with two instance numbers in turn, and the other's log was sealed while this
    /// process ran: another one uses our identity. A peer's word alone fences nobody, nor does a
    /// signed block alone.
    fn find_twin(&mut self, effects: &mut Effects) {
        if self.twin_told.is_some_and(|log| self.logs.grew_beside_us(&log)) {
            self.fence("another process uses this node's identity", effects);
        }
    }

    /// This node must not write any more, for good.
    pub(crate) fn fence(&mut self, why: &str, effects: &mut Effects) {
        if self.fenced.is_none() {
            self.fenced = Some(why.to_owned());
            self.say_fenced(effects);
            self.refuse_open(effects);
        }
    }

    /// Says why this node does not write any more, once.
    pub(crate) fn say_fenced(&mut self, effects: &mut Effects) {
        if let Some(why) = self.fenced.clone().filter(|_| !self.fence_said) {
            self.fence_said = true;
            effects.push(Effect::Fence { why });
        }
    }
}
