//! `query`: the numbers of one moment.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use vigil_query::logql::{Expression, Matrix, Steps};

use super::args::Args;
use super::envelope::{Sample, number, result};
use super::refused::Refused;
use super::{metric, time};
use crate::app::App;
use crate::failure::Failure;

/// Answers a vector or a number; lines have no moment.
pub(super) async fn query(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    let at = time::moment(&mut args.params, "time")?.unwrap_or(args.now);
    let (text, expression) = args.expression()?;
    let Expression::Metric(asked) = expression else {
        let why = "selects lines, and this answers numbers; ask query_range for lines, or count_over_time of them";
        return Err(Failure::parameter("query", why).into());
    };
    let steps = Steps::instant(at.0);
    let (matrix, warnings) = metric::evaluate(&args, &text, &asked, steps).await?;
    Ok(answer(matrix, warnings))
}

fn answer(matrix: Matrix, warnings: Vec<String>) -> Response {
    let scalar = matrix.scalar;
    let samples = matrix.series.into_iter().filter_map(|series| {
        let (at, value) = series.samples.last().copied()?;
        Some(Sample { metric: series.labels, value: (time::seconds(at), number(value)) })
    });
    let mut samples: Vec<Sample> = samples.collect();
    match samples.pop_if(|_| scalar) {
        Some(sample) => result("scalar", sample.value, warnings),
        None => result("vector", samples, warnings),
    }
}
