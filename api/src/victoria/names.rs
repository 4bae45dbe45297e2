//! `{"values":[{"value","hits"}]}`: how lists of names and values are answered.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use vigil_index::Row;
use vigil_query::{Function, GroupKey, Pipe, Stat, StatFunction, Stats};

use super::args::Args;
use crate::discover::count;
use crate::failure::Failure;
use crate::labels::Labels;
use crate::reply;
use vigil_model::roles;

/// The column that counts events by labels; no label has this name.
const COUNT: &str = "_hits";

#[derive(Serialize)]
struct Names {
    values: Vec<Name>,
}

#[derive(Serialize)]
struct Name {
    value: String,
    hits: u64,
}

/// The most frequent first, then by name. Where there are more than `limit`, the hits are 0: to these clients that says
/// that the list is cut.
pub(super) fn respond(counts: impl IntoIterator<Item = (String, u64)>, limit: Option<u64>) -> Response {
    let mut values: Vec<Name> = counts.into_iter().map(|(value, hits)| Name { value, hits }).collect();
    values.sort_by(|a, b| b.hits.cmp(&a.hits).then_with(|| a.value.cmp(&b.value)));
    let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    if values.len() > limit {
        values.truncate(limit);
        values.iter_mut().for_each(|name| name.hits = 0);
    }
    reply::json(StatusCode::OK, &Names { values })
}

/// How many events there are of each stream.
pub(super) async fn streams(args: &Args) -> Result<BTreeMap<Labels, u64>, Failure> {
    let count_all = Stat { function: StatFunction::of(Function::Count, []), only_if: None, name: COUNT.to_owned() };
    let by = roles::LABELS.iter().map(|label| GroupKey::plain(*label)).collect();
    let answer = args.answer([Pipe::Stats(Stats { functions: vec![count_all], by })]).await?;
    let mut streams = BTreeMap::new();
    for row in &answer.answer.rows {
        *streams.entry(Labels::of(row)).or_default() += count(row, COUNT);
    }
    Ok(streams)
}

/// Values of one column, with the hits of the other.
pub(super) fn pairs<'a>(rows: &'a [Row], column: &'a str, hits: &'a str) -> impl Iterator<Item = (String, u64)> + 'a {
    rows.iter().map(move |row| (crate::discover::text(row, column), count(row, hits)))
}
