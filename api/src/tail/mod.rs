//! `GET /v1/tail`: how events are shown as they become durable, to as slow a reader as there is.

mod cursor;
mod follower;
mod format;
mod lens;
mod pipes;

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use futures::{Stream, StreamExt, stream};
use vigil_model::{Class, Timestamp};
use vigil_query::PermittedQuery;

use self::follower::Follower;
use crate::access::Standing;
use crate::app::App;
use crate::failure::Failure;
use crate::params::Params;
use crate::query::{Ask, moment};
use crate::{access, query};

pub(crate) use cursor::TailCursor;
pub(crate) use format::Format;
pub(crate) use pipes::lens;

const PARAMETERS: &[&str] = &["q", "lang", "class", "extra_filters", "format", "since", "cursor", "cursors"];

/// What is followed, and how it is shown.
pub(crate) struct Tail {
    /// Which events, and the pipes that each goes through.
    pub(crate) lens: vigil_index::Lens,
    /// Events of which class.
    pub(crate) class: Class,
    /// What relative times count back from.
    pub(crate) asked: Timestamp,
    pub(crate) start: Start,
    pub(crate) format: Format,
    /// Columns of lines for clients of VictoriaLogs; `None` is all.
    pub(crate) columns: Option<Vec<String>>,
}

/// Where a tail begins.
pub(crate) enum Start {
    /// With what comes.
    Now,
    /// With the events that this finds, as far as they fit on one page, and then what comes.
    Since(Box<PermittedQuery>),
    /// Behind what an earlier tail showed.
    Behind(TailCursor),
}

/// Follows the events that pass a filter.
pub(crate) async fn tail(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let now = app.backend.now();
    let mut params = Params::of_uri(request.uri());
    let permission = access::permission(access::of(&request), now)?;
    if let Some(name) = params.first_of(&["from", "to", "timeout"]) {
        return Err(Failure::UnknownParameter { name, known: PARAMETERS });
    }
    let text = params.peek("q").unwrap_or("*").to_owned();
    let ask = Ask::read(&app, &mut params, permission, now, Some("*"))?;
    let lens = pipes::lens(&ask.question([])?, &text, now)?;
    let start = start(&app, &mut params, request.headers(), &ask)?;
    let cursors = params.read::<bool>("cursors")?.unwrap_or(matches!(start, Start::Behind(_)));
    let format = format(params.take("format")?.as_deref(), &query::accept(request.headers()), cursors)?;
    params.finish(PARAMETERS)?;
    let tail = Tail { lens, class: ask.class, asked: now, start, format, columns: None };
    follow(&app, tail, Standing::of(&app, &request)).await
}

/// Follows until the node stops, the client hangs up, or may no longer ask.
pub(crate) async fn follow(app: &Arc<App>, tail: Tail, standing: Standing) -> Result<Response, Failure> {
    let content_type = tail.format.content_type();
    let pieces = pieces(app, tail, standing).await?;
    let mut response = Response::new(Body::from_stream(pieces.map(Ok::<Bytes, Infallible>)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// What is written, piece by piece.
pub(crate) async fn pieces(
    app: &App,
    tail: Tail,
    standing: Standing,
) -> Result<impl Stream<Item = Bytes> + use<>, Failure> {
    let follower = Follower::open(app, tail, standing).await?;
    Ok(stream::unfold(follower, |mut follower| async move { Some((follower.next().await?, follower)) }))
}

/// `cursor=`, or the `Last-Event-ID` of a browser that comes back, or `since=`.
fn start(app: &App, params: &mut Params, headers: &HeaderMap, ask: &Ask) -> Result<Start, Failure> {
    let since = moment(params, "since", ask.asked)?;
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let cursor = params.take("cursor")?.filter(|text| !text.is_empty());
    match (last.or(cursor), since) {
        (Some(text), _) => Ok(Start::Behind(TailCursor::parse(&text, &app.backend.status().node)?)),
        (None, Some(since)) => Ok(Start::Since(Box::new(ask.since(since)?))),
        (None, None) => Ok(Start::Now),
    }
}

fn format(name: Option<&str>, accept: &str, cursors: bool) -> Result<Format, Failure> {
    match name {
        Some("ndjson") => Ok(Format::Ndjson { cursors }),
        Some("sse") => Ok(Format::Sse),
        Some(other) if !other.is_empty() => {
            Err(Failure::parameter("format", format!("`{other}` is not ndjson or sse")))
        }
        _ if accept.contains("text/event-stream") => Ok(Format::Sse),
        _ => Ok(Format::Ndjson { cursors }),
    }
}
