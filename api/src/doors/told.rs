//! How a failure is told at a door: under the status that makes its clients do the right thing, in the words they read.
//!
//! Clients drop what they sent for good on most statuses of the 4xx, and send it again on 429 and 503. So what is wrong for
//! ever is 400, overload is 429, and what is our own fault is 503 and never 500.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::{datadog, elastic, loki, victoria};
use crate::failure::Failure;

/// The type of a body and the body.
pub(super) type Words = (&'static str, String);

const PLAIN: &str = "text/plain; charset=utf-8";

/// The answer in the words of the door that the route belongs to; as it is where it belongs to none.
pub(crate) fn told(route: &str, mut response: Response) -> Response {
    let failure = response.extensions_mut().remove::<Failure>();
    if matches!(failure, Some(Failure::UnknownPath(_))) {
        return response;
    }
    if let (Some(failure), Some(words)) = (&failure, words(route)) {
        let status = status(failure);
        let (kind, text) = words(failure, status);
        *response.status_mut() = status;
        *response.body_mut() = Body::from(text);
        response.headers_mut().remove(header::CONTENT_LENGTH);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    if elastic::owns(route) {
        elastic::sign(&mut response);
    }
    response
}

fn words(route: &str) -> Option<fn(&Failure, StatusCode) -> Words> {
    match route {
        loki::PUSH | victoria::JSONLINE | victoria::READY => Some(|failure, _| (PLAIN, failure.plain())),
        route if datadog::owns(route) => Some(datadog::words),
        route if elastic::owns(route) => Some(elastic::words),
        _ => None,
    }
}

pub(super) fn status(failure: &Failure) -> StatusCode {
    match failure.status() {
        status @ (StatusCode::UNAUTHORIZED
        | StatusCode::FORBIDDEN
        | StatusCode::NOT_FOUND
        | StatusCode::METHOD_NOT_ALLOWED
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::TOO_MANY_REQUESTS) => status,
        StatusCode::REQUEST_TIMEOUT => StatusCode::SERVICE_UNAVAILABLE,
        status if status.is_server_error() => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    }
}
