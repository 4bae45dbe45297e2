//! Nothing is acknowledged, or reported to a peer, before it is durable; and what was, stays.
//!
//! What lay only on a disk that went back to a copy, or with a member that was removed, may be
//! lost: nobody else ever said that it had it. Not verified: records of equivocators.

use vigil_crdt::memory::MemoryStore;
use vigil_crdt::{LogStore, Recovered};
use vigil_model::{BlockRef, ClassSet, Header, LogId, NodeId, Records};
use vigil_node::Receipt;

use crate::checkers::{Verdict, ensure};
use crate::cluster::Cluster;
use crate::cluster::event::Who;
use crate::cluster::people::Flight;
use crate::cluster::process::Work;
use crate::cluster::site::Trust;

/// Records that a client was told to be durable.
#[derive(Debug)]
pub(crate) struct Acknowledged {
    pub(crate) receipt: Receipt,
    pub(crate) records: Records,
    /// They were lost with the only disk that held them.
    pub(crate) excused: bool,
}

impl Cluster<'_> {
    /// A machine may seal only while it may write.
    pub(crate) fn check_sealed(&mut self, who: Who, header: &Header) -> Verdict {
        let process = self.alive(who);
        let own = header.log == process.log;
        ensure(own, "no node writes another node's log", || format!("{:?}", header.log))
    }

    /// The writer's group is on the disk for certain.
    pub(crate) fn note_synced(&mut self, who: Who) {
        let process = self.sites[who.site].process.as_mut().expect("effects are done for running processes only");
        let own = process.log;
        let honest = self.sites[who.site].trust != Trust::Equivocator;
        let process = self.sites[who.site].process.as_ref().expect("as above");
        let mut reach = Vec::new();
        for job in &process.writer.group {
            match &job.work {
                Work::Seal(header, _) => {
                    reach.push((own, header.seq));
                    if honest {
                        let before = self.promises.signed.insert((own, header.seq), header.hash());
                        assert!(before.is_none_or(|hash| hash == header.hash()), "an honest node never forks its log");
                    }
                }
                Work::Store { log, seq, fill: false } => reach.push((*log, *seq)),
                Work::Store { fill: true, .. } => {}
            }
        }
        let synced = &mut self.sites[who.site].synced;
        for (log, seq) in reach {
            let end = synced.entry(log).or_default();
            *end = (*end).max(seq + 1);
        }
    }

    pub(crate) fn note_acknowledged(&mut self, who: Who, receipt: Receipt, flight: Flight) -> Verdict {
        let synced = self.sites[who.site].synced.get(&receipt.log).copied().unwrap_or_default();
        let early = "nothing is acknowledged before it is durable";
        ensure(receipt.placed.seq < synced, early, || format!("{receipt:?}, synced are {synced}"))?;
        let whole = receipt.placed.count as usize == flight.records.len();
        ensure(whole, "a receipt covers the submission", || format!("{receipt:?}"))?;
        match self.sites[who.site].trust {
            Trust::Equivocator | Trust::Removed => {}
            Trust::Honest | Trust::Twin => {
                self.promises.acknowledged.push(Acknowledged { receipt, records: flight.records, excused: false });
            }
        }
        Ok(())
    }

    /// What a store holds when it is opened again.
    pub(crate) fn check_recovered(&mut self, site: usize, recovered: &Recovered) -> Verdict {
        let survives = "what was synced survives every crash";
        for (log, synced) in &self.sites[site].synced {
            let held = recovered.heads.iter().find(|head| head.log == *log).map_or(0, |head| head.seq + 1);
            ensure(held >= *synced, survives, || format!("{log:?}: {synced} blocks were synced, {held} are there"))?;
        }
        self.sites[site].synced = recovered.heads.iter().map(|head| (head.log, head.seq + 1)).collect();
        Ok(())
    }

    /// A machine said that a peer reported to hold our log: then it does, on its disk.
    pub(crate) fn check_held(
        &mut self,
        who: Who,
        peer: NodeId,
        log: &LogId,
        blocks: u64,
        classes: ClassSet,
    ) -> Verdict {
        let named: Vec<usize> = (0..self.sites.len()).filter(|site| self.sites[*site].node == peer).collect();
        let [site] = named[..] else { return Ok(()) };
        let it = &self.sites[site];
        if it.restored || it.trust == Trust::Equivocator {
            return Ok(());
        }
        let (synced, name) = (it.synced.get(log).copied().unwrap_or_default(), self.name(who));
        let early = "nothing is reported to a peer before it is durable";
        ensure(synced >= blocks, early, || {
            format!("{name} heard that {} holds {blocks} blocks, synced are {synced}", it.name)
        })?;
        let Some(process) = &it.process else { return Ok(()) };
        let heads = process.store.log_heads();
        let Some(head) = heads.iter().find(|head| head.log == *log) else { return Ok(()) };
        let follows = it.interest.union(ClassSet::ALWAYS).common(classes);
        let lacks = follows
            .iter()
            .find(|class| head.missing[usize::from(class.number())].iter().any(|range| range.start < blocks));
        ensure(lacks.is_none(), early, || {
            format!("{name} heard that {} holds {blocks} blocks, {lacks:?} is missing: {:?}", it.name, head.missing)
        })
    }

    /// After an orderly end, everyone was answered.
    pub(crate) fn check_stopped(&mut self, who: Who) -> Verdict {
        let waits = self.flights.iter().find(|(_, flight)| flight.site == who.site).map(|(id, _)| *id);
        ensure(waits.is_none(), "every submission is answered exactly once", || format!("{waits:?} waits for ever"))
    }

    /// What no member's disk holds any more cannot come back, and nobody is to blame.
    pub(crate) fn forgive_lost(&mut self) {
        let keepers: Vec<usize> = (0..self.sites.len()).filter(|site| self.keeps(*site)).collect();
        let stores: Vec<MemoryStore> =
            keepers.iter().filter_map(|site| MemoryStore::open(self.sites[*site].disk.copy()).ok()).collect();
        for known in self.promises.acknowledged.iter_mut().filter(|known| !known.excused) {
            if !stores.iter().any(|store| holds(store, &known.receipt)) {
                known.excused = true;
                self.stats.excused += 1;
            }
        }
    }

    /// Whether what lies on this disk finds its way to everyone: it is that of a member, or of one
    /// that will be.
    fn keeps(&self, site: usize) -> bool {
        let it = &self.sites[site];
        it.trust == Trust::Honest && !it.gone
    }
}

/// Whether a store holds the records of a receipt.
fn holds(store: &MemoryStore, receipt: &Receipt) -> bool {
    let Some(number) = store.log_number(&receipt.log) else { return false };
    let block = BlockRef { log: number, seq: receipt.placed.seq };
    let header = store.header(block).ok().flatten().is_some_and(|header| header.hash == receipt.placed.hash);
    header && store.packed(block, receipt.placed.class).ok().flatten().is_some()
}
