//! How a body that is read whole comes in at a door: who takes it, what is asked of it, and what is done with its events.

use std::sync::Arc;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use tokio::sync::OwnedSemaphorePermit;
use vigil_ingest::{Asked, Batch, Door, Recipe, Writer};
use vigil_model::limits::WHOLE_BODY_BYTES_MAX;
use vigil_model::{Records, Timestamp};

use super::asked::Order;
use super::{Delivered, deliver, source, whole_body, worked};
use crate::app::App;
use crate::body;
use crate::failure::Failure;
use crate::params::Params;

/// Events that a trial shows in the log of the node.
const TRIAL_EVENTS: usize = 16;

/// A request that brings events, admitted.
pub(super) struct Intake {
    pub(super) app: Arc<App>,
    pub(super) recipe: Recipe,
    /// Nothing is stored.
    pub(super) debug: bool,
    door: Door,
    _place: OwnedSemaphorePermit,
    /// What the body takes of the room for such bodies.
    pub(super) room: Option<OwnedSemaphorePermit>,
}

impl Intake {
    /// All that can be said before the body is read. `usual` is what is asked of events when the request does not say.
    pub(super) fn prepare(app: &Arc<App>, door: Door, parts: &Parts, usual: Asked) -> Result<Intake, Failure> {
        let name = Params::of_uri(&parts.uri).peek("source").map(str::to_owned);
        let mut recipe = source(app, door, name.as_deref())?.recipe.clone();
        let order = Order::read(parts, &recipe, usual)?;
        recipe.asked = (!order.asked.is_empty()).then(|| Arc::new(order.asked));
        let place = app.ingest_place()?;
        Ok(Intake { app: Arc::clone(app), recipe, debug: order.debug, door, _place: place, room: None })
    }

    /// As [`Intake::prepare`], and the body, unpacked.
    pub(super) async fn open(
        app: &Arc<App>,
        door: Door,
        parts: &Parts,
        body: Body,
        usual: Asked,
    ) -> Result<(Intake, Vec<u8>), Failure> {
        let mut intake = match Intake::prepare(app, door, parts, usual) {
            Ok(intake) => intake,
            Err(failure) => {
                body::refuse(&parts.headers, body).await;
                return Err(failure);
            }
        };
        let (bytes, room) = whole_body(app, &parts.headers, body, WHOLE_BODY_BYTES_MAX).await?;
        intake.room = room;
        Ok((intake, bytes))
    }

    /// What `decode` makes of the body.
    pub(super) async fn decode<T: Send + 'static>(
        &self,
        body: Vec<u8>,
        decode: impl FnOnce(&[u8], &mut Writer, Timestamp, &mut Batch) -> T + Send + 'static,
    ) -> Result<(Batch, T), Failure> {
        let (recipe, now) = (self.recipe.clone(), self.app.backend.now());
        worked(body.len(), move || {
            let mut batch = Batch::new();
            let answer = decode(&body, &mut Writer::new(recipe), now, &mut batch);
            (batch, answer)
        })
        .await
    }

    /// The body could not be read at all.
    pub(super) fn undecodable(&self, why: impl std::fmt::Display) -> Failure {
        let why = why.to_string();
        if let Some(counts) = &self.recipe.counts {
            counts.note(&why, "", self.app.backend.now());
        }
        Failure::Body(why)
    }

    /// Nothing in the body became an event.
    pub(super) fn hopeless(&self, batch: &Batch) -> Failure {
        self.app.meter.rejected(batch.rejects().count());
        let first = batch.rejects().named().first();
        first.map_or(Failure::NoEvents, |first| Failure::AllRejected(format!("item {}: {}", first.line, first.reason)))
    }

    /// Hands the events on, unless it is a trial.
    pub(super) async fn deliver(&self, batch: &mut Batch) -> Delivered {
        if !self.debug {
            return deliver(&self.app, batch).await;
        }
        self.trial(batch);
        Delivered { accepted: batch.accepted(), refused: Vec::new(), failure: None }
    }

    /// Says what a trial brought.
    pub(super) fn trial(&self, batch: &mut Batch) {
        let (accepted, rejected) = (batch.accepted(), batch.rejects().count());
        tracing::info!(
            door = self.door.name(),
            accepted,
            rejected,
            "a request with debug=1 was read and is not stored"
        );
        self.show(&batch.take_rest());
    }

    /// Shows the first events of a trial. They are scrubbed by now.
    pub(super) fn show(&self, chunks: &[Records]) {
        for record in chunks.iter().flat_map(Records::iter).flatten().take(TRIAL_EVENTS) {
            tracing::info!(door = self.door.name(), ?record, "an event of a request with debug=1");
        }
    }
}

/// The type of a body, without its parameters.
pub(super) fn media_type(headers: &HeaderMap) -> String {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
