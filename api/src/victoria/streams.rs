//! `/select/logsql/streams`: which streams the events are of.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::args::Args;
use super::names;
use super::refused::Refused;
use crate::app::App;

/// Answers `{label="value",…}` and how many events have these labels.
pub(super) async fn streams(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    let limit = args.limit()?;
    let streams = names::streams(&args).await?;
    Ok(names::respond(streams.into_iter().map(|(labels, hits)| (labels.to_string(), hits)), limit))
}
