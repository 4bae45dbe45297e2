//! Several nodes under one virtual clock, with a network between them that fails.

/// A line of the story.
macro_rules! say {
    ($cluster:expr, $($words:tt)*) => { $cluster.trace.line($cluster.now_ns, format_args!($($words)*)) };
}

pub(crate) mod births;
pub(crate) mod checks;
pub(crate) mod event;
pub(crate) mod links;
pub(crate) mod net;
pub(crate) mod people;
pub(crate) mod plan;
pub(crate) mod process;
pub(crate) mod shell;
pub(crate) mod site;
pub(crate) mod stats;
pub(crate) mod storm;
pub(crate) mod talk;
pub(crate) mod wire;

use std::collections::{BTreeMap, VecDeque};

use vigil_model::LogId;
use vigil_node::{Effect, Receipt, Refusal, SubmissionId};

use crate::checkers::{Verdict, Violation};
use crate::heap::Heap;
use crate::mutants::Mutant;
use crate::random::Random;
use crate::trace::Trace;
use crate::world::MS;

use checks::Promises;
use event::{Event, Who};
use net::{Net, Weather};
use people::Flight;
use plan::{Plan, Rates};
use site::Site;
use stats::ClusterStats;

/// A cluster, and everything that happens to it.
pub(crate) struct Cluster<'a> {
    pub(crate) plan: Plan,
    pub(crate) rates: Rates,
    pub(crate) random: Random,
    pub(crate) trace: &'a mut Trace,
    pub(crate) stats: ClusterStats,
    pub(crate) now_ns: u64,
    pub(crate) heap: Heap<Event>,
    pub(crate) net: Net,
    pub(crate) sites: Vec<Site>,
    /// Effects that are not done yet.
    pub(crate) todo: VecDeque<(Who, Effect)>,
    pub(crate) flights: BTreeMap<SubmissionId, Flight>,
    pub(crate) processes: u32,
    pub(crate) submissions: u64,
    /// Records so far.
    pub(crate) numbers: u64,
    pub(crate) calm: bool,
    pub(crate) over: bool,
    pub(crate) promises: Promises,
    /// The deliberate bug of this run.
    pub(crate) mutant: Option<Mutant>,
    /// Answers to submissions, for who asks.
    pub(crate) answers: BTreeMap<SubmissionId, Result<Receipt, Refusal>>,
    /// Whether somebody listens to what the nodes say to each other, and what was heard.
    pub(crate) listening: bool,
    pub(crate) heard: Vec<String>,
}

impl<'a> Cluster<'a> {
    pub(crate) fn new(seed: u64, trace: &'a mut Trace) -> Cluster<'a> {
        let mut random = Random::new(seed ^ 0x0063_6c75_7374_6572);
        let plan = Plan::draw(&mut random);
        let rates = Rates::draw(&mut random);
        let weather = Weather::draw(&mut random);
        Cluster::with(plan, rates, weather, random, trace)
    }

    pub(crate) fn with(
        plan: Plan,
        rates: Rates,
        weather: Weather,
        random: Random,
        trace: &'a mut Trace,
    ) -> Cluster<'a> {
        Cluster {
            plan,
            rates,
            random,
            trace,
            stats: ClusterStats::default(),
            now_ns: 0,
            heap: Heap::default(),
            net: Net::new(weather),
            sites: Vec::new(),
            todo: VecDeque::new(),
            flights: BTreeMap::new(),
            processes: 0,
            submissions: 0,
            numbers: 0,
            calm: false,
            over: false,
            promises: Promises::default(),
            mutant: None,
            answers: BTreeMap::new(),
            listening: false,
            heard: Vec::new(),
        }
    }

    /// From the first event of a seed to the last.
    pub(crate) fn run(mut self) -> Result<ClusterStats, Violation> {
        self.begin()?;
        while !self.over {
            let Some((at, event)) = self.heap.next() else { break };
            self.step(at, event)?;
            self.check_steps()?;
        }
        self.stats.virtual_ms = self.now_ns / MS;
        Ok(self.stats)
    }

    /// One event, and whatever the machines say to it.
    pub(crate) fn step(&mut self, at_ns: u64, event: Event) -> Verdict {
        assert!(at_ns >= self.now_ns, "virtual time does not go back");
        self.now_ns = at_ns;
        self.stats.steps += 1;
        self.happen(event)?;
        self.do_all()
    }

    fn happen(&mut self, event: Event) -> Verdict {
        match event {
            Event::Hashed(who, ticket) => self.hashed(who, ticket),
            Event::Checked(who, ticket) => self.checked(who, ticket),
            Event::Commit(who) => self.commit(who),
            Event::Synced(who) => self.sync_done(who),
            Event::Space(who) => self.space(who),
            Event::Index(who) => self.index(who),
            Event::Wake(who) => self.wake(who),
            Event::Dial(who) => {
                if self.runs(who) {
                    self.dial(who);
                }
                Ok(())
            }
            Event::Opened(who, peer) => self.opened(who, peer, false),
            Event::Left(id, side, bytes) => self.left(id, side, bytes),
            Event::Arrive(id, side, stream) => self.arrive(id, side, stream),
            Event::Silent(id) => {
                self.silent(id);
                Ok(())
            }
            Event::CrashNow(who) => self.crash_now(who),
            Event::Lost(id, side) => self.lost(id, side),
            Event::Client(site) => self.client_acts(site),
            Event::Start(site) => self.start(site),
            Event::Strike(fault) => self.strike(fault),
            Event::End(site, condition) => {
                self.end_condition(site, condition);
                Ok(())
            }
            Event::Heal => {
                self.heal();
                Ok(())
            }
            Event::Calm => self.become_calm(),
            Event::Settled => self.settled(),
        }
    }

    /// Node and number of the epoch, as `a1`.
    pub(crate) fn log_name(&self, log: &LogId) -> String {
        let place = |site: &Site| site.logs.iter().position(|other| other == log).map(|n| (site.name.clone(), n + 1));
        self.sites.iter().find_map(place).map_or_else(|| "?".to_owned(), |(name, n)| format!("{name}{n}"))
    }

    /// Bytes that left any node.
    pub(crate) fn bytes_sent(&self) -> u64 {
        self.net.sent.values().sum()
    }

    /// Whether this bug is made.
    pub(crate) fn has(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    pub(crate) fn after_us(&mut self, micros: u64, event: Event) {
        self.heap.set(self.now_ns + micros * 1_000, event);
    }

    pub(crate) fn after_ms(&mut self, millis: u64, event: Event) {
        self.heap.set(self.now_ns + millis * MS, event);
    }
}
