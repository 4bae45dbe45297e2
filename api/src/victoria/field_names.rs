//! `/select/logsql/field_names`: which fields the events have.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use vigil_query::Pipe;

use super::args::Args;
use super::names;
use super::refused::Refused;
use crate::app::App;
use crate::discover::HITS;

/// Answers names and how many events have each.
pub(super) async fn field_names(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    let limit = args.limit()?;
    let answer = args.answer([Pipe::FieldNames]).await?;
    Ok(names::respond(names::pairs(&answer.answer.rows, "name", HITS), limit))
}
