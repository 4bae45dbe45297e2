//! `status/buildinfo`: which release of Loki clients may take this for.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::VERSION;
use crate::reply;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BuildInfo {
    version: &'static str,
    /// What it is in truth.
    revision: &'static str,
    branch: &'static str,
    build_date: &'static str,
    build_user: &'static str,
    go_version: &'static str,
}

/// Answers it without an envelope.
pub(super) async fn buildinfo() -> Response {
    let info = BuildInfo {
        version: VERSION,
        revision: concat!("vigil-", env!("CARGO_PKG_VERSION")),
        branch: "vigil",
        build_date: "",
        build_user: "",
        go_version: "",
    };
    reply::json(StatusCode::OK, &info)
}
