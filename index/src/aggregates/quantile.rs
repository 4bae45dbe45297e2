//! The value below which a share of the numbers lie.

use std::collections::BTreeMap;

use vigil_model::limits::QUANTILE_EXACT_MAX;

use crate::OwnedValue;
use crate::aggregates::budget::Budget;

/// Numbers, or how many of them are about how great.
///
/// Up to [`QUANTILE_EXACT_MAX`] numbers are all kept, and the answer is one of them. Beyond that they are
/// counted by their first eight binary digits: the answer is off by at most 1/256 (0.39 %) of itself. Which of
/// both depends on the numbers alone. NaN and infinities are left out.
#[derive(Clone, Debug)]
pub(crate) enum Quantile {
    Exact(Vec<f64>),
    Counted(Pages),
}

/// Counts by page. A page is a sign and a power of two; in it numbers are told apart by seven more digits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pages {
    pages: BTreeMap<i32, Box<Page>>,
    count: u64,
}

type Page = [u64; PAGE];
const PAGE: usize = 1 << PAGE_BITS;
const PAGE_BITS: u32 = 7;

impl Default for Quantile {
    fn default() -> Quantile {
        Quantile::Exact(Vec::new())
    }
}

impl Quantile {
    #[inline]
    pub(crate) fn add(&mut self, value: f64, times: u64, budget: &mut Budget) {
        if !value.is_finite() {
            return;
        }
        // There is one zero.
        let value = value + 0.0;
        match self {
            Quantile::Exact(values) if (values.len() as u64).saturating_add(times) <= QUANTILE_EXACT_MAX as u64 => {
                if budget.take(times as usize * size_of::<f64>()) {
                    values.extend(std::iter::repeat_n(value, times as usize));
                }
            }
            _ => self.pages(budget).add(value, times, budget),
        }
    }

    /// Goes over to counting.
    fn pages(&mut self, budget: &mut Budget) -> &mut Pages {
        if let Quantile::Exact(values) = self {
            let mut pages = Pages::default();
            budget.give(values.len() * size_of::<f64>());
            values.iter().for_each(|value| pages.add(*value, 1, budget));
            *self = Quantile::Counted(pages);
        }
        match self {
            Quantile::Counted(pages) => pages,
            Quantile::Exact(_) => unreachable!("it was just made to count"),
        }
    }

    pub(crate) fn merge(&mut self, other: Quantile, budget: &mut Budget) {
        match other {
            Quantile::Exact(values) => values.iter().for_each(|value| self.add(*value, 1, budget)),
            Quantile::Counted(from) => self.pages(budget).merge(&from, budget),
        }
    }

    /// The number at this share of the way from the least to the greatest, rounded to a number that is there;
    /// nothing where there is none.
    pub(crate) fn value(&self, share: f64) -> OwnedValue {
        let found = match self {
            Quantile::Exact(values) => {
                let mut sorted = values.clone();
                sorted.sort_unstable_by(f64::total_cmp);
                sorted.get(place(share, sorted.len() as u64) as usize).copied()
            }
            Quantile::Counted(pages) => pages.nth(place(share, pages.count)),
        };
        found.map_or(OwnedValue::Null, OwnedValue::Float)
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Quantile::Exact(values) => values.len() * size_of::<f64>(),
            Quantile::Counted(pages) => pages.pages.len() * size_of::<Page>(),
        }
    }
}

/// Which of `count` sorted numbers is asked for, counted from 0.
pub(crate) fn place(share: f64, count: u64) -> u64 {
    let last = count.saturating_sub(1);
    ((share.clamp(0.0, 1.0) * last as f64).round() as u64).min(last)
}

impl Pages {
    #[inline]
    fn add(&mut self, value: f64, times: u64, budget: &mut Budget) {
        let (page, at) = cell_of(value);
        if let Some(page) = self.page(page, budget) {
            page[at] = page[at].saturating_add(times);
            self.count = self.count.saturating_add(times);
        }
    }

