//! Which path is meant where a client knows it by the name that another store has for it.

use axum::extract::Request;

use crate::slashes::with_path;

/// Whole paths, and the ones that are meant.
const PATHS: [(&str, &str); 4] = [
    ("/api/prom/push", "/loki/api/v1/push"),
    ("/insert/loki/api/v1/push", "/loki/api/v1/push"),
    ("/ingest", "/insert/jsonline"),
    ("/api/v1/ingest", "/insert/jsonline"),
];
/// What stands in front of every path of Elasticsearch.
const FRONTS: [&str; 2] = ["/elastic", "/insert/elasticsearch"];

/// The request with the path that is meant. It is done before anybody asks who may.
pub(crate) async fn resolve(mut request: Request) -> Request {
    let meant = meant(request.uri().path()).and_then(|path| with_path(request.uri(), path));
    if let Some(uri) = meant {
        *request.uri_mut() = uri;
    }
    request
}

fn meant(path: &str) -> Option<&str> {
    if let Some((_, meant)) = PATHS.iter().find(|(alias, _)| *alias == path) {
        return Some(meant);
    }
    let behind = FRONTS.iter().find_map(|front| path.strip_prefix(front))?;
    match behind {
        "" | "/" => Some("/"),
        _ => Some(behind).filter(|path| path.starts_with('/')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_stores_are_ours() {
        for (path, found) in [
            ("/api/prom/push", Some("/loki/api/v1/push")),
            ("/elastic", Some("/")),
            ("/elastic/", Some("/")),
            ("/elastic/_bulk", Some("/_bulk")),
            ("/insert/elasticsearch/logs/_bulk", Some("/logs/_bulk")),
            ("/elasticity/_bulk", None),
            ("/insert/jsonline", None),
        ] {
            assert_eq!(meant(path), found, "{path}");
        }
        let uri = "/elastic/_bulk?refresh".parse().expect("a URI");
        assert_eq!(with_path(&uri, "/_bulk").map(|uri| uri.to_string()).as_deref(), Some("/_bulk?refresh"));
    }
}
