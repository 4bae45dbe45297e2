//! Datadog's intake of logs: `POST /api/v2/logs`, `/v1/input`. Answered with 202; a failure has a list `errors`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::json;
use vigil_ingest::protocols::datadog::datadog;
use vigil_ingest::{Asked, Door};
use vigil_model::Timestamp;

use super::intake::Intake;
use super::told::Words;
use crate::access::Need;
use crate::app::App;
use crate::failure::Failure;
use crate::params::Params;
use crate::reply;
use crate::router::{Needs, Route};

const WRITE: Needs = &[("post", Need::Write)];
/// Milliseconds since 1970: the time of events that say none.
const TIME: &str = "dd-message-timestamp";
/// Where the key stands that is a token here.
const KEY: &str = "dd-api-key";
const KEY_PATH: &str = "/v1/input/";

pub(super) fn routes() -> Vec<Route> {
    vec![
        ("/api/v2/logs", WRITE, post(logs)),
        ("/v1/input", WRITE, post(logs)),
        ("/v1/input/{api_key}", WRITE, post(logs)),
        ("/api/v1/validate", &[("get", Need::Write)], get(validate)),
    ]
}

pub(super) fn owns(route: &str) -> bool {
    ["/api/v2/logs", "/v1/input", "/v1/input/{api_key}", "/api/v1/validate"].contains(&route)
}

pub(super) fn words(failure: &Failure, status: StatusCode) -> Words {
    let reason = status.canonical_reason().unwrap_or_default();
    ("application/json", json!({ "errors": [reason, failure.to_string()] }).to_string())
}

/// The key of a request as Datadog's programs send it: in a header, as an argument, or in the path.
pub(crate) fn key(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let header = headers.get(KEY).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let path = uri.path();
    let ours = ["/api/v2/logs", "/api/v1/validate", "/v1/input"].contains(&path) || path.starts_with(KEY_PATH);
    let argument = || ours.then(|| Params::of_uri(uri).peek(KEY).map(str::to_owned)).flatten();
    let in_path = || path.strip_prefix(KEY_PATH).map(str::to_owned);
    header.or_else(argument).or_else(in_path).filter(|key| !key.is_empty())
}

/// A path as it may be written down.
pub(crate) fn without_key(path: &str) -> String {
    match path.strip_prefix(KEY_PATH) {
        Some(_) => format!("{KEY_PATH}***"),
        None => path.to_owned(),
    }
}

async fn logs(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let (intake, body) = Intake::open(&app, Door::Datadog, &parts, body, Asked::default()).await?;
    let time = time(&parts.headers);
    let (mut batch, read) =
        intake.decode(body, move |body, writer, now, out| datadog(body, time, writer, now, out)).await?;
    let tally = read.map_err(|why| intake.undecodable(why))?;
    if tally.is_hopeless() {
        return Err(intake.hopeless(&batch));
    }
    match intake.deliver(&mut batch).await.failure {
        Some(failure) => Err(failure),
        None => Ok(reply::json(StatusCode::ACCEPTED, &json!({}))),
    }
}

fn time(headers: &HeaderMap) -> Option<Timestamp> {
    let ms: i64 = headers.get(TIME)?.to_str().ok()?.trim().parse().ok()?;
    ms.checked_mul(1_000_000).map(Timestamp)
}

/// The key is good: who has none does not come here.
async fn validate() -> Response {
    reply::json(StatusCode::OK, &json!({ "valid": true }))
}
