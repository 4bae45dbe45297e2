//! Loki's push: `POST /loki/api/v1/push`. Answered with 204; a failure is plain text.
//!
//! There is no answer for a single line: the good ones are kept and the others are counted. Where the node took a part of
//! the lines and refused the rest, the answer is that of the refusal, and the client sends all of them again: twice is
//! better than never.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use vigil_ingest::protocols::loki;
use vigil_ingest::{Asked, Door};
use vigil_model::limits::{FIELD_NAME_BYTES_MAX, WHOLE_BODY_BYTES_MAX};

use super::admit;
use super::intake::{Intake, media_type};
use crate::access::Need;
use crate::app::App;
use crate::failure::Failure;
use crate::inflate::{Encoding, unsnap};
use crate::router::Route;

pub(super) const PUSH: &str = "/loki/api/v1/push";
/// The header that names a tenant, and the field that keeps it.
const TENANT: (&str, &str) = ("x-scope-orgid", "tenant");

pub(super) fn routes() -> Vec<Route> {
    vec![(PUSH, &[("post", Need::Write)], post(push))]
}

async fn push(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let (mut intake, body) = Intake::open(&app, Door::Loki, &parts, body, Asked::default()).await?;
    let tenant = parts.headers.get(TENANT.0).and_then(|value| value.to_str().ok());
    if let Some(tenant) = tenant.filter(|tenant| !tenant.is_empty() && tenant.len() <= FIELD_NAME_BYTES_MAX) {
        intake.recipe.labels.push((TENANT.1.to_owned(), tenant.to_owned()));
    }
    let (mut batch, read) = match media_type(&parts.headers).as_str() {
        "application/json" => intake.decode(body, loki::json).await?,
        // It is a block of snappy even where no Content-Encoding says so; some send it bare.
        _ if Encoding::of(&parts.headers)? == Encoding::Snappy => intake.decode(body, loki::protobuf).await?,
        _ => {
            let body = unpacked(&mut intake, body)?;
            intake.decode(body, loki::protobuf).await?
        }
    };
    let tally = read.map_err(|why| intake.undecodable(why))?;
    if tally.is_hopeless() {
        return Err(intake.hopeless(&batch));
    }
    match intake.deliver(&mut batch).await.failure {
        Some(failure) => Err(failure),
        None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

fn unpacked(intake: &mut Intake, body: Vec<u8>) -> Result<Vec<u8>, Failure> {
    match unsnap(&body, WHOLE_BODY_BYTES_MAX) {
        Ok(unpacked) => {
            admit(&intake.app, &mut intake.room, unpacked.len())?;
            Ok(unpacked)
        }
        Err(Failure::TooLarge { .. }) if !body.starts_with(b"\n") => {
            Err(Failure::TooLarge { limit: WHOLE_BODY_BYTES_MAX })
        }
        Err(_) => Ok(body),
    }
}
