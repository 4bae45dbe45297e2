//! Which fields of an event a label of Loki is, and which label a field.

use std::collections::BTreeSet;

use vigil_index::{OwnedValue, Row};
use vigil_model::roles;
use vigil_query::logql::{self, label_of, level_of};
use vigil_query::{Filter, GroupKey, Pipe, Query, TimeRange};

use super::args::Args;
use crate::discover;
use crate::failure::Failure;

/// The label that says of which service an event is. Every event has it.
pub(super) const SERVICE: &str = "service_name";
/// Its value where nothing says which service it is.
pub(super) use vigil_query::logql::UNKNOWN_SERVICE;
/// The label that says how bad it is, in one of eight words.
pub(super) const LEVEL: &str = "detected_level";

/// The labels of a stream, by name.
pub(super) fn stream_names() -> BTreeSet<String> {
    roles::LABELS.iter().map(|field| label_of(field)).chain([SERVICE.to_owned()]).collect()
}

/// What the labels in a text mean, given the events of a time. Which fields there are is asked only where a label may
/// be one of several: `http_status_code` may be `http.status_code`.
pub(super) async fn known(args: &Args, text: &str, time: TimeRange) -> Result<logql::Labels, Failure> {
    let streams: Vec<String> = stream_names().into_iter().collect();
    let asked: BTreeSet<&str> = text.split(|c| !is_of_name(c)).filter(|word| may_be_several(word, &streams)).collect();
    if asked.is_empty() {
        return Ok(logql::Labels::new(None, streams));
    }
    let rows = args.whole(Query { time, filter: Filter::All, pipes: vec![Pipe::FieldNames] }).await?.rows;
    let seen = rows.iter().map(|row| discover::text(row, "name"));
    let seen = seen.filter(|name| asked.contains(label_of(name).as_str()));
    // What is not there may come while a tail goes on.
    let usual = asked.iter().flat_map(|label| [(*label).to_owned(), label.replace('_', ".")]);
    let roles = [&roles::MESSAGE[..], &roles::LEVEL, &roles::HOST, &roles::SERVICE, &roles::LABELS];
    let roles = roles.into_iter().flatten().map(|field| (*field).to_owned());
    let mut fields: Vec<String> = Vec::new();
    for field in usual.chain(seen).chain(roles) {
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    Ok(logql::Labels::new(Some(fields), streams))
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Words of the language, and values, that look like such labels.
const NO_LABELS: [&str; 12] = [
    "approx_topk",
    "bytes_rate",
    "duration_seconds",
    "group_left",
    "group_right",
    "label_format",
    "label_replace",
    "line_format",
    "rate_counter",
    "sort_desc",
    LEVEL,
    UNKNOWN_SERVICE,
];

/// Whether a word may be a label that is a field with other signs. One that is taken for it by mistake costs time and
/// changes nothing.
fn may_be_several(word: &str, streams: &[String]) -> bool {
    let has_sign = word.trim_matches('_').contains('_') || word.starts_with('_') && !word.starts_with("__");
    let is_other =
        NO_LABELS.contains(&word) || word.ends_with("_over_time") || streams.iter().any(|label| label == word);
    has_sign && !is_other
}

/// What events must be grouped by so that [`value`] can read these labels of the groups.
pub(super) fn columns<'a>(known: &logql::Labels, labels: impl IntoIterator<Item = &'a str>) -> Vec<GroupKey> {
    let fields: BTreeSet<String> = labels.into_iter().flat_map(|label| known.fields(label, false)).collect();
    fields.into_iter().map(GroupKey::plain).collect()
}

/// The value of a label of an event or of a group of events; `None` where it has none.
pub(super) fn value(known: &logql::Labels, row: &Row, label: &str) -> Option<String> {
    let found = known.fields(label, false).iter().find_map(|field| text(row, field));
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
