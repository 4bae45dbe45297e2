//! `POST /_bulk`, `/{index}/_bulk`: many actions, each with its own answer.
//!
//! Where the node took nothing at all because it is busy or at fault, the whole answer is 429 or 503, on which every client
//! sends again; some drop what they sent when they meet refused items in an answer of 200.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use vigil_ingest::Door;
use vigil_ingest::protocols::bulk;

use super::answer::{End, ends, write};
use super::filter::Filter;
use super::{index_of, usual};
use crate::app::App;
use crate::doors::intake::Intake;
use crate::doors::told::status;
use crate::failure::Failure;
use crate::params::Params;

pub(super) async fn bulk(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    take(&app, None, request).await
}

pub(super) async fn bulk_of_index(
    State(app): State<Arc<App>>,
    Path(index): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    index_of(&app, &index)?;
    take(&app, Some(index), request).await
}

async fn take(app: &Arc<App>, index: Option<String>, request: Request) -> Result<Response, Failure> {
    let began = Instant::now();
    let (parts, body) = request.into_parts();
    let (intake, body) = Intake::open(app, Door::Elastic, &parts, body, usual()).await?;
    let decode =
        move |body: &[u8], writer: &mut _, now, out: &mut _| bulk::bulk(body, index.as_deref(), writer, now, out);
    let (mut batch, read) = intake.decode(body, decode).await?;
    let items = read.map_err(|why| intake.undecodable(why))?;
    let delivered = intake.deliver(&mut batch).await;
    let refused = delivered.failure.as_ref().map_or(StatusCode::TOO_MANY_REQUESTS, status);
    if let (0, Some(failure)) = (delivered.accepted, &delivered.failure) {
        return Err(failure.clone());
    }
    let ends: Vec<End> = ends(&items, &delivered, refused);
    let filter = Params::of_uri(&parts.uri).peek("filter_path").map(Filter::of).unwrap_or_default();
    let text = write(began.elapsed().as_millis(), &items, &ends, &filter);
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], text).into_response())
}
