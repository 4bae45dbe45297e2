//! How the parts of the machine act on one input.

use std::collections::{BTreeSet, VecDeque};

use vigil_crdt::Recovered;
use vigil_crdt::control::{Control, Entry};
use vigil_gossip::{Event, Gossip};
use vigil_model::limits::IDEMPOTENCY_HOURS;
use vigil_model::{LogId, NodeId, Timestamp};

use crate::budget::Budget;
use crate::clock::{Clock, Elapsed};
use crate::config::{Config, Identity, Sync};
use crate::effect::{Effect, Effects};
use crate::forks::Forks;
use crate::frontier::Frontier;
use crate::holdings::Holdings;
use crate::idempotency::Keys;
use crate::inbox::{Inbox, Room};
use crate::index_lag::IndexLag;
use crate::input::{Input, Now, Ticket, WriteFailure};
use crate::ledger::Ledger;
use crate::logs::{Logs, is_ahead};
use crate::order::{Pipeline, Ready, Work};
use crate::pace::Pace;
use crate::receive::Verdict;
use crate::restating::Restating;
use crate::seal::OpenBlock;
use crate::space::Space;
use crate::stop::Phase;
use crate::submit::write_keys;

const EXPIRE_EVERY_MS: u64 = 60 * 60 * 1_000;
/// Times that the replication machine is woken within one input: a round, and what it makes due.
const WAKES_MAX: usize = 2;

/// The machine: every decision of one node.
#[derive(Debug)]
pub struct Node {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) now: Timestamp,
    pub(crate) phase: Phase,
    /// Why it must not write any more.
    pub(crate) fenced: Option<String>,
    /// The log that another process with our key writes, as a peer says.
    pub(crate) twin_told: Option<LogId>,
    pub(crate) fence_said: bool,
    pub(crate) space: Space,
    pub(crate) budget: Budget,
    pub(crate) pace: Pace,
    pub(crate) open: OpenBlock,
    pub(crate) pipeline: Pipeline,
    pub(crate) logs: Logs,
    pub(crate) keys: Keys,
    pub(crate) ledger: Ledger,
    pub(crate) lag: IndexLag,
    pub(crate) inbox: Inbox,
    pub(crate) holdings: Holdings,
    pub(crate) control: Control,
    /// The authors that the replication machine was told last.
    pub(crate) authors: BTreeSet<NodeId>,
    pub(crate) members: usize,
    pub(crate) known_forks: usize,
    pub(crate) forks: Forks,
    pub(crate) gossip: Gossip,
    /// What the replication machine is still to be told.
    pub(crate) events: VecDeque<Event>,
    /// What it was told, for tests.
    #[cfg(test)]
    pub(crate) told: Vec<Event>,
    pub(crate) restating: Restating,
    pub(crate) frontier: Frontier,
    pub(crate) durable_arrival: u64,
    expire_at: Elapsed,
}

impl Node {
    /// Begins where the store ends, in a log of a fresh epoch. `control` holds every control record
    /// of the store, by log and block.
    pub fn recover(
        config: Config,
        durable: &Recovered,
        control: Vec<(LogId, u64, Vec<Entry>)>,
        identity: Identity,
        now: Now,
    ) -> Node {
        config.limits.assert_sound();
        let mut node = Node::begin(config, durable, identity, now);
        for key in [identity.log.node].iter().chain(&identity.founder) {
            node.control.introduce(key);
        }
        for (log, seq, entries) in control {
            node.learn(log, seq, node.holdings.cluster(&log), entries);
        }
        node.apply_control();
        if !node.control.is_empty() {
            node.restating.changed(node.clock.elapsed());
        }
        node.show_all();
        node.fenced = node.removal();
        node.tell_room();
        let mut effects = Effects::new();
        node.converse(&mut effects);
        assert!(effects.is_empty(), "without a link there is nothing to do: {effects:?}");
        node.frontier.set(node.gossip.digest(), node.clock.elapsed());
        node
    }

    fn begin(config: Config, durable: &Recovered, identity: Identity, now: Now) -> Node {
        let gossip = vigil_gossip::Config {
            me: identity.log.node,
            instance: identity.instance,
            log: identity.log,
            ..config.gossip.clone()
        };
        Node {
            clock: Clock::new(now),
            now,
            phase: Phase::default(),
            fenced: None,
            twin_told: None,
            fence_said: false,
            space: Space::new(),
            budget: Budget::new(config.seal_now_per_second),
            pace: Pace::new(config.seal_interval_ms, config.part_filled_per_second),
            open: OpenBlock::default(),
            pipeline: Pipeline::default(),
            logs: Logs::recover(identity, durable, now),
            keys: Keys::new(identity.log, config.limits.idempotency_keys),
            ledger: Ledger::default(),
            lag: IndexLag::default(),
            inbox: Inbox::default(),
            holdings: Holdings::recover(durable),
            control: Control::new(identity.cluster),
            authors: BTreeSet::new(),
            members: 1,
            known_forks: 0,
            forks: Forks::default(),
            gossip: Gossip::new(gossip, Elapsed::default().millis()),
            events: VecDeque::new(),
            #[cfg(test)]
            told: Vec::new(),
            restating: Restating::default(),
            frontier: Frontier::default(),
            durable_arrival: durable.arrival,
            expire_at: Elapsed::default(),
            config,
        }
    }

