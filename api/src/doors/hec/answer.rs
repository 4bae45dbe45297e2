//! What Splunk's event collector says: a text and a number for each way in which a request can end.

use std::collections::BTreeMap;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use vigil_ingest::protocols::hec::Fault;

use crate::failure::Failure;

/// An answer.
#[derive(Debug, Serialize)]
pub(super) struct Said {
    #[serde(skip)]
    status: StatusCode,
    text: String,
    code: u16,
    #[serde(rename = "invalid-event-number", skip_serializing_if = "Option::is_none")]
    invalid: Option<u64>,
    #[serde(rename = "ackId", skip_serializing_if = "Option::is_none")]
    receipt: Option<u64>,
}

impl Said {
    fn new(status: StatusCode, code: u16, text: impl Into<String>) -> Said {
        Said { status, text: text.into(), code, invalid: None, receipt: None }
    }

    /// All was taken.
    pub(super) fn success(receipt: Option<u64>) -> Said {
        Said { receipt, ..Said::new(StatusCode::OK, 0, "Success") }
    }

    /// Nothing was, because of the body.
    pub(super) fn fault(fault: &Fault) -> Said {
        let (code, invalid) = match fault {
            Fault::NoData => (5, None),
            Fault::Invalid(number, _) => (6, Some(*number)),
            Fault::Missing(number) => (12, Some(*number)),
            Fault::Blank(number) => (13, Some(*number)),
        };
        let text = match fault {
            Fault::Invalid(_, why) => format!("{fault}: {why}"),
            fault => fault.to_string(),
        };
        Said { invalid, ..Said::new(StatusCode::BAD_REQUEST, code, text) }
    }

    /// A channel is needed to ask for receipts.
    pub(super) fn no_channel() -> Said {
        Said::new(StatusCode::BAD_REQUEST, 10, "Data channel is missing")
    }

    /// It takes events.
    pub(super) fn healthy() -> Said {
        Said::new(StatusCode::OK, 17, "HEC is healthy")
    }

    /// It does not now.
    pub(super) fn unhealthy() -> Said {
        Said::new(StatusCode::SERVICE_UNAVAILABLE, 18, "HEC is unhealthy, queues are full")
    }

    fn of_failure(failure: &Failure) -> Said {
        let status = failure.status();
        let with = |code, text: &str| Said::new(status, code, format!("{text}: {failure}"));
        match (failure, status.as_u16()) {
            (Failure::NoToken { .. }, _) => Said::new(status, 2, "Token is required"),
            (Failure::Authorization, _) => Said::new(status, 3, "Invalid authorization"),
            (Failure::WrongToken, _) => Said::new(status, 4, "Invalid token"),
            (Failure::Closed(_), _) => with(1, "Token disabled"),
            (_, 401 | 403) => with(4, "Invalid token"),
            (_, 404 | 405) => Said::new(status, 404, "The requested URL was not found on this server."),
            (_, 413) => with(27, "Request entity too large"),
            (_, 408 | 429 | 500..) => {
                let text = format!("Server is busy: {failure}");
                Said::new(StatusCode::SERVICE_UNAVAILABLE, 9, text)
            }
            (Failure::NoEvents, _) => Said::new(status, 5, "No data"),
            _ => with(6, "Invalid data format"),
        }
    }
}

/// A failure in these terms. Clients try 503 again.
pub(crate) fn refusal(failure: &Failure) -> Response {
    let answer = Said::of_failure(failure);
    let mut response = said(&answer);
    if answer.status == StatusCode::SERVICE_UNAVAILABLE {
        let seconds = failure.retry_after().unwrap_or(1);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The answer, compact: some clients look for parts of its text.
pub(super) fn said(answer: &Said) -> Response {
    json(answer.status, answer)
}

/// Which receipts are good.
pub(super) fn acks(asked: impl Iterator<Item = (u64, bool)>) -> Response {
    #[derive(Serialize)]
    struct Acks {
        acks: BTreeMap<String, bool>,
    }
    json(StatusCode::OK, &Acks { acks: asked.map(|(number, good)| (number.to_string(), good)).collect() })
}

fn json(status: StatusCode, answer: &impl Serialize) -> Response {
    let text = serde_json::to_vec(answer).expect("texts and numbers are JSON");
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}
