//! The least value, and the greatest: numbers before times before text.

use std::cmp::Ordering;

use crate::OwnedValue;
use crate::aggregates::budget::Budget;
use crate::aggregates::input::Input;
use crate::value::{Rank, compare_equals};

/// Which end is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Least,
    Greatest,
}

/// The best value so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extreme(Option<Box<(Rank, OwnedValue)>>);

impl Extreme {
    #[inline]
    pub(crate) fn add(&mut self, input: &Input<'_>, end: End, budget: &mut Budget) {
        if let Some(best) = &self.0 {
            let order = input.compare(&best.0);
            let is_no_better = order != Ordering::Equal && !end.prefers(order);
            if is_no_better || input.is_text(&best.1) {
                return;
            }
        }
        self.offer((input.rank(), input.cell.to_owned_value()), end, budget);
    }

    fn offer(&mut self, new: (Rank, OwnedValue), end: End, budget: &mut Budget) {
        if self.0.as_ref().is_some_and(|best| !end.prefers(compare(&new, best))) {
            return;
        }
        let before = self.bytes();
        let bytes = size(&new);
        if bytes > before && !budget.take(bytes - before) {
            return;
        }
        budget.give(before.saturating_sub(bytes));
        self.0 = Some(Box::new(new));
    }

    pub(crate) fn merge(&mut self, other: Extreme, end: End, budget: &mut Budget) {
        if let Some(best) = other.0 {
            self.offer(*best, end, budget);
        }
    }

    /// Nothing where there is no value.
    pub(crate) fn value(&self) -> OwnedValue {
        self.0.as_ref().map_or(OwnedValue::Null, |best| best.1.clone())
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |best| size(best))
    }
}

impl End {
    fn prefers(self, order: Ordering) -> bool {
        order == if self == End::Least { Ordering::Less } else { Ordering::Greater }
    }
}

fn size(value: &(Rank, OwnedValue)) -> usize {
    size_of::<(Rank, OwnedValue)>() + value.0.size() + value.1.heap_bytes()
}

/// Equal ranks are told apart by text, kind and shape, so that the order of rows does not matter.
pub(crate) fn compare(a: &(Rank, OwnedValue), b: &(Rank, OwnedValue)) -> Ordering {
    a.0.cmp(&b.0).then_with(|| compare_equals(&a.1, &b.1))
}
