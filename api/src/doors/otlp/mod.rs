//! OpenTelemetry's logs over HTTP: `POST /v1/logs`. Metrics and traces are refused in words that a collector shows.

mod export;
pub(crate) mod grpc;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use vigil_ingest::Format;
use vigil_ingest::protocols::otlp::{Code, Encoding, Status, export_answer};
use vigil_model::limits::WHOLE_BODY_BYTES_MAX;

use super::{WRITE, whole_body};
use crate::app::App;
use crate::body;
use crate::failure::Failure;
use crate::router::Route;

const LOGS: [&str; 3] = ["/v1/logs", "/otlp/v1/logs", "/insert/opentelemetry/v1/logs"];
const METRICS: [&str; 3] = ["/v1/metrics", "/otlp/v1/metrics", "/insert/opentelemetry/v1/metrics"];
const TRACES: [&str; 3] = ["/v1/traces", "/otlp/v1/traces", "/insert/opentelemetry/v1/traces"];

/// The routes of this door, gRPC's too.
pub(crate) fn routes() -> Vec<Route> {
    let of = |paths: [&'static str; 3], answers: axum::routing::MethodRouter<Arc<App>>| {
        paths.map(|path| (path, WRITE, answers.clone()))
    };
    let http = [of(LOGS, post(logs)), of(METRICS, post(metrics)), of(TRACES, post(traces))];
    http.into_iter().flatten().chain(grpc::routes()).collect()
}

/// Whether a path is one of OTLP over HTTP.
pub(crate) fn is_path(path: &str) -> bool {
    [LOGS, METRICS, TRACES].iter().flatten().any(|known| *known == path)
}

/// `POST /v1/logs`
async fn logs(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let usual = answered_in(&parts.headers);
    match taken(&app, &parts, body).await {
        Ok((encoding, rejected, why)) => answer(StatusCode::OK, encoding, export_answer(encoding, rejected, &why)),
        Err(failure) => refusal(usual, &failure),
    }
}

async fn metrics(request: Request) -> Response {
    unstored(request, "metrics").await
}

async fn traces(request: Request) -> Response {
    unstored(request, "traces").await
}

async fn unstored(request: Request, what: &'static str) -> Response {
    let (parts, body) = request.into_parts();
    body::refuse(&parts.headers, body).await;
    refusal(answered_in(&parts.headers), &Failure::Unstored(what))
}

/// How the body was written, how many of its records were rejected, and why.
async fn taken(app: &Arc<App>, parts: &Parts, body: Body) -> Result<(Encoding, u64, String), Failure> {
    let prepared = encoding(&parts.headers).and_then(|encoding| Ok((encoding, export::Place::take(app, parts)?)));
    let (encoding, place) = match prepared {
        Ok(prepared) => prepared,
        Err(failure) => {
            body::refuse(&parts.headers, body).await;
            return Err(failure);
        }
    };
    let (bytes, _room) = whole_body(app, &parts.headers, body, WHOLE_BODY_BYTES_MAX).await?;
    let encoding = encoding.unwrap_or_else(|| of_content(&bytes));
    let (rejected, why) = export::export(app, place, encoding, bytes).await?;
    Ok((encoding, rejected, why))
}

/// How the body is written, by its type; `None` where that says nothing.
fn encoding(headers: &HeaderMap) -> Result<Option<Encoding>, Failure> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(None) };
    let text = String::from_utf8_lossy(value.as_bytes());
    if let Some(charset) = Format::foreign_charset(&text) {
        return Err(Failure::Charset(charset));
    }
    match text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/x-protobuf" | "application/protobuf" => Ok(Some(Encoding::Protobuf)),
        "application/json" => Ok(Some(Encoding::Json)),
        "" | "application/octet-stream" => Ok(None),
        _ => Err(Failure::ContentType(text.into_owned())),
    }
}

/// A request in protobuf never begins with a brace: that would be the end of a group.
fn of_content(body: &[u8]) -> Encoding {
    if body.trim_ascii_start().starts_with(b"{") { Encoding::Json } else { Encoding::Protobuf }
}

/// How a failure is written before the body is known: in protobuf only where that was sent.
pub(crate) fn answered_in(headers: &HeaderMap) -> Encoding {
    encoding(headers).ok().flatten().unwrap_or(Encoding::Json)
}

/// A failure in OTLP's terms. What is worth another try is 429 or 503 and nothing else is: of any other status,
/// 500 too, a client drops the data.
pub(crate) fn refusal(encoding: Encoding, failure: &Failure) -> Response {
    let (http, status) = status(failure);
    let mut response = answer(http, encoding, status.encode(encoding));
    if let Some(seconds) = status.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if http == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"vigil\""));
    }
    response
}

/// The status over HTTP, and `google.rpc.Status`.
fn status(failure: &Failure) -> (StatusCode, Status) {
    let kind = failure.status();
    let (http, code) = match kind.as_u16() {
        401 => (kind, Code::Unauthenticated),
        403 => (kind, Code::PermissionDenied),
        404 | 405 => (kind, Code::Unimplemented),
        413 => (kind, Code::ResourceExhausted),
        415 if matches!(failure, Failure::ContentEncoding(_)) => (kind, Code::Unimplemented),
        429 => (kind, Code::Unavailable),
        408 | 500.. => (StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable),
        415 => (kind, Code::InvalidArgument),
        _ => (StatusCode::BAD_REQUEST, Code::InvalidArgument),
    };
    let retry_after = if code == Code::Unavailable { failure.retry_after().or(Some(1)) } else { None };
    (http, Status { code, message: failure.to_string(), retry_after })
}

fn answer(status: StatusCode, encoding: Encoding, body: Vec<u8>) -> Response {
    let kind = match encoding {
        Encoding::Protobuf => "application/x-protobuf",
        Encoding::Json => "application/json",
    };
    (status, [(header::CONTENT_TYPE, kind)], body).into_response()
}
