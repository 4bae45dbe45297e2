//! What the listeners of a source are to do: by which settings they read, and when they end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::ServerConfig;
use tokio::sync::watch;
use vigil_ingest::{Counts, Recipe, Source};
use vigil_model::Timestamp;

use crate::Intake;

/// Who sent an event, as far as its socket knows.
pub(crate) const PEER: &str = "log.source.address";

/// What holds now. When the one who orders goes away, everything ends at once.
#[derive(Clone)]
pub(crate) struct Order {
    pub(crate) source: Arc<Source>,
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// Read no more, hand on what was read, and end.
    pub(crate) stopping: bool,
}

/// What a listener works with; every connection has a clone.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) intake: Arc<dyn Intake>,
    orders: watch::Receiver<Order>,
    /// Connections of the source, over all of its sockets.
    open: Arc<AtomicUsize>,
    source: Arc<Source>,
}

impl Job {
    pub(crate) fn new(intake: Arc<dyn Intake>, orders: watch::Receiver<Order>) -> Job {
        let source = Arc::clone(&orders.borrow().source);
        Job { intake, orders, open: Arc::default(), source }
    }

    /// The settings that were looked at last.
    pub(crate) fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The settings now, if they are others than those looked at last.
    pub(crate) fn changed(&mut self) -> bool {
        let now = self.orders.borrow();
        let changed = !Arc::ptr_eq(&now.source, &self.source);
        if changed {
            self.source = Arc::clone(&now.source);
        }
        changed
    }

    pub(crate) fn tls(&self) -> Option<Arc<ServerConfig>> {
        self.orders.borrow().tls.clone()
    }

    pub(crate) fn counts(&self) -> &Arc<Counts> {
        self.source.counts()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.intake.now()
    }

    /// Something went wrong that is no event.
    pub(crate) fn note(&self, reason: &str) {
        self.counts().note(reason, "", self.now());
    }

    /// By which events are read; `extra` is a field that every event gets, unless it or the settings say it.
    pub(crate) fn recipe(&self, extra: Option<(&str, String)>) -> Recipe {
        let mut recipe = self.source.recipe.clone();
        let extra = extra.filter(|(name, _)| recipe.labels.iter().all(|(label, _)| label != name));
        recipe.labels.extend(extra.map(|(name, text)| (name.to_owned(), text)));
        recipe
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.orders.borrow().stopping || self.is_abandoned()
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.orders.has_changed().is_err()
    }

    /// Waits until no more is to be read.
    pub(crate) async fn stopping(&mut self) {
        // An error says that nobody orders any more, which is a reason to stop, too.
        let _ = self.orders.wait_for(|order| order.stopping).await;
    }

    /// Waits until what is not kept yet is to be given up.
    pub(crate) async fn abandoned(&mut self) {
        while self.orders.changed().await.is_ok() {}
    }

    /// A place for one more connection, unless there are as many as the source may have.
    pub(crate) fn place(&self) -> Option<Place> {
        let limit = self.orders.borrow().source.spec.connections;
        let place = Place(Arc::clone(&self.open));
        (self.open.fetch_add(1, Ordering::Relaxed) < limit).then_some(place)
    }
}

/// Is counted among the connections as long as it lives.
pub(crate) struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
