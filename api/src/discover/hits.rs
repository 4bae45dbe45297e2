//! `GET|POST /v1/hits`: how many events there are when, split by fields if asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use vigil_index::{OwnedValue, Row};
use vigil_model::Timestamp;
use vigil_model::limits::{HISTOGRAM_BUCKETS_MAX, HISTOGRAM_FIELDS_MAX};
use vigil_query::{Function, Pipe, Stat, StatFunction, Stats, TIME_FIELD, TimeRange};

use super::histogram::{self, Histogram};
use super::step::{read_step, round_step};
use super::{Overview, histogram::Series as Counts};
use crate::app::App;
use crate::failure::Failure;
use crate::params::Params;
use crate::query::{Envelope, run_whole};
use crate::reply;

const PARAMETERS: &[&str] =
    &["q", "lang", "from", "to", "step", "by", "fields_limit", "class", "extra_filters", "timeout"];
/// Series of their own when nobody says how many.
const FIELDS_LIMIT: usize = 10;
const FIELDS_LIMIT_MAX: usize = 1_000;

/// What it answers.
#[derive(Serialize)]
struct Hits {
    step_s: f64,
    series: Vec<Series>,
    total: u64,
    #[serde(flatten)]
    envelope: Envelope,
}

/// Events of which the fields have these values; of all others, where `fields` is empty and there is more than one.
#[derive(Serialize)]
struct Series {
    fields: BTreeMap<String, String>,
    timestamps: Vec<String>,
    values: Vec<u64>,
    total: u64,
}

/// What is asked for beside the events.
struct Shape {
    by: Vec<String>,
    step: Option<i64>,
    most: usize,
}

/// Answers a histogram.
pub(crate) async fn hits(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let mut overview = Overview::read(app, request).await?;
    let shape = Shape::read(std::mem::take(&mut overview.params))?;
    let range = range(&overview).await?;
    let grid = Grid::new(&range, shape.step.unwrap_or_else(|| round_step(&range)))?;
    let question = overview.ask.question([histogram::pipe(&shape.by, grid.step, 0)])?;
    let answer = run_whole(&overview.app, question, overview.ask.asked, overview.deadline).await?;
    let (envelope, rows, _) = Envelope::of(answer, overview.began.elapsed());
    Ok(reply::json(StatusCode::OK, &written(&rows, &shape, &grid, envelope)))
}

fn written(rows: &[Row], shape: &Shape, grid: &Grid, envelope: Envelope) -> Hits {
    let counted = Histogram::of(rows, &shape.by).into_series(shape.most);
    let series: Vec<Series> = counted.into_iter().map(|counts| filled(counts, &shape.by, grid)).collect();
    let total = series.iter().map(|series| series.total).sum();
    Hits { step_s: grid.step as f64 / 1e9, series, total, envelope }
}

/// With a bucket for each step of the range, in which there may be nothing.
fn filled(mut counts: Counts, by: &[String], grid: &Grid) -> Series {
    for start in grid.starts() {
        counts.counts.entry(start).or_default();
    }
    let values = counts.values.unwrap_or_default();
    Series {
        fields: by.iter().cloned().zip(values).collect(),
        timestamps: counts.counts.keys().map(|start| Timestamp(*start).to_string()).collect(),
        values: counts.counts.into_values().collect(),
        total: counts.total,
    }
}

impl Shape {
    fn read(mut params: Params) -> Result<Shape, Failure> {
        let by: BTreeSet<String> = params.take_all("by").into_iter().filter(|field| !field.is_empty()).collect();
        if by.len() > HISTOGRAM_FIELDS_MAX {
            return Err(Failure::parameter("by", format!("names more than {HISTOGRAM_FIELDS_MAX} fields")));
        }
        if by.contains(TIME_FIELD) {
            return Err(Failure::parameter("by", "`_time` is what the buckets are of"));
        }
        let step = read_step(&mut params, "step")?;
        let most = params.read::<usize>("fields_limit")?.unwrap_or(FIELDS_LIMIT);
        if most > FIELDS_LIMIT_MAX {
            return Err(Failure::parameter("fields_limit", format!("must be at most {FIELDS_LIMIT_MAX}")));
        }
        params.finish(PARAMETERS)?;
        Ok(Shape { by: by.into_iter().collect(), step, most })
    }
}

/// Buckets side by side.
struct Grid {
    first: i64,
    step: i64,
    count: i64,
}

impl Grid {
    fn new(range: &TimeRange, step: i64) -> Result<Grid, Failure> {
        let first = range.from.0.div_euclid(step).saturating_mul(step);
        let length = i128::from(range.to.0) - i128::from(first);
        let count = length.max(0).unsigned_abs().div_ceil(u128::from(step.unsigned_abs()));
        if count > HISTOGRAM_BUCKETS_MAX as u128 {
            let why =
                format!("there would be {count} buckets, at most {HISTOGRAM_BUCKETS_MAX} are shown; take a wider one");
            return Err(Failure::parameter("step", why));
        }
        Ok(Grid { first, step, count: count as i64 })
    }

    fn starts(&self) -> impl Iterator<Item = i64> {
        (0..self.count).map(|n| self.first.saturating_add(n.saturating_mul(self.step)))
    }
}

/// The times that the histogram is of: those of the question, or where it leaves them open, those of its events.
async fn range(overview: &Overview) -> Result<TimeRange, Failure> {
    let asked = overview.ask.query.time;
    if asked.from > Timestamp::MIN && asked.to < Timestamp::MAX {
        return Ok(asked);
    }
    let question = overview.ask.question([extent()])?;
    let answer = run_whole(&overview.app, question, overview.ask.asked, overview.deadline).await?;
    let times = answer.answer.rows.first().and_then(|row| Some((time(row, "first")?, time(row, "last")?)));
    let Some((first, last)) = times else {
        return Ok(TimeRange { from: overview.ask.asked, to: overview.ask.asked });
    };
    let from = if asked.from > Timestamp::MIN { asked.from } else { first };
    let to = if asked.to < Timestamp::MAX { asked.to } else { Timestamp(last.0.saturating_add(1)) };
    Ok(TimeRange { from, to })
}

/// The first and the last time of the events.
fn extent() -> Pipe {
    let of_time = |function, name: &str| Stat {
        function: StatFunction::of(function, [TIME_FIELD.to_owned()]),
        only_if: None,
        name: name.to_owned(),
    };
    Pipe::Stats(Stats { functions: vec![of_time(Function::Min, "first"), of_time(Function::Max, "last")], by: vec![] })
}

fn time(row: &Row, column: &str) -> Option<Timestamp> {
    match row.get(column)? {
        OwnedValue::Time(time) => Some(*time),
        other => other.to_string().parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_cover_the_range_and_no_more() {
        let grid = |from, to, step| {
            let grid = Grid::new(&TimeRange { from: Timestamp(from), to: Timestamp(to) }, step)?;
            Ok(grid.starts().collect::<Vec<i64>>())
        };
        assert_eq!(grid(5, 25, 10), Ok(vec![0, 10, 20]));
        assert_eq!(grid(0, 20, 10), Ok(vec![0, 10]));
        assert_eq!(grid(-5, 1, 10), Ok(vec![-10, 0]));
        assert_eq!(grid(7, 7, 1), Ok(vec![]));
        let error: Result<Vec<i64>, Failure> = grid(i64::MIN, i64::MAX, 1);
        assert!(error.is_err_and(|why| why.to_string().contains("at most 11000")));
    }
}
