//! Which path is meant where a client joined two parts of a URL with one slash too many.

use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;

/// The request with each run of slashes in its path as one. A slash that is written `%2F` stays, and so does the query
/// string.
pub(crate) async fn collapse(mut request: Request) -> Request {
    if request.uri().path().contains("//")
        && let Some(uri) = collapsed(request.uri())
    {
        *request.uri_mut() = uri;
    }
    request
}

fn collapsed(uri: &Uri) -> Option<Uri> {
    let mut text = String::with_capacity(uri.path().len());
    for c in uri.path().chars() {
        if c != '/' || !text.ends_with('/') {
            text.push(c);
        }
    }
    with_path(uri, &text)
}

/// The URI with another path and the same query string; `None` where that is no path.
pub(crate) fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let text = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(text).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_slashes_are_one() {
        let of = |text: &str| collapsed(&text.parse().expect("a URI")).map(|uri| uri.to_string());
        assert_eq!(of("//v1///query?q=a//b").as_deref(), Some("/v1/query?q=a//b"));
        assert_eq!(of("/v1/values/a%2F%2Fb//").as_deref(), Some("/v1/values/a%2F%2Fb/"));
        assert_eq!(of("http://host//healthz").as_deref(), Some("http://host/healthz"));
        assert_eq!(of("//").as_deref(), Some("/"));
    }
}
