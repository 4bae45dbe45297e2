//! `facets`: the most frequent values of every field.

use std::sync::Arc;

use vigil_model::limits::ANSWER_BYTES_MAX;

use crate::aggregates::Budget;
use crate::gather::counts::{Counts, hits};
use crate::gather::{Source, too_many};
use crate::row::is_reserved;
use crate::{OwnedValue, Row};

/// Values of every field, as far as it has few and short ones.
#[derive(Clone, Debug)]
pub(crate) struct Facets {
    asked: vigil_query::Facets,
    /// Names of fields; their counts are how many events have them.
    names: Counts,
    /// By the number of the name; `None` where the field is left out.
    values: Vec<Option<Box<Counts>>>,
    events: u64,
    budget: Budget,
    text: String,
}

impl Facets {
    pub(crate) fn new(asked: &vigil_query::Facets) -> Facets {
        Facets {
            asked: asked.clone(),
            names: Counts::default(),
            values: Vec::new(),
            events: 0,
            budget: Budget::new(ANSWER_BYTES_MAX),
            text: String::new(),
        }
    }

    pub(crate) fn add(&mut self, row: &dyn Source) {
        self.events += 1;
        let mut text = std::mem::take(&mut self.text);
        row.each(&mut |name, cell| {
            if cell.is_empty() || is_reserved(name) {
                return;
            }
            let number = self.names.add_next(name, &mut self.budget);
            if number.is_some_and(|number| self.has_values(number)) {
                self.add_text(number, cell.text(&mut text), 1);
            }
        });
        self.text = text;
    }

    /// Adds events of which only the number matters.
    pub(crate) fn add_events(&mut self, events: u64) {
        self.events = self.events.saturating_add(events);
    }

    /// Whether the values of a field still count.
    fn has_values(&self, number: usize) -> bool {
        self.values.get(number).is_none_or(Option::is_some)
    }

    fn add_text(&mut self, number: Option<usize>, text: &str, events: u64) {
        let Some(number) = number else { return };
        if number >= self.values.len() {
            self.values.resize_with(number + 1, || Some(Box::default()));
        }
        let Some(values) = &mut self.values[number] else { return };
        let is_short = text.len() as u64 <= self.asked.max_value_len;
        let fits = is_short && values.add(text, events, &mut self.budget).is_some();
        if !fits || values.len() as u64 > self.asked.max_values {
            self.leave_out(number);
        }
    }

    fn leave_out(&mut self, number: usize) {
        if number >= self.values.len() {
            self.values.resize_with(number + 1, || Some(Box::default()));
        }
        if let Some(values) = self.values[number].take() {
            self.budget.give(values.bytes());
        }
    }

    pub(crate) fn merge(&mut self, other: &Facets) {
        self.budget.merge_notes(&other.budget);
        self.add_events(other.events);
        for (at, (name, count)) in other.names.iter().enumerate() {
            let Some(number) = self.names.add(name, count, &mut self.budget) else { continue };
            match other.values.get(at) {
                Some(Some(values)) => values.iter().for_each(|(text, n)| self.add_text(Some(number), text, n)),
                Some(None) => self.leave_out(number),
                None => {}
            }
        }
    }

    /// Columns `field_name`, `field_value`, `hits`; by the name of the field, then the most frequent first.
    pub(crate) fn into_rows(self) -> (Vec<Row>, Option<String>) {
        let columns: [Arc<str>; 3] = ["field_name".into(), "field_value".into(), "hits".into()];
        let limit = usize::try_from(self.asked.limit).unwrap_or(usize::MAX);
        let mut fields: Vec<(&str, &Counts)> = self
            .names
            .iter()
            .zip(&self.values)
            .filter_map(|((name, _), values)| Some((name, values.as_deref()?)))
            .filter(|(_, values)| self.asked.keep_const || !self.is_const(values))
            .collect();
        fields.sort_unstable_by_key(|(name, _)| *name);
        let mut rows = Vec::new();
        for (name, values) in fields {
            for (text, count) in values.sorted().into_iter().take(limit) {
                let cells = [OwnedValue::Str(name.to_owned()), OwnedValue::Str(text.to_owned()), hits(count)];
                rows.push(Row::new(columns.iter().cloned().zip(cells)));
            }
        }
        (rows, too_many(&self.budget, "fields or values of them"))
    }

    /// Whether all events have the same value.
    fn is_const(&self, values: &Counts) -> bool {
        values.len() == 1 && values.iter().all(|(_, count)| count == self.events)
    }
}
