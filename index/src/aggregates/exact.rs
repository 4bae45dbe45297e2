//! A sum of numbers that does not depend on their order: nothing is rounded before the end.
//!
//! Each number is its digits times a power of two. Digits are added as whole numbers, those of like powers
//! together. A sum of numbers of like size takes two or three such parts; one of any numbers at most
//! [`PARTS_MAX`].

use crate::aggregates::budget::Budget;

/// Powers of two that one part stands for.
const BITS: i32 = 32;
/// All powers of a number (from −1074 to 971), and room above for carries.
const PARTS_MAX: usize = ((1074 + 1024) / BITS) as usize + 8;
/// A number has 53 binary digits, is shifted by up to 31 and taken so often: below 2^123.
const TIMES_MAX: u64 = 1 << 39;
const CARRY_ABOVE: u128 = 1 << 124;

/// A sum, exact.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Exact {
    /// By power; each stands for `amount × 2^(32 × power)`.
    parts: Vec<(i16, i128)>,
    nan: bool,
    above: bool,
    below: bool,
}

/// A number as the sum of two: the second is what the first leaves out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Double(pub(crate) f64, pub(crate) f64);

impl Exact {
    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.parts.len() * size_of::<(i16, i128)>()
    }

    /// Adds a number so many times, where there is room for it.
    #[inline]
    pub(crate) fn add(&mut self, value: f64, times: u64, budget: &mut Budget) {
        if !budget.has_room() && !self.has_part_for(value) {
            return budget.refuse(times);
        }
        let before = self.bytes();
        self.add_free(value, times);
        budget.force(self.bytes() - before);
    }

    fn has_part_for(&self, value: f64) -> bool {
        let power = split(value).1.div_euclid(BITS) as i16;
        !value.is_finite() || self.parts.iter().any(|(at, _)| *at == power)
    }

    fn add_free(&mut self, value: f64, times: u64) {
        if !value.is_finite() {
            self.nan |= value.is_nan();
            self.above |= value == f64::INFINITY;
            self.below |= value == f64::NEG_INFINITY;
            return;
        }
        let (digits, power) = split(value);
        let shifted = i128::from(digits) << power.rem_euclid(BITS);
        let mut left = times;
        while left > 0 && digits != 0 {
            let step = left.min(TIMES_MAX);
            self.add_part(power.div_euclid(BITS) as i16, shifted * i128::from(step));
            left -= step;
        }
    }

    pub(crate) fn merge(&mut self, other: &Exact, budget: &mut Budget) {
        self.nan |= other.nan;
        self.above |= other.above;
        self.below |= other.below;
        let before = self.bytes();
        other.parts.iter().for_each(|(power, amount)| self.add_part(*power, *amount));
        budget.force(self.bytes() - before);
    }

    fn add_part(&mut self, power: i16, amount: i128) {
        let at = match self.parts.iter().position(|(at, _)| *at >= power) {
            Some(at) if self.parts[at].0 == power => at,
            at => {
                let at = at.unwrap_or(self.parts.len());
                self.parts.insert(at, (power, 0));
                at
            }
        };
        debug_assert!(self.parts.len() <= PARTS_MAX, "no number needs more parts");
        self.parts[at].1 += amount;
        let sum = self.parts[at].1;
        if sum.unsigned_abs() > CARRY_ABOVE {
            self.parts[at].1 = sum & low_bits();
            self.add_part(power + 1, sum >> BITS);
        }
    }

    /// The sum to more than twice as many digits as one number has. Depends on the sum alone.
    pub(crate) fn total(&self) -> Double {
        if self.nan || (self.above && self.below) {
            return Double(f64::NAN, 0.0);
        }
        if self.above || self.below {
            return Double(if self.above { f64::INFINITY } else { f64::NEG_INFINITY }, 0.0);
        }
        let (parts, sign) = self.carried();
        let scaled = |(power, amount): &(i16, i128)| scale(sign * *amount as f64, i32::from(*power) * BITS);
        parts.iter().rev().map(scaled).fold(Double(0.0, 0.0), Double::plus)
    }

    /// The one way to write the sum: every part from 0 to 2^32, all with the sign that is told beside them.
    fn carried(&self) -> (Vec<(i16, i128)>, f64) {
        let (parts, is_negative) = carry(self.clone());
        if !is_negative {
            return (parts, 1.0);
        }
        let mut other = self.clone();
        other.parts.iter_mut().for_each(|(_, amount)| *amount = -*amount);
        let (parts, is_negative) = carry(other);
        assert!(!is_negative, "a sum or its opposite is not negative");
        (parts, -1.0)
    }
}

