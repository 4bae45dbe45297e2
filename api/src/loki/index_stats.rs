//! `index/stats`: how much a selector finds.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::args::Args;
use super::groups;
use super::groups::Size;
use super::refused::Refused;
use crate::app::App;
use crate::reply;

/// What it answers. There are no chunks here; as many are told as there are streams.
#[derive(Serialize)]
struct Stats {
    streams: usize,
    chunks: usize,
    entries: u64,
    bytes: u64,
}

/// Answers numbers of streams, lines and bytes of lines.
pub(super) async fn index_stats(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    let range = args.range()?;
    let selection = args.selection(range).await?;
    let streams = groups::streams(&args, &selection).await?;
    let mut all = Size::default();
    streams.values().for_each(|size| all.add(*size));
    let stats = Stats { streams: streams.len(), chunks: streams.len(), entries: all.events, bytes: all.bytes };
    Ok(reply::json(StatusCode::OK, &stats))
}
