//! Groups of equal values and what is computed over each.

pub(crate) mod key;
pub(crate) mod lookup;

use std::sync::Arc;

use vigil_model::Timestamp;
use vigil_model::limits::{ANSWER_BYTES_MAX, GROUPS_MAX, VALUES_BYTES_MAX, VALUES_MAX};
use vigil_query::{GroupKey, Stats, TimeRange};

use crate::aggregates::{Aggregate, Budget, Scratch, Span, Task};
use crate::gather::Source;
use crate::row;
use crate::value::Cell;
use crate::{OwnedValue, Row};
use key::Part;
use lookup::{KEY_BYTES, Lookup, hash_of};

/// Groups, and what did not fit. A clone of empty groups shares what was compiled.
///
/// Rows are added one by one ([`Groups::add`]); or values, each with how often it is there: a [`Groups::slot`]
/// for each key, then [`Groups::add_value`].
#[derive(Clone, Debug)]
pub(crate) struct Groups {
    shape: Arc<Shape>,
    lookup: Lookup,
    /// All keys one after another; `ends` tells where each ends.
    keys: Vec<u8>,
    ends: Vec<u32>,
    /// Of each group as many as there are tasks, in the order of groups.
    aggregates: Vec<Aggregate>,
    budget: Budget,
    span: Span,
    scratch: Scratch,
    key: Vec<u8>,
}

/// What is asked for, compiled.
#[derive(Debug)]
struct Shape {
    by: Vec<GroupKey>,
    tasks: Vec<Task>,
    names: Vec<Arc<str>>,
    /// Whether the times of events are to be noted.
    sees_times: bool,
    only_counts: bool,
    /// What a group begins with, beside its key.
    group_bytes: usize,
}

impl Shape {
    fn of(stats: &Stats, span: &Span) -> Shape {
        let tasks: Vec<Task> = stats.functions.iter().map(|stat| Task::new(stat, stats)).collect();
        let by = stats.by.iter().map(|key| key.field.as_str().into());
        Shape {
            names: by.chain(stats.functions.iter().map(|stat| stat.name.as_str().into())).collect(),
            sees_times: span.is_open() && tasks.iter().any(Task::needs_span),
            only_counts: stats.by.is_empty() && tasks.iter().all(Task::is_plain_count),
            group_bytes: KEY_BYTES + size_of::<u32>() + tasks.iter().map(Task::bytes).sum::<usize>(),
            by: stats.by.clone(),
            tasks,
        }
    }
}

impl Groups {
    /// No rows yet. `time` is the time range of the query.
    pub(crate) fn new(stats: &Stats, time: &TimeRange) -> Groups {
        let span = Span::new(*time);
        let mut groups = Groups {
            shape: Arc::new(Shape::of(stats, &span)),
            lookup: Lookup::default(),
            keys: Vec::new(),
            ends: Vec::new(),
            aggregates: Vec::new(),
            budget: Budget::new(ANSWER_BYTES_MAX),
            span,
            scratch: Scratch::default(),
            key: Vec::new(),
        };
        if stats.by.is_empty() {
            // One group of all is there even when nothing is in it.
            groups.slot(&[]).expect("there is room for one group");
        }
        groups
    }

    /// Whether the number of rows is all that is asked for.
    pub(crate) fn only_counts(&self) -> bool {
        self.shape.only_counts
    }

    /// Adds rows of which only the number matters.
    pub(crate) fn add_count(&mut self, rows: u64) {
        assert!(self.shape.only_counts, "more than the number is asked for");
        self.aggregates.iter_mut().for_each(|aggregate| aggregate.add_count(rows));
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, row: &dyn Source) {
        self.key.clear();
        for by in &self.shape.by {
            let cell = row.cell(&by.field);
            Part::of(by, cell.as_ref(), &mut self.scratch.text).write(&mut self.key);
        }
        if self.shape.sees_times
            && let Some(time) = row.cell(row::TIME).and_then(|cell| cell.time())
        {
            self.span.see(time);
        }
        let Some(slot) = self.find_or_make() else { return self.budget.refuse(1) };
        let tasks = &self.shape.tasks;
        let columns = |name: &str| row.cell(name);
        let mut before = None;
        let mut cell = None;
        for (task, aggregate) in tasks.iter().zip(&mut self.aggregates[slot * tasks.len()..]) {
            if task.only_if.as_ref().is_some_and(|filter| !row.matches(filter)) {
                continue;
            }
            let only = task.only_field();
            if only.is_none() {
                task.add(aggregate, &columns, 1, &mut self.budget, &mut self.scratch);
                continue;
            }
            // Most columns are of the same field as the one before them: it is looked for once.
            if only != before {
                cell = only.and_then(columns);
                before = only;
            }
            task.add(aggregate, &|_| cell, 1, &mut self.budget, &mut self.scratch);
        }
    }

    /// What makes groups: of each row its [`Part::of`] every one of these.
    pub(crate) fn by(&self) -> &[GroupKey] {
        &self.shape.by
    }

    /// Whether a task can be fed by [`Groups::add_value`]: it is a function of the values of one field.
    pub(crate) fn takes_values(&self, task: usize) -> bool {
        self.shape.tasks[task].takes_values()
    }

    /// Whether [`Groups::see_times`] must be told, because rates are over the times of the events.
    pub(crate) fn sees_times(&self) -> bool {
        self.shape.sees_times
    }

    /// Notes the times of the first and the last of some events.
    pub(crate) fn see_times(&mut self, first: Timestamp, last: Timestamp) {
        self.span.see(first);
        self.span.see(last);
    }

