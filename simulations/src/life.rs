//! Births and deaths of the process: start and recovery, crash, power loss, orderly end.

use vigil_crdt::engine::Table;
use vigil_crdt::memory::{Crash, MemoryStore};
use vigil_crdt::{IdempotencyKey, StoreError};
use vigil_model::{Epoch, Hash, PreviousEpoch};
use vigil_node::Input;

use crate::checkers::{Verdict, Violation, ensure, once};
use crate::events::{Condition, Event};
use crate::process::Process;
use crate::survey::Survey;
use crate::world::World;

impl World<'_> {
    pub(crate) fn start(&mut self) -> Verdict {
        if self.process.is_some() {
            return Ok(());
        }
        match MemoryStore::open(self.disk.clone()) {
            Ok(store) => self.opened(store),
            Err(StoreError::Io(_)) if self.is(Condition::Failing) => {
                self.after_ms(100, Event::Start);
                Ok(())
            }
            Err(error) => self.unopened(&error),
        }
    }

    /// A flipped bit may keep a store closed, if it is named; then this seed is over.
    fn unopened(&mut self, error: &StoreError) -> Verdict {
        self.say(format_args!("the store does not open: {error}"));
        let named = self.stats.flips > 0 && matches!(error, StoreError::Corrupt { .. });
        ensure(named, "a store opens after every crash", || error.to_string())?;
        self.stats.unopened += 1;
        self.over = true;
        Ok(())
    }

    fn opened(&mut self, store: MemoryStore) -> Verdict {
        let survey = self.check_store(&store)?;
        self.power_lost = false;
        if !self.calm && self.plan.crash.is_some() && self.random.chance(10) {
            return self.crash_again(store);
        }
        if self.over {
            return Ok(());
        }
        self.processes += 1;
        let epoch = Epoch(self.random.bytes());
        let mut process = Process::start(self.processes, self.plan.config.clone(), store, epoch, self.wall());
        process.previous = self.previous_epoch(&survey);
        self.chain.began(process.log, process.previous);
        self.epochs.push(process.log);
        let number = process.number;
        self.process = Some(process);
        self.say(format_args!("process {number} starts at arrival {}", survey.recovered.arrival));
        if !self.plan.always() {
            self.after_ms(self.plan.sync_every_ms, Event::SyncTimer(number));
        }
        self.after_ms(10, Event::Index(number));
        self.deliver(Input::Wake)
    }

    /// Looks at all that is stored.
    fn check_store(&mut self, store: &MemoryStore) -> Result<Survey, Violation> {
        let survey = Survey::of(store);
        for (log, seq, why) in &survey.recovered.cut {
            self.stats.cut += 1;
            self.trace.line(self.now_ns, format_args!("cut {:?} seq {seq}: {why}", log.epoch));
        }
        self.chain.check(&survey)?;
        self.durability.recovered(&survey, self.plan.always(), self.power_lost)?;
        if self.stats.flips == 0 {
            let counts = once::count(&survey);
            let torn = self.torn_receipt.take();
            self.stats.forgotten += once::find_forgotten(torn.as_ref(), &counts, &mut self.requests);
            once::check(&counts, &self.answers.fates, &self.requests)?;
            for request in &self.requests {
                once::check_row(store, &survey, &counts, request)?;
            }
        }
        Ok(survey)
    }

    /// The newest epoch of which the store holds a block.
    fn previous_epoch(&self, survey: &Survey) -> Option<PreviousEpoch> {
        let newest = self.epochs.iter().rev().find_map(|log| survey.logs.get(log));
        newest.map(|(head, _)| PreviousEpoch { epoch: head.log.epoch, seq: head.seq, hash: head.hash })
    }

    pub(crate) fn crash(&mut self) -> Verdict {
        if self.process.is_none() {
            return Ok(());
        }
        self.stats.crashes += 1;
        let crash = self.draw_crash();
        self.say(format_args!("crash {crash:?}, {} writes are not synced", self.disk.unsynced()));
        self.die(crash);
        Ok(())
    }

    /// Once more, before the process has done anything.
    fn crash_again(&mut self, store: MemoryStore) -> Verdict {
        drop(store);
        self.stats.crashes += 1;
        let crash = self.draw_crash();
        self.say(format_args!("crash right after recovery {crash:?}"));
        self.die(crash);
        Ok(())
    }

    fn draw_crash(&mut self) -> Crash {
        if !self.random.chance(self.plan.power_loss) {
            return Crash::Lost { keep: usize::MAX };
        }
        self.stats.power_losses += 1;
        self.power_lost = true;
        let keep = self.random.below(self.disk.unsynced() as u64 + 1) as usize;
        if self.random.chance(self.plan.torn) {
            let (ops, bytes) = (self.random.below(12) as usize, self.random.below(400) as usize);
            return Crash::Torn { keep, ops, bytes };
        }
        Crash::Lost { keep }
    }

    fn die(&mut self, crash: Crash) {
        self.torn_receipt = self.disk.crash(crash).and_then(receipt_key);
        self.process = None;
        let lost = self.answers.died();
        self.stats.unknown += lost.len() as u64;
        self.clients_orphaned(&lost);
        let pause = self.random.within(1..400);
        self.after_ms(pause, Event::Start);
    }

    pub(crate) fn stop(&mut self) -> Verdict {
        if self.process.as_ref().is_none_or(|process| process.stopping) {
            return Ok(());
        }
        self.alive().stopping = true;
        self.deliver(Input::Stop)
    }

    /// The machine said that everything is durable or refused.
    pub(crate) fn stopped(&mut self) -> Verdict {
        self.stats.stops += 1;
        self.answers.at_stop()?;
        let writer = &self.alive().writer;
        let unsynced = writer.written > writer.synced;
        ensure(!unsynced, "a node stops when everything is durable", || "the last write is not synced".to_owned())?;
        self.die(Crash::Lost { keep: usize::MAX });
        if self.ending {
            self.check_end()?;
        }
        Ok(())
    }

    /// After the calm: every request has reached its end, and all of it is in the store.
    fn check_end(&mut self) -> Verdict {
        self.over = true;
        let store = MemoryStore::open(self.disk.clone());
        let store = store.map_err(|error| Violation { invariant: "a store opens", what: error.to_string() });
        match store {
            Ok(store) => drop(self.check_store(&store)?),
            Err(_) if self.stats.flips > 0 => return Ok(()),
            Err(violation) => return Err(violation),
        }
        let open = self.requests.iter().find(|request| !request.done && !request.abandoned);
        ensure(open.is_none(), "in the calm everything settles", || format!("{open:?}"))
    }
}

/// The key of a torn row, if it is a receipt.
fn receipt_key((table, key): (Table, Vec<u8>)) -> Option<IdempotencyKey> {
    let key = key.try_into().ok().map(Hash)?;
    (table == Table::Idempotency).then_some(key)
}
