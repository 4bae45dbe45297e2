//! What can go wrong with a request, and which status, code and hint each fault answers.

use std::borrow::Cow;
use std::ops::Range;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use vigil_crdt::control::Role;
use vigil_model::limits::{IDEMPOTENCY_KEY_BYTES_MAX, INGEST_REQUESTS_MAX, KEYED_REQUEST_BYTES_MAX, TAILS_MAX};
use vigil_node::Refusal;

use crate::access::Need;
use crate::{ClusterFailure, reply};

/// Why a request is not answered as asked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum Failure {
    #[error("there is nothing at `{0}`")]
    UnknownPath(String),
    #[error("`{path}` does not answer {method}")]
    WrongMethod { path: String, method: String },
    #[error("parameter `{name}`: {why}")]
    Parameter { name: String, why: String },
    #[error("there is no parameter `{name}`")]
    UnknownParameter { name: String, known: &'static [&'static str] },
    #[error("events of type `{0}` cannot be read")]
    ContentType(String),
    #[error("text in the charset `{0}` cannot be read, only UTF-8")]
    Charset(String),
    #[error("a body encoded as `{0}` cannot be read")]
    ContentEncoding(String),
    #[error("the body is larger than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the body cannot be read: {0}")]
    Body(String),
    #[error("no byte of the body came for {} seconds", .0.as_secs())]
    Slow(Duration),
    #[error("no events in the body")]
    NoEvents,
    #[error("no event of the body could be taken: {0}")]
    AllRejected(String),
    #[error("the Idempotency-Key is not 1 to {IDEMPOTENCY_KEY_BYTES_MAX} visible ASCII characters")]
    Key,
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("{INGEST_REQUESTS_MAX} requests bring events already")]
    IngestFull,
    #[error("the way in by `{0}` is closed by the settings of this node")]
    Closed(&'static str),
    #[error("this node does not store {0}; only logs, at /v1/logs")]
    Unstored(&'static str),
    #[error("too many bodies are held whole at once")]
    KeyedFull,
    #[error("{TAILS_MAX} tails are open already")]
    TailsFull,
    #[error("{message}")]
    QueryParse { span: Range<usize>, message: String, hint: Option<String>, rendered: String },
    #[error("parameters of type `{0}` cannot be read")]
    QueryType(String),
    #[error("{0}")]
    Query(String),
    #[error("{0}")]
    CursorGone(String),
    #[error("{0}")]
    QueryBusy(String),
    #[error("no answer within {} s", .0.as_secs_f64())]
    QueryTimeout(Duration),
    #[error("{0}")]
    EventId(String),
    #[error("this node does not hold event `{id}`")]
    EventMissing { id: String, behind: String },
    #[error("not ready: {0}")]
    NotReady(String),
    #[error("this node answers only to a loopback name, not to the host `{0}`")]
    Host(String),
    #[error("a page of `{0}` must not send requests to this node")]
    Origin(String),
    #[error("this needs a token")]
    NoToken { first: bool },
    #[error("no good token has this secret: it is mistyped, or the token expired or was revoked")]
    WrongToken,
    #[error("the Authorization header is not `Bearer SECRET`, nor Basic with the secret as the password")]
    Authorization,
    #[error("this needs the role {}, and `{name}` is {}", .need.role(), .role.name())]
    Forbidden { need: Need, name: String, role: Role },
    #[error(transparent)]
    Denied(#[from] vigil_query::Denied),
    #[error("the filter that limits the token `{token}` cannot be read by this version: {why}")]
    Scope { token: String, why: String },
    #[error("too many requests of {who}")]
    RateLimited { who: &'static str, wait: Duration },
    #[error("the request is not as it should be: {0}")]
    Request(String),
    #[error(transparent)]
    Cluster(#[from] ClusterFailure),
    #[error("{0}")]
    Internal(String),
}

/// The body of every answer that is an error: `{"error": …}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ErrorBody {
    code: Cow<'static, str>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rendered: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Span {
    start: usize,
    end: usize,
}

#[derive(Serialize)]
struct Envelope {
    error: ErrorBody,
}

impl Failure {
    /// A parameter and what is wrong with its value.
    pub(crate) fn parameter(name: &str, why: impl Into<String>) -> Failure {
        Failure::Parameter { name: name.to_owned(), why: why.into() }
    }

    /// The code, which programs may rely on.
    pub(crate) fn code(&self) -> Cow<'static, str> {
        match self {
            Failure::Cluster(failure) => Cow::Owned(failure.code.clone()),
            failure => Cow::Borrowed(failure.kind().1),
        }
    }

    /// The status and the code.
    fn kind(&self) -> (StatusCode, &'static str) {
        match self {
            Failure::UnknownPath(_) => (StatusCode::NOT_FOUND, "unknown_path"),
            Failure::WrongMethod { .. } => (StatusCode::METHOD_NOT_ALLOWED, "wrong_method"),
            Failure::Parameter { .. } => (StatusCode::BAD_REQUEST, "bad_parameter"),
            Failure::UnknownParameter { .. } => (StatusCode::BAD_REQUEST, "unknown_parameter"),
            Failure::ContentType(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type"),
            Failure::Charset(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type"),
            Failure::ContentEncoding(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_encoding"),
            Failure::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Failure::Body(_) => (StatusCode::BAD_REQUEST, "broken_body"),
            Failure::Slow(_) => (StatusCode::REQUEST_TIMEOUT, "slow_body"),
            Failure::NoEvents => (StatusCode::BAD_REQUEST, "no_events"),
            Failure::AllRejected(_) => (StatusCode::BAD_REQUEST, "all_rejected"),
            Failure::Key => (StatusCode::BAD_REQUEST, "bad_idempotency_key"),
            Failure::Closed(_) => (StatusCode::FORBIDDEN, "closed"),
            Failure::Unstored(_) => (StatusCode::NOT_FOUND, "not_stored"),
            Failure::Refused(refusal) => refusal_kind(refusal),
            Failure::IngestFull | Failure::KeyedFull | Failure::TailsFull => (StatusCode::TOO_MANY_REQUESTS, "busy"),
            Failure::QueryParse { .. } => (StatusCode::BAD_REQUEST, "query_parse"),
            Failure::QueryType(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type"),
            Failure::Query(_) => (StatusCode::BAD_REQUEST, "query"),
            Failure::CursorGone(_) => (StatusCode::GONE, "cursor_gone"),
            Failure::QueryBusy(_) => (StatusCode::TOO_MANY_REQUESTS, "busy"),
            Failure::QueryTimeout(_) => (StatusCode::GATEWAY_TIMEOUT, "timeout"),
            Failure::EventId(_) => (StatusCode::BAD_REQUEST, "bad_event_id"),
            Failure::EventMissing { .. } => (StatusCode::NOT_FOUND, "no_such_event"),
            Failure::NotReady(_) => (StatusCode::SERVICE_UNAVAILABLE, "not_ready"),
            Failure::Host(_) => (StatusCode::FORBIDDEN, "foreign_host"),
            Failure::Origin(_) => (StatusCode::FORBIDDEN, "foreign_origin"),
            Failure::NoToken { .. } => (StatusCode::UNAUTHORIZED, "token_needed"),
            Failure::WrongToken => (StatusCode::UNAUTHORIZED, "wrong_token"),
            Failure::Authorization => (StatusCode::UNAUTHORIZED, "bad_authorization"),
            Failure::Forbidden { .. } => (StatusCode::FORBIDDEN, "role_needed"),
            Failure::Denied(_) => (StatusCode::FORBIDDEN, "class_denied"),
            Failure::Scope { .. } => (StatusCode::FORBIDDEN, "scope_unreadable"),
            Failure::RateLimited { .. } => (StatusCode::TOO_MANY_REQUESTS, "rate_limited"),
            Failure::Request(_) => (StatusCode::BAD_REQUEST, "bad_request"),
            Failure::Cluster(failure) => (cluster_status(failure.status), "cluster"),
            Failure::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }

    /// What the client can do.
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Failure::UnknownPath(_) => "GET / lists the endpoints, GET /openapi.json describes them",
            Failure::WrongMethod { .. } => "the Allow header names the methods",
            Failure::UnknownParameter { known, .. } => return Some(known_parameters(known)),
            Failure::ContentType(_) => {
                "send application/x-ndjson, application/json or text/plain; without a Content-Type the first bytes decide"
            }
            Failure::Charset(_) => "convert it first, for instance with iconv -t utf-8",
            Failure::ContentEncoding(_) => "send gzip, zstd, deflate or no Content-Encoding",
            Failure::TooLarge { limit } if *limit == KEYED_REQUEST_BYTES_MAX => {
                "a body with an Idempotency-Key is held whole; split it, or send it without the key"
            }
            Failure::TooLarge { .. } => "split the body into several requests",
            Failure::NoEvents => "send one event a line",
            Failure::AllRejected(_) => "`rejected` names the lines and the reasons",
            Failure::Refused(Refusal::NoSpace(_)) => "ingest goes on by itself once there is space; reads go on now",
            Failure::Refused(Refusal::KeyReused) => "use a new key for a new body",
            Failure::Unstored(_) => "leave them out of the exporter of this address",
            Failure::Closed(_) => "open it: `enabled: true` below the source in `sources`",
            Failure::IngestFull | Failure::KeyedFull => "send the request again after Retry-After seconds",
            Failure::QueryParse { hint, .. } => return hint.clone(),
            Failure::QueryType(_) => "send a JSON object or a form; or use GET",
            Failure::CursorGone(_) => "ask again without the cursor",
            Failure::QueryTimeout(_) => {
                "ask for fewer events (`from`, another word), or allow more time with `timeout`"
            }
            Failure::EventId(_) => "copy the `_id` of a row",
            Failure::EventMissing { behind, .. } if !behind.is_empty() => {
                return Some(format!("not everything has come here of {behind}; try again later"));
            }
            Failure::Host(_) => "use 127.0.0.1 or localhost, or bind the node to the address that you mean",
            Failure::NoToken { first: true } => {
                "make the first one on the machine of the node: `vigil token create NAME --role admin`"
            }
            Failure::NoToken { .. } => "send `Authorization: Bearer SECRET`; `vigil token create` makes one",
            Failure::WrongToken => "`vigil token list` shows the tokens, `vigil token create` makes one",
            Failure::Authorization => "send one header `Authorization: Bearer SECRET`",
            Failure::Forbidden { .. } => "use a token of that role; `vigil token create NAME --role ROLE` makes one",
            Failure::Denied(_) => "ask for another class, or use a token with a wider scope",
            Failure::Scope { .. } => "update this node, or make the token anew",
            Failure::RateLimited { .. } => "send fewer or larger requests; this goes on after Retry-After seconds",
            Failure::Cluster(failure) => return Some(failure.hint.clone()).filter(|hint| !hint.is_empty()),
            Failure::Origin(_) => "send it from a program, not from a web page",
            _ => return None,
        };
        Some(hint.to_owned())
    }

    /// Seconds after which it is worth trying again.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self {
            Failure::Refused(Refusal::Busy { retry_after_ms, .. }) => Some(retry_after_ms.div_ceil(1_000).max(1)),
            Failure::Refused(Refusal::Stopping) => Some(5),
            Failure::IngestFull | Failure::KeyedFull | Failure::QueryBusy(_) => Some(1),
            Failure::TailsFull | Failure::NotReady(_) => Some(5),
            Failure::RateLimited { wait, .. } => Some(wait.as_secs_f64().ceil().max(1.0) as u64),
            _ => None,
        }
    }

    /// What stands under `error` in the answer.
    pub(crate) fn body(&self) -> ErrorBody {
        let (span, rendered) = match self {
            Failure::QueryParse { span, rendered, .. } => {
                (Some(Span { start: span.start, end: span.end }), Some(rendered.clone()))
            }
            _ => (None, None),
        };
        ErrorBody { code: self.code(), message: self.to_string(), hint: self.hint(), span, rendered }
    }

    /// In plain text: the message, the query with the place drawn where it is at fault, and what to do.
    pub(crate) fn plain(&self) -> String {
        match (self, self.hint()) {
            (Failure::QueryParse { rendered, .. }, _) => format!("{rendered}\n"),
            (failure, Some(hint)) => format!("{failure}\nhint: {hint}\n"),
            (failure, None) => format!("{failure}\n"),
        }
    }

    /// `answer` under the status and headers of this failure.
    pub(crate) fn respond(&self, answer: impl Serialize) -> Response {
        let mut response = reply::json(self.kind().0, &answer);
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if response.status() == StatusCode::UNAUTHORIZED {
            // Bearer first, for programs; browsers know only Basic.
            for scheme in ["Bearer realm=\"vigil\"", "Basic realm=\"vigil\", charset=\"UTF-8\""] {
                response.headers_mut().append(header::WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
            }
        }
        response
    }
}

impl Failure {
    /// In plain text, under its status and headers.
    pub(crate) fn into_plain(self) -> Response {
        let text = self.plain();
        // Its headers say when to try again.
        let mut response = self.into_response().map(|_| text.into());
        response.headers_mut().remove(header::CONTENT_LENGTH);
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, plain);
        response
    }

    /// The status.
    pub(crate) fn status(&self) -> StatusCode {
        self.kind().0
    }

    /// Whether the request itself is at fault.
    pub(crate) fn is_bad_request(&self) -> bool {
        self.kind().0 == StatusCode::BAD_REQUEST
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.respond(Envelope { error: self.body() });
        // A door may have other words for it.
        response.extensions_mut().insert(self);
        response
    }
}

fn refusal_kind(refusal: &Refusal) -> (StatusCode, &'static str) {
    match refusal {
        Refusal::Busy { .. } => (StatusCode::TOO_MANY_REQUESTS, "busy"),
        Refusal::NoSpace(_) => (StatusCode::INSUFFICIENT_STORAGE, "no_space"),
        Refusal::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, "store"),
        Refusal::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
        Refusal::Fenced(_) => (StatusCode::SERVICE_UNAVAILABLE, "fenced"),
        Refusal::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "key_reused"),
    }
}

/// A node names a status of its own for each failure; what is none would be a mistake of ours.
fn cluster_status(status: u16) -> StatusCode {
    let known = StatusCode::from_u16(status).ok().filter(|status| status.is_client_error() || status.is_server_error());
    known.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn known_parameters(known: &[&str]) -> String {
    match known {
        [] => "this endpoint has no parameters".to_owned(),
        known => format!("the parameters are {}", known.join(", ")),
    }
}
