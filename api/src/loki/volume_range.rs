//! `index/volume_range`: as `index/volume`, over time.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use vigil_model::limits::HISTOGRAM_BUCKETS_MAX;
use vigil_query::{Bucket, GroupKey, TIME_FIELD};

use super::args::Args;
use super::entry;
use super::envelope::{LabelSet, Series, result};
use super::groups::Size;
use super::refused::Refused;
use super::time;
use super::volume::Asked;
use crate::app::App;
use crate::failure::Failure;

/// Answers a matrix, the largest series first; a bucket has the time at which it begins.
pub(super) async fn volume_range(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    let asked = Asked::read(&mut args).await?;
    let width = time::step(&mut args.params, &asked.range)?;
    let bucket = bucket(&asked, width)?;
    let answered = asked.answer(&args, Some(bucket)).await?;
    let mut series: BTreeMap<LabelSet, BTreeMap<i64, u64>> = BTreeMap::new();
    for row in &answered.rows {
        let Some(at) = entry::time(row) else { continue };
        for labels in asked.series(row) {
            *series.entry(labels).or_default().entry(at).or_default() += Size::of(row).bytes;
        }
    }
    let mut series: Vec<(LabelSet, BTreeMap<i64, u64>)> = series.into_iter().collect();
    series.sort_by_key(|(_, buckets)| std::cmp::Reverse(buckets.values().sum::<u64>()));
    series.truncate(asked.limit);
    let values = |buckets: BTreeMap<i64, u64>| {
        buckets.into_iter().map(|(at, bytes)| (time::seconds(at), bytes.to_string())).collect()
    };
    let matrix: Vec<Series> =
        series.into_iter().map(|(metric, buckets)| Series { metric, values: values(buckets) }).collect();
    Ok(result("matrix", matrix, answered.warnings))
}

/// Buckets that begin with the range.
fn bucket(asked: &Asked, width: i64) -> Result<GroupKey, Failure> {
    let length = asked.range.to.0.saturating_sub(asked.range.from.0).max(0);
    if length / width > HISTOGRAM_BUCKETS_MAX as i64 {
        let why = format!("makes more than {HISTOGRAM_BUCKETS_MAX} buckets; take a longer one");
        return Err(Failure::parameter("step", why));
    }
    let offset = asked.range.from.0.rem_euclid(width);
    Ok(GroupKey { field: TIME_FIELD.to_owned(), bucket: Some(Bucket::Time { width, offset }) })
}
