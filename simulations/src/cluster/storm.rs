//! The storm: what strikes when, and the calm after it in which everything must settle.

use std::collections::BTreeSet;

use vigil_crdt::control::MemberState;
use vigil_model::{Class, ClassSet, Epoch};

use crate::checkers::{Verdict, ensure};
use crate::cluster::Cluster;
use crate::cluster::event::{Condition, Event, Fault, Who};
use crate::cluster::site::{Site, Stage, Trust};
use crate::world::MS;

/// Sites of one seed at most.
const SITES_MAX: usize = 9;
/// Members that are left in peace, so that a cluster remains.
const MEMBERS_MIN: usize = 3;
/// Milliseconds of calm within which everything must settle.
const CALM_MS: u64 = 240_000;
/// Events of one seed at most; beyond it something spins.
const STEPS_MAX: u64 = 3_000_000;
/// Milliseconds of calm after which an admission that the founder does not know has fallen.
const FALLEN_MS: u64 = 30_000;
/// Milliseconds between two looks whether all are in step.
const LOOK_MS: u64 = 200;

impl Cluster<'_> {
    pub(crate) fn begin(&mut self) -> Verdict {
        let plan = self.plan.clone();
        say!(self, "{plan:?}");
        say!(self, "{:?} {:?}", self.rates, self.net.weather);
        for n in 0..plan.sites {
            self.add_site(if n == 0 { Stage::Member } else { Stage::Waiting(0) });
        }
        self.heap.set(0, Event::Start(0));
        self.heap.set(plan.storm_ms.end * MS, Event::Calm);
        for fault in plan.faults.keys() {
            self.strike_later(*fault, plan.storm_ms.start);
        }
        Ok(())
    }

    /// A new site, with a client.
    pub(crate) fn add_site(&mut self, stage: Stage) -> usize {
        let n = self.sites.len();
        let name = char::from(b'a' + n as u8).to_string();
        let key = ed25519_dalek::SigningKey::from_bytes(&self.random.bytes());
        let mut site = Site::new(name, key);
        site.stage = stage;
        if self.random.chance(20) {
            // It follows less than everything.
            site.interest = ClassSet::ALWAYS.with(self.random.pick(&[Class::Logs, Class::Metrics]));
        }
        self.sites.push(site);
        let wait = self.random.within(1..50);
        self.after_ms(wait, Event::Client(n));
        n
    }

    fn strike_later(&mut self, fault: Fault, base_ms: u64) {
        let Some(every) = self.plan.faults.get(&fault).copied().filter(|_| !self.calm) else { return };
        let wait = base_ms + self.random.within(1..2 * every);
        self.after_ms(wait, Event::Strike(fault));
    }

    /// A fault strikes, and will again.
    pub(crate) fn strike(&mut self, fault: Fault) -> Verdict {
        if self.calm {
            return Ok(());
        }
        self.strike_later(fault, 0);
        match fault {
            Fault::Cut => self.strike_cut(),
            Fault::Break => self.strike_break(),
            Fault::Double => return self.strike_double(),
            Fault::Crash => return self.strike_crash(),
            Fault::Stop => return self.strike_stop(),
            Fault::Snapshot => self.with_member(|cluster, site| cluster.snapshot(site)),
            Fault::Restore => return self.strike_restore(),
            Fault::Clone => return self.strike_clone(),
            Fault::Clock => self.strike_clock(),
            Fault::Disk => {
                let condition = self.random.pick(&[Condition::Full, Condition::Failing, Condition::Slow]);
                self.with_member(|cluster, site| cluster.begin_condition(site, condition));
            }
            Fault::Noise => self.with_member(|cluster, site| cluster.begin_condition(site, Condition::Noisy)),
            Fault::Join => self.strike_join(),
            Fault::Remove => return self.strike_remove(),
            Fault::Equivocate => self.strike_equivocate(),
        }
        Ok(())
    }

    /// Some member that is honest.
    fn some_member(&mut self) -> Option<usize> {
        let members: Vec<usize> = (0..self.sites.len()).filter(|site| self.sites[*site].counts()).collect();
        (!members.is_empty()).then(|| self.random.pick(&members))
    }

    fn with_member(&mut self, act: impl FnOnce(&mut Self, usize)) {
        if let Some(site) = self.some_member() {
            act(self, site);
        }
    }

    /// Cuts a group off, one way or both ways, for a while.
    fn strike_cut(&mut self) {
        let inside: BTreeSet<usize> = (0..self.sites.len()).filter(|_| self.random.chance(40)).collect();
        let (out, back) = self.random.pick(&[(true, true), (true, true), (true, false), (false, true)]);
        for a in 0..self.sites.len() {
            for b in 0..self.sites.len() {
                let leaves = inside.contains(&a) && !inside.contains(&b);
                let enters = inside.contains(&b) && !inside.contains(&a);
                if (leaves && out) || (enters && back) {
                    self.cut(a, b);
                }
            }
        }
        say!(self, "{inside:?} is cut off, out {out}, in {back}");
        let lasts = self.random.within(50..3_000);
        self.after_ms(lasts, Event::Heal);
    }

    /// Nothing passes from `a` to `b` from now on.
    pub(crate) fn cut(&mut self, a: usize, b: usize) {
        self.stats.cuts += 1;
        self.net.cut(a, b, self.now_ns, &mut self.random, &mut self.heap);
    }

    fn strike_break(&mut self) {
        let alive = self.net.alive();
        if !alive.is_empty() {
            let id = self.random.pick(&alive);
            say!(self, "connection {} breaks", id.0);
            self.break_connection(id);
        }
    }

    fn strike_double(&mut self) -> Verdict {
        let (Some(a), Some(b)) = (self.some_member(), self.some_member()) else { return Ok(()) };
        match (self.sites[a].who(), self.sites[b].who()) {
            (Some(who), Some(peer)) if a != b => self.opened(who, peer, true),
            _ => Ok(()),
        }
    }

    fn strike_crash(&mut self) -> Verdict {
        let Some(site) = self.some_member() else { return Ok(()) };
        let power = self.random.chance(self.plan.power_loss);
        self.crash(site, power)?;
        self.start_later(site);
        Ok(())
    }

    /// Between a write and its sync is the moment that matters most.
    pub(crate) fn strikes_between_write_and_sync(&mut self) -> bool {
        !self.calm && self.plan.crash_between > 0 && self.random.chance(self.plan.crash_between)
    }

    pub(crate) fn crash_now(&mut self, who: Who) -> Verdict {
        if self.calm || !self.runs(who) {
            return Ok(());
        }
        let power = self.random.chance(self.plan.power_loss);
        self.crash(who.site, power)?;
        self.start_later(who.site);
        Ok(())
    }

    fn strike_stop(&mut self) -> Verdict {
        let Some(site) = self.some_member() else { return Ok(()) };
        self.stop(site)?;
        self.start_later(site);
        Ok(())
    }

    fn start_later(&mut self, site: usize) {
        let wait = self.random.within(1..2_500);
        self.after_ms(wait, Event::Start(site));
        // Should it still be stopping by then.
        self.after_ms(wait + 3_000, Event::Start(site));
    }

    fn strike_restore(&mut self) -> Verdict {
        let Some(site) = self.some_member().filter(|site| self.sites[*site].snapshot.is_some()) else {
            return Ok(());
        };
        self.restore(site)?;
        self.start_later(site);
        Ok(())
    }

    fn strike_clone(&mut self) -> Verdict {
        let Some(original) = self.some_member().filter(|_| self.sites.len() < SITES_MAX) else { return Ok(()) };
        self.stats.clones += 1;
        let twin = self.add_site(Stage::Member);
        self.copy_site(original, twin, Trust::Twin);
        say!(self, "{} is a clone of {}", self.sites[twin].name, self.sites[original].name);
        self.start(twin)
    }

    /// The second site gets key, disk and directory of the first.
    pub(crate) fn copy_site(&mut self, original: usize, copy: usize, trust: Trust) {
        let (first, disk) = (&self.sites[original], self.sites[original].disk.copy());
        let (key, node, cluster, friends) = (first.key.clone(), first.node, first.cluster, first.friends.clone());
        let (founder, interest) = (first.founder, first.interest);
        let it = &mut self.sites[copy];
        (it.key, it.node, it.disk, it.trust) = (key, node, disk, trust);
        (it.cluster, it.friends, it.founder, it.interest) = (cluster, friends, founder, interest);
    }

    fn strike_clock(&mut self) {
        let Some(site) = self.some_member() else { return };
        let reach = self.random.pick(&[500, 60_000, 1_500_000]);
        let jump = self.random.within(0..2 * reach) as i64 - reach as i64;
        self.stats.clock_jumps += 1;
        say!(self, "the clock of {} is set by {jump} ms", self.sites[site].name);
        self.sites[site].skew_ns += jump * MS as i64;
    }

    fn begin_condition(&mut self, site: usize, condition: Condition) {
        self.stats.disks += u64::from(condition != Condition::Noisy);
        say!(self, "{}: {condition:?} begins", self.sites[site].name);
        self.sites[site].conditions.insert(condition);
        self.sites[site].apply_conditions();
        let lasts = self.random.within(10..2_500);
        self.after_ms(lasts, Event::End(site, condition));
    }

    pub(crate) fn end_condition(&mut self, site: usize, condition: Condition) {
        self.sites[site].conditions.remove(&condition);
        self.sites[site].apply_conditions();
    }

    fn strike_join(&mut self) {
        if self.sites.len() < SITES_MAX {
            let alone = self.random.chance(50);
            let site = self.add_site(if alone { Stage::Alone } else { Stage::Waiting(0) });
            if alone {
                self.after_ms(1, Event::Start(site));
            }
        }
    }

    /// A site that lived alone, or whose inviter is of no use any more, turns to another member.
    pub(crate) fn look_for_inviter(&mut self, site: usize) {
        let useless = match self.sites[site].stage {
            Stage::Member => false,
            Stage::Alone => self.calm || self.random.chance(20),
            Stage::Waiting(inviter) => !self.administers(inviter),
        };
        let inviters: Vec<usize> = (0..self.sites.len()).filter(|other| self.administers(*other)).collect();
        if useless && !inviters.is_empty() {
            self.sites[site].stage = Stage::Waiting(self.random.pick(&inviters));
        }
    }

    fn strike_remove(&mut self) -> Verdict {
        let counted = self.sites.iter().filter(|site| site.counts()).count();
        let (Some(by), Some(target)) = (self.some_member(), self.some_member()) else { return Ok(()) };
        let fit = by != target && target != 0 && counted > MEMBERS_MIN && self.administers(by);
        let Some(who) = self.sites[by].who().filter(|_| fit) else { return Ok(()) };
        match self.remove(who, target)? {
            Ok(_) => {
                self.stats.removals += 1;
                say!(self, "{} removes {}", self.sites[by].name, self.sites[target].name);
                self.sites[target].trust = Trust::Removed;
                self.forgive_lost();
            }
            Err(why) => say!(self, "{} cannot remove {}: {why}", self.sites[by].name, self.sites[target].name),
        }
        Ok(())
    }

    fn strike_equivocate(&mut self) {
        if self.sites.len() + 1 < SITES_MAX && !self.sites.iter().any(|site| site.trust == Trust::Equivocator) {
            self.stats.equivocators += 1;
            let site = self.add_site(Stage::Waiting(0));
            self.sites[site].trust = Trust::Equivocator;
        }
    }

    /// A key that was admitted turns out to be two processes that sign one log, each for a part of
    /// the cluster.
    pub(crate) fn split_equivocator(&mut self, first: usize) -> usize {
        let others: Vec<usize> = (0..self.sites.len()).filter(|site| self.sites[*site].counts()).collect();
        let half: BTreeSet<usize> = others.iter().copied().filter(|_| self.random.chance(50)).collect();
        let rest = others.iter().copied().filter(|site| !half.contains(site)).collect();
        let second = self.add_site(Stage::Member);
        let friends: Vec<_> = others.iter().map(|site| self.sites[*site].node).collect();
        self.sites[first].friends.extend(friends);
        self.copy_site(first, second, Trust::Equivocator);
        let forced = Some((Epoch(self.random.bytes()), self.random.next()));
        self.sites[first].circle = Some(half);
        self.sites[second].circle = Some(rest);
        self.sites[first].forced = forced;
        self.sites[second].forced = forced;
        second
    }

    pub(crate) fn heal(&mut self) {
        self.net.heal();
    }

    /// All faults end; who is down comes back.
    pub(crate) fn become_calm(&mut self) -> Verdict {
        say!(self, "calm");
        self.calm = true;
        self.heal();
        for site in 0..self.sites.len() {
            self.sites[site].conditions.clear();
            self.sites[site].apply_conditions();
            self.sites[site].skew_ns = 0;
            if self.sites[site].trust == Trust::Twin {
                self.retire(site);
            }
            let fenced = self.sites[site].process.as_ref().is_some_and(|process| process.fenced.is_some());
            if fenced && self.sites[site].trust == Trust::Honest {
                self.crash(site, false)?;
            }
            if self.sites[site].stage == Stage::Member {
                self.after_ms(1, Event::Start(site));
            }
        }
        self.after_ms(LOOK_MS, Event::Settled);
        Ok(())
    }

    /// Whether all are in step by now; then everything is looked at, and the seed is over.
    pub(crate) fn settled(&mut self) -> Verdict {
        let since_ms = self.now_ns / MS - self.plan.storm_ms.end;
        self.let_go_of_fallen(since_ms);
        let lacking = self.out_of_step();
        let Some(lacking) = lacking else {
            self.stats.calm_ms = since_ms;
            self.over = true;
            return self.check_end();
        };
        for site in 0..self.sites.len() {
            // Whoever was still stopping when the calm began.
            if self.sites[site].stage == Stage::Member && self.sites[site].process.is_none() {
                self.start(site)?;
            }
        }
        ensure(since_ms < CALM_MS, "in the calm all come into step", || lacking)?;
        self.after_ms(LOOK_MS, Event::Settled);
        Ok(())
    }

    /// Who was admitted by a member that was removed, beyond the position at which its log ends, is
    /// no member: people see that and let it join anew, which here concerns nobody any more. The
    /// founder is never removed, so its word counts once everything has had time to reach it.
    fn let_go_of_fallen(&mut self, since_ms: u64) {
        let Some(founder) = self.sites[0].process.as_ref().filter(|_| since_ms > FALLEN_MS) else { return };
        let control = founder.node.control();
        let removed = control.members().values().any(|member| matches!(member.state, MemberState::Removed { .. }));
        let stands =
            |site: &Site| site.trust != Trust::Honest || site.stage != Stage::Member || control.active(&site.node);
        let fallen: Vec<usize> = (0..self.sites.len()).filter(|n| removed && !stands(&self.sites[*n])).collect();
        for site in &fallen {
            say!(self, "{} is no member: who admitted it was removed", self.sites[*site].name);
            self.sites[*site].trust = Trust::Removed;
        }
        if !fallen.is_empty() {
            self.forgive_lost();
        }
    }

    pub(crate) fn check_steps(&self) -> Verdict {
        let (steps, now_ms) = (self.stats.steps, self.now_ns / MS);
        ensure(steps < STEPS_MAX, "the machines do not spin", || format!("{steps} steps in {now_ms} ms"))
    }
}
