//! `/select/logsql/…`: what clients of VictoriaLogs ask, in the shapes that they expect.
//!
//! One file an endpoint. Words match in their letter case here, unknown parameters are let pass, a failure is plain
//! text, and a query that takes too long is answered with 503.

mod args;
mod cors;
mod dialect;
mod facets;
mod field_names;
mod field_values;
mod hits;
mod names;
mod query;
mod refused;
mod row;
mod selector;
mod stats_query;
mod stats_query_range;
mod stream_field_names;
mod stream_field_values;
mod stream_ids;
mod streams;
mod tail;
mod tenant_ids;
mod time;

use std::sync::Arc;

use axum::middleware::from_fn;
use axum::routing::{MethodRouter, get};

use crate::app::App;
use crate::router::{ASK, Route};

pub(crate) use row::write as write_row;

/// Every endpoint.
pub(crate) fn routes() -> Vec<Route> {
    let routes: [(&'static str, MethodRouter<Arc<App>>); 13] = [
        ("/select/logsql/query", get(query::query).post(query::query)),
        ("/select/logsql/tail", get(tail::tail).post(tail::tail)),
        ("/select/logsql/hits", get(hits::hits).post(hits::hits)),
        ("/select/logsql/facets", get(facets::facets).post(facets::facets)),
        ("/select/logsql/stats_query", get(stats_query::stats_query).post(stats_query::stats_query)),
        (
            "/select/logsql/stats_query_range",
            get(stats_query_range::stats_query_range).post(stats_query_range::stats_query_range),
        ),
        ("/select/logsql/field_names", get(field_names::field_names).post(field_names::field_names)),
        ("/select/logsql/field_values", get(field_values::field_values).post(field_values::field_values)),
        ("/select/logsql/streams", get(streams::streams).post(streams::streams)),
        ("/select/logsql/stream_ids", get(stream_ids::stream_ids).post(stream_ids::stream_ids)),
        (
            "/select/logsql/stream_field_names",
            get(stream_field_names::stream_field_names).post(stream_field_names::stream_field_names),
        ),
        (
            "/select/logsql/stream_field_values",
            get(stream_field_values::stream_field_values).post(stream_field_values::stream_field_values),
        ),
        ("/select/tenant_ids", get(tenant_ids::tenant_ids).post(tenant_ids::tenant_ids)),
    ];
    routes
        .into_iter()
        .map(|(path, answers)| (path, ASK, answers.options(cors::preflight).layer(from_fn(cors::allow))))
        .collect()
}
