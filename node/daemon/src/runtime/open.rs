//! Opens a data directory: key, log, index.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use vigil_crdt::control::{Control, Entry};
use vigil_crdt::{LogStore, Recovered};
use vigil_crdt_rocksdb::{Options, RocksStore};
use vigil_index_tantivy::{ShelfOptions, Shelves, Verify};
use vigil_model::LogId;

use super::error::RunError;
use super::identity::Identity;
use super::interest::fold;
use crate::cli::up::Started;
use crate::settings::Settings;

/// A data directory, opened.
pub(super) struct Opened {
    pub(super) identity: Identity,
    pub(super) store: Arc<dyn LogStore>,
    /// Every control record of this cluster that is held.
    pub(super) control: Vec<(LogId, u64, Vec<Entry>)>,
    /// Membership and access as they say.
    pub(super) membership: Control,
    pub(super) shelves: Shelves,
    pub(super) recovered: Recovered,
    /// What the index remembers of a log that has lost its end since; empty when it has not.
    pub(super) lost_end: String,
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
    let (control, damaged) = vigil_crdt::control::load_sound(&store)?;
    for error in &damaged {
        tracing::error!(%error, "a record of membership or access is damaged: what it said counts nothing until a peer brings it again");
    }
    let membership = fold(&identity, &control);
    let (writer_bytes, log_arrival) = (settings.index.memory as usize, recovered.arrival);
    // What must be verified or rebuilt is so while the node answers: see the follower.
    let options = ShelfOptions { writer_bytes, log_arrival, verify: Verify::Later };
    let shelves = Shelves::open(&dir.join("index"), &options)?;
    let lost_end = shelves.was_ahead().map_or_else(String::new, |seen| lost_end(seen, recovered.arrival));
    Ok(Opened { identity, store: Arc::new(store), control, membership, shelves, recovered, lost_end, begun })
}

/// The index only ever holds what was durable: when it knows more than the log, the disk lost
/// something, and RocksDB opened without a word about it.
fn lost_end(seen: u64, arrival: u64) -> String {
    format!(
        "the log ends at block {arrival} of the order of arrival, but the index had seen block {seen}: acknowledged events were lost by the disk; restore them from a backup"
    )
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

impl Opened {
    /// What the first screen says.
    pub(super) fn started(
        &self,
        settings: &Settings,
        http: SocketAddr,
        listen: SocketAddr,
        tls: Option<&vigil_api::Tls>,
    ) -> Started {
        Started {
            name: self.identity.name.clone(),
            node_id: self.identity.log.node.to_string(),
            data_dir: settings.data_dir.clone(),
            http,
            listen,
            fingerprint: tls.map(|tls| tls.fingerprint().to_owned()),
            // Before its admission has arrived a node knows nobody, itself included.
            members: self.membership.active_members().count().max(1),
            new: self.identity.new,
            events: self.recovered.records[usize::from(vigil_model::Class::Logs.number())],
            cluster: self.identity.home.cluster.to_string(),
            cut: self.losses(),
            rebuilding_index: self.shelves.resume() == 1 && self.recovered.arrival > 0,
            took_ms: self.begun.elapsed().as_millis() as u64,
        }
    }

    /// What is no longer there that once was.
    fn losses(&self) -> Vec<String> {
        let cut = self.recovered.cut.iter().map(|(log, seq, why)| format!("block {seq} of {log}: {why}"));
        cut.chain((!self.lost_end.is_empty()).then(|| self.lost_end.clone())).collect()
    }
}
