//! How a small answer is written as JSON: whole, and ended by a line end, for terminals.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// `answer` as JSON under `status`.
pub(crate) fn json(status: StatusCode, answer: &impl Serialize) -> Response {
    let mut text = serde_json::to_vec(answer).expect("answers are structs of texts, numbers and lists");
    text.push(b'\n');
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}
