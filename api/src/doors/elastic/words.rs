//! How a failure is told to clients of Elasticsearch.

use axum::http::StatusCode;
use serde::Serialize;

use crate::doors::told::Words;
use crate::failure::Failure;

#[derive(Serialize)]
struct Whole<'a> {
    error: Error<'a>,
    status: u16,
}

#[derive(Serialize)]
struct Error<'a> {
    root_cause: [Cause<'a>; 1],
    r#type: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct Cause<'a> {
    r#type: &'a str,
    reason: &'a str,
}

/// `{"error":{"root_cause":[…],"type":…,"reason":…},"status":…}`
pub(in crate::doors) fn words(failure: &Failure, status: StatusCode) -> Words {
    ("application/json", error(kind(status), &failure.to_string(), status))
}

pub(super) fn error(kind: &str, reason: &str, status: StatusCode) -> String {
    let error = Error { root_cause: [Cause { r#type: kind, reason }], r#type: kind, reason };
    serde_json::to_string(&Whole { error, status: status.as_u16() }).expect("a struct of texts")
}

/// What Elasticsearch calls it.
pub(super) fn kind(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "security_exception",
        StatusCode::NOT_FOUND => "resource_not_found_exception",
        StatusCode::PAYLOAD_TOO_LARGE => "content_too_long_exception",
        StatusCode::TOO_MANY_REQUESTS => "es_rejected_execution_exception",
        status if status.is_server_error() => "unavailable_shards_exception",
        _ => "illegal_argument_exception",
    }
}
