//! `detected_labels`: which labels the streams have, and how many values each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::args::Args;
use super::groups;
use super::refused::Refused;
use crate::app::App;
use crate::reply;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Detected {
    detected_labels: Vec<Label>,
}

#[derive(Serialize)]
struct Label {
    label: String,
    cardinality: usize,
}

/// Answers names and numbers; `query` may be empty.
pub(super) async fn detected_labels(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    let range = args.range()?;
    let selection = args.selection(range).await?;
    let mut labels: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for stream in groups::streams(&args, &selection).await?.into_keys() {
        for (name, value) in stream {
            labels.entry(name).or_default().insert(value);
        }
    }
    let label = |(label, values): (String, BTreeSet<String>)| Label { label, cardinality: values.len() };
    Ok(reply::json(StatusCode::OK, &Detected { detected_labels: labels.into_iter().map(label).collect() }))
}
