//! Many replication machines under one clock, each with a store that holds no bytes.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;
use vigil_gossip::{Config, Deed, Event, Gossip, Link, Message, Part, Pull, PullId, ServeId};
use vigil_model::{Epoch, LogId, NodeId};

use crate::heap::Heap;
use crate::random::Random;
use crate::scale::model::{CLASS, Held, header};
use crate::scale::scenario::Scenario;

/// Nanoseconds of a write to the disk.
const WRITE_NS: u64 = 5_000_000;
/// Bytes of a request, and of the end of an answer.
const REQUEST_BYTES: u64 = 100;
const MS: u64 = 1_000_000;

/// What arrives at a machine.
#[derive(Debug)]
enum Arrival {
    Message(Link, Box<Message>),
    Sent(Link, u32),
    Announced { link: Link, log: usize, seq: u64, bodies: bool },
    Asked { link: Link, back: (usize, PullId), pull: Pull },
    Brought { link: Link, pull: PullId, request: Pull, next: u64, end: vigil_gossip::End },
    Served { link: Link, serve: ServeId, bytes: u64 },
    Durable { log: usize, from: Option<usize> },
    Wake,
}

/// One machine.
struct Machine {
    gossip: Gossip,
    logs: Vec<Held>,
    /// The other end of each link, and its number there.
    links: BTreeMap<Link, (usize, Link)>,
    wake_ns: Option<u64>,
    free_ns: u64,
    serves: u64,
    asked: BTreeMap<ServeId, (Link, usize, PullId)>,
    away: bool,
}

/// What was measured since it was last asked.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meter {
    /// Bytes of messages of the machines.
    pub(crate) talk_bytes: u64,
    /// Messages.
    pub(crate) messages: u64,
    /// Bytes of announcements.
    pub(crate) announced_bytes: u64,
    /// Bytes of pulls and their answers.
    pub(crate) pulled_bytes: u64,
    /// Headers that came in although they were here.
    pub(crate) redundant: u64,
    /// Headers that came in.
    pub(crate) headers: u64,
}

/// The machines and everything between them.
pub(crate) struct Field {
    pub(crate) scenario: Scenario,
    random: Random,
    heap: Heap<(usize, Arrival)>,
    machines: Vec<Machine>,
    ids: Vec<LogId>,
    numbers: BTreeMap<LogId, usize>,
    latency_ns: BTreeMap<(usize, usize), u64>,
    links: u64,
    pub(crate) now_ns: u64,
    pub(crate) meter: Meter,
    /// When each block was durable at its author, and on how many machines it is by now.
    spread: BTreeMap<(usize, u64), (u64, usize)>,
    /// Nanoseconds until a block was on every machine.
    pub(crate) delays: Vec<u64>,
    deeds: Vec<Deed>,
}

impl Field {
    pub(crate) fn new(scenario: Scenario) -> Field {
        let ids: Vec<LogId> = (0..scenario.nodes).map(log_id).collect();
        let authors = ids.iter().map(|log| log.node).collect::<std::collections::BTreeSet<_>>();
        let mut field = Field {
            random: Random::new(scenario.nodes as u64),
            heap: Heap::default(),
            machines: Vec::new(),
            numbers: ids.iter().enumerate().map(|(n, log)| (*log, n)).collect(),
            ids,
            latency_ns: BTreeMap::new(),
            links: 0,
            now_ns: 0,
            meter: Meter::default(),
            spread: BTreeMap::new(),
            delays: Vec::new(),
            deeds: Vec::new(),
            scenario,
        };
        for n in 0..field.scenario.nodes {
            let config = Config::new(n as u64 + 1, field.ids[n]);
            let gossip = Gossip::new(config, 0);
            let mut logs = vec![Held::default(); field.scenario.nodes];
            logs[n].extend(0, field.scenario.history, true);
            field.machines.push(Machine {
                gossip,
                logs,
                links: BTreeMap::new(),
                wake_ns: None,
                free_ns: 0,
                serves: 0,
                asked: BTreeMap::new(),
                away: false,
            });
            field.tell(n, Event::Authors(authors.clone()));
            field.tell_log(n, n, None);
        }
        field
    }

