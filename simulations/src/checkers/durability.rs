//! Nothing is acknowledged or followed before it is where it is promised to be, and what was is
//! found again after every crash: equal bytes, exactly at the receipt's place.
//!
//! With `sync: interval` an acknowledgement promises the death of the process only; what was
//! acknowledged but not synced may be lost with the machine, but only from the end of the log.
//! A flipped bit may hide a record, but the store must say so and name log and seq; recovery may
//! cut a damaged block from the end, and must report it. Not verified: the order of
//! acknowledgements between clients; bits flipped in memory.

use std::collections::BTreeMap;
use std::ops::Range;

use vigil_crdt::StoreError;
use vigil_model::LogId;
use vigil_node::Receipt;

use super::{Verdict, Violation, ensure};
use crate::material;
use crate::survey::Survey;

const SURVIVES: &str = "an acknowledged record survives every crash";

/// An acknowledged submission.
#[derive(Debug)]
struct Acknowledged {
    receipt: Receipt,
    numbers: Range<u64>,
}

/// How far each log is written and synced, as the disk said, and all receipts.
#[derive(Debug, Default)]
pub(crate) struct Durability {
    receipts: Vec<Acknowledged>,
    /// By log: the seq after the last one written, and after the last one synced.
    reach: BTreeMap<LogId, (u64, u64)>,
    arrival_written: u64,
    arrival_synced: u64,
    followed: u64,
    pub(crate) flips: u64,
}

impl Durability {
    pub(crate) fn wrote(&mut self, log: LogId, seq: u64, arrival: u64) {
        let reach = self.reach.entry(log).or_default();
        assert_eq!(reach.0, seq, "the store asserts the chain, so blocks are written in order");
        reach.0 = seq + 1;
        self.arrival_written = arrival;
    }

    pub(crate) fn synced(&mut self) {
        self.reach.values_mut().for_each(|reach| reach.1 = reach.0);
        self.arrival_synced = self.arrival_written;
    }

    pub(crate) fn acknowledged(&mut self, receipt: Receipt, numbers: Range<u64>, always: bool) -> Verdict {
        let (written, synced) = self.reach.get(&receipt.log).copied().unwrap_or_default();
        let promised = if always { synced } else { written };
        ensure(receipt.placed.seq < promised, "nothing is acknowledged before it is durable", || {
            format!("{receipt:?} while the disk holds {written} blocks, {synced} of them synced")
        })?;
        ensure(
            u64::from(receipt.placed.count) == numbers.end - numbers.start,
            "a receipt covers the submission",
            || format!("{receipt:?} for records {numbers:?}"),
        )?;
        self.receipts.push(Acknowledged { receipt, numbers });
        Ok(())
    }

    pub(crate) fn followed(&mut self, arrival: u64) -> Verdict {
        let (before, synced) = (self.followed, self.arrival_synced);
        ensure(arrival > before && arrival <= synced, "nothing is followed before it is synced", || {
            format!("arrival {arrival} after {before}, the disk has synced up to {synced}")
        })?;
        self.followed = arrival;
        Ok(())
    }

    /// The store was opened again; `power` if the machine had gone down since.
    pub(crate) fn recovered(&mut self, survey: &Survey, always: bool, power: bool) -> Verdict {
        let arrival = survey.recovered.arrival;
        ensure(self.flips > 0 || arrival >= self.followed, "what was followed is never lost", || {
            format!("the store ends at arrival {arrival}, {} was followed", self.followed)
        })?;
        ensure(
            self.flips > 0 || survey.recovered.cut.iter().all(|(log, seq, _)| self.may_cut(log, *seq)),
            SURVIVES,
            || format!("recovery cut synced blocks: {:?}", survey.recovered.cut),
        )?;
        let mut receipts = std::mem::take(&mut self.receipts);
        for known in std::mem::take(&mut receipts) {
            if self.still_there(survey, &known, always, power)? {
                receipts.push(known);
            }
        }
        self.receipts = receipts;
        self.restart(survey);
        Ok(())
    }

    fn may_cut(&self, log: &LogId, seq: u64) -> bool {
        self.reach.get(log).is_none_or(|(_, synced)| seq >= *synced)
    }

    /// From here on the store is what it was found to be.
    fn restart(&mut self, survey: &Survey) {
        self.reach = survey.recovered.heads.iter().map(|head| (head.log, (head.seq + 1, head.seq + 1))).collect();
        self.arrival_written = survey.recovered.arrival;
        self.arrival_synced = survey.recovered.arrival;
        self.followed = self.followed.min(survey.recovered.arrival);
    }

    /// Whether the records of a receipt are where it says; false when their loss is allowed.
    fn still_there(&self, survey: &Survey, known: &Acknowledged, always: bool, power: bool) -> Result<bool, Violation> {
        let (log, placed) = (known.receipt.log, known.receipt.placed);
        let unsynced = !always && power && self.may_cut(&log, placed.seq);
        let Some(block) = survey.block(&log, placed.seq) else {
            let cut = self.flips > 0 && survey.was_cut(&log, placed.seq);
            return allowed(unsynced || cut, known, "the block is not there");
        };
        if let Ok(Some(header)) = &block.header {
            ensure(header.hash == placed.hash, SURVIVES, || format!("{known:?}: another block stands there"))?;
        }
        match block.bodies.get(&placed.class) {
            Some(Ok(Some((_, records)))) => {
                let (first, count) = (placed.first as usize, placed.count as usize);
                let held = (first..first + count).map(|n| records.raw(n));
                let sent = material::records(known.numbers.clone());
                let equal = held.eq(sent.iter_raw().map(Some));
                ensure(equal, SURVIVES, || format!("{known:?}: other records stand there"))?;
                Ok(true)
            }
            Some(Err(error)) => self.damaged(known, error),
            Some(Ok(None)) | None => allowed(false, known, "the body is not there"),
        }
    }

    /// A flipped bit may hide records, if the store names the place.
    fn damaged(&self, known: &Acknowledged, error: &StoreError) -> Result<bool, Violation> {
        let named = names(error, &known.receipt.log, known.receipt.placed.seq);
        ensure(self.flips > 0 && named, "damage is named by log and seq", || format!("{known:?}: {error}"))?;
        Ok(true)
    }
}

/// Whether an error names the block that it is about.
pub(crate) fn names(error: &StoreError, at_log: &LogId, at_seq: u64) -> bool {
    matches!(error, StoreError::Corrupt { log, seq, .. } if *log == at_log.to_string() && *seq == at_seq)
}

fn allowed(allowed: bool, known: &Acknowledged, why: &str) -> Result<bool, Violation> {
    ensure(allowed, SURVIVES, || format!("{known:?}: {why}"))?;
    Ok(false)
}
