//! One seed from its first event to the last: storm, then calm, then an orderly end.

use vigil_crdt::IdempotencyKey;
use vigil_crdt::memory::MemoryDisk;
use vigil_model::{LogId, Timestamp};

use crate::checkers::answers::Answers;
use crate::checkers::chain::Chain;
use crate::checkers::durability::Durability;
use crate::checkers::{Verdict, Violation, ensure};
use crate::client::{Client, Kind, Request};
use crate::events::{Condition, Event};
use crate::heap::Heap;
use crate::plan::Plan;
use crate::process::Process;
use crate::random::Random;
use crate::stats::Stats;
use crate::trace::Trace;

pub(crate) const MS: u64 = 1_000_000;
/// Events of one seed at most; beyond it something spins.
const STEPS_MAX: u64 = 1_000_000;
/// Virtual milliseconds of calm within which everything must settle.
const CALM_MS: u64 = 120_000;
/// 2026-01-01.
pub(crate) const WALL_START_NS: i64 = 1_767_225_600 * 1_000_000_000;

/// Everything that a seed consists of.
pub(crate) struct World<'a> {
    pub(crate) plan: Plan,
    pub(crate) random: Random,
    pub(crate) trace: &'a mut Trace,
    pub(crate) stats: Stats,
    pub(crate) now_ns: u64,
    /// What the wall clock is ahead of the virtual one.
    pub(crate) skew_ns: i64,
    pub(crate) heap: Heap<Event>,
    pub(crate) disk: MemoryDisk,
    pub(crate) process: Option<Process>,
    pub(crate) processes: u32,
    pub(crate) epochs: Vec<LogId>,
    pub(crate) conditions: std::collections::BTreeSet<Condition>,
    pub(crate) calm: bool,
    /// Everyone is done: the next stop is the last.
    pub(crate) ending: bool,
    pub(crate) over: bool,
    /// Whether the machine went down since the store was opened last.
    pub(crate) power_lost: bool,
    /// The receipt whose row the last crash tore.
    pub(crate) torn_receipt: Option<IdempotencyKey>,
    pub(crate) clients: Vec<Client>,
    pub(crate) requests: Vec<Request>,
    pub(crate) submissions: u64,
    pub(crate) attempts: u64,
    pub(crate) numbers: u64,
    pub(crate) answers: Answers,
    pub(crate) durability: Durability,
    pub(crate) chain: Chain,
}