    /// The group of these parts, one for each of [`Groups::by`]; it is made if it is not there. `None` where
    /// there is no room: then say how many rows it would have had ([`Groups::refuse`]).
    pub(crate) fn slot(&mut self, parts: &[Part<'_>]) -> Option<usize> {
        assert_eq!(parts.len(), self.shape.by.len(), "a key has a part for each criterion");
        self.key.clear();
        parts.iter().for_each(|part| part.write(&mut self.key));
        self.find_or_make()
    }

    /// Notes rows whose group there was no room for.
    pub(crate) fn refuse(&mut self, rows: u64) {
        self.budget.refuse(rows);
    }

    /// Adds `times` rows to a task of a group, in which its field is `cell` (a task without a field only counts
    /// them). The rows have passed [`Groups::only_if`], and the task [`Groups::takes_values`].
    pub(crate) fn add_value(&mut self, slot: usize, task: usize, cell: Option<Cell<'_>>, times: u64) {
        let tasks = &self.shape.tasks;
        assert!(tasks[task].takes_values(), "the task needs more than the values of one field");
        let aggregate = &mut self.aggregates[slot * tasks.len() + task];
        tasks[task].add(aggregate, &|_| cell, times, &mut self.budget, &mut self.scratch);
    }

    /// The group of `self.key`.
    #[inline]
    fn find_or_make(&mut self) -> Option<usize> {
        let hash = hash_of(&self.key);
        let is_it = |number: u32| key_of(&self.keys, &self.ends, number as usize) == self.key;
        if let Some(number) = self.lookup.find(hash, &self.key, is_it) {
            return Some(number as usize);
        }
        let fits = self.lookup.len() < GROUPS_MAX && self.budget.has_room();
        // The key is short beside the maximum, so a little more may be taken than there is.
        fits.then(|| {
            self.budget.force(self.shape.group_bytes + self.key.len());
            self.keys.extend_from_slice(&self.key);
            self.ends.push(u32::try_from(self.keys.len()).expect("keys are bounded by the budget"));
            self.aggregates.extend(self.shape.tasks.iter().map(Task::start));
            self.lookup.push(hash, |number| key_of(&self.keys, &self.ends, number as usize)) as usize
        })
    }

    /// Adds the rows of another that is a clone of the same empty groups.
    pub(crate) fn merge(&mut self, other: Groups) {
        assert_eq!(self.shape.names, other.shape.names, "groups of one query are merged");
        self.budget.merge_notes(&other.budget);
        self.span.merge(other.span);
        let width = self.shape.tasks.len();
        let mut from = other.aggregates.into_iter();
        for number in 0..other.ends.len() {
            self.key.clear();
            self.key.extend_from_slice(key_of(&other.keys, &other.ends, number));
            let group = from.by_ref().take(width);
            match self.find_or_make() {
                None => {
                    group.for_each(drop);
                    self.budget.refuse(1);
                }
                Some(slot) => {
                    let into = &mut self.aggregates[slot * width..][..width];
                    for ((task, into), from) in self.shape.tasks.iter().zip(into).zip(group) {
                        task.merge(into, from, &mut self.budget);
                    }
                }
            }
        }
    }

    /// Bytes of all groups.
    fn bytes(&self) -> usize {
        let grown: usize = self.aggregates.iter().map(Aggregate::bytes).sum();
        self.ends.len() * self.shape.group_bytes + self.keys.len() + grown
    }

    /// A row for each group, by its key; and why they are not all there or not whole, if so.
    pub(crate) fn into_rows(self) -> (Vec<Row>, Option<String>) {
        let shape = self.shape.clone();
        let (table, reason) = self.into_table();
        let row = |values: Vec<OwnedValue>| Row::new(shape.names.iter().cloned().zip(values));
        (table.into_iter().map(row).collect(), reason)
    }

    /// As [`Groups::into_rows`]: of each group the values of its key, then those of its tasks.
    pub(crate) fn into_table(mut self) -> (Vec<Vec<OwnedValue>>, Option<String>) {
        debug_assert_eq!(self.budget.held(), self.bytes(), "what was taken from the budget is what is held");
        let count = self.ends.len();
        let keys: Vec<Vec<Part<'_>>> =
            (0..count).map(|number| Part::read_all(key_of(&self.keys, &self.ends, number))).collect();
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_unstable_by(|a, b| keys[*a].cmp(&keys[*b]));
        let width = self.shape.tasks.len();
        let mut table = Vec::with_capacity(count);
        for number in order {
            let mut values: Vec<OwnedValue> = keys[number].iter().map(|part| part.to_value()).collect();
            let group = &mut self.aggregates[number * width..][..width];
            for (task, aggregate) in self.shape.tasks.iter().zip(group) {
                let aggregate = std::mem::replace(aggregate, Aggregate::Count(0));
                values.push(task.value(aggregate, &self.span, &mut self.budget));
            }
            table.push(values);
        }
        (table, partial_reason(&self.budget, count))
    }
}

fn key_of<'a>(keys: &'a [u8], ends: &[u32], number: usize) -> &'a [u8] {
    let start = number.checked_sub(1).map_or(0, |before| ends[before] as usize);
    &keys[start..ends[number] as usize]
}

fn partial_reason(budget: &Budget, groups: usize) -> Option<String> {
    if budget.has_refused() {
        return Some(format!(
            "more than {groups} groups, or {ANSWER_BYTES_MAX} bytes of them; the rest is not counted: narrow the filter or group by fewer fields"
        ));
    }
    budget.has_cut().then(|| {
        format!(
            "more than {VALUES_MAX} values of a group, or {VALUES_BYTES_MAX} bytes of them; the rest is left out: give a limit, or group by more fields"
        )
    })
}

#[cfg(test)]
mod tests;
