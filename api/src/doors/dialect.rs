//! In which words a request is refused: those that the clients of its door understand.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use vigil_ingest::protocols::otlp::Encoding;

use super::{hec, otlp};
use crate::failure::Failure;

/// How a failure is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// As everywhere else in Vigil.
    Own,
    /// As gRPC does: under status 200, in trailers.
    Grpc,
    /// As `google.rpc.Status` in OTLP's HTTP.
    Otlp(Encoding),
    /// As Splunk's event collector does.
    Hec,
}

impl Dialect {
    /// That of the one who sent this request.
    pub(crate) fn of(request: &Request) -> Dialect {
        let path = request.uri().path();
        match () {
            () if otlp::grpc::is_grpc(request.headers()) => Dialect::Grpc,
            () if otlp::is_path(path) => Dialect::Otlp(otlp::answered_in(request.headers())),
            () if hec::is_path(path) => Dialect::Hec,
            () => Dialect::Own,
        }
    }

    /// The failure as an answer.
    pub(crate) fn refusal(self, failure: Failure) -> Response {
        match self {
            Dialect::Own => failure.into_response(),
            Dialect::Grpc => otlp::grpc::refusal(&failure),
            Dialect::Otlp(encoding) => otlp::refusal(encoding, &failure),
            Dialect::Hec => hec::refusal(&failure),
        }
    }
}
