//! Machines on an in-memory network: every message and block arrives after the latency of its
//! link, in order; links break and disks lag when a test says so.

use std::collections::{BTreeMap, BTreeSet};

use vigil_gossip::{
    Bound, Config, Deed, End, Event, Fault, Goodbye, Gossip, Interest, Link, Message, Part, Pull, PullId, ServeId,
};
use vigil_model::limits::{LINK_CREDIT_BYTES_MAX, LINK_PULLS_MAX, LINK_QUEUE_BYTES_MAX, LINK_SERVES_MAX};
use vigil_model::{Class, ClassSet, Epoch, Hash, LogId, NodeId};

use crate::store::{Block, Store, block, bytes, classes};

/// What travels on a link.
#[derive(Clone)]
pub(crate) enum Parcel {
    Message(Message),
    Announced(Block, ClassSet),
    Asked(PullId, Pull),
    Piece(PullId, Block, ClassSet, Part),
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

/// One machine and what a node around it would keep.
pub(crate) struct Machine {
    pub(crate) me: NodeId,
    pub(crate) log: LogId,
    pub(crate) gossip: Gossip,
    pub(crate) store: Store,
    pub(crate) interest: Interest,
    /// Blocks on their way to the disk: the number of each log's blocks when all are there.
    arriving: BTreeMap<LogId, (u64, Hash)>,
    /// For each link: the machine at the other end, and its name there.
    pub(crate) links: BTreeMap<Link, (usize, Link)>,
    serving: BTreeMap<ServeId, (Link, PullId)>,
    pub(crate) forks: Vec<(LogId, u64)>,
    pub(crate) copies: BTreeMap<(NodeId, LogId), u64>,
    pub(crate) twins: usize,
    /// When the last block is on its disk.
    disk_busy: u64,
    /// The log of the process before.
    previous: Option<LogId>,
    pub(crate) hung_up: Vec<Goodbye>,
    pub(crate) duplicates: u64,
    /// How it lies, if it does.
    pub(crate) lie: Option<Lie>,
}

/// How a machine treats those who ask it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lie {
    /// It never answers.
    Silent,
    /// It says that it holds nothing.
    NotHeld,
    /// It sends blocks that link to nothing.
    Garbage,
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
    pub(crate) trace: bool,
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
            trace: false,
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
        if self.trace {
            println!("{} {at} {event:?}", self.now);
        }
        self.machines[at].gossip.handle(event, self.now, &mut deeds);
        for deed in deeds {
            if self.trace {
                println!("{} {at}   {deed:?}", self.now);
            }
            self.perform(at, deed);
        }
        if let Some(before) = self.wake_of[at].take() {
            self.wakes.remove(&(before, at));
        }
        self.wake_of[at] = self.machines[at].gossip.wake_at();
        self.wakes.extend(self.wake_of[at].map(|time| (time, at)));
        self.steps += 1;
        if self.steps % 512 == 0 {
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

    fn perform(&mut self, at: usize, deed: Deed) {
        match deed {
            Deed::Send { link, message } => {
                let size = message.size();
                assert_eq!(Message::decode(&message.encode()).as_ref(), Ok(&message), "what is sent is understood");
                self.traffic.messages += 1;
                self.traffic.message_bytes += u64::from(size);
                self.post(at, link, Parcel::Message(message), size);
            }
            Deed::Announce { links, log, seq, eager, bytes: counted, flood: _ } => {
                let block = self.machines[at].store.get(&log, seq).expect("announced blocks are durable").clone();
                for link in links {
                    self.traffic.announced_bytes += u64::from(bytes(&block, eager));
                    self.post(at, link, Parcel::Announced(block.clone(), eager), counted);
                }
            }
            Deed::Pull { link, pull, request } => {
                self.first_pull.get_or_insert(self.now);
                self.traffic.pulls += 1;
                self.post(at, link, Parcel::Asked(pull, request), 0);
            }
            Deed::Serve { link, serve, request } => self.serve(at, link, serve, &request),
            Deed::Decline { serve, end } => {
                let (link, pull) = self.machines[at].serving.remove(&serve).expect("asked before");
                self.post(at, link, Parcel::Ended(pull, 0, end), 0);
            }
            Deed::LookUp { log, seq } => self.after(1, Due::Found { at, log, seq }),
            Deed::Forked { ours, theirs, .. } => {
                assert_eq!((ours.header.log, ours.header.seq), (theirs.header.log, theirs.header.seq));
                assert_ne!(ours.hash, theirs.hash);
                let (log, seq) = (ours.header.log, ours.header.seq);
                self.machines[at].forks.push((log, seq));
                if self.spread_forks {
                    self.after(2 * self.latency, Due::Frozen { log, seq });
                }
            }
            Deed::Held { peer, blocks, log, .. } => {
                let before = self.machines[at].copies.insert((peer, log), blocks);
                assert!(before.unwrap_or(0) < blocks, "copies rise");
            }
            Deed::Twin { .. } => self.machines[at].twins += 1,
            Deed::HangUp { link, why } => {
                self.machines[at].hung_up.push(why);
                self.after(0, Due::Closed { at, link });
                if let Some((to, other)) = self.machines[at].links.get(&link).copied() {
                    self.after(self.latency, Due::Closed { at: to, link: other });
                }
            }
        }
    }

    fn serve(&mut self, at: usize, link: Link, serve: ServeId, request: &Pull) {
        let Some((_, pull)) = self.machines[at].serving.get(&serve).copied() else { return };
        if let Some(lie) = self.machines[at].lie {
            return self.lie(at, link, pull, request, lie);
        }
        let (mut sent, mut next, mut end) = (0, request.from, End::Done);
        while next < request.until {
            let Some(block) = self.machines[at].store.get(&request.log, next).cloned() else {
                end = End::NotHeld;
                break;
            };
            let held = &self.machines[at].store.0[&request.log].bodies;
            let came = request.classes.iter().filter(|class| held.contains(&(*class, next))).collect();
            sent += bytes(&block, came);
            self.post(at, link, Parcel::Piece(pull, block, came, request.part), 0);
            next += 1;
            if sent >= request.bytes && next < request.until {
                end = End::Credit;
                break;
            }
        }
        self.traffic.pulled_bytes += u64::from(sent);
        self.post(at, link, Parcel::Ended(pull, next, end), 0);
        self.after(1, Due::Served { at, link, serve });
    }

    fn lie(&mut self, at: usize, link: Link, pull: PullId, request: &Pull, lie: Lie) {
        if lie == Lie::Garbage && request.part == Part::Blocks {
            let made = block(request.log, request.from, Hash::of("nothing", &[]), LOGS, 10, 666);
            self.post(at, link, Parcel::Piece(pull, made, LOGS, Part::Blocks), 0);
        }
        if lie != Lie::Silent {
            self.post(at, link, Parcel::Ended(pull, request.from, End::NotHeld), 0);
        }
    }

    /// A process dies, with what was on its way to its disk, and starts again in a new epoch.
    pub(crate) fn restart(&mut self, at: usize) {
        self.isolate(at);
        self.due.retain(|_, due| !due.is_of(at));
        let (me, interest) = (self.machines[at].me, self.machines[at].interest.clone());
        self.links += 1;
        let log = LogId { node: me, epoch: epoch(self.links + 10) };
        let config = Config { interest, ..Config::new(self.links, log) };
        let before = std::mem::replace(&mut self.machines[at], Machine::new(config, self.now));
        self.machines[at].store = before.store;
        self.machines[at].previous = Some(before.log);
        let authors = (0..self.machines.len()).map(node).collect();
        self.tell(at, Event::Authors(authors));
        let views: Vec<_> = self.machines[at].store.0.iter().map(|(log, model)| (*log, model.view())).collect();
        for (log, view) in views {
            self.tell(at, Event::Log { log, view, newest_bytes: 0, from: None });
        }
    }

    pub(crate) fn isolate(&mut self, at: usize) {
        let others: Vec<usize> = self.machines[at].links.values().map(|(other, _)| *other).collect();
        others.into_iter().for_each(|other| self.cut(at, other));
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Arrives { to, link, parcel } if self.machines[to].links.contains_key(&link) => {
                self.arrive(to, link, parcel);
            }
            Due::Arrives { .. } => {}
            Due::Left { at, link, bytes } => self.tell(at, Event::Sent { link, bytes }),
            Due::Durable { at, block, came, from, fill } => self.durable(at, &block, came, from, fill),
            Due::Found { at, log, seq } => {
                let header = self.machines[at].store.get(&log, seq).map(|block| Box::new((**block).clone()));
                self.tell(at, Event::Found { log, seq, header });
            }
            Due::Served { at, link, serve } => {
                self.machines[at].serving.remove(&serve);
                self.tell(at, Event::Served { link, serve, bytes: 0 });
            }
            Due::Closed { at, link } => self.close(at, link),
            Due::Frozen { log, seq } => self.freeze(log, seq),
        }
    }

