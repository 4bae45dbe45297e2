//! Which web pages may read what is answered.
//!
//! VictoriaLogs lets every page read everything. Here a node without tokens answers every program of its machine, and
//! the browser is one: so any page may read only what a token was shown for, and else pages of this machine alone.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::Access;
use crate::guard::{host_name, is_loopback};

/// Says with the answer who may read it.
pub(super) async fn allow(request: Request, next: Next) -> Response {
    let shown = request.extensions().get::<Access>().is_some_and(|access| access.token.is_some());
    let allowed = if shown { Some(HeaderValue::from_static("*")) } else { own(request.headers()) };
    let mut response = next.run(request).await;
    if let Some(allowed) = allowed {
        response.headers_mut().entry(header::ACCESS_CONTROL_ALLOW_ORIGIN).or_insert(allowed);
        response.headers_mut().append(header::VARY, HeaderValue::from_static("Origin"));
    }
    response
}

/// `OPTIONS`: what a page may send. It tells nothing of what is here.
pub(super) async fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type, AccountID, ProjectID"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// The origin of a page of this machine.
fn own(headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    let (_, authority) = origin.to_str().ok()?.split_once("://")?;
    is_loopback(host_name(authority)).then(|| origin.clone())
}
