//! `GET|POST /v1/query`: how a question is read from a request, and what it answers.

mod render;

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;
use vigil_index::{Cursor, QueryError};
use vigil_model::limits::{ANSWER_ROWS_DEFAULT, ANSWER_ROWS_MAX, QUERY_BYTES_MAX};
use vigil_model::{Class, Timestamp};
use vigil_query::{Permission, Query, TimeRange};

use crate::app::App;
use crate::body::BodyReader;
use crate::failure::Failure;
use crate::params::Params;
use crate::{QueryFailure, QueryRequest, access, when};

pub(crate) use render::Format;

const PARAMETERS: &[&str] = &["q", "from", "to", "limit", "cursor", "class", "format"];
/// A form writes a byte with up to three characters, and there are other parameters.
const FORM_BYTES_MAX: usize = 4 * QUERY_BYTES_MAX;

/// Answers a query.
pub(crate) async fn query(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let began = Instant::now();
    let accept = accept(request.headers());
    let permission = access::permission(access::of(&request), app.backend.now())?;
    let params = params(&app, request).await?;
    let (request, format) = read(params, &accept, &permission, app.backend.now())?;
    let answer = app.backend.query(request).await?;
    Ok(render::respond(answer, format, began.elapsed()))
}

/// The parameters of the query string, and of the body when there is one.
async fn params(app: &App, request: Request) -> Result<Params, Failure> {
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

fn read(
    mut params: Params,
    accept: &str,
    permission: &Permission,
    now: Timestamp,
) -> Result<(QueryRequest, Format), Failure> {
    let text = text(&mut params)?;
    let cursor = params.take("cursor")?.filter(|cursor| !cursor.is_empty());
    let cursor = cursor.map(|text| Cursor::parse(&text)).transpose().map_err(QueryFailure::from)?;
    // Relative times mean the same on every page: they count from when the first was asked for.
    let asked = cursor.as_ref().map_or(now, |cursor| cursor.asked);
    let mut query = parse(&text, asked)?;
    query.time = query.time.intersect(&time_range(&mut params, asked)?);
    let limit = limit(&mut params)?;
    let class = params.read::<Class>("class")?.unwrap_or(Class::Logs);
    let format = Format::read(params.take("format")?.as_deref(), accept)?;
    params.finish(PARAMETERS)?;
    let question = permission.allow(query, class)?;
    Ok((QueryRequest { question, limit, asked, cursor }, format))
}

/// The query's text, which may be empty but not missing.
pub(crate) fn text(params: &mut Params) -> Result<String, Failure> {
    params.take("q")?.ok_or_else(|| Failure::parameter("q", "is missing; `q=*` asks for everything"))
}

/// Reads VQL; the fault, if any, is drawn under the text.
pub(crate) fn parse(text: &str, now: Timestamp) -> Result<Query, Failure> {
    vigil_query::parse(text, now).map_err(|error| Failure::QueryParse {
        rendered: error.render(text),
        span: error.span,
        message: error.message,
        hint: error.hint,
    })
}

fn time_range(params: &mut Params, now: Timestamp) -> Result<TimeRange, Failure> {
    let from = moment(params, "from", now)?.unwrap_or(Timestamp::MIN);
    let to = moment(params, "to", now)?.unwrap_or(Timestamp::MAX);
    if from > to {
        return Err(Failure::parameter("from", format!("{from} is after `to`, {to}")));
    }
    Ok(TimeRange { from, to })
}

fn moment(params: &mut Params, name: &str, now: Timestamp) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = params.take(name)?.filter(|text| !text.is_empty()) else { return Ok(None) };
    when::read(&text, now).map(Some).map_err(|why| Failure::parameter(name, why))
}

fn limit(params: &mut Params) -> Result<usize, Failure> {
    let Some(text) = params.take("limit")?.filter(|text| !text.is_empty()) else { return Ok(ANSWER_ROWS_DEFAULT) };
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
