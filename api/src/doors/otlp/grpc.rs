//! OpenTelemetry's logs over gRPC: one message in, one message out, the end said in trailers.
//!
//! Unary calls need no more of gRPC than this: a frame of five bytes in front of each message, its compression, and the
//! status in trailers, or in the headers where there is no message.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use data_encoding::BASE64_NOPAD;
use hyper::body::Frame;
use tokio::sync::OwnedSemaphorePermit;
use vigil_ingest::protocols::otlp::{Encoding, export_answer};
use vigil_model::limits::WHOLE_BODY_BYTES_MAX;

use super::super::{WRITE, whole_body};
use super::{export, status};
use crate::app::App;
use crate::body;
use crate::failure::Failure;
use crate::router::Route;

const LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
const METRICS: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
const TRACES: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

const GRPC: &str = "application/grpc";
/// In front of each message: whether it is packed, and its length.
const PREFIX_BYTES: usize = 5;
/// Characters of a message in a header.
const MESSAGE_CHARS_MAX: usize = 512;
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const GRPC_DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");
const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const GRPC_ACCEPTS: HeaderName = HeaderName::from_static("grpc-accept-encoding");

/// The methods.
pub(super) fn routes() -> [Route; 3] {
    [(LOGS, WRITE, post(logs)), (METRICS, WRITE, post(metrics)), (TRACES, WRITE, post(traces))]
}

/// Whether a request speaks gRPC.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let rest = kind.strip_prefix(GRPC);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', ';', ' ']))
}

/// `LogsService/Export`
async fn logs(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if !is_grpc(&parts.headers) {
        return not_grpc(&parts, body).await;
    }
    match taken(&app, &parts, body).await {
        Ok(message) => Body::new(Unary::of(&message)).into_answer(),
        Err(failure) => refusal(&failure),
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
    if !is_grpc(&parts.headers) {
        return not_grpc(&parts, body).await;
    }
    body::refuse(&parts.headers, body).await;
    refusal(&Failure::Unstored(what))
}

/// What speaks HTTP alone is answered so.
async fn not_grpc(parts: &Parts, body: Body) -> Response {
    body::refuse(&parts.headers, body).await;
    let kind = parts.headers.get(header::CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    Failure::ContentType(kind.unwrap_or_default().into_owned()).into_response()
}

async fn taken(app: &Arc<App>, parts: &Parts, body: Body) -> Result<Vec<u8>, Failure> {
    let place = match export::Place::take(app, parts) {
        Ok(place) => place,
        Err(failure) => {
            body::refuse(&parts.headers, body).await;
            return Err(failure);
        }
    };
    let (message, _room) = message(app, &parts.headers, body).await?;
    let (rejected, why) = export::export(app, place, Encoding::Protobuf, message).await?;
    Ok(export_answer(Encoding::Protobuf, rejected, &why))
}

/// The one message of the call, unpacked.
async fn message(
    app: &App,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Vec<u8>, Option<OwnedSemaphorePermit>), Failure> {
    let (mut bytes, room) = whole_body(app, headers, body, WHOLE_BODY_BYTES_MAX + PREFIX_BYTES).await?;
    let broken = |why: &str| Failure::Body(format!("gRPC: {why}"));
    let Some((prefix, rest)) = bytes.split_first_chunk::<PREFIX_BYTES>() else {
        return Err(broken("a call has one message"));
    };
    let [packed, length @ ..] = *prefix;
    if u32::from_be_bytes(length) as usize != rest.len() {
        return Err(broken("the length of the message is not what was sent"));
    }
    match packed {
        0 => {
            bytes.drain(..PREFIX_BYTES);
            Ok((bytes, room))
        }
        1 => unpacked(app, headers, bytes).await,
        _ => Err(broken("the first byte of a message is 0 or 1")),
    }
}

/// What a body would be unpacked as: so it has the same limits.
async fn unpacked(
    app: &App,
    headers: &HeaderMap,
    bytes: Vec<u8>,
) -> Result<(Vec<u8>, Option<OwnedSemaphorePermit>), Failure> {
    let encoding = headers.get(GRPC_ENCODING).filter(|encoding| *encoding != "identity");
    let missing = || Failure::Body("gRPC: the message is packed, and `grpc-encoding` does not say how".to_owned());
    let encoding = encoding.ok_or_else(missing)?.clone();
    let headers = HeaderMap::from_iter([(header::CONTENT_ENCODING, encoding)]);
    let body = Body::from(Bytes::from(bytes).slice(PREFIX_BYTES..));
    whole_body(app, &headers, body, WHOLE_BODY_BYTES_MAX).await
}

/// A failure in headers alone, under status 200 as gRPC wants it.
pub(crate) fn refusal(failure: &Failure) -> Response {
    let (_, status) = status(failure);
    let mut response = Body::empty().into_answer();
    let headers = response.headers_mut();
    headers.insert(GRPC_STATUS, HeaderValue::from(status.code as u16));
    headers.insert(GRPC_MESSAGE, percent_encoded(&status.message));
    if status.retry_after.is_some() {
        let details = BASE64_NOPAD.encode(&status.encode(Encoding::Protobuf));
        headers.insert(GRPC_DETAILS, HeaderValue::from_str(&details).expect("base64 is visible ASCII"));
    }
    if matches!(failure, Failure::ContentEncoding(_)) {
        headers.insert(GRPC_ACCEPTS, HeaderValue::from_static("identity,gzip,zstd"));
    }
    response
}

/// As `grpc-message` has it: visible ASCII, all else and the percent sign as `%XX`.
fn percent_encoded(text: &str) -> HeaderValue {
    let mut out = String::new();
    for byte in text.chars().take(MESSAGE_CHARS_MAX).collect::<String>().bytes() {
        match byte {
            b' '..=b'~' if byte != b'%' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    HeaderValue::from_str(&out).expect("only visible ASCII is left")
}

trait IntoAnswer {
    fn into_answer(self) -> Response;
}

impl IntoAnswer for Body {
    fn into_answer(self) -> Response {
        ([(header::CONTENT_TYPE, GRPC)], self).into_response()
    }
}

/// One message, and trailers that say that all is well.
struct Unary {
    message: Option<Bytes>,
    ended: bool,
}

impl Unary {
    fn of(message: &[u8]) -> Unary {
        let length = u32::try_from(message.len()).expect("an answer is a few hundred bytes");
        let framed = [&[0][..], &length.to_be_bytes(), message].concat();
        Unary { message: Some(framed.into()), ended: false }
    }
}

impl HttpBody for Unary {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(message) = self.message.take() {
            return Poll::Ready(Some(Ok(Frame::data(message))));
        }
        if std::mem::replace(&mut self.ended, true) {
            return Poll::Ready(None);
        }
        let trailers = HeaderMap::from_iter([(GRPC_STATUS, HeaderValue::from_static("0"))]);
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_in_headers_are_visible() {
        assert_eq!(percent_encoded("50 % of ü\n"), "50 %25 of %C3%BC%0A");
        assert_eq!(percent_encoded(&"é".repeat(1_000)).len(), MESSAGE_CHARS_MAX * 6);
    }

    #[test]
    fn grpc_is_told_from_what_only_begins_like_it() {
        let is = |kind: &'static str| {
            is_grpc(&HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]))
        };
        assert!(is("application/grpc") && is("application/grpc+proto") && is("application/grpc; charset=utf-8"));
        assert!(!is("application/grpc-web") && !is("application/json"));
        assert!(!is_grpc(&HeaderMap::new()));
    }
}
