//! Every submission gets exactly one answer, or the process that took it dies.
//!
//! Also keeps what clients may conclude of each record: how often it must be in the store, and
//! how often it may be. Not verified: how long an answer takes while faults last; what a client
//! reads in it.

use std::collections::BTreeMap;
use std::ops::Range;

use vigil_node::SubmissionId;

use super::{Verdict, Violation, ensure};
use crate::client::Flight;

/// How often a record may be in the store, by its number.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fate {
    pub(crate) acknowledged: u16,
    /// Sent, and then the process died.
    pub(crate) unknown: u16,
}

/// All submissions without an answer, and the fates of all records.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    flights: BTreeMap<SubmissionId, Flight>,
    pub(crate) fates: Vec<Fate>,
}

impl Answers {
    pub(crate) fn sent(&mut self, id: SubmissionId, flight: Flight) {
        let end = flight.numbers.end as usize;
        if self.fates.len() < end {
            self.fates.resize(end, Fate::default());
        }
        let before = self.flights.insert(id, flight);
        assert!(before.is_none(), "the simulator names submissions anew");
    }

    /// The one answer of this process to this submission.
    pub(crate) fn answered(&mut self, id: SubmissionId) -> Result<Flight, Violation> {
        self.flights.remove(&id).ok_or_else(|| Violation {
            invariant: "every submission is answered exactly once",
            what: format!("{id:?} has been answered already, or was never sent"),
        })
    }

    pub(crate) fn acknowledged(&mut self, numbers: Range<u64>) {
        self.fates(numbers).for_each(|fate| fate.acknowledged += 1);
    }

    /// The process died: nobody will ever answer these.
    pub(crate) fn died(&mut self) -> Vec<Flight> {
        let lost: Vec<Flight> = std::mem::take(&mut self.flights).into_values().collect();
        for flight in &lost {
            self.fates(flight.numbers.clone()).for_each(|fate| fate.unknown += 1);
        }
        lost
    }

    /// Whether anything of a request waits for an answer.
    pub(crate) fn carries(&self, request: usize) -> bool {
        self.flights.values().any(|flight| flight.request == request)
    }

    /// Whether this submission waits for its answer.
    pub(crate) fn is_waiting(&self, id: SubmissionId) -> bool {
        self.flights.contains_key(&id)
    }

    pub(crate) fn waiting(&self) -> usize {
        self.flights.len()
    }

    /// After an orderly end, everyone was answered.
    pub(crate) fn at_stop(&self) -> Verdict {
        ensure(self.flights.is_empty(), "every submission is answered exactly once", || {
            let first = self.flights.keys().next();
            format!("{} wait for ever, the first is {first:?}", self.flights.len())
        })
    }

    fn fates(&mut self, numbers: Range<u64>) -> impl Iterator<Item = &mut Fate> {
        self.fates[numbers.start as usize..numbers.end as usize].iter_mut()
    }
}
