//! Which fields of an event a label of Loki is, and which label a field.

use std::collections::BTreeSet;

use vigil_index::{OwnedValue, Row};
use vigil_model::roles;
use vigil_query::GroupKey;
use vigil_query::logql::{self, level_of};

use crate::labels::loki_name;

/// The label that says of which service an event is. Every event has it.
pub(super) const SERVICE: &str = "service_name";
/// Its value where nothing says which service it is.
pub(super) use vigil_query::logql::UNKNOWN_SERVICE;
/// The label that says how bad it is, in one of eight words.
pub(super) const LEVEL: &str = "detected_level";

/// The labels of a stream, by name.
pub(super) fn stream_names() -> BTreeSet<String> {
    roles::LABELS.iter().map(|field| loki_name(field)).chain([SERVICE.to_owned()]).collect()
}

/// What labels mean here. Nothing is known about which fields there are: to find that out would cost more than to ask
/// for each that a label may be.
pub(super) fn known() -> logql::Labels {
    logql::Labels::new(None, stream_names().into_iter().collect())
}

/// What events must be grouped by so that [`value`] can read these labels of the groups.
pub(super) fn columns<'a>(labels: impl IntoIterator<Item = &'a str>) -> Vec<GroupKey> {
    let known = known();
    let fields: BTreeSet<String> = labels.into_iter().flat_map(|label| known.fields(label, false)).collect();
    fields.into_iter().map(GroupKey::plain).collect()
}

/// The value of a label of an event or of a group of events; `None` where it has none.
pub(super) fn value(row: &Row, label: &str) -> Option<String> {
    let found = known().fields(label, false).iter().find_map(|field| text(row, field));
    match label {
        LEVEL => Some(level_of(&found.unwrap_or_default()).to_owned()),
        SERVICE => Some(found.unwrap_or_else(|| UNKNOWN_SERVICE.to_owned())),
        _ => found,
    }
}

/// The text of a column; `None` where there is nothing in it.
pub(super) fn text(row: &Row, column: &str) -> Option<String> {
    row.get(column).map(OwnedValue::to_string).filter(|text| !text.is_empty())
}
