//! `GET /v1/events/{id}`: one event by its name.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use vigil_model::EventId;

use crate::access;
use crate::app::App;
use crate::failure::Failure;

/// Answers the event as the same row that a query gives.
pub(crate) async fn event(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let permission = access::permission(access::of(&request), app.backend.now())?;
    let event: EventId = id.parse().map_err(|error: vigil_model::IdError| Failure::EventId(error.to_string()))?;
    // What may not be seen is as if it were not there.
    let row = app.backend.event(event, permission).await?;
    let row = row.ok_or_else(|| Failure::EventMissing { id, behind: behind(&app) })?;
    let mut json = Vec::new();
    row.write_json(&mut json);
    json.push(b'\n');
    Ok(([(header::CONTENT_TYPE, "application/json")], json).into_response())
}

/// The nodes that may hold what this one does not.
fn behind(app: &App) -> String {
    let names: Vec<String> = app.backend.missing().into_iter().map(|missing| missing.node).collect();
    names.join(", ")
}
