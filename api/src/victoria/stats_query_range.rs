//! `/select/logsql/stats_query_range`: the results of a `stats` pipe over time as a matrix of Prometheus.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use vigil_index::{OwnedValue, Row};
use vigil_model::Timestamp;
use vigil_query::{Bucket, GroupKey, TIME_FIELD};

use super::args::Args;
use super::refused::Refused;
use super::stats_query::{Answer, Metric, group_names, last_stats, metrics, seconds};
use crate::app::App;
use crate::discover::{read_distance, read_step};
use crate::reply;

#[derive(Serialize)]
struct Series {
    metric: Metric,
    values: Vec<(f64, String)>,
}

/// Answers one series for each group and each aggregate, by day or by `step`.
pub(super) async fn stats_query_range(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    let width = read_step(&mut args.params, "step")?.unwrap_or(Timestamp::DAY);
    let offset = read_distance(&mut args.params, "offset")?.unwrap_or(0);
    let stats = last_stats(&mut args.ask.query)?;
    stats.by.retain(|key| key.field != TIME_FIELD);
    stats.by.insert(0, GroupKey { field: TIME_FIELD.to_owned(), bucket: Some(Bucket::Time { width, offset }) });
    let by = group_names(stats);
    let answer = args.answer([]).await?;
    Ok(reply::json(StatusCode::OK, &Answer::of("matrix", matrix(&answer.answer.rows, &by))))
}

/// Series in the order of their labels, times in order.
fn matrix(rows: &[Row], by: &[String]) -> Vec<Series> {
    let mut series: BTreeMap<Metric, BTreeMap<i64, String>> = BTreeMap::new();
    for row in rows {
        let Some(OwnedValue::Time(time)) = row.get(TIME_FIELD) else { continue };
        for (mut metric, value) in metrics(row, by) {
            metric.remove(TIME_FIELD);
            series.entry(metric).or_default().insert(time.0, value);
        }
    }
    let values =
        |values: BTreeMap<i64, String>| values.into_iter().map(|(time, value)| (seconds(time), value)).collect();
    series.into_iter().map(|(metric, times)| Series { metric, values: values(times) }).collect()
}
