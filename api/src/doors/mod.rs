//! The ways in that other programs know: what every one of them does with a body and with the events in it.
//!
//! A door is a folder or file here: its routes, how its bodies are read, and how it says what became of the events, so
//! that its clients neither lose nor double them. What is in a body is read by `vigil_ingest::protocols`.

mod asked;
pub(crate) mod datadog;
mod dialect;
pub(crate) mod elastic;
pub(crate) mod hec;
mod intake;
mod journald;
mod loki;
pub(crate) mod otlp;
mod stream;
mod told;
mod victoria;

use std::ops::Range;
use std::sync::Arc;

use axum::body::Body;
use axum::http::HeaderMap;
use tokio::sync::OwnedSemaphorePermit;
use vigil_ingest::{Batch, Door, Source};
use vigil_model::Class;
use vigil_model::limits::REQUEST_SUBMISSIONS_MAX;

use crate::SubmitOptions;
use crate::access::Need;
use crate::app::App;
use crate::body::{BodyReader, PIECE_BYTES};
use crate::failure::Failure;
use crate::inflate::{Encoding, unsnap};
use crate::ingest::submit::Submitter;
use crate::router::{Needs, Route};

pub(crate) use self::dialect::Dialect;

/// To hand events in.
const WRITE: Needs = &[("post", Need::Write)];

/// Every route of every door.
pub(crate) fn routes() -> Vec<Route> {
    [
        loki::routes(),
        elastic::routes(),
        otlp::routes(),
        hec::routes(),
        journald::routes(),
        victoria::routes(),
        datadog::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub(crate) use told::told;

/// The source that takes what comes in by a door; `name` is what the client calls itself, if it does.
pub(crate) fn source(app: &App, door: Door, name: Option<&str>) -> Result<Arc<Source>, Failure> {
    let source = app.backend.sources().at(door, name);
    if source.spec.enabled { Ok(source) } else { Err(Failure::Closed(door.name())) }
}

/// The body, unpacked, and the room that it takes among all such bodies.
pub(crate) async fn whole_body(
    app: &App,
    headers: &HeaderMap,
    body: Body,
    limit: usize,
) -> Result<(Vec<u8>, Option<OwnedSemaphorePermit>), Failure> {
    let reader = BodyReader::open_whole(headers, body, limit, app.options.patience).await?;
    let mut reader = reader.sniffing();
    let mut room: Option<OwnedSemaphorePermit> = None;
    match reader.collect(|bytes| admit(app, &mut room, bytes)).await {
        Ok(bytes) if Encoding::of(headers)? == Encoding::Snappy => {
            let bytes = unsnap(&bytes, limit)?;
            admit(app, &mut room, bytes.len())?;
            Ok((bytes, room))
        }
        Ok(bytes) => Ok((bytes, room)),
        Err(failure) => {
            reader.drain().await;
            Err(failure)
        }
    }
}

/// Takes room for more bytes.
pub(crate) fn admit(app: &App, room: &mut Option<OwnedSemaphorePermit>, bytes: usize) -> Result<(), Failure> {
    let more = app.keyed_room(bytes)?;
    match room {
        Some(room) => room.merge(more),
        None => *room = Some(more),
    }
    Ok(())
}

/// Does what takes a while for a large body where it keeps nobody else waiting.
pub(crate) async fn worked<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    if bytes <= PIECE_BYTES {
        return Ok(work());
    }
    tokio::task::spawn_blocking(work).await.map_err(|error| Failure::Internal(error.to_string()))
}

/// What became of the events of a body.
#[derive(Debug)]
pub(crate) struct Delivered {
    /// How many are kept for good.
    pub(crate) accepted: u64,
    /// Which ones the node did not take: their places among the events of the batch, from 0.
    pub(crate) refused: Vec<Range<u64>>,
    /// Why not.
    pub(crate) failure: Option<Failure>,
}

/// Hands on all that is in the batch, and waits until it is kept for good.
pub(crate) async fn deliver(app: &App, batch: &mut Batch) -> Delivered {
    let mut submitter = deliverer(app);
    submitter.offer_all(batch.take_rest(), &options()).await;
    app.meter.rejected(batch.rejects().count());
    delivered(submitter).await
}

/// As [`deliver`], piece by piece: offer what [`Batch::take_full`] gives with [`options`], then [`delivered`].
pub(crate) fn deliverer(app: &App) -> Submitter {
    Submitter::new(Arc::clone(&app.backend), app.options.busy_patience, REQUEST_SUBMISSIONS_MAX, 0)
}

/// How events of every door are handed in.
pub(crate) fn options() -> SubmitOptions {
    SubmitOptions { class: Class::Logs, seal_now: false, idempotent: None }
}

/// Waits until everything that was offered is kept or refused.
pub(crate) async fn delivered(mut submitter: Submitter) -> Delivered {
    submitter.settle().await;
    let accepted = submitter.accepted();
    Delivered { accepted, refused: submitter.refused_places, failure: submitter.failure.map(Failure::Refused) }
}
