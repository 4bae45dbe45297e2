//! The first rows of an order, of all that were shown so far.

use std::collections::BinaryHeap;

use vigil_model::limits::ANSWER_BYTES_MAX;

use crate::order::Candidate;

/// The first rows of an order, as many as wanted and as fit in memory.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// The last of them on top.
    heap: BinaryHeap<Candidate>,
    wanted: usize,
    bytes: usize,
    bytes_max: usize,
    /// Whether rows that were wanted did not fit.
    short: bool,
}

impl Kept {
    pub(crate) fn new(wanted: usize) -> Kept {
        Kept { heap: BinaryHeap::new(), wanted, bytes: 0, bytes_max: ANSWER_BYTES_MAX, short: false }
    }

    /// The last row, once there are as many as wanted: what does not come before it is not kept.
    pub(crate) fn last(&self) -> Option<&Candidate> {
        if self.is_full() { self.heap.peek() } else { None }
    }

    /// Whether there are as many as wanted, or as fit.
    pub(crate) fn is_full(&self) -> bool {
        self.heap.len() >= self.wanted
    }

    pub(crate) fn offer(&mut self, candidate: Candidate) {
        if self.wanted == 0 || self.last().is_some_and(|last| *last <= candidate) {
            return;
        }
        self.bytes += candidate.size();
        self.heap.push(candidate);
        if self.heap.len() > self.wanted {
            self.drop_last();
        }
        while self.bytes > self.bytes_max && self.heap.len() > 1 {
            self.drop_last();
            // Whatever is not kept from here on comes after what is: fewer rows, no gap.
            self.wanted = self.heap.len();
            self.short = true;
        }
    }

    pub(crate) fn merge(&mut self, other: Kept) {
        self.wanted = self.wanted.min(other.wanted);
        self.short |= other.short;
        while self.heap.len() > self.wanted {
            self.drop_last();
        }
        other.heap.into_iter().for_each(|candidate| self.offer(candidate));
    }

    fn drop_last(&mut self) {
        if let Some(last) = self.heap.pop() {
            self.bytes -= last.size();
        }
    }

    /// Whether rows that were wanted did not fit in memory.
    pub(crate) fn is_short(&self) -> bool {
        self.short
    }

    /// First to last.
    pub(crate) fn into_rows(self) -> Vec<Candidate> {
        self.heap.into_sorted_vec()
    }
}
