//! What the daemon does, under the virtual clock: inputs go into the machine, effects are done.

use vigil_crdt::{CommitError, LogStore};
use vigil_node::{Effect, Input, Refusal, Status, SubmissionId, Ticket, WriteFailure};

use crate::checkers::{Verdict, ensure, limits};
use crate::events::{Condition, Event};
use crate::process::Process;
use crate::world::{MS, World};
use crate::writer::Job;

impl World<'_> {
    /// Something happens in a process; nothing, when that process is no more.
    pub(crate) fn process_event(&mut self, event: Event) -> Verdict {
        match event {
            Event::HashDone(number, ticket) if self.runs(number) => self.hash_done(ticket),
            Event::Commit(number) if self.runs(number) => self.commit(),
            Event::SyncDone(number) if self.runs(number) => self.sync_done(),
            Event::SyncTimer(number) if self.runs(number) => self.sync_timer(number),
            Event::Space(number) if self.runs(number) => self.space(),
            Event::Index(number) if self.runs(number) => self.index(number),
            Event::Wake(number) if self.runs(number) => self.wake(),
            Event::Echo(number, ticket) if self.runs(number) => self.deliver(Input::Persisted { ticket }),
            _ => Ok(()),
        }
    }

    fn runs(&self, number: u32) -> bool {
        self.process.as_ref().is_some_and(|process| process.number == number)
    }

    pub(crate) fn alive(&mut self) -> &mut Process {
        self.process.as_mut().expect("only a running process is asked")
    }

    /// Feeds the machine and does what it says.
    pub(crate) fn deliver(&mut self, input: Input) -> Verdict {
        self.trace.line(self.now_ns, format_args!("in  {}", Short(&input)));
        let wall = self.wall();
        let process = self.alive();
        let mut effects = std::mem::take(&mut process.effects);
        process.node.handle(input, wall, &mut effects);
        for effect in effects.drain(..) {
            self.perform(effect)?;
        }
        let Some(process) = self.process.as_mut() else { return Ok(()) };
        process.effects = effects;
        self.check_machine()?;
        self.set_timer()
    }

    fn check_machine(&mut self) -> Verdict {
        let process = self.alive();
        let held = process.held_bytes;
        let (status, count): (Status, usize) = (process.node.status(), process.held.len());
        limits::check(&self.plan.config, &status, held, count)
    }

    fn set_timer(&mut self) -> Verdict {
        let wall = self.wall();
        let (now_ns, interval_ms) = (self.now_ns, self.plan.longest_interval_ms());
        let process = self.alive();
        let Some((at, why)) = process.node.wake_at() else { return Ok(()) };
        ensure(at > wall, "the machine does not spin", || {
            format!("it wants to be woken at {at}, now is {wall}: {why}")
        })?;
        let wake_ns = now_ns + (at.0 - wall.0) as u64;
        let status = process.node.status();
        let open = status.pending.submissions > 0 && status.blocks_in_flight == 0;
        let latest_ns = now_ns + interval_ms * MS;
        ensure(!open || wake_ns <= latest_ns, "an open block is sealed in time", || {
            format!("it waits until {at}, now is {wall}: {status:?}")
        })?;
        if process.wake_ns != Some(wake_ns) {
            process.wake_ns = Some(wake_ns);
            let number = process.number;
            self.heap.set(wake_ns, Event::Wake(number));
        }
        Ok(())
    }

    fn wake(&mut self) -> Verdict {
        let now_ns = self.now_ns;
        let process = self.alive();
        if process.wake_ns != Some(now_ns) {
            return Ok(());
        }
        process.wake_ns = None;
        self.deliver(Input::Wake)
    }

    fn perform(&mut self, effect: Effect) -> Verdict {
        self.trace.line(self.now_ns, format_args!("out {}", Short(&effect)));
        match effect {
            Effect::Hash { ticket, parts } => self.hash(ticket, &parts),
            Effect::Persist { ticket, arrival, header, idempotency } => {
                self.alive().writer.write(Job { ticket, arrival, header: *header, idempotency });
                self.writer_goes_on();
                Ok(())
            }
            Effect::Withdraw { from } => {
                self.alive().withdraw(from);
                self.writer_goes_on();
                Ok(())
            }
            Effect::Acknowledge(receipt) => self.acknowledged(receipt),
            Effect::Refuse { submission, refusal } => self.refused(submission, &refusal),
            Effect::Follow { arrival } => {
                self.alive().followed = arrival;
                self.durability.followed(arrival)
            }
            Effect::CheckSpace => {
                let (number, wait) = (self.alive().number, self.random.within(10..20_000));
                self.after_us(wait, Event::Space(number));
                Ok(())
            }
            Effect::ExpireIdempotency { before } => {
                // A store that cannot write now is asked again in an hour.
                let _ = self.alive().store.expire_idempotency(before);
                Ok(())
            }
            Effect::Stopped => self.stopped(),
            Effect::Gossip(_) | Effect::Control => Ok(()),
            Effect::Check { .. } | Effect::Discard { .. } | Effect::Store { .. } | Effect::Author(_) => {
                ensure(false, "a node without peers receives nothing", || Short(&effect).to_string())
            }
            Effect::Fence { why } => ensure(false, "a node alone is never fenced", || why),
        }
    }

    fn hash(&mut self, ticket: Ticket, parts: &[SubmissionId]) -> Verdict {
        let wait = self.random.within(self.plan.hash_us.clone());
        let process = self.alive();
        process.gather(ticket, parts);
        let number = process.number;
        self.after_us(wait, Event::HashDone(number, ticket));
        Ok(())
    }

    fn hash_done(&mut self, ticket: Ticket) -> Verdict {
        let process = self.process.as_mut().expect("only a running process is asked");
        let bodies = process.hash(ticket, &mut self.random);
        self.deliver(Input::Hashed { ticket, bodies, control: Vec::new() })
    }

    /// Starts the next write when the writer is idle.
    fn writer_goes_on(&mut self) {
        let size = self.random.within(self.plan.group.clone());
        let process = self.alive();
        if process.writer.take_group(size.max(1)) {
            let number = process.number;
            let wait = self.disk_us();
            self.after_us(wait, Event::Commit(number));
        }
    }

    fn disk_us(&mut self) -> u64 {
        let wait = self.random.within(self.plan.write_us.clone());
        if self.is(Condition::SlowDisk) { 40 * wait } else { wait }
    }

    /// The group reaches the disk: synced at once, or, to leave room for a crash in between, later.
    fn commit(&mut self) -> Verdict {
        let at_once = self.plan.always() && self.random.chance(50);
        match self.alive().commit(at_once) {
            Ok(()) => self.committed(at_once),
            Err(error) => self.commit_failed(error),
        }
    }

    fn commit_failed(&mut self, error: CommitError) -> Verdict {
        self.stats.failed_writes += 1;
        let failure = match error {
            CommitError::Full(why) => WriteFailure::Full(why),
            CommitError::Io(why) => WriteFailure::Io(why),
        };
        let process = self.alive();
        let (number, ticket) = (process.number, process.writer.fail());
        if let Some(synced) = self.alive().writer.synced {
            // The writer's last good news arrives once more, late.
            self.after_us(300, Event::Echo(number, synced));
        }
        self.deliver(Input::PersistFailed { ticket, failure })
    }

    fn committed(&mut self, synced: bool) -> Verdict {
        let process = self.process.as_mut().expect("only a running process is asked");
        let log = process.log;
        for job in &process.writer.group {
            self.durability.wrote(log, job.header.seq, job.arrival);
        }
        self.stats.blocks += process.writer.group.len() as u64;
        let ticket = process.writer.group.last().expect("a group holds at least one block").ticket;
        process.writer.written = Some(ticket);
        let number = process.number;
        if !synced && !self.calm && self.plan.crash.is_some() && self.random.chance(2) {
            // The moment that matters most: written, not synced.
            self.after_us(1, Event::CrashNow);
        }
        match (self.plan.always(), synced) {
            (true, true) => self.synced(),
            (true, false) => {
                let wait = self.disk_us();
                self.after_us(wait, Event::SyncDone(number));
                // Told too, so that a machine that listens to it here is found out.
                self.deliver(Input::Written { ticket })
            }
            (false, _) => self.written(ticket),
        }
    }

    fn written(&mut self, ticket: Ticket) -> Verdict {
        self.release_writer();
        self.deliver(Input::Written { ticket })?;
        self.go_on_if_running()
    }

    fn sync_done(&mut self) -> Verdict {
        let process = self.alive();
        if process.store.sync().is_err() {
            let number = process.number;
            self.after_us(50_000, Event::SyncDone(number));
            return Ok(());
        }
        self.synced()
    }

    /// Everything written so far is synced.
    fn synced(&mut self) -> Verdict {
        self.durability.synced();
        if self.plan.always() {
            self.release_writer();
        }
        let process = self.alive();
        process.writer.synced = process.writer.written;
        let ticket = process.writer.written.expect("only what was written is synced");
        self.deliver(Input::Persisted { ticket })?;
        self.go_on_if_running()
    }

    fn release_writer(&mut self) {
        let writer = &mut self.alive().writer;
        writer.group.clear();
        writer.busy = false;
    }

    fn go_on_if_running(&mut self) -> Verdict {
        if self.process.is_some() {
            self.writer_goes_on();
        }
        Ok(())
    }

    fn sync_timer(&mut self, number: u32) -> Verdict {
        self.after_ms(self.plan.sync_every_ms, Event::SyncTimer(number));
        let process = self.alive();
        let news = process.writer.written > process.writer.synced;
        if news && process.store.sync().is_ok() { self.synced() } else { Ok(()) }
    }

    fn space(&mut self) -> Verdict {
        let full = self.is(Condition::Full) || self.is(Condition::Quota);
        let room = match (full, self.is(Condition::Failing)) {
            (true, _) => Err("the simulated disk is full".to_owned()),
            (_, true) => Err("the simulated disk fails".to_owned()),
            (false, false) => Ok(()),
        };
        self.deliver(Input::SpaceChecked { room })
    }

    /// The index takes some of what it may read; the rest is its lag.
    fn index(&mut self, number: u32) -> Verdict {
        let wait = if self.is(Condition::SlowIndex) { 1_500 } else { self.random.within(20..300) };
        self.after_ms(wait, Event::Index(number));
        let process = self.alive();
        process.indexed = process.followed;
        let arrival = process.indexed;
        self.deliver(Input::Indexed { arrival, lag_bytes: 0 })
    }

    fn acknowledged(&mut self, receipt: vigil_node::Receipt) -> Verdict {
        self.stats.acknowledged += 1;
        let always = self.plan.always();
        let flight = self.answers.answered(receipt.submission)?;
        self.alive().let_go(receipt.submission);
        ensure(!flight.probe, "a key is good for one body", || format!("{flight:?} was acknowledged"))?;
        ensure(receipt.placed.class == flight.class, "a receipt names the class", || {
            format!("{receipt:?} {flight:?}")
        })?;
        self.answers.acknowledged(flight.numbers.clone());
        self.durability.acknowledged(receipt, flight.numbers.clone(), always)?;
        self.client_acknowledged(&flight);
        Ok(())
    }

    fn refused(&mut self, submission: SubmissionId, refusal: &Refusal) -> Verdict {
        self.stats.refused += 1;
        let flight = self.answers.answered(submission)?;
        self.alive().let_go(submission);
        let reused = *refusal == Refusal::KeyReused;
        ensure(!reused || flight.probe, "an honest key is never called reused", || format!("{flight:?}"))?;
        self.client_refused(&flight, refusal)
    }
}

