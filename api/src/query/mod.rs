//! `GET|POST /v1/query`: how a question is read from a request, and what it answers.

mod ask;
mod envelope;
mod explanation;
mod language;
mod render;
mod run;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;
use vigil_index::{Cursor, QueryError};
use vigil_model::limits::{ANSWER_ROWS_DEFAULT, ANSWER_ROWS_MAX, QUERY_BYTES_MAX};
use vigil_query::Permission;

use self::explanation::Explanation;
use crate::app::App;
use crate::body::BodyReader;
use crate::failure::Failure;
use crate::params::Params;
use crate::{QueryFailure, QueryRequest, access};

pub(crate) use ask::{Ask, extra_filters, moment, narrow, only_filter};
pub(crate) use envelope::Envelope;
pub(crate) use language::{Language, fault};
pub(crate) use render::{Format, rows_and};
pub(crate) use run::{Deadline, Pager, run, run_whole};

const PARAMETERS: &[&str] =
    &["q", "lang", "from", "to", "limit", "cursor", "class", "extra_filters", "timeout", "format", "explain"];
/// A form writes a byte with up to three characters, and there are other parameters.
const FORM_BYTES_MAX: usize = 4 * QUERY_BYTES_MAX;

/// Answers a query.
pub(crate) async fn query(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let began = Instant::now();
    let accept = accept(request.headers());
    let permission = access::permission(access::of(&request), app.backend.now())?;
    let params = params(&app, request).await?;
    let order = Order::read(&app, params, &accept, permission)?;
    let answer = run(&app, order.request, Deadline::within(order.patience)).await?;
    Ok(render::respond(answer, order.explanation, order.format, began.elapsed()))
}

/// The parameters of the query string, and of the body when there is one.
pub(crate) async fn params(app: &App, request: Request) -> Result<Params, Failure> {
    let mut params = Params::of_uri(request.uri());
    if request.method() == Method::POST {
        let (parts, body) = request.into_parts();
        let kind = content_type(&parts.headers);
        let mut reader = BodyReader::open(&parts.headers, body, FORM_BYTES_MAX, app.options.patience).await?;
        let bytes = match reader.collect(|_| Ok(())).await {
            Ok(bytes) => bytes,
            Err(failure) => {
                reader.drain().await;
                return Err(failure);
            }
        };
        params.extend(of_body(&kind, &bytes)?);
    }
    Ok(params)
}

fn of_body(kind: &str, bytes: &[u8]) -> Result<Params, Failure> {
    match kind {
        "application/json" => Params::of_json(bytes),
        "application/x-www-form-urlencoded" => Ok(Params::of_form(bytes)),
        "" if bytes.is_empty() => Ok(Params::default()),
        "" => Params::of_json(bytes),
        other => Err(Failure::QueryType(other.to_owned())),
    }
}

/// A query that was read: what to ask, for how long, and how to write the answer.
struct Order {
    request: QueryRequest,
    patience: Duration,
    format: Format,
    explanation: Option<Explanation>,
}

impl Order {
    fn read(app: &App, mut params: Params, accept: &str, permission: Permission) -> Result<Order, Failure> {
        let cursor = params.take("cursor")?.filter(|cursor| !cursor.is_empty());
        let cursor = cursor.map(|text| Cursor::parse(&text)).transpose().map_err(QueryFailure::from)?;
        // Relative times mean the same on every page: they count from when the first was asked for.
        let asked = cursor.as_ref().map_or_else(|| app.backend.now(), |cursor| cursor.asked);
        let ask = Ask::read(app, &mut params, permission, asked, None)?;
        let limit = limit(&mut params, ANSWER_ROWS_DEFAULT)?;
        let format = Format::read(params.take("format")?.as_deref(), accept)?;
        let explanation = explanation(&mut params, &ask, format)?;
        params.finish(PARAMETERS)?;
        let request = QueryRequest { question: ask.question([])?, limit, asked, cursor };
        Ok(Order { request, patience: ask.patience, format, explanation })
    }
}

/// `explain=true`: how the query is run. Only an answer as JSON has a place for it.
fn explanation(params: &mut Params, ask: &Ask, format: Format) -> Result<Option<Explanation>, Failure> {
    match (params.read::<bool>("explain")?.unwrap_or(false), format) {
        (false, _) => Ok(None),
        (true, Format::Json) => Ok(Some(Explanation::of(ask)?)),
        (true, _) => Err(Failure::parameter("explain", "stands beside the rows of an answer as JSON; say format=json")),
    }
}

/// `limit=`, from 1 to [`ANSWER_ROWS_MAX`].
pub(crate) fn limit(params: &mut Params, default: usize) -> Result<usize, Failure> {
    let Some(text) = params.take("limit")?.filter(|text| !text.is_empty()) else { return Ok(default) };
    text.parse().ok().filter(|limit| (1..=ANSWER_ROWS_MAX).contains(limit)).ok_or_else(|| {
        let why = "the cursor of an answer gives the rows that follow";
        Failure::parameter("limit", format!("`{text}` is not a number from 1 to {ANSWER_ROWS_MAX}; {why}"))
    })
}

/// What the client would like to get, in lower case.
pub(crate) fn accept(headers: &HeaderMap) -> String {
    text_of(headers, header::ACCEPT)
}

fn content_type(headers: &HeaderMap) -> String {
    let text = text_of(headers, header::CONTENT_TYPE);
    text.split(';').next().unwrap_or_default().trim().to_owned()
}

fn text_of(headers: &HeaderMap, name: header::HeaderName) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase()
}

impl From<QueryFailure> for Failure {
    fn from(failure: QueryFailure) -> Failure {
        let text = failure.to_string();
        match failure {
            QueryFailure::Query(error) if error.is_gone() => Failure::CursorGone(text),
            QueryFailure::Query(QueryError::Index(_)) | QueryFailure::Failed(_) => Failure::Internal(text),
            QueryFailure::Query(_) => Failure::Query(text),
            QueryFailure::Busy { .. } => Failure::QueryBusy(text),
        }
    }
}
