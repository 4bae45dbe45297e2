//! Which paths there are and who answers them.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};

use crate::app::{App, HttpOptions};
use crate::failure::Failure;
use crate::{Backend, body, event, guard, health, ingest, query, tail};

/// A path, its methods in lower case, and who answers.
type Route = (&'static str, &'static [&'static str], MethodRouter<Arc<App>>);

/// Every route. `openapi.json` describes the same.
fn routes() -> [Route; 10] {
    [
        ("/", &["get"], get(health::index)),
        ("/v1/ingest", &["post"], post(ingest::ingest)),
        ("/v1/query", &["get", "post"], get(query::query).post(query::query)),
        ("/v1/tail", &["get"], get(tail::tail)),
        ("/v1/events/{id}", &["get"], get(event::event)),
        ("/v1/status", &["get"], get(health::status)),
        ("/healthz", &["get"], get(health::healthz)),
        ("/readyz", &["get"], get(health::readyz)),
        ("/metrics", &["get"], get(health::metrics)),
        ("/openapi.json", &["get"], get(health::openapi)),
    ]
}

/// Everything that a node answers over HTTP.
pub fn router(backend: Arc<dyn Backend>, options: HttpOptions) -> Router {
    let app = Arc::new(App::new(backend, options));
    let mut router = Router::new();
    for (path, _, answers) in routes() {
        router = router.route(path, answers);
    }
    router
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(Arc::clone(&app), guard::guard))
        // Bodies are capped where they are read, each kind by its own limit.
        .layer(DefaultBodyLimit::disable())
        .with_state(app)
}

async fn unknown_path(request: Request) -> Failure {
    let (parts, body) = request.into_parts();
    body::refuse(&parts.headers, body).await;
    Failure::UnknownPath(parts.uri.path().to_owned())
}

async fn wrong_method(request: Request) -> Failure {
    let (parts, body) = request.into_parts();
    body::refuse(&parts.headers, body).await;
    Failure::WrongMethod { path: parts.uri.path().to_owned(), method: parts.method.to_string() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_description_names_every_route_and_no_other() {
        let document: serde_json::Value = serde_json::from_str(include_str!("../openapi.json")).expect("JSON");
        let paths = document["paths"].as_object().expect("paths");
        let methods = |item: &serde_json::Value| -> Vec<String> {
            let names = item.as_object().expect("a path item").keys();
            names.filter(|name| matches!(name.as_str(), "get" | "post" | "put" | "delete" | "patch")).cloned().collect()
        };
        let described: BTreeSet<(String, Vec<String>)> =
            paths.iter().map(|(path, item)| (path.clone(), methods(item))).collect();
        let routed: BTreeSet<(String, Vec<String>)> = routes()
            .iter()
            .map(|(path, methods, _)| ((*path).to_owned(), methods.iter().map(|name| (*name).to_owned()).collect()))
            .collect();
        assert_eq!(described, routed);
    }
}