    #[inline]
    fn page(&mut self, number: i32, budget: &mut Budget) -> Option<&mut Page> {
        if !self.pages.contains_key(&number) && !budget.take(size_of::<Page>()) {
            return None;
        }
        Some(self.pages.entry(number).or_insert_with(|| Box::new([0; PAGE])))
    }

    fn merge(&mut self, other: &Pages, budget: &mut Budget) {
        for (number, from) in &other.pages {
            let Some(into) = self.page(*number, budget) else { continue };
            into.iter_mut().zip(**from).for_each(|(into, from)| *into = into.saturating_add(from));
            self.count = self.count.saturating_add(from.iter().sum());
        }
    }

    /// About the number at this place of the sorted ones.
    fn nth(&self, mut place: u64) -> Option<f64> {
        for (number, page) in &self.pages {
            for (at, count) in page.iter().enumerate() {
                match place.checked_sub(*count) {
                    Some(left) => place = left,
                    None => return Some(middle(*number, at)),
                }
            }
        }
        None
    }
}

/// Page and place of a number, both in the order of numbers: pages of negative numbers are negative.
fn cell_of(value: f64) -> (i32, usize) {
    let bits = value.abs().to_bits();
    let page = (bits >> 52) as i32;
    let at = (bits >> (52 - PAGE_BITS)) as usize & (PAGE - 1);
    if value < 0.0 { (-1 - page, PAGE - 1 - at) } else { (page, at) }
}

/// The number in the middle of a place. That of 0 is 0; numbers too small for a full exponent are about 0.
fn middle(page: i32, at: usize) -> f64 {
    let (page, at, sign) = if page < 0 { (-1 - page, PAGE - 1 - at, -1.0) } else { (page, at, 1.0) };
    if (page, at) == (0, 0) {
        return 0.0;
    }
    let bits = (page as u64) << 52 | (at as u64) << (52 - PAGE_BITS) | 1 << (51 - PAGE_BITS);
    sign * f64::from_bits(bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gathered(values: &[f64]) -> Quantile {
        let (mut quantile, mut budget) = (Quantile::default(), Budget::new(usize::MAX));
        values.iter().for_each(|value| quantile.add(*value, 1, &mut budget));
        assert_eq!(budget.held(), quantile.bytes());
        quantile
    }

    fn number() -> impl Strategy<Value = f64> {
        prop_oneof![(-50i32..50).prop_map(f64::from), -1e6..1e6, any::<f64>().prop_filter("finite", |x| x.is_finite())]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_counted_is_near_and_no_split_changes_it(
            some in prop::collection::vec(number(), 1..60),
            times in prop::sample::select(vec![1usize, 70, 1_000]),
            share in 0.0..=1.0,
            cut in 0usize..60,
        ) {
            let mut values: Vec<f64> = some.iter().flat_map(|value| vec![*value; times]).collect();
            let whole = gathered(&values);
            let (a, b) = values.split_at((cut * times).min(values.len()));
            let mut merged = gathered(b);
            merged.merge(gathered(a), &mut Budget::new(usize::MAX));
            let mut weighted = Quantile::default();
            some.iter().for_each(|value| weighted.add(*value, times as u64, &mut Budget::new(usize::MAX)));
            prop_assert_eq!(merged.value(share), whole.value(share));
            prop_assert_eq!(weighted.value(share), whole.value(share));

            values.sort_by(f64::total_cmp);
            let exact = values[place(share, values.len() as u64) as usize];
            let OwnedValue::Float(found) = whole.value(share) else { panic!("there are numbers") };
            let off = if values.len() <= QUANTILE_EXACT_MAX { 0.0 } else { exact.abs() / 256.0 + 1e-308 };
            prop_assert!((found - exact).abs() <= off, "{found} for {exact}");
        }
    }
}