/// Cuts every part to its digits, from the least to the greatest. Also tells whether the sum is below 0: then
/// there is no end to the carrying.
fn carry(mut sum: Exact) -> (Vec<(i16, i128)>, bool) {
    let mut at = 0;
    while at < sum.parts.len() {
        let (power, amount) = sum.parts[at];
        if amount < 0 && at + 1 == sum.parts.len() {
            return (Vec::new(), true);
        }
        sum.parts[at].1 = amount & low_bits();
        if amount >> BITS != 0 {
            sum.add_part(power + 1, amount >> BITS);
        }
        at += 1;
    }
    (sum.parts, false)
}

const fn low_bits() -> i128 {
    (1 << BITS) - 1
}

/// A finite number as digits and a power of two.
fn split(value: f64) -> (i64, i32) {
    let bits = value.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    let fraction = (bits & ((1 << 52) - 1)) as i64;
    let (digits, power) = if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
    (if value.is_sign_negative() { -digits } else { digits }, power)
}

/// `value × 2^power`, in two steps where one power is beyond a number.
fn scale(value: f64, power: i32) -> f64 {
    let half = power / 2;
    value * 2.0_f64.powi(half) * 2.0_f64.powi(power - half)
}

impl Double {
    pub(crate) fn to_f64(self) -> f64 {
        self.0 + self.1
    }

    pub(crate) fn plus(self, value: f64) -> Double {
        let sum = self.0 + value;
        if !sum.is_finite() {
            return Double(sum, 0.0);
        }
        let part = sum - self.0;
        let lost = (self.0 - (sum - part)) + (value - part);
        Double::sum(sum, self.1 + lost)
    }

    /// Both to the last digit, if `large` is not the smaller.
    fn sum(large: f64, small: f64) -> Double {
        let sum = large + small;
        Double(sum, small - (sum - large))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sum(values: &[f64]) -> Exact {
        let mut sum = Exact::default();
        let mut budget = Budget::new(usize::MAX);
        values.iter().for_each(|value| sum.add(*value, 1, &mut budget));
        assert_eq!(budget.held(), sum.bytes());
        sum
    }

    #[test]
    fn what_rounding_would_lose_is_there() {
        assert_eq!(sum(&[1e300, 1.0, -1e300]).total().to_f64(), 1.0);
        assert_eq!(sum(&[0.1; 10]).total().to_f64(), 1.0);
        assert_eq!(sum(&[f64::MIN_POSITIVE, 5e-324, -f64::MIN_POSITIVE]).total().to_f64(), 5e-324);
        assert_eq!(sum(&[-1.5, 1.0]).total().to_f64(), -0.5);
        assert_eq!(sum(&[]).total().to_f64(), 0.0);
        assert_eq!(sum(&[f64::INFINITY, 1.0]).total().to_f64(), f64::INFINITY);
        assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).total().to_f64().is_nan());
    }

    #[test]
    fn often_is_the_same_as_again_and_again() {
        let mut budget = Budget::new(usize::MAX);
        let mut often = Exact::default();
        often.add(-0.1, u64::MAX, &mut budget);
        assert_eq!(often.total().to_f64(), -0.1 * u64::MAX as f64);
        let mut thrice = Exact::default();
        thrice.add(0.7, 3, &mut budget);
        assert_eq!(thrice.total(), sum(&[0.7; 3]).total());
    }

    proptest! {
        #[test]
        fn no_order_and_no_split_changes_a_sum(
            values in prop::collection::vec(any::<f64>().prop_filter("a number", |value| value.abs() < 1e290), 0..40),
            cut in 0usize..40,
        ) {
            let whole = sum(&values).total();
            let backward: Vec<f64> = values.iter().rev().copied().collect();
            prop_assert_eq!(sum(&backward).total(), whole);
            let (a, b) = values.split_at(cut.min(values.len()));
            let mut merged = sum(b);
            merged.merge(&sum(a), &mut Budget::new(usize::MAX));
            prop_assert_eq!(merged.total(), whole);
        }

        #[test]
        fn small_whole_numbers_are_summed_as_such(values in prop::collection::vec(-1_000_000i64..1_000_000, 0..100)) {
            let floats: Vec<f64> = values.iter().map(|value| *value as f64 / 1024.0).collect();
            prop_assert_eq!(sum(&floats).total().to_f64(), values.iter().sum::<i64>() as f64 / 1024.0);
        }
    }
}
