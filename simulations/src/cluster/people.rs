//! What people do: clients hand records in, administrators admit, remove and rename.

use vigil_crdt::LogStore;
use vigil_crdt::control::{self, Adopted, ControlRecord, Op, Profile};
use vigil_model::{Class, Records};
use vigil_node::{Input, Mode, Receipt, Refusal, Submission, SubmissionId};

use crate::checkers::{Verdict, Violation, ensure};
use crate::cluster::Cluster;
use crate::cluster::event::{Event, Who};
use crate::cluster::site::{Stage, Trust};
use crate::material;
use crate::mutants::Mutant;

/// What a submission is for.
#[derive(Clone, Debug)]
pub(crate) enum Errand {
    /// Records of a client.
    Records,
    /// A control record.
    Control,
    /// The admission of this site.
    Admit(usize),
}

/// A submission without an answer.
#[derive(Clone, Debug)]
pub(crate) struct Flight {
    pub(crate) site: usize,
    pub(crate) class: Class,
    pub(crate) records: Records,
    pub(crate) errand: Errand,
}

impl Cluster<'_> {
    /// A client of a site sends some records, and will again; a site that waits to be admitted
    /// asks for it.
    pub(crate) fn client_acts(&mut self, site: usize) -> Verdict {
        let wait = self.random.within(self.plan.client_ms.clone());
        if self.sites[site].gone {
            return Ok(());
        }
        self.look_for_inviter(site);
        if let Some(who) = self.sites[site].process.as_ref().filter(|process| !process.stopping).map(|it| it.who) {
            self.restate(who)?;
        }
        if let Stage::Waiting(inviter) = self.sites[site].stage {
            self.ask_admission(site, inviter)?;
        }
        let done = self.calm && self.sites[site].clients_done && self.sites[site].stage == Stage::Member;
        if !done {
            self.after_ms(wait, Event::Client(site));
            self.send_some(site)?;
        }
        Ok(())
    }

    fn send_some(&mut self, site: usize) -> Verdict {
        let running = self.sites[site].process.as_ref().filter(|process| !process.stopping);
        let Some(who) = running.map(|process| process.who) else { return Ok(()) };
        let count = if self.random.chance(10) { self.random.within(20..120) } else { self.random.within(1..8) };
        let numbers = self.numbers..self.numbers + count;
        self.numbers += count;
        let class = self.random.pick(&[Class::Logs, Class::Logs, Class::Logs, Class::Audit, Class::Metrics]);
        let now = self.random.chance(30);
        self.submit(who, class, material::records(numbers), now, Errand::Records)?;
        Ok(())
    }

    /// Hands records to a process.
    pub(crate) fn submit(
        &mut self,
        who: Who,
        class: Class,
        records: Records,
        seal_now: bool,
        errand: Errand,
    ) -> Result<SubmissionId, Violation> {
        self.submissions += 1;
        let id = SubmissionId(self.submissions);
        let (count, bytes) = (records.len() as u32, records.bytes().len() as u32);
        let submission = Submission { id, class, records: count, bytes, seal_now, idempotent: None };
        self.alive(who).hold(id, class, records.clone());
        self.flights.insert(id, Flight { site: who.site, class, records, errand });
        self.tell(who, Input::Submitted(submission))?;
        Ok(id)
    }

    /// Writes a control record, if the machine finds it admissible now.
    pub(crate) fn author(&mut self, who: Who, op: Op) -> Result<Result<SubmissionId, String>, Violation> {
        let node = &self.alive(who).node;
        if let Err(error) = node.admissible(&op) {
            return Ok(Err(error.to_string()));
        }
        self.write_control(who, op, Errand::Control).map(Ok)
    }

    /// Writes a control record as it is.
    pub(crate) fn write_control(&mut self, who: Who, op: Op, errand: Errand) -> Result<SubmissionId, Violation> {
        let at = self.wall(who.site);
        let record = ControlRecord { seen: self.alive(who).node.control_heads(), at, op };
        let mut records = Records::new();
        control::write(&record, &mut records)
            .map_err(|error| Violation { invariant: "an admissible record is written", what: error.to_string() })?;
        self.submit(who, Class::Control, records, true, errand)
    }

    /// A new site asks a member to admit it.
    pub(crate) fn ask_admission(&mut self, site: usize, inviter: usize) -> Verdict {
        let waits = |flight: &Flight| matches!(flight.errand, Errand::Admit(other) if other == site);
        let Some(who) = self.sites[inviter].who().filter(|_| !self.flights.values().any(waits)) else { return Ok(()) };
        if self.sites[site].process.as_ref().is_some_and(|process| !process.stopping) {
            return self.stop(site);
        }
        if self.sites[site].process.is_some() {
            return Ok(());
        }
        let node = self.sites[site].node;
        if self.alive(who).node.control().active(&node) {
            return self.enter(site, inviter);
        }
        let adopted = if self.has(Mutant::NothingAdopted) { Vec::new() } else { self.logs_of(site)? };
        let op = Op::Admit { node, name: self.sites[site].name.clone(), profile: Profile::Full, adopted };
        let allowed = self.alive(who).node.admissible(&op).map_err(|error| error.to_string());
        if allowed.is_ok() {
            self.write_control(who, op, Errand::Admit(site))?;
        }
        if let Err(why) = allowed {
            say!(self, "{} does not admit {}: {why}", self.sites[inviter].name, self.sites[site].name);
        }
        Ok(())
    }

    /// The logs that a site wrote before it joined.
    fn logs_of(&self, site: usize) -> Result<Vec<Adopted>, Violation> {
        let it = &self.sites[site];
        let store = vigil_crdt::memory::MemoryStore::open(it.disk.clone())
            .map_err(|error| Violation { invariant: "a store opens after every crash", what: error.to_string() })?;
        let own = store.log_heads().into_iter().filter(|head| head.log.node == it.node);
        let adopt = |head: vigil_crdt::LogHead| Adopted {
            log: head.log,
            seq: head.seq,
            hash: head.hash,
            cluster: head.cluster,
        };
        let mut adopted: Vec<Adopted> = own.map(adopt).collect();
        adopted.sort();
        Ok(adopted)
    }

    /// Says again what the fold wants to be said by this member: removals that others might miss.
    pub(crate) fn restate(&mut self, who: Who) -> Verdict {
        let waits = |flight: &Flight| flight.site == who.site && matches!(flight.errand, Errand::Control);
        let honest = self.sites[who.site].trust == Trust::Honest;
        if !honest || self.flights.values().any(waits) || !self.takes(who.site) {
            return Ok(());
        }
        let node = self.sites[who.site].node;
        for op in self.alive(who).node.control().restate(&node) {
            say!(self, "{} says again: {}", self.sites[who.site].name, name_op(&op));
            self.write_control(who, op, Errand::Control)?;
        }
        Ok(())
    }

    /// A member removes another, as far as it has seen its logs.
    pub(crate) fn remove(&mut self, who: Who, target: usize) -> Result<Result<SubmissionId, String>, Violation> {
        let node = self.sites[target].node;
        let heads = self.alive(who).store.log_heads();
        let mut positions: Vec<_> =
            heads.iter().filter(|head| head.log.node == node).map(|head| (head.log, head.seq + 1)).collect();
        positions.sort();
        self.author(who, Op::Remove { node, positions, reason: "the simulation says so".to_owned() })
    }

    pub(crate) fn acknowledged(&mut self, who: Who, receipt: Receipt) -> Verdict {
        self.stats.acknowledged += 1;
        let flight = self.answered(who, receipt.submission)?;
        ensure(receipt.placed.class == flight.class, "a receipt names the class", || format!("{receipt:?}"))?;
        self.sites[who.site].clients_done |= self.calm;
        let errand = flight.errand.clone();
        self.answers.insert(receipt.submission, Ok(receipt.clone()));
        self.note_acknowledged(who, receipt, flight)?;
        match errand {
            Errand::Admit(site) if self.sites[site].stage == Stage::Waiting(who.site) => self.enter(site, who.site),
            Errand::Admit(_) | Errand::Control | Errand::Records => Ok(()),
        }
    }

    pub(crate) fn refused(&mut self, who: Who, submission: SubmissionId, refusal: &Refusal) -> Verdict {
        self.stats.refused += 1;
        let flight = self.answered(who, submission)?;
        self.answers.insert(submission, Err(refusal.clone()));
        let again = matches!(flight.errand, Errand::Control) && !matches!(refusal, Refusal::Fenced(_));
        if again {
            say!(self, "{} could not write a control record: {refusal}", self.sites[who.site].name);
        }
        Ok(())
    }

    fn answered(&mut self, who: Who, id: SubmissionId) -> Result<Flight, Violation> {
        let flight = self.flights.remove(&id);
        let flight = flight.ok_or_else(|| Violation {
            invariant: "every submission is answered exactly once",
            what: format!("{id:?} at {}", self.sites[who.site].name),
        })?;
        self.alive(who).let_go(id);
        Ok(flight)
    }

    /// The process of a site died: nobody will answer these.
    pub(crate) fn orphan(&mut self, site: usize) {
        let before = self.flights.len();
        self.flights.retain(|_, flight| flight.site != site);
        self.stats.unknown += (before - self.flights.len()) as u64;
    }

    /// Whether a site takes records now.
    pub(crate) fn takes(&self, site: usize) -> bool {
        let process = self.sites[site].process.as_ref();
        process.is_some_and(|process| process.node.status().mode == Mode::Ok)
    }

    /// Whether people still trust this site with administration.
    pub(crate) fn administers(&self, site: usize) -> bool {
        let it = &self.sites[site];
        it.trust == Trust::Honest && it.stage == Stage::Member && !it.gone && self.takes(site)
    }
}

/// A control record in a word or two.
pub(crate) fn name_op(op: &Op) -> String {
    match op {
        Op::Admit { name, .. } => format!("admit {name}"),
        Op::Remove { node, .. } => format!("remove {node}"),
        Op::Rename { name, .. } => format!("rename to {name}"),
        Op::Addresses { .. } => "addresses".to_owned(),
        Op::CreateToken { name, .. } => format!("create token {name}"),
        Op::RevokeToken { .. } => "revoke token".to_owned(),
        Op::Fork { lower, .. } => format!("fork at seq {}", lower.header.seq),
    }
}
