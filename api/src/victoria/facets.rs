//! `/select/logsql/facets`: the most frequent values of every field.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use vigil_index::Row;
use vigil_query::Pipe;

use super::args::Args;
use super::refused::Refused;
use crate::app::App;
use crate::discover::{HITS, count, text};
use crate::failure::Failure;
use crate::reply;

/// What VictoriaLogs takes where nothing is said.
const LIMIT: u64 = 10;
const MAX_VALUES: u64 = 1_000;
const MAX_VALUE_LEN: u64 = 128;

#[derive(Serialize)]
struct Facets {
    facets: Vec<Facet>,
}

#[derive(Serialize)]
struct Facet {
    field_name: String,
    values: Vec<Value>,
}

#[derive(Serialize)]
struct Value {
    field_value: String,
    hits: u64,
}

/// Answers the values of every field that has not too many and none that is too long.
pub(super) async fn facets(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    let pipe = Pipe::Facets(shape(&mut args)?);
    let answer = args.answer([pipe]).await?;
    Ok(reply::json(StatusCode::OK, &Facets { facets: by_field(&answer.answer.rows) }))
}

fn shape(args: &mut Args) -> Result<vigil_query::Facets, Failure> {
    Ok(vigil_query::Facets {
        limit: args.limit()?.unwrap_or(LIMIT),
        max_values: args.params.read("max_values_per_field")?.unwrap_or(MAX_VALUES),
        max_value_len: args.params.read("max_value_len")?.unwrap_or(MAX_VALUE_LEN),
        keep_const: matches!(args.params.take("keep_const_fields")?.as_deref(), Some("1" | "true")),
    })
}

/// Rows of one field stand together.
fn by_field(rows: &[Row]) -> Vec<Facet> {
    let mut facets: Vec<Facet> = Vec::new();
    for row in rows {
        let name = text(row, "field_name");
        let value = Value { field_value: text(row, "field_value"), hits: count(row, HITS) };
        match facets.last_mut() {
            Some(facet) if facet.field_name == name => facet.values.push(value),
            _ => facets.push(Facet { field_name: name, values: vec![value] }),
        }
    }
    facets
}
