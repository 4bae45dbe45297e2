//! Machines on an in-memory network: every message and block arrives after the latency of its
//! link, in order; links break and disks lag when a test says so.

mod deliver;
mod machine;

use std::collections::{BTreeMap, BTreeSet};

use vigil_gossip::{Bound, Config, End, Event, Interest, Link, Message, Part, Pull, PullId, ServeId};
use vigil_model::limits::{LINK_CREDIT_BYTES_MAX, LINK_PULLS_MAX, LINK_QUEUE_BYTES_MAX, LINK_SERVES_MAX};
use vigil_model::{Class, ClassSet, Epoch, LogId, NodeId};

pub(crate) use machine::{Lie, Machine};

use crate::store::{Block, block};

/// What travels on a link.
#[derive(Clone)]
pub(crate) enum Parcel {
    Message(Message),
    Announced(Block, ClassSet),
    Asked(PullId, Pull),
    Piece(Block, ClassSet, Part),
    Ended(PullId, u64, End),
}

/// What happens at a time.
enum Due {
    Arrives { to: usize, link: Link, parcel: Parcel },
    Left { at: usize, link: Link, bytes: u32 },
    Durable { at: usize, block: Block, came: ClassSet, from: NodeId, fill: bool },
    Found { at: usize, log: LogId, seq: u64 },
    Served { at: usize, link: Link, serve: ServeId },
    Closed { at: usize, link: Link },
    Frozen { log: LogId, seq: u64 },
}

/// Bytes that went over the network.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) messages: u64,
    pub(crate) message_bytes: u64,
    pub(crate) announced_bytes: u64,
    pub(crate) pulls: u64,
    pub(crate) pulled_bytes: u64,
}

pub(crate) struct World {
    pub(crate) now: u64,
    pub(crate) machines: Vec<Machine>,
    due: BTreeMap<(u64, u64), Due>,
    count: u64,
    steps: u64,
    /// When each machine wants to be woken, by time.
    wakes: BTreeSet<(u64, usize)>,
    wake_of: Vec<Option<u64>>,
    /// A fork that someone proves is known to all a little later, as by a control record.
    pub(crate) spread_forks: bool,
    links: u64,
    serves: u64,
    /// When the last parcel of a link arrives.
    arrivals: BTreeMap<Link, u64>,
    /// Closed logs: the epoch after, and the blocks at which they ended.
    ends: BTreeMap<LogId, (LogId, usize)>,
    pub(crate) latency: u64,
    pub(crate) disk: u64,
    pub(crate) traffic: Traffic,
    /// Links that take nothing: what is given to them stays.
    pub(crate) stuck: Vec<Link>,
    /// When the first pull was made.
    pub(crate) first_pull: Option<u64>,
}

pub(crate) fn node(number: usize) -> NodeId {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&(number as u64).to_le_bytes());
    key[31] = 7;
    NodeId(key)
}

pub(crate) fn epoch(number: u64) -> Epoch {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Epoch(bytes)
}

impl World {
    /// `count` machines that know each other as members, not linked.
    pub(crate) fn new(count: usize) -> World {
        World::with(count, |_| Interest::ALL)
    }

    pub(crate) fn with(count: usize, interest: impl Fn(usize) -> Interest) -> World {
        let mut world = World {
            now: 1_000,
            machines: Vec::new(),
            due: BTreeMap::new(),
            count: 0,
            steps: 0,
            wakes: BTreeSet::new(),
            wake_of: vec![None; count],
            spread_forks: false,
            links: 0,
            serves: 0,
            arrivals: BTreeMap::new(),
            ends: BTreeMap::new(),
            latency: 10,
            disk: 3,
            traffic: Traffic::default(),
            stuck: Vec::new(),
            first_pull: None,
        };
        for number in 0..count {
            let log = LogId { node: node(number), epoch: epoch(1) };
            let config = Config { interest: interest(number), ..Config::new(number as u64 + 77, log) };
            world.machines.push(Machine::new(config, world.now));
        }
        let authors = (0..count).map(node).collect();
        (0..count).for_each(|at| world.tell(at, Event::Authors(Clone::clone(&authors))));
        world
    }

