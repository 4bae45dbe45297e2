//! How far numbers lie from their mean.

use crate::OwnedValue;
use crate::aggregates::budget::Budget;
use crate::aggregates::exact::{Double, Exact};
use crate::value::Number;

/// Sums of numbers and of their squares, both exact: only the end rounds, to 31 digits. So numbers that are far
/// from 0 and near to each other (times in milliseconds, say) have the variance that they have.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moments {
    count: u64,
    sum: Exact,
    squares: Exact,
}

/// Two numbers of 53 binary digits, less a few lost on the way.
const ROUNDING: f64 = f64::EPSILON * f64::EPSILON * 64.0;

impl Moments {
    /// Whole numbers beyond 2^53 are rounded.
    pub(crate) fn add(&mut self, number: Number, times: u64, budget: &mut Budget) {
        let value = number.to_f64();
        let square = value * value;
        self.count = self.count.saturating_add(times);
        self.sum.add(value, times, budget);
        self.squares.add(square, times, budget);
        if square.is_finite() {
            // What the square was rounded by.
            self.squares.add(value.mul_add(value, -square), times, budget);
        }
    }

    pub(crate) fn merge(&mut self, other: &Moments, budget: &mut Budget) {
        self.count = self.count.saturating_add(other.count);
        self.sum.merge(&other.sum, budget);
        self.squares.merge(&other.squares, budget);
    }

    /// Of the whole population; nothing where there is no number.
    pub(crate) fn variance(&self) -> OwnedValue {
        self.compute().map_or(OwnedValue::Null, OwnedValue::Float)
    }

    /// The root of the variance.
    pub(crate) fn deviation(&self) -> OwnedValue {
        self.compute().map_or(OwnedValue::Null, |variance| OwnedValue::Float(variance.sqrt()))
    }

    fn compute(&self) -> Option<f64> {
        let (sum, squares, count) = (self.sum.total(), self.squares.total(), self.count as f64);
        // Σx² − (Σx)²/n, in twice the digits.
        let spread = squares.minus(sum.times(sum).over(count)).to_f64();
        // Less than this is what rounding makes of equal numbers.
        let noise = squares.to_f64() * ROUNDING;
        let variance = if spread <= noise { 0.0 } else { spread / count };
        (self.count > 0).then_some(variance)
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.sum.bytes() + self.squares.bytes()
    }
}

impl Double {
    fn times(self, other: Double) -> Double {
        let product = self.0 * other.0;
        let rest = self.0.mul_add(other.0, -product) + (self.0 * other.1 + self.1 * other.0);
        Double(product, rest).normal()
    }

    fn over(self, by: f64) -> Double {
        let first = self.0 / by;
        let left = (-first).mul_add(by, self.0) + self.1;
        Double(first, left / by).normal()
    }

    fn minus(self, other: Double) -> Double {
        self.plus(-other.0).plus(-other.1)
    }

    fn normal(self) -> Double {
        Double(0.0, 0.0).plus(self.0).plus(self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variance(values: impl IntoIterator<Item = Number>) -> OwnedValue {
        let mut moments = Moments::default();
        let mut budget = Budget::new(usize::MAX);
        values.into_iter().for_each(|value| moments.add(value, 1, &mut budget));
        assert_eq!(budget.held(), moments.bytes());
        moments.variance()
    }

    #[test]
    fn numbers_far_from_zero_have_the_variance_of_those_near_it() {
        let near = (0..1_000).map(|n| Number::Int(n % 7));
        let far = (0..1_000).map(|n| Number::Int(1_700_000_000_000 + n % 7));
        let OwnedValue::Float(expected) = variance(near) else { panic!("there are numbers") };
        let OwnedValue::Float(found) = variance(far) else { panic!("there are numbers") };
        assert!((expected - found).abs() < 1e-6, "{expected} {found}");
        assert_eq!(variance([Number::Float(0.1); 3]), OwnedValue::Float(0.0));
        assert_eq!(variance([]), OwnedValue::Null);
        assert_eq!(variance([Number::Int(2), Number::Int(4)]), OwnedValue::Float(1.0));
    }
}
