//! `POST /{index}/_doc`, `PUT /{index}/_doc/{id}`, `/{index}/_create/{id}`: one document.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use vigil_ingest::Door;
use vigil_ingest::protocols::bulk::{self, Outcome};

use super::words::error;
use super::{index_of, usual};
use crate::app::App;
use crate::doors::intake::Intake;
use crate::failure::Failure;
use crate::reply;

#[derive(Serialize)]
struct Created<'a> {
    _index: &'a str,
    _id: &'a str,
    _version: u8,
    result: &'static str,
    _shards: Shards,
    _seq_no: u8,
    _primary_term: u8,
}

#[derive(Serialize)]
struct Shards {
    total: u8,
    successful: u8,
    failed: u8,
}

pub(super) async fn document(
    State(app): State<Arc<App>>,
    Path(index): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    take(&app, index, None, request).await
}

pub(super) async fn document_of_id(
    State(app): State<Arc<App>>,
    Path((index, id)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Failure> {
    take(&app, index, Some(id), request).await
}

async fn take(app: &Arc<App>, index: String, id: Option<String>, request: Request) -> Result<Response, Failure> {
    index_of(app, &index)?;
    let (parts, body) = request.into_parts();
    let (intake, body) = Intake::open(app, Door::Elastic, &parts, body, usual()).await?;
    let of_path = index.clone();
    let decode = move |body: &[u8], writer: &mut _, now, out: &mut _| {
        bulk::document(body, &of_path, id.as_deref(), writer, now, out)
    };
    let (mut batch, item) = intake.decode(body, decode).await?;
    if let Outcome::Refused(refusal) = &item.outcome {
        app.meter.rejected(1);
        let text = error("document_parsing_exception", &refusal.to_string(), StatusCode::BAD_REQUEST);
        return Ok((StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "application/json")], text).into_response());
    }
    if let Some(failure) = intake.deliver(&mut batch).await.failure {
        return Err(failure);
    }
    let created = Created {
        _index: &index,
        _id: &item.id,
        _version: 1,
        result: "created",
        _shards: Shards { total: 1, successful: 1, failed: 0 },
        _seq_no: 0,
        _primary_term: 1,
    };
    Ok(reply::json(StatusCode::CREATED, &created))
}
