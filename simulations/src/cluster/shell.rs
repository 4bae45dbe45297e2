//! What the daemon does, under the virtual clock: inputs go into a machine, effects are done.

use std::collections::BTreeSet;

use vigil_crdt::{CommitError, LogStore};
use vigil_model::{LogId, Timestamp};
use vigil_node::{Effect, Input, SubmissionId, Ticket, WriteFailure};

use crate::checkers::{Verdict, ensure};
use crate::cluster::Cluster;
use crate::cluster::event::{Condition, Event, Who};
use crate::cluster::people::Errand;
use crate::cluster::process::{Job, Process, Work};
use crate::mutants::Mutant;

/// What a deadline that has passed is put off, and how often that may be in a row.
const SPIN_NS: i64 = 100_000;
const SPINS_MAX: u32 = 1_000;
/// Microseconds that a slow disk takes longer.
const SLOW_TIMES: u64 = 40;

impl Cluster<'_> {
    /// The process, while it runs.
    pub(crate) fn process(&mut self, who: Who) -> Option<&mut Process> {
        self.sites[who.site].process.as_mut().filter(|process| process.who == who)
    }

    pub(crate) fn runs(&self, who: Who) -> bool {
        self.sites[who.site].who() == Some(who)
    }

    pub(crate) fn name(&self, who: Who) -> String {
        self.sites[who.site].name.clone()
    }

    pub(crate) fn wall(&self, site: usize) -> Timestamp {
        Timestamp(crate::world::WALL_START_NS + self.now_ns as i64 + self.sites[site].skew_ns)
    }

    /// Feeds a machine and does what it says.
    pub(crate) fn tell(&mut self, who: Who, input: Input) -> Verdict {
        let wall = self.wall(who.site);
        self.trace_input(who, &input);
        let Some(process) = self.process(who) else { return Ok(()) };
        let mut effects = std::mem::take(&mut process.effects);
        assert!(effects.is_empty(), "a machine is fed when its last effects are done");
        process.node.handle(input, wall, &mut effects);
        self.todo.extend(effects.drain(..).map(|effect| (who, effect)));
        if let Some(process) = self.process(who) {
            process.effects = effects;
        }
        self.check_machine(who)?;
        self.set_timer(who)
    }

    /// Does what machines said, in their order; nothing is done while a machine is being fed.
    pub(crate) fn do_all(&mut self) -> Verdict {
        while let Some((who, effect)) = self.todo.pop_front() {
            if self.runs(who) {
                self.perform(who, effect)?;
            }
        }
        Ok(())
    }

    fn set_timer(&mut self, who: Who) -> Verdict {
        let (wall, now_ns) = (self.wall(who.site), self.now_ns);
        let Some(process) = self.process(who) else { return Ok(()) };
        let Some((at, why)) = process.node.wake_at() else { return Ok(()) };
        process.spins = if at > wall { 0 } else { process.spins + 1 };
        ensure(process.spins < SPINS_MAX, "the machine does not spin", || {
            format!("it wants to be woken at {at}, now is {wall}: {why}")
        })?;
        let wake_ns = now_ns + ((at.0 - wall.0).max(SPIN_NS)) as u64;
        if process.wake_ns != Some(wake_ns) {
            process.wake_ns = Some(wake_ns);
            self.heap.set(wake_ns, Event::Wake(who));
        }
        Ok(())
    }

    pub(crate) fn wake(&mut self, who: Who) -> Verdict {
        let now_ns = self.now_ns;
        let Some(process) = self.process(who) else { return Ok(()) };
        if process.wake_ns != Some(now_ns) {
            return Ok(());
        }
        process.wake_ns = None;
        self.tell(who, Input::Wake)
    }

    fn perform(&mut self, who: Who, effect: Effect) -> Verdict {
        self.trace_effect(who, &effect);
        match effect {
            Effect::Hash { ticket, parts } => self.hash(who, ticket, &parts),
            Effect::Persist { ticket, arrival, header, idempotency } => {
                self.check_sealed(who, &header)?;
                self.write(who, Job { ticket, arrival, work: Work::Seal(header, idempotency) });
            }
            Effect::Store { ticket, arrival, log, seq, fill } => {
                self.write(who, Job { ticket, arrival, work: Work::Store { log, seq, fill } });
            }
            Effect::Check { ticket, offer } => {
                let wait = self.random.within(self.rates.hash_us.clone());
                self.alive(who).check(ticket, offer);
                self.after_us(wait, Event::Checked(who, ticket));
            }
            Effect::Discard { offer } => self.alive(who).discard(offer),
            Effect::Withdraw { from } => {
                self.alive(who).withdraw(from);
                self.writer_goes_on(who);
            }
            Effect::Gossip(deed) => return self.deed(who, deed),
            Effect::Control => return self.control_changed(who),
            Effect::Author(_) if self.has(Mutant::SilentWitness) => {}
            Effect::Author(op) => {
                say!(self, "{} writes by itself: {}", self.sites[who.site].name, crate::cluster::people::name_op(&op));
                return self.write_control(who, *op, Errand::Control).map(drop);
            }
            Effect::Fence { why } => return self.fenced(who, why),
            Effect::Acknowledge(receipt) => return self.acknowledged(who, receipt),
            Effect::Refuse { submission, refusal } => return self.refused(who, submission, &refusal),
            Effect::Follow { arrival } => return self.followed(who, arrival),
            Effect::CheckSpace => {
                let wait = self.random.within(10..20_000);
                self.after_us(wait, Event::Space(who));
            }
            Effect::ExpireIdempotency { before } => drop(self.alive(who).store.expire_idempotency(before)),
            Effect::Stopped => return self.stopped(who),
        }
        Ok(())
    }

    /// The process whose effects are being done.
    pub(crate) fn alive(&mut self, who: Who) -> &mut Process {
        self.process(who).expect("effects are done for running processes only")
    }

    fn hash(&mut self, who: Who, ticket: Ticket, parts: &[SubmissionId]) {
        let wait = self.random.within(self.rates.hash_us.clone());
        self.alive(who).gather(ticket, parts);
        self.after_us(wait, Event::Hashed(who, ticket));
    }

    pub(crate) fn hashed(&mut self, who: Who, ticket: Ticket) -> Verdict {
        let Some(process) = self.sites[who.site].process.as_mut().filter(|process| process.who == who) else {
            return Ok(());
        };
        let (bodies, control) = process.hash(ticket, &mut self.random);
        self.tell(who, Input::Hashed { ticket, bodies, control })
    }

    pub(crate) fn checked(&mut self, who: Who, ticket: Ticket) -> Verdict {
        let mutant = self.mutant;
        let Some(outcome) = self.process(who).and_then(|process| process.checked(ticket, mutant)) else {
            return Ok(());
        };
        if let Err(fault) = &outcome {
            self.stats.faults += 1;
            say!(self, "{} finds a bad block: {fault:?}", self.sites[who.site].name);
        }
        self.tell(who, Input::Checked { ticket, outcome })
    }

    fn write(&mut self, who: Who, job: Job) {
        self.alive(who).writer.write(job);
        self.writer_goes_on(who);
    }

    /// Starts the next write when the writer is idle.
    fn writer_goes_on(&mut self, who: Who) {
        let size = self.random.within(self.rates.group.clone());
        let Some(process) = self.process(who) else { return };
        if process.writer.take_group(size.max(1)) {
            let wait = self.disk_us(who);
            self.after_us(wait, Event::Commit(who));
        }
    }

    fn disk_us(&mut self, who: Who) -> u64 {
        let wait = self.random.within(self.rates.write_us.clone());
        if self.sites[who.site].is(Condition::Slow) { SLOW_TIMES * wait } else { wait }
    }

    /// The group reaches the disk: synced at once, or, to leave room for a crash in between, later.
    pub(crate) fn commit(&mut self, who: Who) -> Verdict {
        let at_once = self.random.chance(50) && !self.has(Mutant::NoSync) && !self.has(Mutant::EarlyWord);
        let lossy = self.has(Mutant::LostFill);
        let Some(process) = self.process(who) else { return Ok(()) };
        match process.commit(at_once, lossy) {
            Ok(()) => self.committed(who, at_once),
            Err(error) => self.commit_failed(who, error),
        }
    }

    fn commit_failed(&mut self, who: Who, error: CommitError) -> Verdict {
        self.stats.failed_writes += 1;
        let failure = match error {
            CommitError::Full(why) => WriteFailure::Full(why),
            CommitError::Io(why) => WriteFailure::Io(why),
        };
        let ticket = self.alive(who).writer.fail();
        if self.has(Mutant::DeafWriter) {
            self.alive(who).writer.forget_failure();
            self.writer_goes_on(who);
        }
        self.tell(who, Input::PersistFailed { ticket, failure })
    }

    fn committed(&mut self, who: Who, synced: bool) -> Verdict {
        let process = self.alive(who);
        let ticket = process.writer.group.last().expect("a group holds at least one block").ticket;
        process.writer.written = Some(ticket);
        self.stats.blocks += process.writer.group.len() as u64;
        if synced {
            return self.synced(who);
        }
        let wait = self.disk_us(who);
        self.after_us(wait, Event::Synced(who));
        if self.has(Mutant::EarlyWord) {
            self.tell(who, Input::Persisted { ticket })?;
        }
        if self.strikes_between_write_and_sync() {
            self.after_us(1, Event::CrashNow(who));
        }
        Ok(())
    }

    pub(crate) fn sync_done(&mut self, who: Who) -> Verdict {
        if !self.runs(who) {
            return Ok(());
        }
        let real = !self.has(Mutant::NoSync);
        let Some(process) = self.process(who).filter(|_| real) else { return self.synced(who) };
        if process.store.sync().is_err() {
            self.after_us(50_000, Event::Synced(who));
            return Ok(());
        }
        self.synced(who)
    }

    /// Everything written so far is synced.
    fn synced(&mut self, who: Who) -> Verdict {
        self.note_synced(who);
        let process = self.alive(who);
        let filled = process.filled();
        process.writer.group.clear();
        process.writer.busy = false;
        process.writer.synced = process.writer.written;
        let ticket = process.writer.written.expect("only what was written is synced");
        self.tell_missing(who, &filled)?;
        self.tell(who, Input::Persisted { ticket })?;
        self.writer_goes_on(who);
        Ok(())
    }

    /// What the store lacks now of the logs whose bodies came late.
    fn tell_missing(&mut self, who: Who, filled: &BTreeSet<LogId>) -> Verdict {
        let silent = self.has(Mutant::SilentStore);
        let heads = if silent || filled.is_empty() { Vec::new() } else { self.alive(who).store.log_heads() };
        for head in heads.into_iter().filter(|head| filled.contains(&head.log)) {
            self.tell(who, Input::Missing { log: head.log, missing: head.missing })?;
        }
        Ok(())
    }

    pub(crate) fn space(&mut self, who: Who) -> Verdict {
        let site = &self.sites[who.site];
        let room = match (site.is(Condition::Full), site.is(Condition::Failing)) {
            (true, _) => Err("the simulated disk is full".to_owned()),
            (_, true) => Err("the simulated disk fails".to_owned()),
            (false, false) => Ok(()),
        };
        self.tell(who, Input::SpaceChecked { room })
    }

    /// The index takes what it may read.
    pub(crate) fn index(&mut self, who: Who) -> Verdict {
        let wait = self.random.within(20..300);
        self.after_ms(wait, Event::Index(who));
        let Some(process) = self.process(who) else { return Ok(()) };
        let arrival = process.followed;
        self.tell(who, Input::Indexed { arrival, lag_bytes: 0 })
    }

    fn followed(&mut self, who: Who, arrival: u64) -> Verdict {
        let process = self.alive(who);
        let before = std::mem::replace(&mut process.followed, arrival);
        ensure(arrival > before, "what is followed only grows", || format!("{arrival} after {before}"))
    }

    /// Membership or forks changed: the transport lets in who is a member now.
    pub(crate) fn control_changed(&mut self, who: Who) -> Verdict {
        let friends = self.sites[who.site].friends.clone();
        let me = self.sites[who.site].node;
        let process = self.alive(who);
        let control = process.node.control();
        let mut members: BTreeSet<_> = control.members().keys().filter(|node| control.active(node)).copied().collect();
        let strangers: Vec<_> = friends.into_iter().filter(|node| control.member(node).is_none()).collect();
        members.extend(strangers);
        members.remove(&me);
        let gone: Vec<_> =
            process.peers.iter().filter(|(_, peer)| !members.contains(peer)).map(|(link, _)| *link).collect();
        process.members = members;
        for link in gone {
            if let Some((id, side)) = self.net.find(who, link) {
                self.lost(id, side)?;
            }
        }
        self.check_control(who)?;
        self.restate(who)
    }

    fn fenced(&mut self, who: Who, why: String) -> Verdict {
        self.stats.fenced += 1;
        say!(self, "{} stops writing: {why}", self.sites[who.site].name);
        self.check_fence(who, &why)?;
        self.alive(who).fenced = Some(why);
        Ok(())
    }
}
