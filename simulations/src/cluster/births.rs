//! Births and deaths of processes: start and recovery, crash, orderly end, a disk that goes back.

use vigil_crdt::control::{Entry, Op};
use vigil_crdt::memory::{Crash, MemoryDisk, MemoryStore};
use vigil_crdt::{LogStore, StoreError};
use vigil_model::{Epoch, LogId};
use vigil_node::{Identity, Input, Node};

use crate::checkers::{Verdict, Violation};
use crate::cluster::Cluster;
use crate::cluster::event::{Condition, Event, Who};
use crate::cluster::process::Process;
use crate::cluster::site::{Stage, Trust};
use crate::cluster::wire;
use crate::mutants::Mutant;

type Records = Vec<(LogId, u64, Vec<Entry>)>;

fn without_removals(mut records: Records) -> Records {
    let keeps = |entry: &Entry| !matches!(entry.record.op, Op::Remove { .. });
    records.iter_mut().for_each(|(_, _, entries)| entries.retain(keeps));
    records
}

impl Cluster<'_> {
    /// Starts the process of a site, if it is to run and does not.
    pub(crate) fn start(&mut self, site: usize) -> Verdict {
        if self.sites[site].process.is_some() || self.sites[site].gone {
            return Ok(());
        }
        match MemoryStore::open(self.sites[site].disk.clone()) {
            Ok(store) => self.opened_store(site, store),
            Err(StoreError::Io(_)) if self.sites[site].is(Condition::Failing) => {
                self.after_ms(100, Event::Start(site));
                Ok(())
            }
            Err(error) => Err(Violation { invariant: "a store opens after every crash", what: error.to_string() }),
        }
    }

    fn opened_store(&mut self, site: usize, store: MemoryStore) -> Verdict {
        let recovered = store.recovered();
        self.check_recovered(site, &recovered)?;
        self.processes += 1;
        let who = Who { site, process: self.processes };
        let (epoch, instance) = match self.sites[site].forced.take() {
            Some(forced) => forced,
            None if self.has(Mutant::OldEpoch) && !self.sites[site].logs.is_empty() => {
                (self.sites[site].logs[0].epoch, self.random.next())
            }
            None => (Epoch(self.random.bytes()), self.random.next()),
        };
        let now = self.wall(site);
        let it = &mut self.sites[site];
        let log = LogId { node: it.node, epoch };
        let identity = Identity { cluster: it.cluster, log, founder: it.founder, instance };
        let entries = wire::control_records(&store)
            .map_err(|error| Violation { invariant: "control records can be read", what: error.to_string() })?;
        let forgets = self.mutant == Some(Mutant::ForgottenRemovals);
        let entries = if forgets { without_removals(entries) } else { entries };
        let mut config = self.rates.config.clone();
        config.gossip.interest = it.interest.into();
        let node = Node::recover(config, &recovered, entries, identity, now);
        it.power_lost = false;
        it.logs.push(log);
        let mut process = Process::new(who, node, store, log, it.key.clone());
        process.followed = recovered.arrival;
        process.removed.clone_from(&it.removed);
        it.process = Some(process);
        say!(self, "{} starts at arrival {}", self.sites[who.site].name, recovered.arrival);
        self.after_ms(10, Event::Index(who));
        self.after_ms(1, Event::Dial(who));
        self.control_changed(who)?;
        self.tell(who, Input::Wake)
    }

    /// The process dies; with `power`, its machine, and what was not synced is lost or torn.
    pub(crate) fn crash(&mut self, site: usize, power: bool) -> Verdict {
        if self.sites[site].process.is_none() {
            return Ok(());
        }
        self.stats.crashes += 1;
        let crash = if power { self.draw_power_loss(site) } else { Crash::Lost { keep: usize::MAX } };
        self.sites[site].power_lost |= power;
        say!(self, "{} crashes: {crash:?}", self.sites[site].name);
        self.die(site, crash);
        Ok(())
    }

    fn draw_power_loss(&mut self, site: usize) -> Crash {
        self.stats.power_losses += 1;
        let unsynced = self.sites[site].disk.unsynced() as u64;
        let keep = self.random.below(unsynced + 1) as usize;
        match self.random.chance(50) {
            true => Crash::Torn { keep, ops: self.random.below(12) as usize, bytes: self.random.below(400) as usize },
            false => Crash::Lost { keep },
        }
    }

    /// What a process holds in memory is gone; its peers notice some time.
    fn die(&mut self, site: usize, crash: Crash) {
        let Some(process) = self.sites[site].process.take() else { return };
        for (id, side) in self.net.of(process.who) {
            self.net.give_up(id, side);
            let wait = self.random.within(self.rates.notice_ms.clone());
            self.after_ms(wait, Event::Lost(id, 1 - side));
        }
        self.sites[site].disk.crash(crash);
        self.orphan(site);
    }

    /// Asks the process to end.
    pub(crate) fn stop(&mut self, site: usize) -> Verdict {
        let Some(process) = self.sites[site].process.as_mut().filter(|process| !process.stopping) else {
            return Ok(());
        };
        process.stopping = true;
        let who = process.who;
        self.tell(who, Input::Stop)
    }

    /// The machine said that everything is durable or refused.
    pub(crate) fn stopped(&mut self, who: Who) -> Verdict {
        self.stats.stops += 1;
        self.check_stopped(who)?;
        say!(self, "{} has stopped", self.sites[who.site].name);
        self.die(who.site, Crash::Lost { keep: usize::MAX });
        Ok(())
    }

    /// Puts a copy of the disk away.
    pub(crate) fn snapshot(&mut self, site: usize) {
        say!(self, "the disk of {} is copied", self.sites[site].name);
        self.sites[site].snapshot = Some(self.sites[site].disk.copy());
    }

    /// The disk goes back to what was put away; the process dies.
    pub(crate) fn restore(&mut self, site: usize) -> Verdict {
        let Some(snapshot) = self.sites[site].snapshot.clone() else { return Ok(()) };
        self.stats.restores += 1;
        say!(self, "the disk of {} goes back to its copy", self.sites[site].name);
        self.die(site, Crash::Lost { keep: usize::MAX });
        self.replace_disk(site, snapshot.copy());
        Ok(())
    }

    /// What is found on another disk than before is a new beginning for the checkers.
    pub(crate) fn replace_disk(&mut self, site: usize, disk: MemoryDisk) {
        self.sites[site].disk = disk;
        self.sites[site].apply_conditions();
        self.sites[site].synced.clear();
        self.sites[site].restored = true;
        self.sites[site].removed.clear();
        self.forgive_lost();
    }

    /// Ends a process and its site for good.
    pub(crate) fn retire(&mut self, site: usize) {
        self.die(site, Crash::Lost { keep: usize::MAX });
        self.sites[site].gone = true;
        self.forgive_lost();
    }

    /// A site that has been admitted starts anew, in the cluster of its inviter.
    pub(crate) fn enter(&mut self, site: usize, inviter: usize) -> Verdict {
        self.die(site, Crash::Lost { keep: usize::MAX });
        let (cluster, friend) = (self.sites[inviter].cluster, self.sites[inviter].node);
        let founder = self.sites[inviter].founder.or(Some(friend));
        let it = &mut self.sites[site];
        (it.cluster, it.founder) = (cluster, founder);
        it.friends.insert(friend);
        it.stage = Stage::Member;
        self.stats.joins += 1;
        say!(self, "{} enters the cluster through {}", self.sites[site].name, self.sites[inviter].name);
        if self.sites[site].trust == Trust::Equivocator {
            let second = self.split_equivocator(site);
            self.start(second)?;
        }
        self.start(site)
    }
}