    pub(crate) fn mesh(&mut self) {
        for a in 0..self.machines.len() {
            (0..a).for_each(|b| self.connect(b, a));
        }
    }

    pub(crate) fn connect(&mut self, a: usize, b: usize) {
        let (link_a, link_b) = (Link(self.links + 1), Link(self.links + 2));
        self.links += 2;
        let (node_a, node_b) = (self.machines[a].me, self.machines[b].me);
        self.machines[a].links.insert(link_a, (b, link_b));
        self.machines[b].links.insert(link_b, (a, link_a));
        self.tell(a, Event::Connected { link: link_a, peer: node_b });
        self.tell(b, Event::Connected { link: link_b, peer: node_a });
    }

    pub(crate) fn link(&self, a: usize, b: usize) -> Link {
        *self.machines[a].links.iter().find(|(_, (to, _))| *to == b).expect("they are linked").0
    }

    pub(crate) fn cut(&mut self, a: usize, b: usize) {
        let link = self.link(a, b);
        let (_, other) = self.machines[a].links[&link];
        self.close(a, link);
        self.close(b, other);
    }

    fn close(&mut self, at: usize, link: Link) {
        if self.machines[at].links.remove(&link).is_some() {
            self.machines[at].serving.retain(|_, (other, _)| *other != link);
            self.tell(at, Event::Disconnected { link });
        }
    }

    fn after(&mut self, delay: u64, due: Due) {
        self.count += 1;
        self.due.insert((self.now + delay, self.count), due);
    }

    /// Gives an event to a machine and performs what it does.
    pub(crate) fn tell(&mut self, at: usize, event: Event) {
        let mut deeds = Vec::new();
        self.machines[at].gossip.handle(event, self.now, &mut deeds);
        for deed in deeds {
            self.perform(at, deed);
        }
        if let Some(before) = self.wake_of[at].take() {
            self.wakes.remove(&(before, at));
        }
        self.wake_of[at] = self.machines[at].gossip.wake_at();
        self.wakes.extend(self.wake_of[at].map(|time| (time, at)));
        self.steps += 1;
        if self.steps.is_multiple_of(512) {
            self.check_limits(at);
        }
    }

    /// Every buffer keeps its limit.
    pub(crate) fn check_limits(&self, at: usize) {
        self.machines[at].gossip.check_limits();
        for view in self.machines[at].gossip.status(self.now) {
            assert!(view.queued <= LINK_QUEUE_BYTES_MAX && view.pulls <= LINK_PULLS_MAX);
            assert!(view.pull_bytes <= LINK_CREDIT_BYTES_MAX as u64 && view.serves <= LINK_SERVES_MAX);
        }
    }

    /// Writes a block of a machine's own log.
    pub(crate) fn write(&mut self, at: usize, classes: ClassSet, raw_len: u32) {
        let log = self.machines[at].log;
        self.write_to(at, log, classes, raw_len, 0);
    }

    pub(crate) fn write_to(&mut self, at: usize, log: LogId, classes: ClassSet, raw_len: u32, salt: u64) {
        let model = self.machines[at].store.0.entry(log).or_default();
        let block = block(log, model.blocks.len() as u64, model.head(), classes, raw_len, salt);
        model.push(&block, classes);
        let view = model.view();
        let newest_bytes = raw_len * classes.iter().count() as u32;
        self.tell(at, Event::Log { log, view, newest_bytes, from: None });
        if let Some(previous) = self.machines[at].previous.take() {
            // As if the first block had named it: known to everyone who holds both.
            let blocks = self.machines[at].store.0.get(&previous).map_or(0, |model| model.blocks.len());
            self.ends.insert(previous, (log, blocks));
        }
        (0..self.machines.len()).for_each(|other| self.close_logs(other, log.node));
    }

    /// Marks logs as closed whose later epoch is here.
    fn close_logs(&mut self, at: usize, author: NodeId) {
        let ends: Vec<_> = self.ends.iter().filter(|(log, _)| log.node == author).map(|(a, b)| (*a, *b)).collect();
        for (log, (later, blocks)) in ends {
            let known = self.machines[at].store.0.contains_key(&later);
            let Some(model) = self.machines[at].store.0.get_mut(&log) else { continue };
            if known && !model.closed && model.blocks.len() == blocks && blocks > 0 {
                model.closed = true;
                let view = model.view();
                self.tell(at, Event::Log { log, view, newest_bytes: 0, from: None });
            }
        }
    }

