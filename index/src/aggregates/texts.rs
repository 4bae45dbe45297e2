//! The values themselves: the different ones, or all. Numbers come first, by size, then texts.

use std::collections::BTreeMap;

use vigil_model::limits::{VALUES_BYTES_MAX, VALUES_MAX};

use crate::OwnedValue;
use crate::aggregates::budget::Budget;
use crate::value::Number;

/// Texts of values and how often each is there.
///
/// Of too many the first in the order are kept. What was once cut stays out, and all behind it, so what is left
/// depends on the values alone and not on which came first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    texts: BTreeMap<Box<str>, u64>,
    /// Bytes of the texts.
    text_bytes: usize,
    /// How many, each as often as it counts.
    count: u64,
    /// The first that was cut.
    end: Option<Place>,
}

/// How texts count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    /// Each once, however often it is there.
    pub(crate) once: bool,
    /// At most so many were asked for.
    pub(crate) limit: Option<u64>,
}

/// Where a text stands: numbers first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place(NumberFirst, Box<str>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum NumberFirst {
    Number(Number),
    Text,
}

/// Of a text beside its bytes, about.
const TEXT_BYTES: usize = 2 * size_of::<(Box<str>, u64)>();

impl Rule {
    fn max(&self) -> u64 {
        self.limit.unwrap_or(u64::MAX).min(VALUES_MAX as u64)
    }
}

impl Texts {
    pub(crate) fn add(&mut self, text: &str, times: u64, rule: Rule, budget: &mut Budget) {
        if let Some(count) = self.texts.get_mut(text) {
            if rule.once {
                return;
            }
            *count = count.saturating_add(times);
            self.count = self.count.saturating_add(times);
        } else {
            let is_cut = self.end.as_ref().is_some_and(|end| place_of(text) >= *end);
            if is_cut || !budget.take(text.len() + TEXT_BYTES) {
                return;
            }
            let times = if rule.once { 1 } else { times };
            self.texts.insert(text.into(), times);
            self.text_bytes += text.len();
            self.count = self.count.saturating_add(times);
        }
        // Sorting is dear: twice as many as are kept may come before it is done.
        if self.text_bytes > 2 * VALUES_BYTES_MAX || self.texts.len() > 2 * VALUES_MAX {
            self.shorten(rule, budget);
        }
    }

    /// Leaves out what is too much.
    fn shorten(&mut self, rule: Rule, budget: &mut Budget) {
        if self.text_bytes <= VALUES_BYTES_MAX && self.count <= rule.max() {
            return;
        }
        let (mut bytes, mut count) = (0, 0_u64);
        let mut sorted: Vec<Place> = self.texts.keys().map(|text| place_of(text)).collect();
        sorted.sort_unstable();
        let fits = |place: &Place| {
            bytes += place.1.len();
            // The text in which the maximum is reached is kept, with all the times that it is there.
            let fits = count < rule.max() && bytes <= VALUES_BYTES_MAX;
            count = count.saturating_add(self.texts[&place.1]);
            fits
        };
        let kept = sorted.iter().position({
            let mut fits = fits;
            move |place| !fits(place)
        });
        let Some(kept) = kept else { return };
        for place in &sorted[kept..] {
            self.remove(&place.1, budget);
        }
        self.end = Some(sorted.swap_remove(kept));
    }

    fn remove(&mut self, text: &str, budget: &mut Budget) {
        let count = self.texts.remove(text).expect("it is one of them");
        self.text_bytes -= text.len();
        self.count -= count.min(self.count);
        budget.give(text.len() + TEXT_BYTES);
    }

    pub(crate) fn merge(&mut self, other: Texts, rule: Rule, budget: &mut Budget) {
        if let Some(end) = other.end.filter(|end| self.end.as_ref().is_none_or(|own| end < own)) {
            let beyond: Vec<_> = self.texts.keys().filter(|text| place_of(text) >= end).cloned().collect();
            beyond.iter().for_each(|text| self.remove(text, budget));
            self.end = Some(end);
        }
        other.texts.into_iter().for_each(|(text, count)| self.add(&text, count, rule, budget));
    }

