//! What rows amount to, where a pipe makes new rows of all of them: groups, counts of values, names.
//!
//! A [`Gatherer`] is fed rows in any order, in any number of parts that are merged in any order: the rows it
//! makes are the same. Every one is bounded, and says so when it is full.

#[cfg(test)]
pub(crate) mod test_rows;

use vigil_query::{Matcher, Pipe, TimeRange};

use crate::Row;
use crate::groups::Groups;
use crate::value::Cell;

/// One row that is gathered: an event, an event with columns changed on top, or a row of a table.
pub(crate) trait Source {
    /// The value of a column; `_time`, `_id` and `_time_assumed` are columns of an event.
    fn cell(&self, name: &str) -> Option<Cell<'_>>;

    /// Hands every column to `each`, in the order of the row, each name once. Of an event `_time` and `_id` are
    /// among them.
    fn each(&self, each: &mut dyn FnMut(&str, Cell<'_>));

    /// Whether the row passes a filter: the `if (…)` of an aggregate.
    fn matches(&self, matcher: &Matcher) -> bool;
}

/// What rows amount to so far.
#[derive(Clone, Debug)]
pub(crate) enum Gatherer {
    /// `stats`
    Groups(Groups),
}

impl Gatherer {
    /// What gathers for this pipe, fed nothing; `None` for a pipe that makes no new rows of all rows. `time` is
    /// the time range of the query, which rates are computed over.
    ///
    /// Filters are compiled here. Clone what it answers rather than make it again.
    pub(crate) fn of(pipe: &Pipe, time: &TimeRange) -> Option<Gatherer> {
        match pipe {
            Pipe::Stats(stats) => Some(Gatherer::Groups(Groups::new(stats, time))),
            _ => None,
        }
    }

    /// Takes a row into account.
    pub(crate) fn add(&mut self, row: &dyn Source) {
        match self {
            Gatherer::Groups(groups) => groups.add(row),
        }
    }

    /// Whether the number of rows is all that is asked for: then [`Gatherer::add_count`] does.
    pub(crate) fn only_counts(&self) -> bool {
        match self {
            Gatherer::Groups(groups) => groups.only_counts(),
        }
    }

    /// Takes rows into account of which only the number matters.
    pub(crate) fn add_count(&mut self, rows: u64) {
        debug_assert!(self.only_counts(), "more than the number is asked for");
        match self {
            Gatherer::Groups(groups) => groups.add_count(rows),
        }
    }

    /// Takes into account what another, made for the same pipe, was fed.
    pub(crate) fn merge(&mut self, other: Gatherer) {
        match (self, other) {
            (Gatherer::Groups(into), Gatherer::Groups(from)) => into.merge(from),
        }
    }

    /// The rows, in an order that does not depend on that in which they were fed; and why not
    /// everything is there, if it is not.
    pub(crate) fn into_rows(self) -> (Vec<Row>, Option<String>) {
        match self {
            Gatherer::Groups(groups) => groups.into_rows(),
        }
    }
}
