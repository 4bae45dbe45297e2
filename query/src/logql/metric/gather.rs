//! How the rows of a leaf become series.

use std::collections::BTreeMap;

use vigil_model::limits::LOGQL_SERIES_MAX;

use super::leaf::{FIRST, Leaf, Merge, VALUE};
use super::series::{LabelSet, within_limits};
use super::{MetricError, Series};
use crate::logql::translate::level_of;
use crate::{Fields, Number};

/// Takes rows in any order.
#[derive(Debug)]
pub struct Gather<'a> {
    leaf: &'a Leaf,
    series: BTreeMap<LabelSet, Vec<Option<f64>>>,
}

impl<'a> Gather<'a> {
    pub(super) fn new(leaf: &'a Leaf) -> Gather<'a> {
        Gather { leaf, series: BTreeMap::new() }
    }

    /// Takes one row. Its time is that of its column `_time`, where it has one.
    pub fn add(&mut self, row: &impl Fields) -> Result<(), MetricError> {
        let Some(value) = self.value(row) else { return Ok(()) };
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
            *slot = Some(slot.map_or(value, |own| merged(self.leaf.merge, own, value)));
        }
        assert!(self.series.len() <= LOGQL_SERIES_MAX, "a series is refused before it is one too many");
        Ok(())
    }

    /// All series, by their labels.
    pub fn finish(self) -> Vec<Series> {
        let steps = self.leaf.steps;
        let scale = self.leaf.scale;
        let samples = |values: Vec<Option<f64>>| {
            let present = values.into_iter().enumerate().filter_map(|(n, value)| Some((n, value?)));
            present.map(|(n, value)| (steps.time(n), value * scale)).collect()
        };
        self.series.into_iter().map(|(labels, values)| Series { labels, samples: samples(values) }).collect()
    }

    fn value(&self, row: &impl Fields) -> Option<f64> {
        let number = |column: &str| row.value(column).as_ref().and_then(Number::of).map(Number::to_f64);
        let value = number(VALUE)?;
        match self.leaf.merge {
            // A counter that is lower than before was set back to 0 in between.
            Merge::Counter => number(FIRST).map(|first| if value >= first { value - first } else { value }),
            // Stats without groups answer a row even where there was no line.
            Merge::Lines if value == 0.0 => None,
            Merge::Lines | Merge::Sum | Merge::Min | Merge::Max | Merge::Only => Some(value),
        }
    }

    fn labels(&self, row: &impl Fields) -> LabelSet {
        let mut labels = LabelSet::new();
        for key in &self.leaf.keys {
            let texts = key.columns.iter().filter_map(|column| row.value(column)).map(|value| value.to_string());
            let text = texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
            let text = if key.label == "detected_level" { level_of(&text).to_owned() } else { text };
            if !text.is_empty() {
                labels.insert(key.label.clone(), text);
            }
        }
        labels
    }
}

fn merged(merge: Merge, a: f64, b: f64) -> f64 {
    match merge {
        Merge::Lines | Merge::Sum => a + b,
        Merge::Min => a.min(b),
        Merge::Max => a.max(b),
        Merge::Only | Merge::Counter => b,
    }
}
