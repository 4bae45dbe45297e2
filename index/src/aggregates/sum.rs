//! The sum of numbers, and their mean.

use crate::OwnedValue;
use crate::aggregates::budget::Budget;
use crate::aggregates::exact::{Double, Exact};
use crate::value::Number;

/// A sum that depends neither on the order of the numbers nor on how they were split.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sum {
    whole: i128,
    count: u64,
    /// The numbers that are not whole, if there are any.
    floats: Option<Box<Exact>>,
}

impl Sum {
    #[inline]
    pub(crate) fn add(&mut self, number: Number, times: u64, budget: &mut Budget) {
        match number {
            Number::Int(value) => self.add_whole(i128::from(value), times),
            Number::Float(value) => {
                self.count = self.count.saturating_add(times);
                self.floats(budget).add(value, times, budget);
            }
        }
    }

    #[inline]
    pub(crate) fn add_whole(&mut self, value: i128, times: u64) {
        self.count = self.count.saturating_add(times);
        self.whole = self.whole.saturating_add(value.saturating_mul(i128::from(times)));
    }

    fn floats(&mut self, budget: &mut Budget) -> &mut Exact {
        self.floats.get_or_insert_with(|| {
            budget.force(size_of::<Exact>());
            Box::default()
        })
    }

    pub(crate) fn merge(&mut self, other: Sum, budget: &mut Budget) {
        self.whole = self.whole.saturating_add(other.whole);
        self.count = self.count.saturating_add(other.count);
        if let Some(floats) = other.floats {
            self.floats(budget).merge(&floats, budget);
        }
    }

    /// A whole number where all are whole and it is not too large; nothing where there is no number.
    pub(crate) fn total(&self) -> OwnedValue {
        match i64::try_from(self.whole) {
            _ if self.count == 0 => OwnedValue::Null,
            Ok(whole) if self.floats.is_none() => OwnedValue::Int(whole),
            _ => OwnedValue::Float(self.double().to_f64()),
        }
    }

    pub(crate) fn mean(&self) -> OwnedValue {
        self.share_of(self.count as f64)
    }

    /// The sum divided by `whole`; nothing where there is no number.
    pub(crate) fn share_of(&self, whole: f64) -> OwnedValue {
        if self.count == 0 { OwnedValue::Null } else { OwnedValue::Float(self.double().to_f64() / whole) }
    }

    fn double(&self) -> Double {
        let floats = self.floats.as_ref().map_or(Double(0.0, 0.0), |floats| floats.total());
        let large = self.whole as f64;
        floats.plus(large).plus(self.whole.saturating_sub(large as i128) as f64)
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.floats.as_ref().map_or(0, |floats| size_of::<Exact>() + floats.bytes())
    }
}