    fn arrive(&mut self, to: usize, link: Link, parcel: Parcel) {
        match parcel {
            Parcel::Message(message) => self.tell(to, Event::Message { link, message }),
            Parcel::Asked(pull, request) => {
                self.serves += 1;
                let serve = ServeId(self.serves);
                self.machines[to].serving.insert(serve, (link, pull));
                self.tell(to, Event::Asked { link, serve, pull: request });
            }
            Parcel::Ended(pull, next, end) => self.tell(to, Event::PullEnded { link, pull, next, end }),
            Parcel::Announced(block, came) => {
                let follows = self.machines[to].interest.follows(&self.machines[to].me, &block.header.log.node);
                let whole = classes(&block).common(follows).without(came).is_empty();
                let taken = whole && self.machines[to].next(&block);
                let (log, seq, hash) = (block.header.log, block.header.seq, block.hash);
                self.tell(to, Event::Announced { link, log, seq, hash, taken });
                if taken {
                    self.commit(to, link, block, came, Part::Blocks);
                }
            }
            Parcel::Piece(_, block, came, part) => self.commit(to, link, block, came, part),
        }
    }

    /// What a node does with a block that came: checks it and writes it.
    fn commit(&mut self, at: usize, link: Link, block: Block, came: ClassSet, part: Part) {
        let from = self.machines[self.machines[at].links[&link].0].me;
        let (log, seq) = (block.header.log, block.header.seq);
        if part == Part::Bodies {
            return self.write_down(at, block, came, from, true);
        }
        let machine = &mut self.machines[at];
        if machine.next(&block) {
            machine.arriving.insert(log, (seq + 1, block.hash));
            return self.write_down(at, block, came, from, false);
        }
        let (blocks, _) = machine.reached(&log);
        machine.duplicates += 1;
        if seq == blocks {
            self.tell(at, Event::Refused { link, fault: Fault::Chain, at: Some((log, seq)) });
        }
    }

