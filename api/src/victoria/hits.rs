//! `/select/logsql/hits`: how many events there are in each bucket of time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use vigil_model::Timestamp;
use vigil_model::limits::HISTOGRAM_FIELDS_MAX;

use super::args::Args;
use super::dialect;
use super::refused::Refused;
use crate::app::App;
use crate::discover::{Histogram, Series, pipe, read_distance, read_step};
use crate::failure::Failure;
use crate::reply;

#[derive(Serialize)]
struct Hits {
    hits: Vec<Group>,
}

/// Buckets in which there is something.
#[derive(Serialize)]
struct Group {
    fields: BTreeMap<String, String>,
    timestamps: Vec<String>,
    values: Vec<u64>,
    total: u64,
}

/// Answers counts by day, or by `step`.
pub(super) async fn hits(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    let step = read_step(&mut args.params, "step")?.unwrap_or(Timestamp::DAY);
    let offset = read_distance(&mut args.params, "offset")?.unwrap_or(0);
    let fields = fields(&mut args)?;
    let most = args.params.read::<usize>("fields_limit")?.filter(|most| *most > 0).unwrap_or(usize::MAX);
    let by: Vec<String> = fields.iter().map(|field| dialect::field(field).to_owned()).collect();
    let answer = args.answer([pipe(&by, step, offset)]).await?;
    let series = Histogram::of(&answer.answer.rows, &by).into_series(most);
    let hits = series.into_iter().map(|series| group(series, &fields)).collect();
    Ok(reply::json(StatusCode::OK, &Hits { hits }))
}

fn fields(args: &mut Args) -> Result<Vec<String>, Failure> {
    let fields: BTreeSet<String> =
        args.params.take_all("field").into_iter().filter(|field| !field.is_empty()).collect();
    match fields.len() <= HISTOGRAM_FIELDS_MAX {
        true => Ok(fields.into_iter().collect()),
        false => Err(Failure::parameter("field", format!("names more than {HISTOGRAM_FIELDS_MAX} fields"))),
    }
}

/// The series of all that got none of their own has no fields.
fn group(series: Series, fields: &[String]) -> Group {
    let values = series.values.unwrap_or_default();
    Group {
        fields: fields.iter().cloned().zip(values).collect(),
        timestamps: series.counts.keys().map(|start| Timestamp(*start).to_string()).collect(),
        values: series.counts.into_values().collect(),
        total: series.total,
    }
}
