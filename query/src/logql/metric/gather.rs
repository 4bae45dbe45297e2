//! How the rows of a leaf become series.

use std::collections::BTreeMap;

use vigil_model::limits::LOGQL_SERIES_MAX;

use super::leaf::{FIRST, Leaf, Merge, VALUE};
use super::series::{LabelSet, within_limits};
use super::{MetricError, Series};
use crate::logql::translate::{SERVICE_LABEL, UNKNOWN_SERVICE, level_of};
use crate::{Fields, Number};

/// What is known of one sample.
#[derive(Clone, Copy, Debug)]
struct Slot {
    value: f64,
    /// Of a counter: its value at the beginning.
    first: f64,
    /// Times of the earliest and of the latest row in it.
    from: i64,
    to: i64,
}

/// Takes rows in any order.
#[derive(Debug)]
pub struct Gather<'a> {
    leaf: &'a Leaf,
    series: BTreeMap<LabelSet, Vec<Option<Slot>>>,
}

impl<'a> Gather<'a> {
    pub(super) fn new(leaf: &'a Leaf) -> Gather<'a> {
        Gather { leaf, series: BTreeMap::new() }
    }

    /// Takes one row. Its time is that of its column `_time`, where it has one.
    pub fn add(&mut self, row: &impl Fields) -> Result<(), MetricError> {
        let Some(new) = self.slot(row) else { return Ok(()) };
        let steps = self.leaf.cut.steps_of(row.event_time(), &self.leaf.steps);
        if steps.is_empty() {
            return Ok(());
        }
        let labels = self.labels(row);
        if !self.series.contains_key(&labels) {
            within_limits(self.series.len() + 1, &self.leaf.steps)?;
        }
        let count = self.leaf.steps.count();
        let values = self.series.entry(labels).or_insert_with(|| vec![None; count]);
        for slot in &mut values[steps] {
            *slot = Some(slot.map_or(new, |own| merged(self.leaf.merge, own, new)));
        }
        assert!(self.series.len() <= LOGQL_SERIES_MAX, "a series is refused before it is one too many");
        Ok(())
    }

    /// All series, by their labels.
    pub fn finish(self) -> Vec<Series> {
        let steps = self.leaf.steps;
        let scale = self.leaf.scale;
        let is_counter = self.leaf.merge == Merge::Counter;
        let value_of = |slot: Slot| if is_counter { increase(slot) } else { slot.value };
        let samples = |values: Vec<Option<Slot>>| {
            let present = values.into_iter().enumerate().filter_map(|(n, value)| Some((n, value?)));
            present.map(|(n, value)| (steps.time(n), value_of(value) * scale)).collect()
        };
        self.series.into_iter().map(|(labels, values)| Series { labels, samples: samples(values) }).collect()
    }

    fn slot(&self, row: &impl Fields) -> Option<Slot> {
        let number = |column: &str| row.value(column).as_ref().and_then(Number::of).map(Number::to_f64);
        let value = number(VALUE)?;
        // Stats without groups answer a row even where there was no line.
        if self.leaf.merge == Merge::Lines && value == 0.0 {
            return None;
        }
        let first = if self.leaf.merge == Merge::Counter { number(FIRST)? } else { value };
        let time = row.event_time().map_or(0, |time| time.0);
        Some(Slot { value, first, from: time, to: time })
    }

    fn labels(&self, row: &impl Fields) -> LabelSet {
        let mut labels = LabelSet::new();
        for key in &self.leaf.keys {
            let texts = key.columns.iter().filter_map(|column| row.value(column)).map(|value| value.to_string());
            let text = texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
            let text = match key.label.as_str() {
                "detected_level" => level_of(&text).to_owned(),
                SERVICE_LABEL if text.is_empty() => UNKNOWN_SERVICE.to_owned(),
                _ => text,
            };
            if !text.is_empty() {
                labels.insert(key.label.clone(), text);
            }
        }
        labels
    }
}

fn merged(merge: Merge, a: Slot, b: Slot) -> Slot {
    let (earlier, later) = (if b.from < a.from { b } else { a }, if b.to > a.to { b } else { a });
    let value = match merge {
        Merge::Lines | Merge::Sum => a.value + b.value,
        Merge::Min => a.value.min(b.value),
        Merge::Max => a.value.max(b.value),
        Merge::Earliest => earlier.value,
        Merge::Only | Merge::Latest | Merge::Counter => later.value,
    };
    Slot { value, first: earlier.first, from: earlier.from, to: later.to }
}

/// How far a counter went on. One that is lower than before was set back to 0 in between.
fn increase(slot: Slot) -> f64 {
    if slot.value >= slot.first { slot.value - slot.first } else { slot.value }
}