    /// A list of texts. A list that is cut at no limit of the query is noted in `budget`, from which its items
    /// are taken.
    pub(crate) fn into_value(mut self, rule: Rule, budget: &mut Budget) -> OwnedValue {
        self.shorten(rule, budget);
        budget.give(self.bytes());
        let texts = std::mem::take(&mut self.texts);
        let mut sorted: Vec<(Place, u64)> = texts.into_iter().map(|(text, count)| (place_of(&text), count)).collect();
        sorted.sort_unstable();
        let max = usize::try_from(rule.max()).unwrap_or(usize::MAX);
        let all = sorted.iter().flat_map(|(place, count)| std::iter::repeat_n(&place.1, usize_of(*count)));
        let kept = within(all).take(max).take_while(|text| budget.take(text.len() + size_of::<OwnedValue>()));
        let values: Vec<OwnedValue> = kept.map(|text| OwnedValue::Str(text.to_string())).collect();
        let is_all = self.end.is_none() && values.len() as u64 == self.count;
        if !is_all && rule.limit.is_none_or(|limit| (values.len() as u64) < limit) {
            budget.cut();
        }
        OwnedValue::List(values)
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.text_bytes + self.texts.len() * TEXT_BYTES
    }
}

/// The first texts that together are no longer than is allowed, each as often as it stands there.
fn within<'a>(texts: impl Iterator<Item = &'a Box<str>>) -> impl Iterator<Item = &'a Box<str>> {
    let mut bytes = 0;
    texts.take_while(move |text| {
        bytes += text.len();
        bytes <= VALUES_BYTES_MAX
    })
}

fn usize_of(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn place_of(text: &str) -> Place {
    Place(Number::read(text).map_or(NumberFirst::Text, NumberFirst::Number), text.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gathered(texts: &[String], rule: Rule, budget: &mut Budget) -> Texts {
        let mut all = Texts::default();
        texts.iter().for_each(|text| all.add(text, 1, rule, budget));
        all
    }

    fn naive(texts: &[String], rule: Rule) -> Vec<OwnedValue> {
        let mut places: Vec<Place> = texts.iter().map(|text| place_of(text)).collect();
        places.sort();
        if rule.once {
            places.dedup();
        }
        let mut bytes = 0;
        let fits = places.iter().take(rule.max() as usize).take_while(|place| {
            bytes += place.1.len();
            bytes <= VALUES_BYTES_MAX
        });
        fits.map(|place| OwnedValue::Str(place.1.to_string())).collect()
    }

    fn texts() -> impl Strategy<Value = Vec<String>> {
        let large = (0..90usize, "[a-c]").prop_map(|(n, text)| text.repeat(n * VALUES_BYTES_MAX / 100));
        prop_oneof![
            prop::collection::vec(prop_oneof!["[a-c]{0,2}", "[0-9]{1,2}", "-?[0-9]\\.[0-9]"], 0..40),
            prop::collection::vec(large, 0..12),
            (1..3 * VALUES_MAX)
                .prop_map(|n| (0..n).map(|n| format!("{}", n * 7919 % n.max(1).next_power_of_two())).collect()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn what_is_kept_is_the_first_of_all(
            texts in texts(),
            once in any::<bool>(),
            limit in prop::option::of(0u64..6),
            cut in 0.0..1.0,
        ) {
            let rule = Rule { once, limit };
            let mut budget = Budget::new(usize::MAX);
            let whole = gathered(&texts, rule, &mut budget);
            prop_assert_eq!(budget.held(), whole.bytes());
            let expected = naive(&texts, rule);
            let mut notes = Budget::new(usize::MAX);
            notes.force(whole.bytes());
            prop_assert_eq!(whole.into_value(rule, &mut notes), OwnedValue::List(expected.clone()));

            let (a, b) = texts.split_at((cut * texts.len() as f64) as usize);
            let mut other = Budget::new(usize::MAX);
            let mut merged = gathered(b, rule, &mut other);
            merged.merge(gathered(a, rule, &mut Budget::new(usize::MAX)), rule, &mut other);
            prop_assert_eq!(other.held(), merged.bytes());
            prop_assert_eq!(merged.into_value(rule, &mut other), OwnedValue::List(expected));
            prop_assert_eq!(other.has_cut(), notes.has_cut());
        }
    }
}
