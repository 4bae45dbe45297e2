//! The ways in while a node runs: opened when it starts, read again when their settings change, and asked once a second
//! what their stages have to say.

mod further;
mod intake;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use vigil_api::{Backend, Server, Tls};
use vigil_ingest::{Batch, Resolver, Sources};
use vigil_ingest_tokio::Running;

use self::further::FurtherSockets;
use self::intake::Door;
use super::clock;
use super::names::Names;
use super::shared::Shared;
use crate::config::{Layers, Loaded, Problem, Severity, load, ways_in};
use crate::settings::Settings;

/// How often stages are asked for what they have to say.
const SUMMARISE_EVERY: Duration = Duration::from_secs(1);
/// How often files are looked at for a change.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long what listeners have read may take to be kept when the node stops, and so what stages have to say.
const PATIENCE: Duration = Duration::from_secs(3);
/// Where positions in files rest, below the data directory.
const POSITIONS: &str = "positions";

/// What settings were read from, and how those files looked.
pub(super) struct Ways {
    layers: Layers,
    /// What the node was started with.
    settings: Settings,
    shared: Arc<Shared>,
    backend: Arc<dyn Backend>,
    resolver: Arc<dyn Resolver>,
    watched: Vec<Watched>,
    listeners: Running,
    sockets: FurtherSockets,
}

/// What the ways in are opened with.
pub(super) struct Opening<'a> {
    pub(super) loaded: &'a Loaded,
    pub(super) layers: Layers,
    pub(super) settings: Settings,
    pub(super) shared: &'a Arc<Shared>,
    pub(super) backend: &'a Arc<dyn Backend>,
    /// Serves further sockets of HTTP.
    pub(super) server: &'a Server,
    /// The node's own certificate.
    pub(super) tls: Option<Tls>,
}

/// A file, and how it looked when it was read.
#[derive(PartialEq)]
struct Watched {
    path: PathBuf,
    seen: Option<(u64, SystemTime)>,
}

impl Watched {
    fn now(path: PathBuf) -> Watched {
        let seen = std::fs::metadata(&path).ok().and_then(|meta| Some((meta.len(), meta.modified().ok()?)));
        Watched { path, seen }
    }
}

impl Ways {
    /// Opens the ways in that the settings name, all of them; else says which cannot be.
    pub(super) async fn open(opening: Opening<'_>) -> Result<Ways, String> {
        let Opening { loaded, layers, settings, shared, backend, server, tls } = opening;
        let resolver: Arc<dyn Resolver> = Arc::new(Names::start());
        let read = ways_in(&loaded.sections, Arc::clone(&resolver));
        let watched = watch_all(loaded, read.files);
        if !read.problems.is_empty() {
            return Err(listed(&read.problems));
        }
        let mut sockets = FurtherSockets::new(server.clone(), tls, settings.insecure_http);
        sockets.replace(&read.sources).await.map_err(|errors| errors.join("; "))?;
        let (shared, backend) = (Arc::clone(shared), Arc::clone(backend));
        let door = Arc::new(Door(Arc::clone(&backend)));
        let positions = settings.data_dir.join(POSITIONS);
        let listeners =
            vigil_ingest_tokio::start(&read.sources, door, &positions).await.map_err(|errors| listed(&errors))?;
        *shared.sources.write() = Arc::new(read.sources);
        Ok(Ways { layers, settings, shared, backend, resolver, watched, listeners, sockets })
    }

    /// Follows files and stages until `stop` says so; then says what stages still have to say.
    pub(super) async fn follow(mut self, mut stop: watch::Receiver<bool>) {
        let mut hang_up = hang_up();
        let (mut second, mut look) = (tokio::time::interval(SUMMARISE_EVERY), tokio::time::interval(LOOK_EVERY));
        loop {
            tokio::select! {
                _ = second.tick() => self.summarise(false).await,
                _ = look.tick() => if self.changed() { self.reload().await },
                () = received(&mut hang_up) => self.reload().await,
                _ = stop.changed() => break,
            }
        }
        let last = self.sources();
        self.listeners.stop(PATIENCE).await;
        summarise(&last, &*self.backend, true).await;
    }

    /// What stages have to say becomes events.
    async fn summarise(&self, last: bool) {
        summarise(&self.sources(), &*self.backend, last).await;
    }

    fn sources(&self) -> Arc<Sources> {
        Arc::clone(&self.shared.sources.read())
    }

    /// Whether a file looks different.
    fn changed(&self) -> bool {
        self.watched.iter().any(|watched| Watched::now(watched.path.clone()) != *watched)
    }

    /// Reads everything again. All of it takes effect, or nothing.
    async fn reload(&mut self) {
        match self.read_again().await {
            Ok(()) => {
                self.shared.settings_problem.lock().clear();
                tracing::info!("the ways in were read again");
            }
            Err(why) => {
                tracing::warn!("the ways in stay as they were: {why}");
                *self.shared.settings_problem.lock() = why;
            }
        }
    }

    async fn read_again(&mut self) -> Result<(), String> {
        let loaded = load(&self.layers);
        let mut read = ways_in(&loaded.sections, Arc::clone(&self.resolver));
        self.watched = watch_all(&loaded, std::mem::take(&mut read.files));
        let wrong = |problem: &&Problem| problem.severity == Severity::Error;
        let wrong: Vec<Problem> = loaded.problems.iter().filter(wrong).cloned().collect();
        if !wrong.is_empty() {
            return Err(listed(&wrong));
        }
        if loaded.settings() != self.settings {
            tracing::warn!("settings beside `sources` and `pipeline` have changed; they take effect at the next start");
        }
        let before = self.sources();
        let sources = read.sources.counting_on(&before);
        self.sockets.replace(&sources).await.map_err(|errors| errors.join("; "))?;
        if let Err(errors) = self.listeners.replace(&sources).await {
            // What was open a moment ago can be opened again.
            let _ = self.sockets.replace(&before).await;
            return Err(listed(&errors));
        }
        // Counts of a second or so are lost with stages that are replaced, unless they say them now.
        summarise(&before, &*self.backend, true).await;
        *self.shared.sources.write() = Arc::new(sources);
        Ok(())
    }
}

/// What stages have to say becomes events. A node that takes none now is not waited for longer than is good.
async fn summarise(sources: &Sources, backend: &dyn Backend, last: bool) {
    let mut batch = Batch::new();
    sources.summaries(clock::now(), last, &mut batch);
    for records in batch.take_rest() {
        let submitted = tokio::time::timeout(PATIENCE, intake::submit(backend, records)).await;
        if submitted.is_err() || submitted.is_ok_and(|submitted| submitted.is_err()) {
            tracing::warn!("what stages dropped could not be written down: the node takes no events now");
        }
    }
}

fn listed<T: ToString>(problems: &[T]) -> String {
    problems.iter().map(T::to_string).collect::<Vec<_>>().join("; ")
}

fn watch_all(loaded: &Loaded, of_stages: Vec<PathBuf>) -> Vec<Watched> {
    loaded.files.iter().cloned().chain(of_stages).map(Watched::now).collect()
}

#[cfg(unix)]
fn hang_up() -> Option<tokio::signal::unix::Signal> {
    use tokio::signal::unix::{SignalKind, signal};
    signal(SignalKind::hangup()).ok()
}

/// Resolves when the process is told to read its settings again.
async fn received(signal: &mut Option<tokio::signal::unix::Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}
