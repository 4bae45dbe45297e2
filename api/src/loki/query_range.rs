//! `query_range`: lines of a time, or numbers over it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use vigil_model::limits::LOKI_ENTRIES_MAX;
use vigil_query::TimeRange;
use vigil_query::logql::{Expression, Matrix, Metric, Steps};

use super::args::{Args, Selection, metric_failure};
use super::envelope::{CATEGORIZED, Series, flagged, number, result};
use super::page::Page;
use super::refused::Refused;
use super::{metric, streams, time};
use crate::app::App;
use crate::failure::Failure;

/// Lines where nobody says how many.
const LIMIT: u64 = 100;

/// Answers streams or a matrix.
pub(super) async fn query_range(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let categorize = streams::categorize(request.headers());
    let mut args = Args::read(app, request).await?;
    let range = args.range()?;
    if range.to < range.from {
        return Err(Failure::parameter("end", format!("{} is before `start`, {}", range.to, range.from)).into());
    }
    let (text, expression) = args.expression()?;
    match expression {
        Expression::Log(_) => Ok(lines(args, text, range, categorize).await?),
        Expression::Metric(asked) => Ok(numbers(args, &text, &asked, range).await?),
    }
}

async fn lines(mut args: Args, text: String, range: TimeRange, categorize: bool) -> Result<Response, Failure> {
    let limit = limit(&mut args)?;
    let forward = forward(&mut args)?;
    let selection = Selection::read(&args, &text, range, "").await?;
    let page = Page { limit, forward, categorize };
    let (streams, warnings) = streams::read(&args, &selection, page).await?;
    let flags = if categorize { CATEGORIZED } else { &[] };
    Ok(flagged("streams", flags, streams, warnings))
}

async fn numbers(mut args: Args, text: &str, asked: &Metric, range: TimeRange) -> Result<Response, Failure> {
    let step = time::step(&mut args.params, &range)?;
    let steps = Steps::range(range.from.0, range.to.0, step).map_err(|error| metric_failure(error, text))?;
    let (matrix, warnings) = metric::evaluate(&args, text, asked, steps).await?;
    Ok(result("matrix", series(matrix), warnings))
}

fn series(matrix: Matrix) -> Vec<Series> {
    let samples =
        |samples: Vec<(i64, f64)>| samples.into_iter().map(|(at, value)| (time::seconds(at), number(value))).collect();
    matrix.series.into_iter().map(|series| Series { metric: series.labels, values: samples(series.samples) }).collect()
}

/// `limit=`, from 1 to [`LOKI_ENTRIES_MAX`].
pub(super) fn limit(args: &mut Args) -> Result<usize, Failure> {
    let limit = args.params.read::<i64>("limit")?.unwrap_or(LIMIT as i64);
    let fits = usize::try_from(limit).ok().filter(|limit| (1..=LOKI_ENTRIES_MAX).contains(limit));
    fits.ok_or_else(|| Failure::parameter("limit", format!("`{limit}` is not from 1 to {LOKI_ENTRIES_MAX}")))
}

/// `direction=`, in any letter case: whether the oldest line comes first.
fn forward(args: &mut Args) -> Result<bool, Failure> {
    let direction = args.params.take("direction")?.unwrap_or_default();
    match direction.to_ascii_lowercase().as_str() {
        "" | "backward" => Ok(false),
        "forward" => Ok(true),
        _ => Err(Failure::parameter("direction", format!("`{direction}` is not forward or backward"))),
    }
}
