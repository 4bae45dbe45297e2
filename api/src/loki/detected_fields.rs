//! `detected_fields`: which fields the lines of a selection have.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::args::Args;
use super::refused::Refused;
use super::sample::{self, Field, Parser};
use crate::app::App;
use crate::reply;

#[derive(Serialize)]
struct Detected {
    fields: Vec<Shown>,
    limit: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    label: String,
    #[serde(rename = "type")]
    kind: &'static str,
    cardinality: usize,
    /// `null`, and no empty list, where none is needed: Logs Drilldown looks for that.
    parsers: Option<Vec<&'static str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    json_path: Vec<String>,
}

/// Answers them by name.
pub(super) async fn detected_fields(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    let sample = sample::take(&mut args).await?;
    let fields = sample.fields.into_iter().take(sample.limit).map(|(label, field)| shown(label, field)).collect();
    Ok(reply::json(StatusCode::OK, &Detected { fields, limit: sample.limit }))
}

fn shown(label: String, field: Field) -> Shown {
    let name = |parser: &Parser| match parser {
        Parser::Json => "json",
        Parser::Logfmt => "logfmt",
    };
    let parsers = (!field.parsers.is_empty()).then(|| field.parsers.iter().map(name).collect());
    Shown { label, kind: field.kind.name(), cardinality: field.values.len(), parsers, json_path: field.path }
}
