//! `GET /v1/events/{id}` and `…/context`: one event by its name, alone or with its neighbours.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use vigil_index::{OwnedValue, Row};
use vigil_model::EventId;
use vigil_model::limits::CONTEXT_ROWS_MAX;

use crate::app::App;
use crate::failure::Failure;
use crate::params::Params;
use crate::query::Envelope;
use crate::{access, query};

/// Neighbours on each side when nobody says how many.
const CONTEXT_ROWS: usize = 10;
/// The column that tells the event from its neighbours.
const HERE: &str = "_here";

/// Answers the event as the same row that a query gives.
pub(crate) async fn event(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let permission = access::permission(access::of(&request), app.backend.now())?;
    let event = read_id(&id)?;
    // What may not be seen is as if it were not there.
    let row = app.backend.event(event, permission).await?;
    let row = row.ok_or_else(|| Failure::EventMissing { id, behind: behind(&app) })?;
    let mut json = Vec::new();
    row.write_json(&mut json);
    json.push(b'\n');
    Ok(([(header::CONTENT_TYPE, "application/json")], json).into_response())
}

/// Answers the event and its neighbours in its log, in the order of the log.
pub(crate) async fn context(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let permission = access::permission(access::of(&request), app.backend.now())?;
    let event = read_id(&id)?;
    let mut params = Params::of_uri(request.uri());
    let (before, after) = (neighbours(&mut params, "before")?, neighbours(&mut params, "after")?);
    params.finish(&["before", "after"])?;
    let rows = app.backend.context(event, before, after, permission).await?;
    let mut rows = rows.ok_or_else(|| Failure::EventMissing { id, behind: behind(&app) })?;
    for row in rows.iter_mut().filter(|row| is(row, event)) {
        row.push(HERE.into(), OwnedValue::Bool(true));
    }
    Ok(query::rows_and(rows, &Envelope::now(&app)))
}

fn is(row: &Row, event: EventId) -> bool {
    row.get("_id") == Some(&OwnedValue::Id(event))
}

fn neighbours(params: &mut Params, name: &str) -> Result<usize, Failure> {
    let rows = params.read::<usize>(name)?.unwrap_or(CONTEXT_ROWS);
    match rows <= CONTEXT_ROWS_MAX {
        true => Ok(rows),
        false => Err(Failure::parameter(name, format!("must be at most {CONTEXT_ROWS_MAX}"))),
    }
}

fn read_id(id: &str) -> Result<EventId, Failure> {
    id.parse().map_err(|error: vigil_model::IdError| Failure::EventId(error.to_string()))
}

/// The nodes that may hold what this one does not.
fn behind(app: &App) -> String {
    let names: Vec<String> = app.backend.missing().into_iter().map(|missing| missing.node).collect();
    names.join(", ")
}
