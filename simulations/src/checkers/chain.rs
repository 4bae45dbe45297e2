//! The log verifies: headers link without a gap, tree heads and signatures hold, bodies match
//! their roots, every epoch names the one before, arrivals have no gap and no double.
//!
//! A block is verified with its signature once; later only its hash is compared. Damage by a
//! flipped bit must be named by log and seq; the chain behind a damaged header is not verified.
//! Not verified: seal times against the real time; the frontier digest in the header.

use std::collections::BTreeMap;

use vigil_crdt::chain::ChainState;
use vigil_crdt::{StoreError, body};
use vigil_model::{Class, Hash, LogId, PreviousEpoch, SignedHeader};

use super::durability::names;
use super::{Verdict, ensure};
use crate::process::cluster;
use crate::survey::{Block, Survey};

const VERIFIES: &str = "the chain verifies";

/// What was verified already, and what the first block of each epoch must name.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    verified: BTreeMap<(LogId, u64), Hash>,
    previous: BTreeMap<LogId, Option<PreviousEpoch>>,
    pub(crate) flips: u64,
}

impl Chain {
    /// A process began; its first block must name this head.
    pub(crate) fn began(&mut self, log: LogId, previous: Option<PreviousEpoch>) {
        self.previous.insert(log, previous);
    }

    pub(crate) fn check(&mut self, survey: &Survey) -> Verdict {
        for (log, (_, blocks)) in &survey.logs {
            self.check_log(log, blocks)?;
        }
        self.check_arrivals(survey)
    }

    fn check_log(&mut self, log: &LogId, blocks: &[Block]) -> Verdict {
        let mut chain = ChainState::genesis(*log);
        for (seq, block) in blocks.iter().enumerate() {
            match &block.header {
                Ok(Some(signed)) => self.check_block(&mut chain, signed, block)?,
                Ok(None) => return ensure(false, VERIFIES, || format!("log {log} has no header {seq}")),
                Err(error) => return self.damaged(error, log, seq as u64),
            }
        }
        Ok(())
    }

    fn check_block(&mut self, chain: &mut ChainState, signed: &SignedHeader, block: &Block) -> Verdict {
        let place = (signed.header.log, signed.header.seq);
        let known = self.verified.get(&place) == Some(&signed.hash);
        let checked = if known { chain.check_link(signed) } else { chain.check(&cluster(), signed) };
        ensure(checked.is_ok(), VERIFIES, || format!("{checked:?}"))?;
        if signed.header.seq == 0 {
            let expected = self.previous.get(&signed.header.log);
            ensure(expected == Some(&signed.header.previous_epoch), "an epoch names the one before", || {
                format!("{:?} instead of {expected:?}", signed.header.previous_epoch)
            })?;
        }
        self.check_bodies(signed, block, known && self.flips == 0)?;
        chain.advance(signed);
        self.verified.insert(place, signed.hash);
        Ok(())
    }

    fn check_bodies(&self, signed: &SignedHeader, block: &Block, known: bool) -> Verdict {
        let (log, seq) = (signed.header.log, signed.header.seq);
        for class in Class::ALL {
            match (signed.header.body(class), &block.bodies[&class]) {
                (Some(_), Ok(Some(_))) if known => {}
                (Some(claimed), Ok(Some((seed, records)))) => {
                    let verified = body::verify(claimed, records, seed);
                    let what = "what is served matches its root";
                    ensure(verified.is_ok(), what, || format!("log {log} seq {seq}: {verified:?}"))?;
                }
                (_, Err(error)) => self.damaged(error, &log, seq)?,
                (None, Ok(None)) => {}
                (claimed, Ok(_)) => {
                    return ensure(false, VERIFIES, || format!("log {log} seq {seq} {class}: header says {claimed:?}"));
                }
            }
        }
        Ok(())
    }

    fn damaged(&self, error: &StoreError, log: &LogId, seq: u64) -> Verdict {
        ensure(self.flips > 0 && names(error, log, seq), "damage is named by log and seq", || error.to_string())
    }

    fn check_arrivals(&self, survey: &Survey) -> Verdict {
        let rows = match &survey.arrivals {
            Ok(rows) => rows,
            Err(error) => return ensure(self.flips > 0, VERIFIES, || error.to_string()),
        };
        let places = rows.iter().map(|row| row.arrival).eq(1..=survey.recovered.arrival);
        ensure(places, "arrivals have no gap", || format!("{} rows up to {}", rows.len(), survey.recovered.arrival))?;
        let mut blocks: Vec<_> = rows.iter().map(|row| row.block).collect();
        blocks.sort_unstable();
        blocks.dedup();
        let held: usize = survey.logs.values().map(|(_, blocks)| blocks.len()).sum();
        ensure((blocks.len(), rows.len()) == (held, held), "every block has one place in the order of arrival", || {
            format!("{} rows name {} blocks, {held} are held", rows.len(), blocks.len())
        })
    }
}