    /// Links all machines as the scenario says, within the first second.
    pub(crate) fn link_all(&mut self) {
        for (a, b) in self.scenario.pairs(&mut self.random) {
            let (low, high) = self.scenario.latency_ms;
            let latency = self.random.within(low * MS..high * MS + 1);
            self.latency_ns.insert((a, b), latency);
            self.latency_ns.insert((b, a), latency);
        }
        let pairs: Vec<(usize, usize)> = self.latency_ns.keys().copied().filter(|(a, b)| a < b).collect();
        pairs.into_iter().for_each(|(a, b)| self.link(a, b));
    }

    fn link(&mut self, a: usize, b: usize) {
        let ends = [Link(self.links + 1), Link(self.links + 2)];
        self.links += 2;
        for (this, that, n) in [(a, b, 0), (b, a, 1)] {
            self.machines[this].links.insert(ends[n], (that, ends[1 - n]));
            let peer = self.ids[that].node;
            self.tell(this, Event::Connected { link: ends[n], peer });
        }
    }

    /// A machine loses all its links.
    pub(crate) fn leave(&mut self, n: usize) {
        let links = std::mem::take(&mut self.machines[n].links);
        self.machines[n].away = true;
        for (link, (other, there)) in links {
            self.machines[other].links.remove(&there);
            self.tell(n, Event::Disconnected { link });
            self.tell(other, Event::Disconnected { link: there });
        }
    }

    /// It has them again.
    pub(crate) fn come_back(&mut self, n: usize) {
        self.machines[n].away = false;
        let peers: Vec<usize> = self.latency_ns.keys().filter(|(a, _)| *a == n).map(|(_, b)| *b).collect();
        peers.into_iter().for_each(|peer| self.link(n, peer));
    }

    /// A machine seals a block.
    pub(crate) fn seal(&mut self, n: usize) {
        let seq = self.machines[n].logs[n].blocks;
        self.machines[n].logs[n].extend(seq, seq + 1, true);
        self.spread.insert((n, seq), (self.now_ns, 1));
        self.tell_log(n, n, None);
    }

    pub(crate) fn some_machine(&mut self) -> usize {
        loop {
            let n = self.random.below(self.machines.len() as u64) as usize;
            if !self.machines[n].away {
                return n;
            }
        }
    }

    /// Runs for so long.
    pub(crate) fn run(&mut self, millis: u64) {
        let until = self.now_ns + millis * MS;
        while self.heap.next_at().is_some_and(|at| at <= until) {
            let (at, (n, arrival)) = self.heap.next().expect("there is one");
            self.now_ns = at;
            self.arrive(n, arrival);
        }
        self.now_ns = until;
    }

    /// Whether all machines that are not away hold the same, whole.
    pub(crate) fn in_step(&self) -> bool {
        let mut here = self.machines.iter().filter(|machine| !machine.away);
        let Some(first) = here.next() else { return true };
        let same = |machine: &Machine| {
            let logs = machine.logs.iter().zip(&first.logs);
            logs.into_iter().all(|(ours, theirs)| ours.blocks == theirs.blocks && ours.whole() == ours.blocks)
        };
        same(first) && here.all(same)
    }

    /// Whether one machine holds whatever another one holds.
    pub(crate) fn caught_up(&self, n: usize) -> bool {
        let best = |log: usize| self.machines.iter().map(|machine| machine.logs[log].blocks).max().unwrap_or(0);
        (0..self.ids.len()).all(|log| self.machines[n].logs[log].whole() == best(log))
    }

    /// Links, both ends counted once.
    pub(crate) fn link_count(&self) -> usize {
        self.machines.iter().map(|machine| machine.links.len()).sum::<usize>() / 2
    }

    fn arrive(&mut self, n: usize, arrival: Arrival) {
        match arrival {
            Arrival::Message(link, message) => {
                if self.machines[n].links.contains_key(&link) {
                    self.tell(n, Event::Message { link, message: *message });
                }
            }
            Arrival::Sent(link, bytes) => self.tell(n, Event::Sent { link, bytes }),
            Arrival::Announced { link, log, seq, bodies } => self.announced(n, link, log, seq, bodies),
            Arrival::Asked { link, back, pull } => self.asked(n, link, back, pull),
            Arrival::Brought { link, pull, request, next, end } => self.brought(n, link, pull, &request, next, end),
            Arrival::Served { link, serve, bytes } => self.tell(n, Event::Served { link, serve, bytes }),
            Arrival::Durable { log, from } => self.tell_log(n, log, from),
            Arrival::Wake => {
                if self.machines[n].wake_ns == Some(self.now_ns) {
                    self.machines[n].wake_ns = None;
                    self.tell(n, Event::Wake);
                }
            }
        }
    }

