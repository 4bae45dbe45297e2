//! Which paths there are, who may ask them, and who answers them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::Method;
use axum::middleware::{from_fn_with_state, map_request};
use axum::response::Response;
use axum::routing::{MethodRouter, delete, get, post};

use crate::access::Need;
use crate::app::{App, HttpOptions};
use crate::doors::Dialect;
use crate::failure::Failure;
use crate::{
    Backend, act, aliases, body, discover, doors, event, guard, health, ingest, loki, peers, query, slashes, sync,
    tail, tokens, victoria,
};

/// Methods in lower case, each with what it needs.
pub(crate) type Needs = &'static [(&'static str, Need)];
/// A path, who may ask it, and who answers.
pub(crate) type Route = (&'static str, Needs, MethodRouter<Arc<App>>);

const NOTHING: Needs = &[("get", Need::Nothing)];
/// To ask, by GET.
pub(crate) const READ: Needs = &[("get", Need::Read)];
/// To ask, by GET or by POST.
pub(crate) const ASK: Needs = &[("get", Need::Read), ("post", Need::Read)];
const OPERATE: Needs = &[("get", Need::Operate)];
const ACT: Needs = &[("post", Need::Administer)];
const REMOVE: Needs = &[("delete", Need::Administer)];

/// Every route. `openapi.json` describes the same.
fn routes() -> Vec<Route> {
    [own(), victoria::routes(), loki::routes(), doors::routes()].into_iter().flatten().collect()
}

fn own() -> Vec<Route> {
    vec![
        ("/", NOTHING, get(health::index)),
        ("/healthz", NOTHING, get(health::healthz)),
        ("/readyz", NOTHING, get(health::readyz)),
        // Where clients of Loki look.
        ("/ready", NOTHING, get(health::readyz)),
        ("/openapi.json", NOTHING, get(health::openapi)),
        ("/v1/ingest", &[("post", Need::Write)], post(ingest::ingest)),
        ("/v1/query", ASK, get(query::query).post(query::query)),
        ("/v1/fields", ASK, get(discover::fields).post(discover::fields)),
        ("/v1/values/{field}", ASK, get(discover::values).post(discover::values)),
        ("/v1/hits", ASK, get(discover::hits).post(discover::hits)),
        ("/v1/tail", READ, get(tail::tail)),
        ("/v1/events/{id}", READ, get(event::event)),
        ("/v1/events/{id}/context", READ, get(event::context)),
        ("/v1/status", OPERATE, get(health::status)),
        ("/metrics", OPERATE, get(health::metrics)),
        ("/v1/cluster", OPERATE, get(peers::cluster)),
        ("/v1/peers", OPERATE, get(peers::peers)),
        ("/v1/peers/{peer}/lag", OPERATE, get(peers::lag)),
        ("/v1/sync", &[("post", Need::Operate)], post(sync::sync)),
        ("/v1/peers/{peer}/approve", ACT, post(peers::approve)),
        ("/v1/peers/{peer}/reject", ACT, post(peers::reject)),
        ("/v1/peers/{peer}/rename", ACT, post(peers::rename)),
        ("/v1/peers/{peer}", REMOVE, delete(peers::remove)),
        ("/v1/invites", ACT, post(act::invite)),
        ("/v1/join", ACT, post(act::join)),
        ("/v1/leave", ACT, post(act::leave)),
        (
            "/v1/tokens",
            &[("get", Need::Administer), ("post", Need::Administer)],
            get(tokens::list).post(tokens::create),
        ),
        ("/v1/tokens/{token}", REMOVE, delete(tokens::revoke)),
    ]
}

/// What every route needs, by its path.
pub(crate) struct NeedTable(BTreeMap<&'static str, Needs>);

impl NeedTable {
    fn new(routes: &[Route]) -> NeedTable {
        NeedTable(routes.iter().map(|(path, needs, _)| (*path, *needs)).collect())
    }

    /// Whether a path of ours begins with this.
    pub(crate) fn begins_with(&self, segment: &str) -> bool {
        self.0.keys().any(|path| path.split('/').nth(1) == Some(segment))
    }

    /// What a method of a path needs. Where there is none, nothing: it answers nothing but that.
    pub(crate) fn need(&self, path: &str, method: &Method) -> Need {
        let asked = if *method == Method::HEAD { &Method::GET } else { method };
        let needs = self.0.get(path).copied().unwrap_or_default();
        let need = needs.iter().find(|(method, _)| method.eq_ignore_ascii_case(asked.as_str()));
        need.map_or(Need::Nothing, |(_, need)| *need)
    }
}

/// Everything that a node answers over HTTP.
pub fn router(backend: Arc<dyn Backend>, options: HttpOptions) -> Router {
    let routes = routes();
    let app = Arc::new(App::new(backend, options, NeedTable::new(&routes)));
    let mut router = Router::new();
    for (path, _, answers) in routes {
        router = router.route(path, answers);
    }
    let router = router
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(Arc::clone(&app), guard::guard))
        // Bodies are capped where they are read, each kind by its own limit.
        .layer(DefaultBodyLimit::disable())
        .with_state(app);
    // A layer of the routes would run behind the choice of one.
    Router::new().fallback_service(router).layer(map_request(aliases::resolve)).layer(map_request(slashes::collapse))
}

pub(crate) async fn unknown_path(request: Request) -> Response {
    let dialect = Dialect::of(&request);
    let (parts, body) = request.into_parts();
    body::refuse(&parts.headers, body).await;
    dialect.refusal(Failure::UnknownPath(parts.uri.path().to_owned()))
}

async fn wrong_method(request: Request) -> Response {
    let dialect = Dialect::of(&request);
    let (parts, body) = request.into_parts();
    body::refuse(&parts.headers, body).await;
    let (path, method) = (parts.uri.path().to_owned(), parts.method.to_string());
    dialect.refusal(Failure::WrongMethod { path, method })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// (path, method, the role that it says it needs), as `openapi.json` has them.
    fn described() -> Vec<(String, String, String)> {
        let document: Value = serde_json::from_str(include_str!("../openapi.json")).expect("JSON");
        let mut described = Vec::new();
        for (path, item) in document["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("a path item") {
                if matches!(method.as_str(), "get" | "post" | "put" | "delete" | "patch") {
                    let role = operation["x-role"].as_str().unwrap_or("missing");
                    let open = operation["security"].as_array().is_some_and(Vec::is_empty);
                    assert_eq!(open, role == "none", "{method} {path} says whether it needs a token");
                    described.push((path.clone(), method.clone(), role.to_owned()));
                }
            }
        }
        described.sort();
        described
    }

    #[test]
    fn the_description_names_every_route_and_what_it_needs() {
        let mut routed = Vec::new();
        for (path, needs, _) in routes() {
            // A rest of several parts is named like one part: OpenAPI knows no other.
            let path = path.replace("{*", "{");
            let role = |(method, need): &(&str, Need)| (path.clone(), (*method).to_owned(), need.role().to_owned());
            routed.extend(needs.iter().map(role));
        }
        routed.sort();
        assert_eq!(described(), routed);
    }

    #[test]
    fn what_looks_only_needs_what_looking_needs() {
        let table = NeedTable::new(&routes());
        assert_eq!(table.need("/v1/query", &Method::HEAD), Need::Read);
        assert_eq!(table.need("/v1/peers/{peer}", &Method::DELETE), Need::Administer);
        assert_eq!(table.need("/v1/nothing", &Method::DELETE), Need::Nothing);
    }
}
