//! `/select/logsql/stats_query`: the result of a `stats` pipe as a vector of Prometheus.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use vigil_index::Row;
use vigil_query::{Pipe, Query, Stats};

use super::args::Args;
use super::refused::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::reply;

/// The envelope of Prometheus.
#[derive(Serialize)]
pub(super) struct Answer<T> {
    status: &'static str,
    data: Data<T>,
}

#[derive(Serialize)]
struct Data<T> {
    #[serde(rename = "resultType")]
    kind: &'static str,
    result: Vec<T>,
}

impl<T> Answer<T> {
    pub(super) fn of(kind: &'static str, result: Vec<T>) -> Answer<T> {
        Answer { status: "success", data: Data { kind, result } }
    }
}

/// Labels, `__name__` among them.
pub(super) type Metric = BTreeMap<String, String>;

#[derive(Serialize)]
struct Sample {
    metric: Metric,
    /// Seconds since 1970, and the value as text.
    value: (f64, String),
}

/// Answers one sample for each group and each aggregate.
pub(super) async fn stats_query(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let args = Args::read_at(app, request, Some("time")).await?;
    let by = group_names(last_stats(&mut args.ask.query.clone())?);
    let answer = args.answer([]).await?;
    let at = seconds(args.ask.asked.0);
    let samples = answer.answer.rows.iter().flat_map(|row| metrics(row, &by));
    let result = samples.map(|(metric, value)| Sample { metric, value: (at, value) }).collect();
    Ok(reply::json(StatusCode::OK, &Answer::of("vector", result)))
}

/// The last `stats` of a query, which it must have.
pub(super) fn last_stats(query: &mut Query) -> Result<&mut Stats, Failure> {
    let stats =
        query.pipes.iter_mut().rev().find_map(|pipe| if let Pipe::Stats(stats) = pipe { Some(stats) } else { None });
    stats.ok_or_else(|| {
        Failure::parameter("query", "must have a `stats` pipe, such as `| stats count() as n by (level)`")
    })
}

/// What makes its groups.
pub(super) fn group_names(stats: &Stats) -> Vec<String> {
    stats.by.iter().map(|key| key.field.clone()).collect()
}

/// Each column that is not of `by` is a metric of its own, with those of `by` as labels.
pub(super) fn metrics(row: &Row, by: &[String]) -> Vec<(Metric, String)> {
    let is_label = |name: &str| by.iter().any(|label| label == name);
    let columns = || row.columns().map(|(name, value)| (name.to_owned(), value.to_string()));
    let labels: Metric = columns().filter(|(name, value)| is_label(name) && !value.is_empty()).collect();
    let values = columns().filter(|(name, _)| !is_label(name));
    let named = |name| labels.iter().map(|(a, b)| (a.clone(), b.clone())).chain([("__name__".to_owned(), name)]);
    values.map(|(name, value)| (named(name).collect(), value)).collect()
}

/// Nanoseconds as Prometheus says times.
pub(super) fn seconds(nanos: i64) -> f64 {
    nanos.div_euclid(1_000_000) as f64 / 1_000.0
}
