//! `/select/logsql/stream_field_names`: which labels the events have.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::args::Args;
use super::names;
use super::refused::Refused;
use crate::app::App;

/// Answers the names of labels and how many events have each.
pub(super) async fn stream_field_names(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    let limit = args.limit()?;
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for (labels, hits) in names::streams(&args).await? {
        labels.iter().for_each(|(name, _)| *counts.entry(name.to_owned()).or_default() += hits);
    }
    Ok(names::respond(counts, limit))
}