    fn write_down(&mut self, at: usize, block: Block, came: ClassSet, from: NodeId, fill: bool) {
        let done = (self.now + self.disk).max(self.machines[at].disk_busy);
        self.machines[at].disk_busy = done;
        self.after(done - self.now, Due::Durable { at, block, came, from, fill });
    }

    fn durable(&mut self, at: usize, block: &Block, came: ClassSet, from: NodeId, fill: bool) {
        let log = block.header.log;
        let model = self.machines[at].store.0.entry(log).or_default();
        match fill {
            true => model.fill(block, came),
            false => model.push(block, came),
        }
        let view = model.view();
        let done = model.blocks.len() as u64;
        if self.machines[at].arriving.get(&log).is_some_and(|(blocks, _)| *blocks <= done) {
            self.machines[at].arriving.remove(&log);
        }
        let newest_bytes = bytes(block, came);
        self.tell(at, Event::Log { log, view, newest_bytes, from: Some(from) });
        if !self.ends.is_empty() {
            self.close_logs(at, log.node);
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
                    return Err(format!("{at} lacks {class} of {log:?} at {}: {:?}", self.now, view.missing));
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

impl Machine {
    pub(crate) fn new(config: Config, now: u64) -> Machine {
        Machine {
            me: config.me,
            log: config.log,
            interest: config.interest.clone(),
            gossip: Gossip::new(config, now),
            store: Store::default(),
            arriving: BTreeMap::new(),
            links: BTreeMap::new(),
            serving: BTreeMap::new(),
            forks: Vec::new(),
            copies: BTreeMap::new(),
            twins: 0,
            disk_busy: 0,
            previous: None,
            hung_up: Vec::new(),
            duplicates: 0,
            lie: None,
        }
    }

    /// Blocks that are here or on their way to the disk, and the last hash.
    fn reached(&self, log: &LogId) -> (u64, Hash) {
        let stored = self.store.0.get(log).map_or((0, Hash::ZERO), |log| (log.blocks.len() as u64, log.head()));
        self.arriving.get(log).copied().unwrap_or(stored)
    }

    fn next(&self, block: &Block) -> bool {
        self.reached(&block.header.log) == (block.header.seq, block.header.previous)
    }
}

/// Data of one class.
pub(crate) const LOGS: ClassSet = ClassSet::one(Class::Logs);