/// One line for an input or an effect.
struct Short<'a, T>(&'a T);

impl std::fmt::Display for Short<'_, Input> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Input::Submitted(it) => {
                write!(f, "submitted {} {} {}r {}b", it.id.0, it.class, it.records, it.bytes)?;
                if it.seal_now {
                    f.write_str(" now")?;
                }
                it.idempotent
                    .as_ref()
                    .map_or(Ok(()), |key| write!(f, " key {:?} from {} last {}", key.key, key.from, key.last))
            }
            Input::Hashed { ticket, bodies, control: _ } => write!(f, "hashed {} {} bodies", ticket.0, bodies.len()),
            other => write!(f, "{other:?}"),
        }
    }
}

impl std::fmt::Display for Short<'_, Effect> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Effect::Hash { ticket, parts } => write!(f, "hash {} of {} submissions", ticket.0, parts.len()),
            Effect::Persist { ticket, arrival, header, idempotency } => {
                let (seq, rows) = (header.seq, idempotency.len());
                write!(f, "persist {} arrival {arrival} seq {seq} {:?} rows {rows}", ticket.0, header.previous)
            }
            Effect::Acknowledge(it) => {
                let placed = &it.placed;
                write!(f, "acknowledge {} seq {} {}+{}", it.submission.0, placed.seq, placed.first, placed.count)
            }
            Effect::Refuse { submission, refusal } => write!(f, "refuse {}: {refusal}", submission.0),
            other => write!(f, "{other:?}"),
        }
    }
}
