//! `top` and `uniq`: the combinations of values of some fields, and how often each is there.

use std::cmp::Reverse;
use std::sync::Arc;

use vigil_query::{Function, GroupKey, Stat, StatFunction, Stats, TimeRange, Top, Uniq};

use crate::gather::Source;
use crate::groups::Groups;
use crate::{OwnedValue, Row};

/// Combinations of values, counted.
#[derive(Clone, Debug)]
pub(crate) struct Ranked {
    groups: Groups,
    limit: usize,
    /// Whether the most frequent come first; else they come in the order of their values.
    by_hits: bool,
    /// Whether the count is shown.
    shows_hits: bool,
    /// Whether a row counts in which none of the fields has anything.
    takes_empty: bool,
    names: Vec<Arc<str>>,
}

impl Ranked {
    /// The most frequent. A value that is missing is a value, too.
    pub(crate) fn top(top: &Top, time: &TimeRange) -> Ranked {
        Ranked {
            limit: usize::try_from(top.limit).unwrap_or(usize::MAX),
            by_hits: true,
            shows_hits: true,
            takes_empty: true,
            ..Ranked::of(&top.by, &top.hits, time)
        }
    }

    /// The different ones, without rows in which all fields are missing or empty. They come in the order of their
    /// values, or with counts the most frequent first.
    pub(crate) fn uniq(uniq: &Uniq, time: &TimeRange) -> Ranked {
        Ranked {
            limit: uniq.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX)),
            by_hits: uniq.hits.is_some(),
            shows_hits: uniq.hits.is_some(),
            ..Ranked::of(&uniq.by, uniq.hits.as_deref().unwrap_or("hits"), time)
        }
    }

    fn of(by: &[String], hits: &str, time: &TimeRange) -> Ranked {
        let count = Stat { function: StatFunction::of(Function::Count, []), only_if: None, name: hits.to_owned() };
        let stats = Stats { functions: vec![count], by: by.iter().map(GroupKey::plain).collect() };
        Ranked {
            groups: Groups::new(&stats, time),
            limit: usize::MAX,
            by_hits: false,
            shows_hits: false,
            takes_empty: false,
            names: by.iter().map(String::as_str).chain([hits]).map(Arc::from).collect(),
        }
    }

    #[inline]
    pub(crate) fn add(&mut self, row: &dyn Source) {
        let is_there = |key: &GroupKey| row.cell(&key.field).is_some_and(|cell| !cell.is_empty());
        if self.takes_empty || self.groups.by().iter().any(is_there) {
            self.groups.add(row);
        }
    }

    /// The groups that are counted: their only task, 0, takes rows of which only the number matters. And whether
    /// rows in which none of the fields has anything are left out, as [`Ranked::add`] does.
    pub(crate) fn groups(&mut self) -> (&mut Groups, bool) {
        (&mut self.groups, !self.takes_empty)
    }

    pub(crate) fn merge(&mut self, other: Ranked) {
        self.groups.merge(other.groups);
    }

    pub(crate) fn into_rows(self) -> (Vec<Row>, Option<String>) {
        let (mut table, reason) = self.groups.into_table();
        if !self.takes_empty && self.names.len() == 1 {
            // Without fields nothing is told apart.
            table.clear();
        }
        if self.by_hits {
            table.sort_by_key(|values| Reverse(count_of(values)));
        }
        table.truncate(self.limit);
        let shown = self.names.len() - usize::from(!self.shows_hits);
        let row = |values: Vec<OwnedValue>| Row::new(self.names[..shown].iter().cloned().zip(values));
        (table.into_iter().map(row).collect(), reason)
    }
}

/// The last value of a line.
fn count_of(values: &[OwnedValue]) -> i64 {
    match values.last() {
        Some(OwnedValue::Int(count)) => *count,
        _ => unreachable!("a count is a whole number"),
    }
}
