//! `GET|POST /v1/fields`: which fields the events have, and how many events have each.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use vigil_query::Pipe;

use super::{HITS, Overview, count, most_frequent_first, text};
use crate::app::App;
use crate::failure::Failure;
use crate::query::Envelope;
use crate::reply;

const PARAMETERS: &[&str] = &["q", "lang", "from", "to", "limit", "class", "extra_filters", "timeout"];
const LIMIT: usize = 1_000;

/// What it answers.
#[derive(Serialize)]
struct Fields {
    fields: Vec<Field>,
    more: bool,
    #[serde(flatten)]
    envelope: Envelope,
}

#[derive(Serialize)]
struct Field {
    name: String,
    hits: u64,
}

/// Answers the names of fields, the most frequent first.
pub(crate) async fn fields(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let mut overview = Overview::read(app, request).await?;
    let limit = overview.limit(LIMIT)?;
    std::mem::take(&mut overview.params).finish(PARAMETERS)?;
    let (rows, more, envelope) = overview.list(vec![Pipe::FieldNames, most_frequent_first("name")], limit).await?;
    let fields = rows.iter().map(|row| Field { name: text(row, "name"), hits: count(row, HITS) }).collect();
    Ok(reply::json(StatusCode::OK, &Fields { fields, more, envelope }))
}
