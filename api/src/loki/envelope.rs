//! `{"status":"success","data":…}`: what most answers are put into.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde_json::Number;

use crate::reply;

/// Labels by name.
pub(super) type LabelSet = BTreeMap<String, String>;

/// A list or a text.
#[derive(Serialize)]
struct Plain<T> {
    status: &'static str,
    data: T,
}

/// The answer to a query.
#[derive(Serialize)]
struct Envelope<T> {
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    data: Data<T>,
}

#[derive(Serialize)]
struct Data<T> {
    #[serde(rename = "resultType")]
    kind: &'static str,
    #[serde(rename = "encodingFlags", skip_serializing_if = "<[_]>::is_empty")]
    flags: &'static [&'static str],
    result: T,
    stats: Stats,
}

/// Clients want an object here, and read nothing in it that they could not do without.
#[derive(Serialize)]
struct Stats {}

/// One value of a series.
#[derive(Serialize)]
pub(super) struct Sample {
    pub(super) metric: LabelSet,
    /// Seconds and a number as text.
    pub(super) value: (Number, String),
}

/// A series.
#[derive(Serialize)]
pub(super) struct Series {
    pub(super) metric: LabelSet,
    /// Oldest first.
    pub(super) values: Vec<(Number, String)>,
}

/// What is answered with streams when a client asks for labels by category.
pub(super) const CATEGORIZED: &[&str] = &["categorize-labels"];

/// A list or a text.
pub(super) fn plain(data: impl Serialize) -> Response {
    reply::json(StatusCode::OK, &Plain { status: "success", data })
}

/// The result of a query, and what people should know about it.
pub(super) fn result(kind: &'static str, result: impl Serialize, warnings: Vec<String>) -> Response {
    flagged(kind, &[], result, warnings)
}

/// The same, with what was done at the wish of the client.
pub(super) fn flagged(
    kind: &'static str,
    flags: &'static [&'static str],
    result: impl Serialize,
    mut warnings: Vec<String>,
) -> Response {
    warnings.dedup();
    let data = Data { kind, flags, result, stats: Stats {} };
    reply::json(StatusCode::OK, &Envelope { status: "success", warnings, data })
}

/// A number as Prometheus writes it.
pub(super) fn number(value: f64) -> String {
    match value {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        value => value.to_string(),
    }
}
