//! How many numbers lie in which range, by ranges that grow with the numbers: 18 for each power of ten.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::LazyLock;

use crate::OwnedValue;
use crate::aggregates::budget::Budget;

/// Ranges for each power of ten, as those of VictoriaMetrics.
const RANGES: i32 = 18;
const LEAST_POWER: i32 = -9;
const GREATEST_POWER: i32 = 18;

/// Ends of ranges, as they are written: a number lies in the range that is shown, to the digit.
static ENDS: LazyLock<Vec<(f64, String)>> = LazyLock::new(|| {
    (LEAST_POWER * RANGES..=GREATEST_POWER * RANGES)
        .map(|n| {
            let text = three_decimals(10.0_f64.powf(f64::from(n) / f64::from(RANGES)));
            (text.parse().expect("it was written from a number"), text)
        })
        .collect()
});

/// Counts by range; a range goes from its lower end, without it, to its upper end. Negative numbers have the
/// same ranges with the sign turned. 0 is in the range that begins with it; NaN and infinities are left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histogram {
    /// By number of the range; those of negative numbers are −1 and below.
    counts: BTreeMap<i32, u64>,
}

const RANGE_BYTES: usize = 2 * size_of::<(i32, u64)>();

impl Histogram {
    #[inline]
    pub(crate) fn add(&mut self, value: f64, times: u64, budget: &mut Budget) {
        if value.is_finite() {
            self.add_range(range_of(value), times, budget);
        }
    }

    fn add_range(&mut self, range: i32, times: u64, budget: &mut Budget) {
        if let Some(count) = self.counts.get_mut(&range) {
            *count = count.saturating_add(times);
        } else if budget.take(RANGE_BYTES) {
            self.counts.insert(range, times);
        }
    }

    pub(crate) fn merge(&mut self, other: &Histogram, budget: &mut Budget) {
        other.counts.iter().for_each(|(range, count)| self.add_range(*range, *count, budget));
    }

    /// JSON text, least range first: `[{"range":"1.000e+00...1.136e+00","hits":3}]`. Nothing where there is no
    /// number.
    pub(crate) fn value(&self) -> OwnedValue {
        if self.counts.is_empty() {
            return OwnedValue::Null;
        }
        let mut json = String::new();
        for (range, count) in &self.counts {
            json.push(if json.is_empty() { '[' } else { ',' });
            let (low, high) = ends(*range);
            write!(json, r#"{{"range":"{low}...{high}","hits":{count}}}"#).expect("a string takes everything");
        }
        json.push(']');
        OwnedValue::Str(json)
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.counts.len() * RANGE_BYTES
    }
}

fn range_of(value: f64) -> i32 {
    let above = ENDS.partition_point(|(end, _)| *end < value.abs()) as i32;
    if value < 0.0 { -1 - above } else { above }
}

fn ends(range: i32) -> (String, String) {
    let (number, is_negative) = if range < 0 { (-1 - range, true) } else { (range, false) };
    let number = number as usize;
    let low = number.checked_sub(1).map_or("0", |below| ENDS[below].1.as_str());
    let high = ENDS.get(number).map_or("+Inf", |(_, text)| text.as_str());
    match (is_negative, low, high) {
        (false, low, high) => (low.to_owned(), high.to_owned()),
        (true, low, high) => {
            let turned = |text: &str| if text == "0" { text.to_owned() } else { format!("-{text}") };
            (if high == "+Inf" { "-Inf".to_owned() } else { turned(high) }, turned(low))
        }
    }
}

/// `1.136e+00`
fn three_decimals(value: f64) -> String {
    let text = format!("{value:.3e}");
    let (digits, power) = text.split_once('e').expect("it was asked for");
    let power: i32 = power.parse().expect("a power is a number");
    format!("{digits}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use proptest::prelude::*;

    fn histogram(values: &[f64]) -> String {
        let (mut histogram, mut budget) = (Histogram::default(), Budget::new(usize::MAX));
        values.iter().for_each(|value| histogram.add(*value, 1, &mut budget));
        assert_eq!(budget.held(), histogram.bytes());
        histogram.value().to_string()
    }

    #[test]
    fn ranges_are_named_by_their_ends() {
        expect![[r#"[{"range":"-Inf...-1.000e+18","hits":1},{"range":"-1.136e+00...-1.000e+00","hits":1},{"range":"-1.000e-09...0","hits":1},{"range":"0...1.000e-09","hits":2},{"range":"8.799e-01...1.000e+00","hits":1},{"range":"1.000e+00...1.136e+00","hits":2},{"range":"8.799e+02...1.000e+03","hits":1},{"range":"1.000e+18...+Inf","hits":1}]"#]]
            .assert_eq(&histogram(&[1.0, 1.1, 1.136, 0.0, 1e-9, -1e-12, -1.1, 1000.0, 1e19, -1e19, f64::NAN]));
        assert_eq!(histogram(&[]), "");
    }

    proptest! {
        #[test]
        fn a_number_lies_in_the_range_that_is_shown(value in prop_oneof![-10.0..10.0, -1e6..1e6, any::<f64>()]) {
            let value: f64 = value;
            prop_assume!(value.is_finite());
            let (low, high) = ends(range_of(value));
            let read = |text: &str| text.parse::<f64>().expect("an end is a number");
            let (low, high) = (read(&low), read(&high));
            let inside = if value < 0.0 { low <= value && value < high } else { low < value && value <= high };
            prop_assert!(inside || value == 0.0 && low == 0.0, "{low} {value} {high}");
        }
    }
}