impl<'a> World<'a> {
    pub(crate) fn new(seed: u64, trace: &'a mut Trace) -> World<'a> {
        let mut random = Random::new(seed);
        let plan = Plan::draw(&mut random);
        let clients = crowd(&plan);
        World {
            plan,
            random,
            trace,
            stats: Stats::default(),
            now_ns: 0,
            skew_ns: 0,
            heap: Heap::default(),
            disk: MemoryDisk::new(),
            process: None,
            processes: 0,
            epochs: Vec::new(),
            conditions: Default::default(),
            calm: false,
            ending: false,
            over: false,
            power_lost: false,
            torn_receipt: None,
            clients,
            requests: Vec::new(),
            submissions: 0,
            attempts: 0,
            numbers: 0,
            answers: Answers::default(),
            durability: Durability::default(),
            chain: Chain::default(),
        }
    }

    pub(crate) fn run(mut self) -> Result<Stats, Violation> {
        self.prepare();
        while let Some((at, event)) = self.heap.next() {
            assert!(at >= self.now_ns, "virtual time does not go back");
            self.now_ns = at;
            self.stats.steps += 1;
            self.happen(event)?;
            self.check_liveness()?;
            if self.over {
                break;
            }
        }
        self.stats.virtual_ms = self.now_ns / MS;
        Ok(self.stats)
    }

    fn prepare(&mut self) {
        let plan = self.plan.clone();
        self.say(format_args!("{plan:?}"));
        self.heap.set(0, Event::Start);
        self.heap.set(plan.storm_ms * MS, Event::Calm);
        (0..self.clients.len()).for_each(|client| self.call(client, client as u64 * 1_000));
        for event in [Event::Crash, Event::Stop, Event::ClockJump, Event::Flip] {
            self.strike_later(event);
        }
        for condition in Condition::ALL {
            self.strike_later(Event::Begin(condition));
        }
    }

    /// Sets the next strike of a fault, if this seed has it.
    fn strike_later(&mut self, event: Event) {
        let every = match event {
            Event::Crash => self.plan.crash,
            Event::Stop => self.plan.stop,
            Event::ClockJump => self.plan.clock_jump,
            Event::Flip => self.plan.flip,
            Event::Begin(Condition::Full) => self.plan.full,
            Event::Begin(Condition::Quota) => self.plan.quota,
            Event::Begin(Condition::Failing) => self.plan.failing,
            Event::Begin(Condition::SlowDisk) => self.plan.slow_disk,
            Event::Begin(Condition::SlowIndex) => self.plan.slow_index,
            _ => None,
        };
        if let Some(every) = every.filter(|_| !self.calm) {
            let wait = self.random.within(1..2 * every);
            self.after_ms(wait, event);
        }
    }

    fn happen(&mut self, event: Event) -> Verdict {
        match event {
            Event::Client(client) => self.client_acts(client),
            Event::Start => self.start(),
            Event::CrashNow => self.unless_calm(World::crash),
            Event::Crash | Event::Stop | Event::ClockJump | Event::Flip | Event::Begin(_) => {
                self.unless_calm(|world| world.strike(event))
            }
            Event::End(condition) => {
                self.end(condition);
                Ok(())
            }
            Event::Calm => {
                self.become_calm();
                Ok(())
            }
            Event::HashDone(..)
            | Event::Commit(_)
            | Event::SyncDone(_)
            | Event::SyncTimer(_)
            | Event::Space(_)
            | Event::Index(_)
            | Event::Wake(_)
            | Event::Echo(..) => self.process_event(event),
        }
    }

    fn unless_calm(&mut self, strike: impl FnOnce(&mut World<'a>) -> Verdict) -> Verdict {
        if self.calm { Ok(()) } else { strike(self) }
    }

    /// A fault strikes, and will again.
    fn strike(&mut self, event: Event) -> Verdict {
        self.strike_later(event);
        match event {
            Event::Crash => self.crash(),
            Event::Stop => self.stop(),
            Event::ClockJump => self.clock_jump(),
            Event::Flip => self.flip(),
            Event::Begin(condition) => self.begin(condition),
            _ => unreachable!("{event:?} is no fault that returns"),
        }
    }

    fn begin(&mut self, condition: Condition) -> Verdict {
        self.stats.conditions += 1;
        self.say(format_args!("begins: {condition:?}"));
        self.conditions.insert(condition);
        self.apply_conditions();
        let lasts = self.random.within(10..2_500);
        self.after_ms(lasts, Event::End(condition));
        Ok(())
    }

    fn end(&mut self, condition: Condition) {
        if self.conditions.remove(&condition) {
            self.say(format_args!("ends: {condition:?}"));
        }
        self.apply_conditions();
    }

    fn apply_conditions(&mut self) {
        self.disk.set_full(self.is(Condition::Full));
        self.disk.set_failing(self.is(Condition::Failing));
    }

    pub(crate) fn is(&self, condition: Condition) -> bool {
        self.conditions.contains(&condition)
    }

    fn clock_jump(&mut self) -> Verdict {
        let jump = self.random.within(0..10_000) as i64 - 5_000;
        self.stats.clock_jumps += 1;
        self.say(format_args!("the clock is set by {jump} ms"));
        self.skew_ns += jump * MS as i64;
        Ok(())
    }

    fn flip(&mut self) -> Verdict {
        let nth = self.random.next();
        let Some((table, key)) = self.disk.flip_bit(nth) else { return Ok(()) };
        self.say(format_args!("a bit flips in {table:?} {key:02x?}"));
        self.stats.flips += 1;
        self.durability.flips += 1;
        self.chain.flips += 1;
        Ok(())
    }

    fn become_calm(&mut self) {
        self.say(format_args!("calm"));
        self.calm = true;
        self.conditions.clear();
        self.apply_conditions();
    }

    /// After the storm everything settles: all clients reach their end, then the node stops.
    fn check_liveness(&mut self) -> Verdict {
        let (steps, now_ms) = (self.stats.steps, self.now_ns / MS);
        ensure(steps < STEPS_MAX, "the machine does not spin", || format!("{steps} steps in {now_ms} ms"))?;
        if !self.calm {
            return Ok(());
        }
        ensure(now_ms < self.plan.storm_ms + CALM_MS, "in the calm everything settles", || {
            let unfinished = self.clients.iter().filter(|client| client.calm_done == 0).count();
            let status = self.process.as_ref().map(|process| process.node.status());
            format!("{unfinished} clients are not done, {} wait; {status:?}", self.answers.waiting())
        })?;
        let rest = self.clients.iter().all(|client| client.calm_done > 0) && self.answers.waiting() == 0;
        if rest && !self.ending && self.process.as_ref().is_some_and(|process| !process.stopping) {
            self.ending = true;
            return self.stop();
        }
        Ok(())
    }

    pub(crate) fn wall(&self) -> Timestamp {
        Timestamp(WALL_START_NS + self.now_ns as i64 + self.skew_ns)
    }

    pub(crate) fn after_us(&mut self, micros: u64, event: Event) {
        self.heap.set(self.now_ns + micros * 1_000, event);
    }

    pub(crate) fn after_ms(&mut self, millis: u64, event: Event) {
        self.heap.set(self.now_ns + millis * MS, event);
    }

    pub(crate) fn say(&mut self, text: std::fmt::Arguments<'_>) {
        self.trace.line(self.now_ns, text);
    }
}

fn crowd(plan: &Plan) -> Vec<Client> {
    let kinds = [(plan.trickles, Kind::Trickle), (plan.bursts, Kind::Burst), (plan.keyed, Kind::Keyed)];
    kinds.into_iter().flat_map(|(count, kind)| (0..count).map(move |_| Client::new(kind))).collect()
}
