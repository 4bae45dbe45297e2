//! How a body of any length is read piece by piece, handed on while more comes, and held back when the node is full.

use std::sync::Arc;

use axum::body::Body;
use axum::http::HeaderMap;
use vigil_ingest::{Batch, Decoder, Recipe};
use vigil_model::Timestamp;

use super::{delivered, deliverer, options};
use crate::app::App;
use crate::body::BodyReader;
use crate::failure::Failure;

/// What is to be read, and how.
pub(super) struct Stream {
    /// How.
    pub(super) recipe: Recipe,
    /// Bytes that it may have.
    pub(super) limit: usize,
    /// The time of events that bring none, where it is not that of arrival.
    pub(super) time: Option<Timestamp>,
    /// Wait for a busy node also at the beginning.
    pub(super) insists: bool,
}

impl Stream {
    /// Takes all of the body in; answers how many events and rejects it had. What came before a failure is kept.
    pub(super) async fn take(self, app: &App, headers: &HeaderMap, body: Body) -> Result<u64, Failure> {
        let mut reader = BodyReader::open(headers, body, self.limit, app.options.patience).await?.sniffing();
        let (mut decoder, mut batch) = (Decoder::new(self.recipe), Batch::new());
        let backend = Arc::clone(&app.backend);
        let now = || self.time.unwrap_or_else(|| backend.now());
        let mut submitter = if self.insists { deliverer(app).insisting() } else { deliverer(app) };
        let ended = loop {
            match reader.next().await {
                Ok(Some(piece)) => decoder.feed(piece, now(), &mut batch),
                Ok(None) => break Ok(()),
                Err(failure) => break Err(failure),
            }
            submitter.offer_all(batch.take_full(), &options()).await;
            if submitter.failure.is_some() {
                break Ok(());
            }
            tokio::task::yield_now().await;
        };
        if ended.is_ok() && submitter.failure.is_none() {
            decoder.finish(now(), &mut batch);
        }
        submitter.offer_all(batch.take_rest(), &options()).await;
        app.meter.rejected(batch.rejects().count());
        let failure = ended.err().or(delivered(submitter).await.failure);
        match failure {
            None => Ok(batch.accepted() + batch.rejects().count()),
            Some(failure) => {
                reader.drain().await;
                Err(failure)
            }
        }
    }
}
