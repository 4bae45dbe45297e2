//! How the node fares, put together for people.

use std::sync::atomic::Ordering;

use super::backend::LiveNode;
use super::space::size_of;
use crate::settings::Sync;
use vigil_api::{IndexStatus, IngestStatus, SourceStatus, StorageStatus};
use vigil_model::Class;
use vigil_node::Mode;

impl LiveNode {
    pub(super) fn mode(&self) -> String {
        if self.shared.stopping.load(Ordering::Relaxed) {
            return "stopping".to_owned();
        }
        let machine = self.shared.machine.lock();
        match (&machine.mode, &machine.unproven) {
            (Mode::Ok, Some(why)) => format!("store: {why}; trying again"),
            (mode, _) => mode.to_string(),
        }
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let index = self.shared.index_problem.lock().clone();
        if !index.is_empty() {
            warnings.push(format!("the index does not follow the log: {index}; it is tried again by itself"));
        }
        let rebuilt = self.shared.rebuilt.load(Ordering::Relaxed);
        if rebuilt < 100 {
            warnings.push(format!(
                "index: rebuilding, {rebuilt} %; answers are exact, and slow where they read the log instead"
            ));
        }
        if self.mode() != "ok" {
            warnings.push(format!("events are refused: {}", self.mode()));
        }
        if self.settings.insecure_http {
            warnings.push("HTTP is open beyond loopback without protection (--insecure-http)".to_owned());
        }
        if !self.recovered.cut.is_empty() {
            warnings.push(format!("{} torn blocks were cut at the last start", self.recovered.cut.len()));
        }
        let damage = self.shared.damage.lock().clone();
        if !damage.is_empty() {
            warnings.push(format!("a query met damage and left it out: {damage}; restore it from a backup"));
        }
        let settings = self.shared.settings_problem.lock().clone();
        if !settings.is_empty() {
            warnings.push(format!("the settings were not read again, those before stay in force: {settings}"));
        }
        if !self.lost_end.is_empty() {
            warnings.push(self.lost_end.clone());
        }
        warnings
    }

    pub(super) fn storage_status(&self) -> StorageStatus {
        let before = self.recovered.records[usize::from(Class::Logs.number())];
        StorageStatus {
            events: before + self.shared.logs.load(Ordering::Relaxed),
            blocks: self.store.stats().blocks,
            arrival: self.tail.arrival(),
            disk_bytes: size_of(&self.settings.data_dir),
            max_disk: self.settings.storage.max_disk,
            sync: match self.settings.storage.sync {
                Sync::Always => "always",
                Sync::Interval => "interval",
            }
            .to_owned(),
            cut: self.recovered.cut.iter().map(|(log, seq, why)| format!("block {seq} of {log}: {why}")).collect(),
        }
    }

    pub(super) fn index_status(&self) -> IndexStatus {
        IndexStatus {
            arrival: self.shared.indexed.load(Ordering::Relaxed),
            lag_bytes: self.tail.bytes(),
            shelves: self.shared.shelves.load(Ordering::Relaxed),
        }
    }

    fn source_status(&self) -> Vec<SourceStatus> {
        let sources = self.shared.sources.read().clone();
        let rows = sources.all().map(|source| (SourceStatus::of(source), source.spec.usual));
        rows.filter(|(row, usual)| row.is_of_interest(*usual)).map(|(row, _)| row).collect()
    }

    pub(super) fn ingest_status(&self) -> IngestStatus {
        let machine = self.shared.machine.lock();
        IngestStatus {
            accepted: self.shared.accepted.load(Ordering::Relaxed),
            refused: self.shared.refused.load(Ordering::Relaxed),
            pending: machine.pending.records,
            pending_bytes: machine.pending_bytes,
            sources: self.source_status(),
        }
    }
}
