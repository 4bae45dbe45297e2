//! `detected_field/{name}/values`: which values a field of the lines of a selection has.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::args::Args;
use super::refused::Refused;
use super::sample;
use crate::app::App;
use crate::reply;

#[derive(Serialize)]
struct Detected {
    values: Vec<String>,
    limit: usize,
}

/// Answers the values; none where the field is none.
pub(super) async fn detected_field_values(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    let mut sample = sample::take(&mut args).await?;
    let values = sample.fields.remove(&name).map(|field| field.values).unwrap_or_default();
    let values = values.into_iter().take(sample.limit).collect();
    Ok(reply::json(StatusCode::OK, &Detected { values, limit: sample.limit }))
}
