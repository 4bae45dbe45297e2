//! `POST /insert/jsonline`, as VictoriaLogs takes events: one JSON object a line, for as long as the sender likes.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::json;
use vigil_ingest::{Asked, Batch, Decoder, Door, Format, Recipe};
use vigil_model::limits::REQUEST_BYTES_MAX;

use super::intake::Intake;
use super::{delivered, deliverer, options};
use crate::access::Need;
use crate::app::App;
use crate::body::{self, BodyReader};
use crate::failure::Failure;
use crate::reply;
use crate::router::Route;

pub(super) const JSONLINE: &str = "/insert/jsonline";
pub(super) const READY: &str = "/insert/ready";

pub(super) fn routes() -> Vec<Route> {
    vec![(JSONLINE, &[("post", Need::Write)], post(jsonline)), (READY, &[("get", Need::Nothing)], get(ready))]
}

/// What becomes of fields where nobody says.
fn usual() -> Asked {
    Asked { times: vec!["_time".to_owned()], messages: vec!["_msg".to_owned()], ..Asked::default() }
}

async fn jsonline(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let intake = match Intake::prepare(&app, Door::Victoria, &parts, usual()) {
        Ok(intake) => intake,
        Err(failure) => {
            body::refuse(&parts.headers, body).await;
            return Err(failure);
        }
    };
    let (batch, end) = stream(&intake, &parts.headers, body).await?;
    let (accepted, rejected) = (batch.accepted(), batch.rejects().count());
    end?;
    if accepted + batch.dropped() == 0 && rejected > 0 {
        return Err(intake.hopeless(&batch));
    }
    app.meter.rejected(rejected);
    let answer = json!({ "status": "ok", "accepted": accepted, "rejected": rejected });
    Ok(reply::json(StatusCode::OK, &answer))
}

/// Hands events on while the body still comes in. Answers what was read, and what ended it before its time.
async fn stream(intake: &Intake, headers: &HeaderMap, body: Body) -> Result<(Batch, Result<(), Failure>), Failure> {
    let app = &intake.app;
    let reader = BodyReader::open(headers, body, REQUEST_BYTES_MAX, app.options.patience).await?;
    let mut reader = reader.sniffing();
    let mut decoder = Decoder::new(recipe(intake));
    let (mut batch, mut submitter) = (Batch::new(), deliverer(app));
    let end = loop {
        match reader.next().await {
            Ok(Some(piece)) => decoder.feed(piece, app.backend.now(), &mut batch),
            Ok(None) => break Ok(()),
            Err(failure) => break Err(failure),
        }
        tokio::task::yield_now().await;
        let full = batch.take_full();
        match intake.debug {
            true => intake.show(&full),
            false => submitter.offer_all(full, &options()).await,
        }
        if submitter.failure.is_some() {
            break Ok(());
        }
    };
    if end.is_err() || submitter.failure.is_some() {
        reader.drain().await;
    } else {
        decoder.finish(app.backend.now(), &mut batch);
    }
    match intake.debug {
        true => intake.trial(&mut batch),
        false => submitter.offer_all(batch.take_rest(), &options()).await,
    }
    let refused = delivered(submitter).await.failure;
    Ok((batch, end.and(refused.map_or(Ok(()), Err))))
}

fn recipe(intake: &Intake) -> Recipe {
    let format = match intake.recipe.format {
        Format::Detect => Format::Ndjson,
        format => format,
    };
    // Who sends is there to be told what could not be read.
    Recipe { format, lenient: false, ..intake.recipe.clone() }
}

async fn ready() -> Response {
    reply::json(StatusCode::OK, &json!({ "status": "ok" }))
}
