//! `GET /v1/events/{id}`: one event by its name.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use vigil_model::EventId;

use crate::app::App;
use crate::failure::Failure;

/// Answers the event as the same row that a query gives.
pub(crate) async fn event(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, Failure> {
    let event: EventId = id.parse().map_err(|error: vigil_model::IdError| Failure::EventId(error.to_string()))?;
    let row = app.backend.event(event).await?.ok_or(Failure::EventMissing(id))?;
    let mut json = Vec::new();
    row.write_json(&mut json);
    json.push(b'\n');
    Ok(([(header::CONTENT_TYPE, "application/json")], json).into_response())
}
