//! `field_names`: which fields there are, and in how many events each has something in it.

use std::sync::Arc;

use vigil_model::limits::ANSWER_BYTES_MAX;

use crate::aggregates::Budget;
use crate::gather::counts::{Counts, hits};
use crate::gather::{Source, too_many};
use crate::row::is_reserved;
use crate::{OwnedValue, Row};

/// Names of fields. `_time` and the like are in every event and are not named.
#[derive(Clone, Debug)]
pub(crate) struct FieldNames {
    counts: Counts,
    budget: Budget,
}

impl Default for FieldNames {
    fn default() -> FieldNames {
        FieldNames { counts: Counts::default(), budget: Budget::new(ANSWER_BYTES_MAX) }
    }
}

impl FieldNames {
    pub(crate) fn add(&mut self, row: &dyn Source) {
        row.each(&mut |name, cell| {
            if !cell.is_empty() && !is_reserved(name) {
                self.counts.add_next(name, &mut self.budget);
            }
        });
    }

    /// Adds a field that so many events have.
    pub(crate) fn add_name(&mut self, name: &str, events: u64) {
        self.counts.add(name, events, &mut self.budget);
    }

    pub(crate) fn merge(&mut self, other: &FieldNames) {
        self.budget.merge_notes(&other.budget);
        other.counts.iter().for_each(|(name, count)| self.add_name(name, count));
    }

    /// Columns `name` and `hits`, the most frequent first.
    pub(crate) fn into_rows(self) -> (Vec<Row>, Option<String>) {
        let (name_column, hits_column): (Arc<str>, Arc<str>) = ("name".into(), "hits".into());
        let row = |(name, count): (&str, u64)| {
            let name = OwnedValue::Str(name.to_owned());
            Row::new([(name_column.clone(), name), (hits_column.clone(), hits(count))])
        };
        let rows = self.counts.sorted().into_iter().map(row).collect();
        (rows, too_many(&self.budget, "names of fields"))
    }
}