    fn announced(&mut self, n: usize, link: Link, log: usize, seq: u64, bodies: bool) {
        let Some((from, _)) = self.machines[n].links.get(&link).copied() else { return };
        let blocks = self.machines[n].logs[log].blocks;
        self.meter.headers += 1;
        self.meter.redundant += u64::from(seq < blocks);
        let taken = seq == blocks && bodies;
        if taken {
            self.take(n, log, |held| held.extend(seq, seq + 1, true));
            self.heap.set(self.now_ns + WRITE_NS, (n, Arrival::Durable { log, from: Some(from) }));
        }
        let log = self.ids[log];
        let hash = header(log, seq).hash();
        self.tell(n, Event::Announced { link, log, seq, hash, taken });
    }

    fn asked(&mut self, n: usize, link: Link, back: (usize, PullId), pull: Pull) {
        let machine = &mut self.machines[n];
        if !machine.links.contains_key(&link) {
            return;
        }
        machine.serves += 1;
        let serve = ServeId(machine.serves);
        machine.asked.insert(serve, (link, back.0, back.1));
        self.tell(n, Event::Asked { link, serve, pull });
    }

    fn brought(&mut self, n: usize, link: Link, pull: PullId, request: &Pull, next: u64, end: vigil_gossip::End) {
        let Some((from, _)) = self.machines[n].links.get(&link).copied() else { return };
        let log = self.numbers[&request.log];
        if next > request.from {
            match request.part {
                Part::Blocks => {
                    let blocks = self.machines[n].logs[log].blocks;
                    self.meter.headers += next - request.from;
                    self.meter.redundant += next.min(blocks).saturating_sub(request.from);
                    let bodies = request.classes.has(CLASS);
                    self.take(n, log, |held| held.extend(request.from, next, bodies));
                }
                Part::Bodies => self.take(n, log, |held| held.fill(request.from, next)),
            }
            self.heap.set(self.now_ns + WRITE_NS, (n, Arrival::Durable { log, from: Some(from) }));
        }
        self.tell(n, Event::PullEnded { link, pull, next, end });
    }

    /// Something is held now, and counts for the blocks that are on their way to everyone.
    fn take(&mut self, n: usize, log: usize, change: impl FnOnce(&mut Held)) {
        let held = &mut self.machines[n].logs[log];
        let before = held.whole();
        change(held);
        let after = held.whole();
        for seq in before..after {
            let Some((since, count)) = self.spread.get_mut(&(log, seq)) else { continue };
            *count += 1;
            if *count == self.machines.len() {
                self.delays.push(self.now_ns - *since);
                self.spread.remove(&(log, seq));
            }
        }
    }

    fn tell_log(&mut self, n: usize, log: usize, from: Option<usize>) {
        let view = self.machines[n].logs[log].view(self.ids[log]);
        let from = from.map(|from| self.ids[from].node);
        let newest_bytes = self.scenario.body_bytes;
        let log = self.ids[log];
        self.tell(n, Event::Log { log, view, newest_bytes, from });
    }

    fn tell(&mut self, n: usize, event: Event) {
        let mut deeds = std::mem::take(&mut self.deeds);
        let now = self.now_ns / MS;
        self.machines[n].gossip.handle(event, now, &mut deeds);
        for deed in deeds.drain(..) {
            self.perform(n, deed);
        }
        self.deeds = deeds;
        let machine = &mut self.machines[n];
        let wake_ns = machine.gossip.wake_at().map(|at| (at * MS).max(self.now_ns + MS));
        if wake_ns != machine.wake_ns {
            machine.wake_ns = wake_ns;
            wake_ns.into_iter().for_each(|at| self.heap.set(at, (n, Arrival::Wake)));
        }
    }

