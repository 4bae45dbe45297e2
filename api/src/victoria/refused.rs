//! How a failure is said to clients of VictoriaLogs: as plain text, and a query that takes too long as 503.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::failure::Failure;

/// A failure in the shape that these clients show to people.
#[derive(Debug)]
pub(super) struct Refused(pub(super) Failure);

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Refused {
        Refused(failure)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let late = matches!(self.0, Failure::QueryTimeout(_));
        let mut response = self.0.into_plain();
        if late {
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        }
        response
    }
}