    /// Takes one input and appends what is to be done, in order.
    pub fn handle(&mut self, input: Input, now: Now, effects: &mut Effects) {
        self.now = now;
        self.clock.advance(now);
        self.keys.forget(self.clock.elapsed());
        self.say_fenced(effects);
        match input {
            Input::Submitted(submission) => self.submitted(&submission, effects),
            Input::Hashed { ticket, bodies, control } => self.pipeline.hashed(ticket, bodies, control),
            Input::Gossip(event) => self.heard(event, effects),
            Input::Offered(offer) => self.offered(offer, effects),
            Input::Checked { ticket, outcome } => self.checked(ticket, outcome, effects),
            Input::Written { ticket } => self.written(ticket, effects),
            Input::Persisted { ticket } => self.persisted(ticket, effects),
            Input::PersistFailed { ticket, failure } => self.persist_failed(ticket, failure, effects),
            Input::Missing { log, missing } => self.missing(log, missing),
            Input::Damaged { log, seq, class } => self.damaged(log, seq, class),
            Input::Indexed { arrival, lag_bytes } => self.lag.reported(arrival, lag_bytes),
            Input::SpaceChecked { room } => self.space.answered(room, self.clock.elapsed()),
            Input::Wake => {}
            Input::Stop => self.phase.stop(),
        }
        self.proceed(effects);
    }

    /// The earliest deadline, and why; nothing while everything waits for others.
    pub fn wake_at(&self) -> Option<(Timestamp, &'static str)> {
        if self.phase == Phase::Stopped {
            return None;
        }
        let deadlines = [
            (self.seal_at(), "seal the open block"),
            (self.space.due_at(), "look at the disk"),
            (self.gossip_at(), "talk to peers"),
            (self.forks.due_at(), "report a fork"),
            (self.restating.due_at(), "say denials again"),
            (self.frontier.due_at(), "sum up the frontier"),
            (Some(self.expire_at), "forget old receipts"),
        ];
        let set = deadlines.into_iter().filter_map(|(at, why)| Some((at?, why)));
        let (at, why) = set.min_by_key(|(at, _)| *at)?;
        Some((self.clock.wall_at(at), why))
    }

    fn gossip_is_due(&self) -> bool {
        self.gossip_at().is_some_and(|at| at <= self.clock.elapsed())
    }

    fn gossip_at(&self) -> Option<Elapsed> {
        self.gossip.wake_at().map(|millis| Elapsed::default().plus_millis(millis))
    }

    /// The writer wrote up to `ticket`: with `sync: interval`, that is when clients are told.
    fn written(&mut self, ticket: Ticket, effects: &mut Effects) {
        if self.config.sync == Sync::Interval {
            self.settle(ticket, effects);
        }
    }

    fn persisted(&mut self, ticket: Ticket, effects: &mut Effects) {
        self.settle(ticket, effects);
        self.synced(ticket, effects);
    }

    fn settle(&mut self, ticket: Ticket, effects: &mut Effects) {
        while let Some(block) = self.pipeline.settle(ticket) {
            self.space.proven();
            self.logs.settle(&block.place);
            match block.work {
                Work::Own(parts) => parts.iter().for_each(|part| self.acknowledge(part, &block.place, effects)),
                Work::Peer { offer, fill } => self.received(&offer, fill, block.place.bytes),
            }
        }
    }

    /// Everything from `ticket` on is refused, the open block too: its client learns at once that
    /// there is no room. What the writer has written before `ticket` stays. Peers' blocks are
    /// pulled again when there is room.
    fn persist_failed(&mut self, ticket: Ticket, failure: WriteFailure, effects: &mut Effects) {
        if !self.pipeline.is_writing(ticket) {
            return;
        }
        self.space.failed(failure, self.clock.elapsed());
        effects.push(Effect::Withdraw { from: ticket });
        let refusal = self.space.refusal().expect("after a failure nothing is taken");
        let withdrawn = self.pipeline.withdraw(ticket);
        let open = self.open.take();
        self.roll_back();
        let mut logs = BTreeSet::new();
        for work in withdrawn.into_iter().chain([Work::Own(open)]) {
            match work {
                Work::Own(parts) => parts.iter().for_each(|part| self.refuse(part, refusal.clone(), effects)),
                Work::Peer { offer, fill } => {
                    self.give_back(&offer, fill);
                    logs.insert(offer.log);
                }
            }
        }
        logs.into_iter().for_each(|log| self.tell(Event::Withdrawn { log }));
    }

