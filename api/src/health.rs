//! Whether a node is alive, ready and well, and what this address is.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::doors::elastic;
use crate::failure::Failure;
use crate::reply;

/// `GET /v1/status`
pub(crate) async fn status(State(app): State<Arc<App>>) -> Response {
    reply::json(StatusCode::OK, &app.backend.status())
}

/// `GET /healthz`: the process answers.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: it takes events and answers queries.
pub(crate) async fn readyz(State(app): State<Arc<App>>) -> Result<&'static str, Failure> {
    app.backend.ready().map(|()| "ready\n").map_err(Failure::NotReady)
}

/// `GET /metrics`: Prometheus text.
pub(crate) async fn metrics(State(app): State<Arc<App>>) -> Response {
    let mut text = app.backend.metrics();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&app.meter.text());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

/// `GET /openapi.json`
pub(crate) async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], include_str!("../openapi.json")).into_response()
}

/// `GET /`: what this is. Browsers ask for a page; clients of Elasticsearch want to know its release.
pub(crate) async fn index(headers: HeaderMap) -> Response {
    let mut accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    if !accepted.any(|types| types.to_ascii_lowercase().contains("text/html")) {
        return elastic::root();
    }
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], include_str!("index.html")).into_response()
}