    fn perform(&mut self, n: usize, deed: Deed) {
        match deed {
            Deed::Send { link, message } => {
                let bytes = message.size();
                self.meter.talk_bytes += u64::from(bytes);
                self.meter.messages += 1;
                let Some((other, there, at)) = self.put(n, link, u64::from(bytes)) else { return };
                self.heap.set(self.machines[n].free_ns, (n, Arrival::Sent(link, bytes)));
                self.heap.set(at, (other, Arrival::Message(there, Box::new(message))));
            }
            Deed::Announce { links, log, seq, eager, bytes: counted, flood: _ } => {
                let bodies = eager.has(CLASS);
                let log = self.numbers[&log];
                for link in links {
                    let body = if bodies { self.scenario.body_bytes } else { 0 };
                    let bytes = u64::from(self.scenario.header_bytes + body);
                    self.meter.announced_bytes += bytes;
                    let Some((other, there, at)) = self.put(n, link, bytes) else { continue };
                    self.heap.set(self.machines[n].free_ns, (n, Arrival::Sent(link, counted)));
                    self.heap.set(at, (other, Arrival::Announced { link: there, log, seq, bodies }));
                }
            }
            Deed::Pull { link, pull, request } => {
                self.meter.pulled_bytes += REQUEST_BYTES;
                let Some((other, there, at)) = self.put(n, link, REQUEST_BYTES) else { return };
                self.heap.set(at, (other, Arrival::Asked { link: there, back: (n, pull), pull: request }));
            }
            Deed::Serve { link, serve, request } => self.serve(n, link, serve, &request),
            Deed::Decline { serve, end } => {
                let Some((link, _, pull)) = self.machines[n].asked.remove(&serve) else { return };
                self.answer(n, link, pull, None, 0, end, REQUEST_BYTES);
            }
            Deed::HangUp { link, .. } => panic!("nobody has a reason to hang up on link {}", link.0),
            Deed::Forked { .. } | Deed::Twin { .. } => panic!("nobody forks here"),
            Deed::LookUp { log, seq } => self.tell_found(n, log, seq),
            Deed::Held { .. } => {}
        }
    }

    /// Headers are signed only when somebody wants to see one.
    fn tell_found(&mut self, n: usize, log: LogId, seq: u64) {
        let author = self.numbers[&log];
        let held = seq < self.machines[n].logs[author].blocks;
        let signed = held.then(|| Box::new(header(log, seq).sign(&key(author))));
        self.tell(n, Event::Found { log, seq, header: signed });
    }

    fn serve(&mut self, n: usize, link: Link, serve: ServeId, request: &Pull) {
        let (header, body) = (self.scenario.header_bytes, self.scenario.body_bytes);
        let held = &self.machines[n].logs[self.numbers[&request.log]];
        let (next, bytes, end) = held.answer(request, header, body);
        let Some((_, _, pull)) = self.machines[n].asked.remove(&serve) else { return };
        self.answer(n, link, pull, Some(request.clone()), next, end, bytes + REQUEST_BYTES);
        self.heap.set(self.machines[n].free_ns, (n, Arrival::Served { link, serve, bytes }));
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one answer")]
    fn answer(
        &mut self,
        n: usize,
        link: Link,
        pull: PullId,
        request: Option<Pull>,
        next: u64,
        end: vigil_gossip::End,
        bytes: u64,
    ) {
        self.meter.pulled_bytes += bytes;
        let Some((other, there, at)) = self.put(n, link, bytes) else { return };
        let request = request.unwrap_or(Pull {
            log: self.ids[n],
            from: 0,
            until: 0,
            part: Part::Blocks,
            classes: vigil_model::ClassSet::NONE,
            bytes: 0,
        });
        self.heap.set(at, (other, Arrival::Brought { link: there, pull, request, next, end }));
    }

    /// Puts bytes on the wire; answers where and when they arrive.
    fn put(&mut self, n: usize, link: Link, bytes: u64) -> Option<(usize, Link, u64)> {
        let (other, there) = self.machines[n].links.get(&link).copied()?;
        let machine = &mut self.machines[n];
        machine.free_ns = machine.free_ns.max(self.now_ns) + bytes * MS / self.scenario.bytes_per_ms;
        Some((other, there, machine.free_ns + self.latency_ns[&(n, other)]))
    }
}

/// The key of a machine.
fn key(n: usize) -> SigningKey {
    SigningKey::from_bytes(&Random::new(n as u64 + 1).bytes())
}

/// Its log.
fn log_id(n: usize) -> LogId {
    LogId { node: NodeId(key(n).verifying_key().to_bytes()), epoch: Epoch(Random::new(n as u64 + 1).bytes()) }
}
