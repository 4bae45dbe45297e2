//! `POST /upload`: journals, as `systemd-journal-upload` sends them, without end if need be.
//!
//! The client saves how far it came only when it is answered, and gives up at any status from 300 on. So a busy node
//! makes it wait instead of telling it. What it sends a second time is kept twice: `__CURSOR`, a field of every entry,
//! tells such twins apart from others (`… | uniq by (__CURSOR)`).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use vigil_ingest::{Door, Format, Recipe};

use super::stream::Stream;
use super::{WRITE, source};
use crate::app::App;
use crate::failure::Failure;
use crate::router::Route;
use crate::{access, body};

/// The routes of this door.
pub(super) fn routes() -> Vec<Route> {
    vec![("/upload", WRITE, post(upload)), ("/insert/journald/upload", WRITE, post(upload))]
}

async fn upload(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut response = match taken(&app, &parts, body).await {
        Ok(()) => "OK.\n".into_response(),
        Err(failure) => failure.into_plain(),
    };
    // From systemd 258 on a client that reads this packs what it sends.
    response.headers_mut().insert(header::ACCEPT_ENCODING, header::HeaderValue::from_static("zstd"));
    response
}

async fn taken(app: &App, parts: &Parts, body: Body) -> Result<(), Failure> {
    let placed = source(app, Door::Journald, access::source_of(&parts.extensions))
        .and_then(|source| Ok((source.recipe.clone(), app.ingest_place()?)));
    let (recipe, _place) = match placed {
        Ok(placed) => placed,
        Err(failure) => {
            body::refuse(&parts.headers, body).await;
            return Err(failure);
        }
    };
    // Whatever the settings of the source say, this is what comes.
    let recipe = Recipe { format: Format::Journal, ..recipe };
    let stream = Stream { recipe, limit: usize::MAX, time: None, insists: true };
    stream.take(app, &parts.headers, body).await.map(drop)
}
