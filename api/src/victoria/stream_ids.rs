//! `/select/logsql/stream_ids`: the short names of the streams that the events are of.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::args::Args;
use super::names;
use super::refused::Refused;
use crate::app::App;

/// Answers the `_stream_id` of each stream and how many events it has.
pub(super) async fn stream_ids(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    let limit = args.limit()?;
    let streams = names::streams(&args).await?;
    Ok(names::respond(streams.into_iter().map(|(labels, hits)| (labels.id(), hits)), limit))
}
