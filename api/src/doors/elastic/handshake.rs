//! What clients of Elasticsearch ask before they send: who this is, and whether templates and policies are in place.
//!
//! Nothing of it depends on this node, and so nobody needs a token to ask. What they set up is acknowledged and has no
//! effect: there are no mappings here.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use super::{index_of, sign};
use crate::app::App;
use crate::failure::Failure;
use crate::reply;

/// The release of Elasticsearch whose clients may talk to this; older Beats refuse a server that is older than they are.
const VERSION: &str = "8.19.0";
const NAME: &str = "vigil";

#[derive(Serialize)]
struct Root {
    name: &'static str,
    cluster_name: &'static str,
    cluster_uuid: &'static str,
    version: Version,
    tagline: &'static str,
}

#[derive(Serialize)]
struct Version {
    number: &'static str,
    build_flavor: &'static str,
    build_type: &'static str,
    build_hash: &'static str,
    build_date: &'static str,
    build_snapshot: bool,
    lucene_version: &'static str,
    minimum_wire_compatibility_version: &'static str,
    minimum_index_compatibility_version: &'static str,
}

/// `GET /` of a program.
pub(crate) fn root() -> Response {
    let version = Version {
        number: VERSION,
        build_flavor: "default",
        build_type: "tar",
        // What it is in truth.
        build_hash: concat!("vigil-", env!("CARGO_PKG_VERSION")),
        build_date: "2026-01-01T00:00:00.000Z",
        build_snapshot: false,
        lucene_version: "9.12.0",
        minimum_wire_compatibility_version: "7.17.0",
        minimum_index_compatibility_version: "7.0.0",
    };
    let uuid = "dmlnaWwtbG9nLXN0b3JlMQ";
    let root = Root { name: NAME, cluster_name: NAME, cluster_uuid: uuid, version, tagline: "You Know, for Search" };
    let mut response = reply::json(StatusCode::OK, &root);
    sign(&mut response);
    response
}

/// Beats turn away from a license that is none of Elastic's.
pub(super) async fn license() -> Response {
    let license = json!({
        "uid": "00000000-0000-0000-0000-000000000000",
        "type": "basic",
        "mode": "basic",
        "status": "active",
        "expiry_date_in_millis": 4_000_000_000_000_i64,
    });
    reply::json(StatusCode::OK, &json!({ "license": license }))
}

pub(super) async fn health() -> Response {
    let health = json!({
        "cluster_name": NAME,
        "status": "green",
        "timed_out": false,
        "number_of_nodes": 1,
        "number_of_data_nodes": 1,
        "active_primary_shards": 1,
        "active_shards": 1,
        "relocating_shards": 0,
        "initializing_shards": 0,
        "unassigned_shards": 0,
        "delayed_unassigned_shards": 0,
        "number_of_pending_tasks": 0,
        "number_of_in_flight_fetch": 0,
        "task_max_waiting_in_queue_millis": 0,
        "active_shards_percent_as_number": 100.0,
    });
    reply::json(StatusCode::OK, &health)
}

/// Who sniffs would go to the address that stands here, and not to the one that reached this node: so none does.
pub(super) async fn nodes() -> Response {
    let total = json!({ "total": 0, "successful": 0, "failed": 0 });
    reply::json(StatusCode::OK, &json!({ "_nodes": total, "cluster_name": NAME, "nodes": {} }))
}

pub(super) async fn nothing() -> Response {
    reply::json(StatusCode::OK, &json!({}))
}

pub(super) async fn acknowledged() -> Response {
    reply::json(StatusCode::OK, &json!({ "acknowledged": true }))
}

/// `HEAD /{index}`: every index is there.
pub(super) async fn exists(State(app): State<Arc<App>>, Path(index): Path<String>) -> Result<Response, Failure> {
    index_of(&app, &index)?;
    Ok(StatusCode::OK.into_response())
}

/// `PUT /{index}`.
pub(super) async fn create(State(app): State<Arc<App>>, Path(index): Path<String>) -> Result<Response, Failure> {
    index_of(&app, &index)?;
    let answer = json!({ "acknowledged": true, "shards_acknowledged": true, "index": index });
    Ok(reply::json(StatusCode::OK, &answer))
}
