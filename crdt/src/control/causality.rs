//! Which of two records is the later one, as far as their authors say what they had seen?
//!
//! Every record stands at a depth: one more than the deepest that it had seen, directly or through
//! others. A record that had seen another is deeper; concurrent ones are told apart by place. Authors
//! may lie, even in circles: records in a circle share one depth. Only names and addresses hang
//! on this order.

use vigil_model::LogId;

use super::fold::Key;
use super::{ControlRecord, Place};

/// A record that counts, and where it stands.
pub(super) type Counted<'a> = (Key, &'a ControlRecord);

/// The depth of each record.
pub(super) struct Causality<'a> {
    records: &'a [Counted<'a>],
    depths: Vec<u64>,
}

impl<'a> Causality<'a> {
    /// Of records sorted by place.
    pub(super) fn new(records: &'a [Counted<'a>]) -> Causality<'a> {
        assert!(records.is_sorted_by(|a, b| a.0 < b.0), "records come by place");
        let seen: Vec<Vec<usize>> = (0..records.len()).map(|at| seen_by(records, at)).collect();
        Causality { records, depths: Search::new(&seen).run() }
    }

    /// Sorts causes before effects; a record that does not count comes first.
    pub(super) fn order(&self, key: &Key) -> (u64, Key) {
        let at = self.records.binary_search_by_key(key, |(key, _)| *key);
        (at.map_or(0, |at| self.depths[at]), *key)
    }

    /// All records, each with what sorts it.
    pub(super) fn iter(&self) -> impl Iterator<Item = ((u64, Key), &'a ControlRecord)> {
        self.records.iter().zip(&self.depths).map(|((key, record), depth)| ((*depth, *key), *record))
    }
}

/// The records that record `at` had seen last: the one before it in its log, and one of each log
/// that it names.
fn seen_by(records: &[Counted<'_>], at: usize) -> Vec<usize> {
    let ((place, _), record) = &records[at];
    let own = at.checked_sub(1).filter(|before| records[*before].0.0.log == place.log);
    let others = record.seen.iter().filter(|(other, _)| *other != place.log);
    own.into_iter().chain(others.filter_map(|(other, blocks)| last_below(records, other, *blocks))).collect()
}

/// The last record of `log` in its first `blocks` blocks.
fn last_below(records: &[Counted<'_>], log: &LogId, blocks: u64) -> Option<usize> {
    let end = Place { log: *log, seq: blocks, offset: 0 };
    let at = records.partition_point(|((place, _), _)| *place < end).checked_sub(1)?;
    (records[at].0.0.log == *log).then_some(at)
}

const NEW: usize = usize::MAX;

/// Tarjan's search for circles, without recursion: a chain of records can be long.
struct Search<'a> {
    seen: &'a [Vec<usize>],
    /// When each record was reached; `NEW` before.
    reached: Vec<usize>,
    /// The earliest reached record that it leads back to.
    low: Vec<usize>,
    /// Those whose circle is not known yet.
    open: Vec<usize>,
    is_open: Vec<bool>,
    depths: Vec<u64>,
    count: usize,
}

impl<'a> Search<'a> {
    fn new(seen: &'a [Vec<usize>]) -> Search<'a> {
        let n = seen.len();
        Search {
            seen,
            reached: vec![NEW; n],
            low: vec![0; n],
            open: Vec::new(),
            is_open: vec![false; n],
            depths: vec![0; n],
            count: 0,
        }
    }

    fn run(mut self) -> Vec<u64> {
        for start in 0..self.seen.len() {
            if self.reached[start] == NEW {
                self.walk(start);
            }
        }
        self.depths
    }

    fn walk(&mut self, start: usize) {
        let mut path = vec![(start, 0)];
        self.reach(start);
        while let Some((at, next)) = path.pop() {
            match self.seen[at].get(next) {
                Some(&other) => {
                    path.push((at, next + 1));
                    if self.reached[other] == NEW {
                        self.reach(other);
                        path.push((other, 0));
                    } else if self.is_open[other] {
                        self.low[at] = self.low[at].min(self.reached[other]);
                    }
                }
                None => {
                    self.leave(at);
                    if let Some((before, _)) = path.last() {
                        self.low[*before] = self.low[*before].min(self.low[at]);
                    }
                }
            }
        }
    }

    fn reach(&mut self, at: usize) {
        self.reached[at] = self.count;
        self.low[at] = self.count;
        self.count += 1;
        self.open.push(at);
        self.is_open[at] = true;
    }

    /// Everything that `at` had seen is known; when it is the first of its circle, the circle is.
    fn leave(&mut self, at: usize) {
        if self.low[at] != self.reached[at] {
            return;
        }
        let from = self.open.iter().rposition(|open| *open == at).expect("a record is open until its circle is known");
        let circle = self.open.split_off(from);
        let deepest = circle.iter().flat_map(|member| &self.seen[*member]).map(|seen| self.depths[*seen]).max();
        let depth = deepest.unwrap_or(0) + 1;
        for member in circle {
            self.depths[member] = depth;
            self.is_open[member] = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depths(seen: &[&[usize]]) -> Vec<u64> {
        let seen: Vec<Vec<usize>> = seen.iter().map(|seen| seen.to_vec()).collect();
        Search::new(&seen).run()
    }

    #[test]
    fn who_has_seen_more_is_deeper() {
        assert_eq!(depths(&[&[], &[0], &[0, 1], &[]]), [1, 2, 3, 1]);
        assert_eq!(depths(&[&[2], &[0], &[]]), [2, 3, 1]);
    }

    #[test]
    fn a_circle_has_one_depth_and_those_behind_it_are_deeper() {
        assert_eq!(depths(&[&[1], &[0], &[1]]), [1, 1, 2]);
        assert_eq!(depths(&[&[], &[0, 3], &[1], &[2], &[3]]), [1, 2, 2, 2, 3]);
        assert_eq!(depths(&[&[0]]), [1]);
    }

    #[test]
    fn a_long_chain_does_not_exhaust_the_stack() {
        let seen: Vec<Vec<usize>> = (0..200_000usize).map(|at| at.checked_sub(1).into_iter().collect()).collect();
        assert_eq!(Search::new(&seen).run().last(), Some(&200_000));
    }
}