    /// Puts a log into a machine's store without anyone noticing; tell it by [`World::know`].
    pub(crate) fn seed(&mut self, at: usize, log: LogId, blocks: u64, classes: ClassSet, salt: u64) {
        let model = self.machines[at].store.0.entry(log).or_default();
        for seq in model.blocks.len() as u64..blocks {
            let block = block(log, seq, model.head(), classes, 300, salt);
            model.push(&block, classes);
        }
        let view = model.view();
        self.tell(at, Event::Log { log, view, newest_bytes: 0, from: None });
    }

    /// The same for a log that is, or is not, known to have ended.
    pub(crate) fn seed_closed(&mut self, at: usize, log: LogId, blocks: u64, closed: bool) {
        self.machines[at].store.0.entry(log).or_default().closed = closed;
        self.seed(at, log, blocks, LOGS, 0);
    }

    /// Everyone learns that a log is frozen, as if by a control record.
    pub(crate) fn freeze(&mut self, log: LogId, seq: u64) {
        for at in 0..self.machines.len() {
            let model = self.machines[at].store.0.entry(log).or_default();
            if model.bound.blocks() > seq {
                model.bound = Bound::Frozen(seq);
                let view = model.view();
                self.tell(at, Event::Log { log, view, newest_bytes: 0, from: None });
            }
        }
    }

    fn post(&mut self, at: usize, link: Link, parcel: Parcel, counted: u32) {
        if self.stuck.contains(&link) {
            return;
        }
        if counted > 0 {
            self.after(1, Due::Left { at, link, bytes: counted });
        }
        if let Some((to, other)) = self.machines[at].links.get(&link).copied() {
            // In order, whatever the latency was before.
            let arrival = (self.now + self.latency).max(self.arrivals.get(&other).copied().unwrap_or(0));
            self.arrivals.insert(other, arrival);
            self.after(arrival - self.now, Due::Arrives { to, link: other, parcel });
        }
    }

    /// Runs for so many milliseconds.
    pub(crate) fn run(&mut self, millis: u64) {
        let end = self.now + millis;
        loop {
            let due = self.due.first_key_value().map(|((at, _), _)| *at);
            let wakes =
                self.machines.iter().enumerate().filter_map(|(at, machine)| Some((machine.gossip.wake_at()?, at)));
            let wake = wakes.min();
            let next = [due, wake.map(|(time, _)| time)].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            self.now = self.now.max(next);
            if due.is_some_and(|at| at <= next) {
                let (_, due) = self.due.pop_first().expect("seen above");
                self.happen(due);
            } else if let Some((_, at)) = wake {
                self.tell(at, Event::Wake);
            }
        }
        self.now = end;
    }

    /// Whether all machines hold the same blocks, and all bodies that they follow.
    pub(crate) fn converged(&self) -> Result<(), String> {
        let digest = self.machines[0].gossip.digest();
        for (at, machine) in self.machines.iter().enumerate() {
            if machine.gossip.digest() != digest {
                return Err(format!("the digests of 0 and {at} differ at {}", self.now));
            }
            for (log, model) in &machine.store.0 {
                let follows = machine.interest.follows(&machine.me, &log.node);
                let view = model.view();
                let lacks = follows.iter().find(|class| !view.missing[usize::from(class.number())].is_empty());
                if let Some(class) = lacks {
                    let stands = machine.gossip.status(self.now);
                    let stands: Vec<_> = stands.iter().map(|view| (view.peer, view.progress, view.behind)).collect();
                    return Err(format!("{at} lacks {class} of {log:?}: {:?}; {stands:?}", view.missing));
                }
            }
        }
        Ok(())
    }
}

impl Due {
    /// It is done by this machine for itself.
    fn is_of(&self, machine: usize) -> bool {
        match self {
            Due::Left { at, .. } | Due::Durable { at, .. } | Due::Found { at, .. } | Due::Served { at, .. } => {
                *at == machine
            }
            _ => false,
        }
    }
}

/// Data of one class.
pub(crate) const LOGS: ClassSet = ClassSet::one(Class::Logs);
