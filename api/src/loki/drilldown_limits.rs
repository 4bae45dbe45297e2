//! `drilldown-limits`: what Logs Drilldown may ask for.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use vigil_model::limits::LOKI_ENTRIES_MAX;
use vigil_model::roles;

use super::VERSION;
use crate::reply;

#[derive(Serialize)]
struct Drilldown {
    limits: Limits,
    pattern_ingester_enabled: bool,
    version: &'static str,
}

/// Durations are texts; that of no limit is `0s`.
#[derive(Serialize)]
struct Limits {
    volume_enabled: bool,
    discover_log_levels: bool,
    discover_service_name: Vec<&'static str>,
    log_level_fields: Vec<&'static str>,
    max_query_length: &'static str,
    max_entries_limit_per_query: usize,
    retention_period: &'static str,
}

/// Answers it without an envelope.
pub(super) async fn drilldown_limits() -> Response {
    let limits = Limits {
        volume_enabled: true,
        discover_log_levels: true,
        discover_service_name: roles::SERVICE.to_vec(),
        log_level_fields: roles::LEVEL.to_vec(),
        max_query_length: "0s",
        max_entries_limit_per_query: LOKI_ENTRIES_MAX,
        retention_period: "0s",
    };
    reply::json(StatusCode::OK, &Drilldown { limits, pattern_ingester_enabled: true, version: VERSION })
}
