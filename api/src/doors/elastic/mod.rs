//! Elasticsearch, as far as its clients write logs: `_bulk`, single documents, and what they ask before they begin.
//!
//! Every answer here says `X-Elastic-Product: Elasticsearch`, failures too: official clients hang up otherwise.

mod answer;
mod bulk;
mod document;
mod filter;
mod handshake;
mod words;

use std::sync::Arc;

use axum::http::HeaderValue;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post, put};
use vigil_ingest::Asked;

use crate::access::Need;
use crate::app::App;
use crate::failure::Failure;
use crate::router::{Needs, Route, unknown_path};

pub(crate) use handshake::root;
pub(super) use words::words;

/// By GET for everybody who wants to know what this is; by PUT for who writes.
const SET_UP: Needs = &[("get", Need::Nothing), ("put", Need::Write)];
const LOOK: Needs = &[("get", Need::Nothing)];
const WRITE: Needs = &[("post", Need::Write), ("put", Need::Write)];

pub(super) fn routes() -> Vec<Route> {
    let set_up = || get(handshake::nothing).put(handshake::acknowledged);
    let bulks: MethodRouter<Arc<App>> = post(bulk::bulk).put(bulk::bulk);
    vec![
        ("/_license", LOOK, get(handshake::license)),
        ("/_xpack", LOOK, get(handshake::license)),
        ("/_cluster/health", LOOK, get(handshake::health)),
        ("/_nodes/{*what}", LOOK, get(handshake::nodes)),
        ("/_ilm/policy/{name}", SET_UP, set_up()),
        ("/_index_template/{name}", SET_UP, set_up()),
        ("/_template/{name}", SET_UP, set_up()),
        ("/_component_template/{name}", SET_UP, set_up()),
        ("/_data_stream/{name}", SET_UP, set_up()),
        ("/_ingest/{*what}", SET_UP, set_up()),
        ("/_logstash/{*what}", LOOK, get(handshake::nothing)),
        ("/_bulk", WRITE, bulks),
        ("/{index}/_bulk", WRITE, post(bulk::bulk_of_index).put(bulk::bulk_of_index)),
        ("/{index}/_doc", &[("post", Need::Write)], post(document::document)),
        ("/{index}/_doc/{id}", WRITE, post(document::document_of_id).put(document::document_of_id)),
        ("/{index}/_create/{id}", WRITE, post(document::document_of_id).put(document::document_of_id)),
        // What else has one name in its path is nothing, whatever the method.
        ("/{index}", &[("put", Need::Write)], put(handshake::create).head(handshake::exists).fallback(unknown_path)),
    ]
}

/// Whether a route is one of these.
pub(super) fn owns(route: &str) -> bool {
    route == "/" || route.starts_with("/_") || route.starts_with("/{index}")
}

/// Says what clients want to hear.
pub(super) fn sign(response: &mut Response) {
    response.headers_mut().insert("x-elastic-product", HeaderValue::from_static("Elasticsearch"));
}

/// What becomes of fields where nobody says.
fn usual() -> Asked {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Asked { times: names(&["@timestamp"]), messages: names(&["message", "log", "_msg"]), ..Asked::default() }
}

/// The index of a path, unless other paths of this node begin so.
fn index_of(app: &App, index: &str) -> Result<(), Failure> {
    match index.starts_with('_') || app.needs.begins_with(index) {
        true => Err(Failure::UnknownPath(format!("/{index}"))),
        false => Ok(()),
    }
}