    /// Chain, arrivals and keys go back to what the writer has or has written.
    fn roll_back(&mut self) {
        self.logs.roll_back(self.pipeline.writing().map(|(_, place)| place));
        self.keys.roll_back();
        for (work, place) in self.pipeline.writing() {
            if let Work::Own(parts) = work {
                write_keys(&mut self.keys, parts, place);
            }
        }
        self.keys.rejoin();
    }

    /// Whatever has become possible, or due.
    fn proceed(&mut self, effects: &mut Effects) {
        let elapsed = self.clock.elapsed();
        if self.seal_at().is_some_and(|at| at <= elapsed) {
            self.seal(effects);
        }
        self.release(effects);
        if self.phase == Phase::Stopped {
            return;
        }
        self.replicate(effects);
        if self.space.due_at().is_some_and(|at| at <= elapsed) {
            self.space.ask(elapsed);
            effects.push(Effect::CheckSpace);
        }
        self.expire(effects);
        if self.open.is_empty() && self.pipeline.is_empty() && self.phase.drained() {
            self.end(effects);
        }
    }

    /// The replication machine takes in what came up.
    fn replicate(&mut self, effects: &mut Effects) {
        self.tell_room();
        self.converse(effects);
        // What the conversation itself made due, a fresh link's first round for one, is done with.
        for _ in 0..WAKES_MAX {
            if self.gossip_is_due() {
                self.tell(Event::Wake);
                self.converse(effects);
            }
        }
        self.alarm(effects);
        self.restate(effects);
        if self.frontier.due_at().is_some_and(|at| at <= self.clock.elapsed()) {
            self.frontier.set(self.gossip.digest(), self.clock.elapsed());
        }
    }

    fn tell_room(&mut self) {
        let (room, most) = (self.room(), self.room_most());
        if let Some(Room { bytes, blocks }) = self.inbox.room_news(room, most) {
            self.tell(Event::Room { bytes, blocks });
        }
    }

    fn end(&mut self, effects: &mut Effects) {
        assert_eq!(self.ledger.pending.submissions, 0, "nobody waits when the node has stopped");
        self.tell(Event::Stop);
        self.converse(effects);
        effects.push(Effect::Stopped);
    }

    fn expire(&mut self, effects: &mut Effects) {
        let elapsed = self.clock.elapsed();
        if elapsed >= self.expire_at {
            self.expire_at = elapsed.plus_millis(EXPIRE_EVERY_MS);
            let hours = IDEMPOTENCY_HOURS as i64;
            effects.push(Effect::ExpireIdempotency { before: self.now.plus_millis(-hours * 3_600_000) });
        }
    }

    pub(crate) fn may_seal(&self) -> bool {
        self.pipeline.own_blocks() < self.config.limits.pending_blocks
    }

    /// When the open block is to be sealed; nothing while it is empty or may not be.
    fn seal_at(&self) -> Option<Elapsed> {
        if !self.may_seal() {
            return None;
        }
        let running = self.phase == Phase::Running;
        let wait = |oldest| if running { self.pace.due_at(oldest) } else { oldest };
        self.open.due_at(wait, &self.config.limits)
    }

    pub(crate) fn seal(&mut self, effects: &mut Effects) {
        assert!(self.may_seal(), "blocks in flight stay within their limit");
        if !self.open.is_full(&self.config.limits) {
            self.pace.sealed(self.clock.elapsed());
        }
        let parts = self.open.take();
        let submissions = parts.iter().map(|part| part.submission).collect();
        let ticket = self.pipeline.enter(Work::Own(parts));
        effects.push(Effect::Hash { ticket, parts: submissions });
    }

    /// Gives every prepared block whose turn it is its place, and hands it to the writer.
    fn release(&mut self, effects: &mut Effects) {
        while let Some((ticket, ready)) = self.pipeline.next_ready() {
            let place = match ready {
                Ready::Own(parts, bodies) => {
                    let (header, place) = self.logs.append(bodies.to_vec(), self.frontier.digest(), self.now);
                    let idempotency = write_keys(&mut self.keys, parts, &place);
                    let arrival = place.arrival;
                    effects.push(Effect::Persist { ticket, arrival, header: Box::new(header), idempotency });
                    place
                }
                Ready::Peer(offer, fill, signed) => {
                    let verdict = self.judge(offer, fill, signed);
                    if verdict != Verdict::Store {
                        self.turn_down(ticket, verdict, effects);
                        continue;
                    }
                    self.inbox.received.ahead += u64::from(!fill && is_ahead(signed.header.sealed, self.now));
                    let (log, seq) = (offer.log, offer.seq);
                    let place =
                        if fill { self.logs.fill(signed, offer) } else { self.logs.take(signed, offer, self.now) };
                    self.logs.unclaim(&log, ticket, true);
                    effects.push(Effect::Store { ticket, arrival: place.arrival, log, seq, fill });
                    place
                }
            };
            self.pipeline.release(ticket, place);
        }
    }
}
