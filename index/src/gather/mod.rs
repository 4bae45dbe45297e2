//! What rows amount to, where a pipe makes new rows of all of them: groups, counts of values, names.
//!
//! A [`Gatherer`] is fed rows in any order, in any number of parts that are merged in any order: the rows it
//! makes are the same. Every one is bounded, and says so when it is full.

mod counts;
mod facets;
mod field_names;
mod field_values;
mod ranked;
#[cfg(test)]
pub(crate) mod test_rows;
#[cfg(test)]
mod tests;

use vigil_model::limits::{ANSWER_BYTES_MAX, GROUPS_MAX};
use vigil_query::{Matcher, Pipe, TimeRange};

use crate::Row;
use crate::aggregates::Budget;
use crate::groups::Groups;
use crate::value::Cell;
pub(crate) use facets::Facets;
pub(crate) use field_names::FieldNames;
pub(crate) use field_values::FieldValues;
pub(crate) use ranked::Ranked;

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
    /// `top`, `uniq`
    Ranked(Ranked),
    /// `field_names`
    FieldNames(FieldNames),
    /// `field_values`
    FieldValues(FieldValues),
    /// `facets`
    Facets(Facets),
}

impl Gatherer {
    /// What gathers for this pipe, fed nothing; `None` for a pipe that makes no new rows of all rows. `time` is
    /// the time range of the query, which rates are computed over.
    ///
    /// Filters are compiled here. Clone what it answers rather than make it again.
    pub(crate) fn of(pipe: &Pipe, time: &TimeRange) -> Option<Gatherer> {
        Some(match pipe {
            Pipe::Stats(stats) => Gatherer::Groups(Groups::new(stats, time)),
            Pipe::Top(top) => Gatherer::Ranked(Ranked::top(top, time)),
            Pipe::Uniq(uniq) => Gatherer::Ranked(Ranked::uniq(uniq, time)),
            Pipe::FieldNames => Gatherer::FieldNames(FieldNames::default()),
            Pipe::FieldValues(asked) => Gatherer::FieldValues(FieldValues::new(asked)),
            Pipe::Facets(asked) => Gatherer::Facets(Facets::new(asked)),
            _ => return None,
        })
    }

    /// Takes a row into account.
    #[inline]
    pub(crate) fn add(&mut self, row: &dyn Source) {
        match self {
            Gatherer::Groups(groups) => groups.add(row),
            Gatherer::Ranked(ranked) => ranked.add(row),
            Gatherer::FieldNames(names) => names.add(row),
            Gatherer::FieldValues(values) => values.add(row),
            Gatherer::Facets(facets) => facets.add(row),
        }
    }

    /// Whether the number of rows is all that is asked for: then [`Gatherer::add_count`] does.
    pub(crate) fn only_counts(&self) -> bool {
        matches!(self, Gatherer::Groups(groups) if groups.only_counts())
    }

    /// Takes rows into account of which only the number matters.
    pub(crate) fn add_count(&mut self, rows: u64) {
        match self {
            Gatherer::Groups(groups) => groups.add_count(rows),
            _ => unreachable!("more than the number is asked for"),
        }
    }

    /// Takes into account what another, made for the same pipe, was fed.
    pub(crate) fn merge(&mut self, other: Gatherer) {
        match (self, other) {
            (Gatherer::Groups(into), Gatherer::Groups(from)) => into.merge(from),
            (Gatherer::Ranked(into), Gatherer::Ranked(from)) => into.merge(from),
            (Gatherer::FieldNames(into), Gatherer::FieldNames(from)) => into.merge(&from),
            (Gatherer::FieldValues(into), Gatherer::FieldValues(from)) => into.merge(&from),
            (Gatherer::Facets(into), Gatherer::Facets(from)) => into.merge(&from),
            _ => unreachable!("gatherers of one pipe are alike"),
        }
    }

    /// The rows, in an order that does not depend on that in which they were fed; and why not everything is there,
    /// if it is not.
    pub(crate) fn into_rows(self) -> (Vec<Row>, Option<String>) {
        match self {
            Gatherer::Groups(groups) => groups.into_rows(),
            Gatherer::Ranked(ranked) => ranked.into_rows(),
            Gatherer::FieldNames(names) => names.into_rows(),
            Gatherer::FieldValues(values) => values.into_rows(),
            Gatherer::Facets(facets) => facets.into_rows(),
        }
    }
}

/// Why a list of counts is not whole, if it is not.
fn too_many(budget: &Budget, what: &str) -> Option<String> {
    budget.has_refused().then(|| {
        format!(
            "more than {GROUPS_MAX} {what}, or {ANSWER_BYTES_MAX} bytes of them; the rest is not counted: narrow the filter"
        )
    })
}
