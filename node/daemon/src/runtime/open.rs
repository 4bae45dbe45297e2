//! Opens a data directory: key, log, index; and brings the index up to the log.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use vigil_crdt::{LogStore, Recovered};
use vigil_crdt_rocksdb::{Options, RocksStore};
use vigil_index_tantivy::{ShelfOptions, Shelves};

use super::error::RunError;
use super::follower::catch_up;
use super::identity::Identity;
use crate::cli::up::Started;
use crate::settings::Settings;

/// A data directory, opened.
pub(super) struct Opened {
    pub(super) identity: Identity,
    pub(super) store: Arc<dyn LogStore>,
    pub(super) shelves: Shelves,
    pub(super) recovered: Recovered,
    /// Blocks that the index had to be given on start.
    pub(super) replayed: u64,
    /// When opening began.
    pub(super) begun: Instant,
}

/// Opens `settings.data_dir`, made if it is not there.
pub(super) fn open(settings: &Settings) -> Result<Opened, RunError> {
    let begun = Instant::now();
    let dir = &settings.data_dir;
    make_private_dir(dir)?;
    let store = RocksStore::open(dir.join("log"), &store_options(settings))?;
    // The store's lock is held from here on: nobody else works in this directory.
    let identity = Identity::load(dir, &settings.name)?;
    let recovered = store.recovered();
    let options =
        ShelfOptions { writer_bytes: settings.index.memory as usize, log_arrival: recovered.arrival, verify: true };
    let mut shelves = Shelves::open(&dir.join("index"), &options)?;
    let replayed = catch_up(&mut shelves, &store, recovered.arrival, &mut show_progress())?;
    Ok(Opened { identity, store: Arc::new(store), shelves, recovered, replayed, begun })
}

fn store_options(settings: &Settings) -> Options {
    Options {
        cache_bytes: settings.storage.cache as usize,
        max_disk: settings.storage.max_disk,
        min_free: settings.storage.min_free,
        ..Options::default()
    }
}

fn make_private_dir(dir: &Path) -> Result<(), RunError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|error| RunError::file("create", dir, &error))
}

/// Says on stderr how far a rebuild is, at most once a second.
fn show_progress() -> impl FnMut(u64, u64) {
    let mut last = Instant::now();
    move |done, of| {
        if last.elapsed().as_secs() >= 1 && std::io::stderr().is_terminal() {
            last = Instant::now();
            tracing::warn!("bringing the index up to the log: {} % of {of} blocks", done * 100 / of.max(1));
        }
    }
}

impl Opened {
    /// What the first screen says.
    pub(super) fn started(&self, settings: &Settings, http: SocketAddr) -> Started {
        Started {
            name: self.identity.name.clone(),
            node_id: self.identity.log.node.to_string(),
            data_dir: settings.data_dir.clone(),
            http,
            listen: settings.listen,
            new: self.identity.new,
            events: self.recovered.records[usize::from(vigil_model::Class::Logs.number())],
            cluster: self.identity.cluster.to_string(),
            cut: self.recovered.cut.iter().map(|(log, seq, why)| format!("block {seq} of {log}: {why}")).collect(),
            rebuilt_index: self.replayed > 0 && self.replayed == self.recovered.arrival,
            took_ms: self.begun.elapsed().as_millis() as u64,
        }
    }
}
