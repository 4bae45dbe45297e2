//! `/loki/api/v1/…`: what Grafana's Loki data source, Logs Drilldown and logcli ask, in the shapes that they expect.
//!
//! One file an endpoint. Queries are LogQL; unknown parameters are let pass; a failure is plain text. The header
//! `X-Scope-OrgID` is let pass, too: there is one tenant, and what is seen is a matter of tokens.

mod args;
mod buildinfo;
mod detected_field_values;
mod detected_fields;
mod detected_labels;
mod drilldown_limits;
mod entry;
mod envelope;
mod fields;
mod format_query;
mod groups;
mod index_stats;
mod kind;
mod label_values;
mod labels;
mod metric;
mod page;
mod patterns;
mod query;
mod query_range;
mod refused;
mod sample;
mod series;
mod shape;
mod streams;
mod tail;
mod time;
mod volume;
mod volume_range;

use std::sync::Arc;

use axum::routing::{MethodRouter, get};

use crate::app::App;
use crate::router::{ASK, READ, Route};

pub(crate) use page::{dropped, write_frame};
pub(crate) use shape::Shape;

/// The release of Loki whose interface this is; clients look at it to know what they may ask.
const VERSION: &str = "3.5.0";

/// Every endpoint.
pub(crate) fn routes() -> Vec<Route> {
    let asked: [(&'static str, MethodRouter<Arc<App>>); 15] = [
        ("/loki/api/v1/query", get(query::query).post(query::query)),
        ("/loki/api/v1/query_range", get(query_range::query_range).post(query_range::query_range)),
        ("/loki/api/v1/labels", get(labels::labels).post(labels::labels)),
        ("/loki/api/v1/label", get(labels::labels).post(labels::labels)),
        ("/loki/api/v1/label/{name}/values", get(label_values::label_values).post(label_values::label_values)),
        ("/loki/api/v1/series", get(series::series).post(series::series)),
        ("/loki/api/v1/index/stats", get(index_stats::index_stats).post(index_stats::index_stats)),
        ("/loki/api/v1/index/volume", get(volume::volume).post(volume::volume)),
        ("/loki/api/v1/index/volume_range", get(volume_range::volume_range).post(volume_range::volume_range)),
        ("/loki/api/v1/detected_labels", get(detected_labels::detected_labels).post(detected_labels::detected_labels)),
        ("/loki/api/v1/detected_fields", get(detected_fields::detected_fields).post(detected_fields::detected_fields)),
        (
            "/loki/api/v1/detected_field/{name}/values",
            get(detected_field_values::detected_field_values).post(detected_field_values::detected_field_values),
        ),
        ("/loki/api/v1/patterns", get(patterns::patterns).post(patterns::patterns)),
        ("/loki/api/v1/format_query", get(format_query::format_query).post(format_query::format_query)),
        (
            "/loki/api/v1/drilldown-limits",
            get(drilldown_limits::drilldown_limits).post(drilldown_limits::drilldown_limits),
        ),
    ];
    let looked: [(&'static str, MethodRouter<Arc<App>>); 2] =
        [("/loki/api/v1/status/buildinfo", get(buildinfo::buildinfo)), ("/loki/api/v1/tail", get(tail::tail))];
    let asked = asked.into_iter().map(|(path, answers)| (path, ASK, answers));
    asked.chain(looked.into_iter().map(|(path, answers)| (path, READ, answers))).collect()
}
