//! `GET|POST /v1/values/{field}`: which values a field has, and how many events have each.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use vigil_query::{FieldValues, Pipe};

use super::{HITS, Overview, count, most_frequent_first, text};
use crate::app::App;
use crate::failure::Failure;
use crate::query::Envelope;
use crate::reply;

const PARAMETERS: &[&str] = &["q", "lang", "from", "to", "limit", "class", "extra_filters", "timeout"];
const LIMIT: usize = 100;

/// What it answers.
#[derive(Serialize)]
struct Values {
    values: Vec<Value>,
    more: bool,
    #[serde(flatten)]
    envelope: Envelope,
}

#[derive(Serialize)]
struct Value {
    value: String,
    hits: u64,
}

/// Answers the values of a field, the most frequent first.
pub(crate) async fn values(
    State(app): State<Arc<App>>,
    Path(field): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let mut overview = Overview::read(app, request).await?;
    let limit = overview.limit(LIMIT)?;
    std::mem::take(&mut overview.params).finish(PARAMETERS)?;
    let most_frequent = most_frequent_first(&field);
    let all = Pipe::FieldValues(FieldValues { field: field.clone(), limit: None });
    let (rows, more, envelope) = overview.list(vec![all, most_frequent], limit).await?;
    let values = rows.iter().map(|row| Value { value: text(row, &field), hits: count(row, HITS) }).collect();
    Ok(reply::json(StatusCode::OK, &Values { values, more, envelope }))
}
