//! `field_values`: the values of a field, and how often each is there.

use std::sync::Arc;

use vigil_model::limits::ANSWER_BYTES_MAX;

use crate::aggregates::Budget;
use crate::gather::counts::{Counts, hits};
use crate::gather::{Source, too_many};
use crate::{OwnedValue, Row};

/// Values of one field, without the empty one.
#[derive(Clone, Debug)]
pub(crate) struct FieldValues {
    field: Arc<str>,
    limit: usize,
    counts: Counts,
    budget: Budget,
    text: String,
}

impl FieldValues {
    pub(crate) fn new(asked: &vigil_query::FieldValues) -> FieldValues {
        FieldValues {
            field: asked.field.as_str().into(),
            limit: asked.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX)),
            counts: Counts::default(),
            budget: Budget::new(ANSWER_BYTES_MAX),
            text: String::new(),
        }
    }

    #[inline]
    pub(crate) fn add(&mut self, row: &dyn Source) {
        if let Some(cell) = row.cell(&self.field).filter(|cell| !cell.is_empty()) {
            self.counts.add(cell.text(&mut self.text), 1, &mut self.budget);
        }
    }

    /// Adds a value, written as text, that so many events have.
    pub(crate) fn add_value(&mut self, text: &str, events: u64) {
        if !text.is_empty() {
            self.counts.add(text, events, &mut self.budget);
        }
    }

    pub(crate) fn merge(&mut self, other: &FieldValues) {
        self.budget.merge_notes(&other.budget);
        other.counts.iter().for_each(|(text, count)| self.add_value(text, count));
    }

    /// A column named as the field, and `hits` (`hitss` beside a field `hits`); the most frequent first.
    pub(crate) fn into_rows(self) -> (Vec<Row>, Option<String>) {
        let hits_column: Arc<str> = if &*self.field == "hits" { "hitss" } else { "hits" }.into();
        let row = |(text, count): (&str, u64)| {
            let text = OwnedValue::Str(text.to_owned());
            Row::new([(self.field.clone(), text), (hits_column.clone(), hits(count))])
        };
        let rows = self.counts.sorted().into_iter().take(self.limit).map(row).collect();
        (rows, too_many(&self.budget, "values of the field"))
    }
}
