//! How a failure is said to clients of Loki: as plain text, under the status that it has.

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
        self.0.into_plain()
    }
}
