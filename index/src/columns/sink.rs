//! Where groups of rows of a chunk go: rows that are equal in all that is asked are added at once.

use vigil_model::Timestamp;

use crate::gather::{FieldValues, Gatherer};
use crate::groups::Groups;
use crate::groups::key::Part;
use crate::value::Cell;

/// What a gatherer takes of groups rather than of rows.
pub(super) enum Sink<'a> {
    /// Groups; `skips_empty` where rows are left out in which every key is missing or empty.
    Groups { groups: &'a mut Groups, skips_empty: bool },
    /// The values of one field.
    Values(&'a mut FieldValues),
}

/// A group, for values to be added to.
#[derive(Clone, Copy)]
pub(super) struct Slot(usize);

impl<'a> Sink<'a> {
    /// `None` for a gatherer that takes only rows.
    pub(super) fn of(gatherer: &'a mut Gatherer) -> Option<Sink<'a>> {
        match gatherer {
            Gatherer::Groups(groups) => Some(Sink::Groups { groups, skips_empty: false }),
            Gatherer::Ranked(ranked) => {
                let (groups, skips_empty) = ranked.groups();
                Some(Sink::Groups { groups, skips_empty })
            }
            Gatherer::FieldValues(values) => Some(Sink::Values(values)),
            Gatherer::FieldNames(_) | Gatherer::Facets(_) => None,
        }
    }

    /// Whether each task takes values with their counts.
    pub(super) fn takes_values(&self, tasks: usize) -> bool {
        match self {
            Sink::Groups { groups, .. } => (0..tasks).all(|task| groups.takes_values(task)),
            Sink::Values(_) => true,
        }
    }

    /// Whether [`Sink::see_times`] must be told.
    pub(super) fn sees_times(&self) -> bool {
        matches!(self, Sink::Groups { groups, .. } if groups.sees_times())
    }

    /// Notes the times of the first and the last of some rows.
    pub(super) fn see_times(&mut self, first: Timestamp, last: Timestamp) {
        if let Sink::Groups { groups, .. } = self {
            groups.see_times(first, last);
        }
    }

    /// The group of so many rows by what they have in common, a cell for each key. `None` where nothing is to be
    /// added to it.
    pub(super) fn group(&mut self, cells: &[Option<Cell<'_>>], rows: u64) -> Option<Slot> {
        let is_there = |cell: &Option<Cell<'_>>| cell.is_some_and(|cell| !cell.is_empty());
        match self {
            Sink::Groups { skips_empty: true, .. } if !cells.iter().any(is_there) => None,
            Sink::Groups { groups, .. } => {
                let slot = slot(groups, cells);
                if slot.is_none() {
                    groups.refuse(rows);
                }
                slot.map(Slot)
            }
            Sink::Values(values) => {
                if let [Some(cell)] = cells
                    && !cell.is_empty()
                {
                    values.add_value(cell.text(&mut String::new()), rows);
                }
                None
            }
        }
    }

    /// Adds so many rows to a task of a group, in which its field is `cell`.
    pub(super) fn add(&mut self, slot: Slot, task: usize, cell: Option<Cell<'_>>, rows: u64) {
        match self {
            Sink::Groups { groups, .. } => groups.add_value(slot.0, task, cell, rows),
            Sink::Values(_) => unreachable!("values have no groups"),
        }
    }
}

fn slot(groups: &mut Groups, cells: &[Option<Cell<'_>>]) -> Option<usize> {
    let mut buffers = vec![String::new(); cells.len()];
    let parts: Vec<Part<'_>> = groups
        .by()
        .iter()
        .zip(cells)
        .zip(&mut buffers)
        .map(|((key, cell), buffer)| Part::of(key, cell.as_ref(), buffer))
        .collect();
    groups.slot(&parts)
}
