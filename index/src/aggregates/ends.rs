//! The value in the earliest event, and in the latest.

use std::cmp::Ordering;

use vigil_model::{EventId, Timestamp};

use crate::OwnedValue;
use crate::aggregates::budget::Budget;
use crate::aggregates::extreme::{End, compare};
use crate::aggregates::{Columns, input::Input};
use crate::row;
use crate::value::{Cell, Rank};

/// A value and when it was there. Of rows at one time the name of the event decides, then the value.
#[derive(Clone, Debug, Default)]
pub(crate) struct AtEnd(Option<Box<Found>>);

#[derive(Clone, Debug)]
struct Found {
    time: Option<Timestamp>,
    id: Option<EventId>,
    value: (Rank, OwnedValue),
}

impl AtEnd {
    /// Adds the first of the fields that the row has. `Least` is the earliest.
    pub(crate) fn add(&mut self, fields: &[String], columns: Columns<'_, '_>, end: End, budget: &mut Budget) {
        let time = columns(row::TIME).and_then(|cell| cell.time());
        let id = columns(row::ID).and_then(id_of);
        if self.0.as_ref().is_some_and(|best| order((time, id), (best.time, best.id), end) == Ordering::Greater) {
            return;
        }
        if let Some(input) = fields.iter().find_map(|name| Input::of(columns(name))) {
            self.offer(Found { time, id, value: (input.rank(), input.cell.to_owned_value()) }, end, budget);
        }
    }

    fn offer(&mut self, new: Found, end: End, budget: &mut Budget) {
        if self.0.as_ref().is_some_and(|best| !new.is_before(best, end)) {
            return;
        }
        let before = self.bytes();
        let bytes = new.size();
        if bytes > before && !budget.take(bytes - before) {
            return;
        }
        budget.give(before.saturating_sub(bytes));
        self.0 = Some(Box::new(new));
    }

    pub(crate) fn merge(&mut self, other: AtEnd, end: End, budget: &mut Budget) {
        if let Some(found) = other.0 {
            self.offer(*found, end, budget);
        }
    }

    /// Nothing where no row has the field.
    pub(crate) fn value(&self) -> OwnedValue {
        self.0.as_ref().map_or(OwnedValue::Null, |best| best.value.1.clone())
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |best| best.size())
    }
}

impl Found {
    /// Whether it comes before `other`, seen from this end.
    fn is_before(&self, other: &Found, end: End) -> bool {
        let by_value = || {
            let order = compare(&self.value, &other.value);
            if end == End::Least { order } else { order.reverse() }
        };
        order((self.time, self.id), (other.time, other.id), end).then_with(by_value) == Ordering::Less
    }

    fn size(&self) -> usize {
        size_of::<Found>() + self.value.0.size() + self.value.1.heap_bytes()
    }
}

type When = (Option<Timestamp>, Option<EventId>);

/// Which is nearer to the end. Rows without a time, or without a name, are the farthest from both.
fn order(a: When, b: When, end: End) -> Ordering {
    let directed = |order: Ordering| if end == End::Least { order } else { order.reverse() };
    let missing = |when: When| (when.0.is_none(), when.1.is_none());
    let by_time = a.0.is_none().cmp(&b.0.is_none()).then_with(|| directed(a.0.cmp(&b.0)));
    by_time.then_with(|| missing(a).cmp(&missing(b))).then_with(|| directed(a.1.cmp(&b.1)))
}

fn id_of(cell: Cell<'_>) -> Option<EventId> {
    match cell {
        Cell::Id(id) | Cell::Owned(&OwnedValue::Id(id)) => Some(id),
        _ => None,
    }
}
