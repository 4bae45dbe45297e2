//! `/select/logsql/field_values`: which values a field has.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use vigil_query::{FieldValues, Pipe};

use super::args::Args;
use super::refused::Refused;
use super::{dialect, names};
use crate::app::App;
use crate::discover::HITS;

/// Answers values and how many events have each.
pub(super) async fn field_values(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    let limit = args.limit()?;
    let asked = args.needed("field")?;
    let field = dialect::field(&asked).to_owned();
    let answer = args.answer([Pipe::FieldValues(FieldValues { field: field.clone(), limit: None })]).await?;
    Ok(names::respond(names::pairs(&answer.answer.rows, &field, HITS), limit))
}
