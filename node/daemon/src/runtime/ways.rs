//! The ways in while a node runs: opened when it starts, read again when their settings change, and asked once a second
//! what their stages have to say.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use vigil_api::{Backend, SubmitOptions};
use vigil_ingest::{Batch, Resolver, Sources};
use vigil_model::Class;

use super::clock;
use super::names::Names;
use super::shared::Shared;
use crate::config::{Layers, Loaded, Problem, Severity, load, ways_in};
use crate::settings::Settings;

/// How often stages are asked for what they have to say.
const SUMMARISE_EVERY: Duration = Duration::from_secs(1);
/// How often files are looked at for a change.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often a summary is offered to a node that is busy.
const OFFERS: usize = 20;

/// What settings were read from, and how those files looked.
pub(super) struct Ways {
    layers: Layers,
    /// What the node was started with.
    settings: Settings,
    shared: Arc<Shared>,
    backend: Arc<dyn Backend>,
    resolver: Arc<dyn Resolver>,
    watched: Vec<Watched>,
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
    /// Opens the ways in that `loaded` names.
    pub(super) fn open(
        loaded: &Loaded,
        layers: Layers,
        settings: Settings,
        shared: &Arc<Shared>,
        backend: &Arc<dyn Backend>,
    ) -> Ways {
        let resolver: Arc<dyn Resolver> = Arc::new(Names::start());
        let read = ways_in(&loaded.sections, Arc::clone(&resolver));
        let watched = watch_all(loaded, read.files);
        // What was wrong was told before the node started; between then and now a file may have changed.
        match read.problems.is_empty() {
            true => *shared.sources.write() = Arc::new(read.sources),
            false => refuse(shared, &read.problems),
        }
        Ways { layers, settings, shared: Arc::clone(shared), backend: Arc::clone(backend), resolver, watched }
    }

    /// Follows files and stages until `stop` says so; then says what stages still have to say.
    pub(super) async fn follow(mut self, mut stop: watch::Receiver<bool>) {
        let mut hang_up = hang_up();
        let (mut second, mut look) = (tokio::time::interval(SUMMARISE_EVERY), tokio::time::interval(LOOK_EVERY));
        loop {
            tokio::select! {
                _ = second.tick() => self.summarise(false).await,
                _ = look.tick() => if self.changed() { self.reload() },
                () = received(&mut hang_up) => self.reload(),
                _ = stop.changed() => break,
            }
        }
        self.summarise(true).await;
    }

    /// What stages have to say becomes events.
    async fn summarise(&self, last: bool) {
        let mut batch = Batch::new();
        self.sources().summaries(clock::now(), last, &mut batch);
        for mut records in batch.take_rest() {
            let options = SubmitOptions { class: Class::Logs, seal_now: false, idempotent: None };
            for _ in 0..OFFERS {
                match self.backend.submit(records, options.clone()).await {
                    Ok(_) => break,
                    Err((_, refused)) => records = refused,
                }
                tokio::time::sleep(SUMMARISE_EVERY / 4).await;
            }
        }
    }

    fn sources(&self) -> Arc<Sources> {
        Arc::clone(&self.shared.sources.read())
    }

    /// Whether a file looks different.
    fn changed(&self) -> bool {
        self.watched.iter().any(|watched| Watched::now(watched.path.clone()) != *watched)
    }

    /// Reads everything again. All of it takes effect, or nothing.
    fn reload(&mut self) {
        let loaded = load(&self.layers);
        let mut read = ways_in(&loaded.sections, Arc::clone(&self.resolver));
        self.watched = watch_all(&loaded, std::mem::take(&mut read.files));
        let wrong: Vec<Problem> =
            loaded.problems.iter().filter(|problem| problem.severity == Severity::Error).cloned().collect();
        if !wrong.is_empty() {
            return refuse(&self.shared, &wrong);
        }
        if loaded.settings() != self.settings {
            tracing::warn!("settings beside `sources` and `pipeline` have changed; they take effect at the next start");
        }
        let before = self.sources();
        *self.shared.sources.write() = Arc::new(read.sources.counting_on(&before));
        self.shared.settings_problem.lock().clear();
        tracing::info!("the ways in were read again");
    }
}

/// Keeps what is in force and says why.
fn refuse(shared: &Shared, problems: &[Problem]) {
    let text = problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("; ");
    tracing::warn!("the ways in stay as they were: {text}");
    *shared.settings_problem.lock() = text;
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
