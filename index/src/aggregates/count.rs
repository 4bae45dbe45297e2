//! How many rows have one of some fields, or none.

use crate::aggregates::Columns;

/// Whether a row is one to count: one of the fields is there, or none are named.
#[inline]
pub(crate) fn counts(fields: &[String], columns: Columns<'_, '_>) -> bool {
    fields.is_empty() || fields.iter().any(|name| columns(name).is_some_and(|cell| !cell.is_empty()))
}

/// Whether every one of the fields is missing or empty.
pub(crate) fn counts_empty(fields: &[String], columns: Columns<'_, '_>) -> bool {
    fields.iter().all(|name| columns(name).is_none_or(|cell| cell.is_empty()))
}
