//! Where a story is played: a cluster without any chance in it, and a hand for every command.

use std::collections::BTreeMap;

use vigil_model::{Class, Epoch, RecordBuilder, Records, Value};

use crate::checkers::Violation;
use crate::cluster::Cluster;
use crate::cluster::event::Condition;
use crate::cluster::net::Weather;
use crate::cluster::people::Errand;
use crate::cluster::plan::{Plan, Rates};
use crate::cluster::site::{Site, Stage as Way, Trust};
use crate::random::Random;
use crate::script::parse::{Command, What};
use crate::trace::Trace;
use crate::world::MS;

/// Virtual milliseconds that a command waits for its end.
const PATIENCE_MS: u64 = 120_000;
/// Between two looks whether it has come.
const LOOK_MS: u64 = 10;

/// A cluster on a stage.
pub(crate) struct Stage<'a> {
    pub(crate) cluster: Cluster<'a>,
    /// What is told of the command under way.
    pub(crate) said: Vec<String>,
}

type Said = Result<(), String>;

impl<'a> Stage<'a> {
    pub(crate) fn new(trace: &'a mut Trace) -> Stage<'a> {
        let plan = Plan {
            sites: 0,
            storm_ms: 0..0,
            client_ms: 1..2,
            faults: BTreeMap::new(),
            power_loss: 0,
            crash_between: 0,
        };
        let cluster = Cluster::with(plan, Rates::steady(), Weather::steady(), Random::new(1), trace);
        Stage { cluster, said: Vec::new() }
    }

    /// Does what a command says; answers what is told of it.
    pub(crate) fn act(&mut self, command: Command) -> Result<Vec<String>, String> {
        self.said.clear();
        self.cluster.heard.clear();
        match command {
            Command::Nodes(count) => self.nodes(count)?,
            Command::Alone(name) => self.alone(name)?,
            Command::Submit { site, what, class } => self.submit(&site, what, class)?,
            Command::Cut { groups, one_way } => self.cut(&groups, one_way)?,
            Command::Heal => self.cluster.heal(),
            Command::Crash { site, power } => {
                let site = self.site(&site)?;
                self.sound(|cluster| cluster.crash(site, power))?;
            }
            Command::Start(site) => {
                let site = self.site(&site)?;
                self.sound(|cluster| cluster.start(site))?;
            }
            Command::Stop(site) => self.stop(&site)?,
            Command::Snapshot(site) => {
                let site = self.site(&site)?;
                self.cluster.snapshot(site);
            }
            Command::Restore(site) => {
                let site = self.site(&site)?;
                self.sound(|cluster| cluster.restore(site))?;
            }
            Command::Clone(site) => self.clone_site(&site)?,
            Command::Join { site, by } => self.join(site, &by)?,
            Command::Remove { site, by } => self.remove(&site, &by)?,
            Command::Equivocate { site, groups } => self.equivocate(site, &groups)?,
            Command::Flip { site, on } => {
                let site = self.site(&site)?;
                match on {
                    true => drop(self.cluster.sites[site].conditions.insert(Condition::Noisy)),
                    false => drop(self.cluster.sites[site].conditions.remove(&Condition::Noisy)),
                }
            }
            Command::Run(millis) => self.run(millis)?,
            Command::Settle => self.settle()?,
            Command::Listen(on) => self.cluster.listening = on,
            Command::Show(what) => self.show(&what)?,
        }
        let heard = std::mem::take(&mut self.cluster.heard);
        Ok(heard.into_iter().chain(std::mem::take(&mut self.said)).collect())
    }

    pub(crate) fn tell(&mut self, line: impl Into<String>) {
        self.said.push(line.into());
    }

    pub(crate) fn site(&self, name: &str) -> Result<usize, String> {
        let found = self.cluster.sites.iter().position(|site| site.name == name);
        found.ok_or_else(|| format!("there is no node `{name}`"))
    }

    /// A promise that breaks ends the story.
    fn sound<T>(&mut self, act: impl FnOnce(&mut Cluster<'a>) -> Result<T, Violation>) -> Result<T, String> {
        let broken = |violation: Violation| format!("broken promise: {}: {}", violation.invariant, violation.what);
        let done = act(&mut self.cluster).map_err(broken)?;
        self.cluster.do_all().map_err(broken)?;
        Ok(done)
    }

    fn run(&mut self, millis: u64) -> Said {
        let until = self.cluster.now_ns + millis * MS;
        while self.cluster.heap.next_at().is_some_and(|at| at <= until) {
            let (at, event) = self.cluster.heap.next().expect("there is one");
            self.sound(|cluster| cluster.step(at, event))?;
        }
        self.cluster.now_ns = until;
        Ok(())
    }

    /// Runs until something holds.
    fn run_until(&mut self, what: &str, holds: impl Fn(&Cluster<'a>) -> bool) -> Said {
        for _ in 0..PATIENCE_MS / LOOK_MS {
            if holds(&self.cluster) {
                return Ok(());
            }
            self.run(LOOK_MS)?;
        }
        Err(format!("not after {} s: {what}", PATIENCE_MS / 1_000))
    }

    fn add(&mut self, name: String, way: Way) -> usize {
        let mut key = [0; 32];
        key[0] = self.cluster.sites.len() as u8 + 1;
        let mut site = Site::new(name, ed25519_dalek::SigningKey::from_bytes(&key));
        site.stage = way;
        self.cluster.sites.push(site);
        self.cluster.sites.len() - 1
    }

    fn nodes(&mut self, count: usize) -> Said {
        if !self.cluster.sites.is_empty() || !(1..=9).contains(&count) {
            return Err("a story begins with 1 to 9 nodes".to_owned());
        }
        let names: Vec<String> = (0..count).map(|n| char::from(b'a' + n as u8).to_string()).collect();
        let founder = self.add(names[0].clone(), Way::Member);
        self.sound(|cluster| cluster.start(founder))?;
        for name in &names[1..] {
            let site = self.add(name.clone(), Way::Waiting(founder));
            self.enter(site, founder)?;
        }
        self.run_until("all are in step", |cluster| cluster.out_of_step().is_none())?;
        // Until everyone is linked with everyone, and has told all.
        self.run(3_000)?;
        self.cluster.net.sent.clear();
        self.tell(format!("{} founded the cluster, {} members", names[0], count));
        Ok(())
    }

    fn alone(&mut self, name: String) -> Said {
        let site = self.add(name, Way::Alone);
        self.sound(|cluster| cluster.start(site))?;
        self.run(100)
    }

    /// Waits until a node has been admitted and runs as a member.
    fn enter(&mut self, site: usize, by: usize) -> Said {
        for _ in 0..1_000 {
            self.sound(|cluster| cluster.ask_admission(site, by))?;
            self.run(LOOK_MS)?;
            if self.cluster.sites[site].stage == Way::Member {
                return Ok(());
            }
        }
        Err(format!("{} is not admitted", self.cluster.sites[site].name))
    }

    fn join(&mut self, name: String, by: &str) -> Said {
        let by = self.site(by)?;
        let site = match self.site(&name) {
            Ok(site) => site,
            Err(_) => self.add(name.clone(), Way::Waiting(by)),
        };
        self.cluster.sites[site].stage = Way::Waiting(by);
        self.enter(site, by)?;
        self.tell(format!("{name} is a member, admitted by {}", self.cluster.sites[by].name));
        Ok(())
    }

    fn submit(&mut self, name: &str, what: What, class: Class) -> Said {
        let site = self.site(name)?;
        let Some(who) = self.cluster.sites[site].who() else { return Err(format!("{name} does not run")) };
        let records = records(&what, &mut self.cluster.numbers);
        let count = records.len();
        let id = self.sound(|cluster| cluster.submit(who, class, records, true, Errand::Records))?;
        self.run_until("an answer", |cluster| !cluster.flights.contains_key(&id))?;
        let answer = self.cluster.answers.remove(&id).ok_or("the process died")?;
        let said = match answer {
            Ok(receipt) => {
                let log = self.cluster.log_name(&receipt.log);
                let records = if count == 1 { "1 record".to_owned() } else { format!("{count} records") };
                format!("{name}: {records} durable in block {log}.{}", receipt.placed.seq)
            }
            Err(refusal) => format!("{name} refuses: {refusal}"),
        };
        self.tell(said);
        Ok(())
    }

    fn cut(&mut self, groups: &[Vec<String>], one_way: bool) -> Said {
        let mut sites = Vec::new();
        for group in groups {
            sites.push(group.iter().map(|name| self.site(name)).collect::<Result<Vec<_>, _>>()?);
        }
        for (i, from) in sites.iter().enumerate() {
            for (_, to) in sites.iter().enumerate().filter(|(j, _)| i != *j && !(one_way && i > *j)) {
                from.iter().for_each(|a| to.iter().for_each(|b| self.cluster.cut(*a, *b)));
            }
        }
        Ok(())
    }

    fn stop(&mut self, name: &str) -> Said {
        let site = self.site(name)?;
        self.sound(|cluster| cluster.stop(site))?;
        self.run_until("it stopped", |cluster| cluster.sites[site].process.is_none())
    }

    fn clone_site(&mut self, name: &str) -> Said {
        let original = self.site(name)?;
        let twin = self.add(format!("{name}'"), Way::Member);
        self.cluster.copy_site(original, twin, Trust::Twin);
        self.sound(|cluster| cluster.start(twin))
    }

    fn remove(&mut self, name: &str, by: &str) -> Said {
        let (target, by) = (self.site(name)?, self.site(by)?);
        let Some(who) = self.cluster.sites[by].who() else { return Err("it does not run".to_owned()) };
        let written = self.sound(|cluster| cluster.remove(who, target))?;
        match written {
            Ok(id) => {
                self.cluster.sites[target].trust = Trust::Removed;
                self.cluster.forgive_lost();
                self.run_until("the removal is durable", |cluster| !cluster.flights.contains_key(&id))?;
                self.tell(format!("{name} is removed"));
            }
            Err(why) => self.tell(format!("{}: {why}", self.cluster.sites[by].name)),
        }
        Ok(())
    }

    fn equivocate(&mut self, name: String, groups: &[Vec<String>]) -> Said {
        let by = self.site(&groups[0][0])?;
        let friends: Vec<_> = self.cluster.sites.iter().map(|site| site.node).collect();
        let first = self.add(name.clone(), Way::Waiting(by));
        self.enter(first, by)?;
        self.run(1_000)?;
        self.stop(&name)?;
        let second = self.add(format!("{name}'"), Way::Member);
        self.cluster.copy_site(first, second, Trust::Equivocator);
        let forced = Some((Epoch([9; 16]), 9));
        for (site, group) in [first, second].into_iter().zip(groups) {
            let circle = group.iter().map(|name| self.site(name)).collect::<Result<_, _>>()?;
            let it = &mut self.cluster.sites[site];
            it.friends.extend(friends.iter().copied());
            (it.trust, it.circle, it.forced) = (Trust::Equivocator, Some(circle), forced);
            self.sound(|cluster| cluster.start(site))?;
        }
        self.run(2_000)
    }

    fn settle(&mut self) -> Said {
        let began = self.cluster.now_ns;
        let bytes = self.cluster.bytes_sent();
        self.run_until("all are in step", |cluster| cluster.out_of_step().is_none())
            .map_err(|why| format!("{why}: {}", self.cluster.out_of_step().unwrap_or_default()))?;
        self.sound(Cluster::check_end)?;
        let took_ms = (self.cluster.now_ns - began) / MS;
        self.tell(format!("in step after {took_ms} ms and {} bytes", self.cluster.bytes_sent() - bytes));
        Ok(())
    }
}

fn records(what: &What, numbers: &mut u64) -> Records {
    let mut records = Records::new();
    let mut builder = RecordBuilder::new();
    let count = match what {
        What::Text(_) => 1,
        What::Count(count) => *count,
    };
    for _ in 0..count {
        *numbers += 1;
        builder.clear();
        builder.push("n", Value::Int(*numbers as i64));
        if let What::Text(text) = what {
            builder.push("message", Value::Str(text));
        }
        let time = vigil_model::Timestamp::from_millis(*numbers as i64);
        records.push(&mut builder, time, false).expect("a small record");
    }
    records
}
