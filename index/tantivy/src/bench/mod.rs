//! What the index costs and how fast it answers: measured here, printed by the bench program.

mod columns;
mod synthetic;

use std::path::Path;
use std::time::Instant;

use vigil_index::{Answer, MemoryLog, Options, QueryError, Sources, execute};
use vigil_model::{BlockRef, Class, LogId, LogNumber, NodeId, Records, Timestamp};
use vigil_query::{Permission, Query};

pub use columns::{ColumnCost, column_cost};
pub use synthetic::synthetic;

use crate::{Body, IndexError, ShelfOptions, ShelfSnapshot, Shelves, Verify};

/// Events between two commits: about a second of a busy node.
const EVENTS_PER_COMMIT: usize = 50_000;
const LOG: LogNumber = LogNumber(0);

/// What it cost to index events.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IndexCost {
    /// How many events.
    pub events: u64,
    /// Their bytes, as records.
    pub record_bytes: u64,
    /// Seconds on the wall, waiting for merges included.
    pub wall_s: f64,
    /// Seconds of CPU of the whole process; 0 where the system does not say.
    pub cpu_s: f64,
    /// Bytes of the index on disk.
    pub index_bytes: u64,
}

/// Indexes blocks into an empty directory: terms, Tantivy, commits and merges.
pub fn index_blocks(root: &Path, blocks: &[Records]) -> Result<IndexCost, IndexError> {
    let (began, cpu_began) = (Instant::now(), cpu_seconds());
    let options = ShelfOptions { writer_bytes: 64 << 20, log_arrival: u64::MAX, verify: Verify::AtOnce };
    let mut shelves = Shelves::open(root, &options)?;
    let (mut events, mut record_bytes, mut waiting) = (0, 0, 0);
    for (n, records) in blocks.iter().enumerate() {
        let block = BlockRef { log: LOG, seq: n as u64 };
        let sealed = records.time_span().map_or(Timestamp::default(), |(_, last)| last);
        shelves.add(block, n as u64 + 1, sealed, &[Body { class: Class::Logs, records }])?;
        events += records.len() as u64;
        record_bytes += records.bytes().len() as u64;
        waiting += records.len();
        if waiting >= EVENTS_PER_COMMIT {
            shelves.commit()?;
            waiting = 0;
        }
    }
    shelves.close()?;
    let (wall_s, cpu_s) = (began.elapsed().as_secs_f64(), cpu_seconds() - cpu_began);
    Ok(IndexCost { events, record_bytes, wall_s, cpu_s, index_bytes: bytes_under(root) })
}

/// Blocks in memory, and the index over them.
pub struct Searched {
    log: MemoryLog,
    snapshot: std::sync::Arc<ShelfSnapshot>,
}

impl Searched {
    /// Opens what [`index_blocks`] made of these blocks.
    pub fn open(root: &Path, blocks: &[Records]) -> Result<Searched, IndexError> {
        let mut log = MemoryLog::default();
        log.name(LOG, LogId::default());
        for (n, records) in blocks.iter().enumerate() {
            log.add(BlockRef { log: LOG, seq: n as u64 }, Class::Logs, n as u64 + 1, records);
        }
        let options = ShelfOptions { writer_bytes: 64 << 20, log_arrival: u64::MAX, verify: Verify::Never };
        Ok(Searched { log, snapshot: Shelves::open(root, &options)?.snapshot() })
    }

    /// Answers a query. Also says how many milliseconds it took, the least of `runs`.
    pub fn query(&self, query: &Query, limit: usize, runs: usize) -> Result<(Answer, f64), QueryError> {
        assert!(runs > 0, "a query that is never run has no time");
        let mut best = f64::INFINITY;
        let mut last = Answer::default();
        for _ in 0..runs {
            let began = Instant::now();
            last = self.answer(query, limit)?;
            best = best.min(began.elapsed().as_secs_f64() * 1_000.0);
        }
        Ok((last, best))
    }

    /// How many milliseconds of CPU a query takes, the mean of `runs`; 0 where the system does not say.
    pub fn query_cpu(&self, query: &Query, limit: usize, runs: usize) -> Result<f64, QueryError> {
        let began = cpu_seconds();
        (0..runs).try_for_each(|_| self.answer(query, limit).map(drop))?;
        Ok((cpu_seconds() - began) * 1_000.0 / runs.max(1) as f64)
    }

    fn answer(&self, query: &Query, limit: usize) -> Result<Answer, QueryError> {
        let options =
            Options { node: NodeId::default(), limit, asked: Timestamp::default(), cursor: None, bytes_max: None };
        let asked = Permission::everything().allow(query.clone(), Class::Logs).expect("everything is permitted");
        execute(&asked, &options, Sources { index: &*self.snapshot, tail: &[], frames: &self.log }, &|| false)
    }
}

/// CPU seconds of this process so far; 0 where the system does not say.
fn cpu_seconds() -> f64 {
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = |n: usize| after_name.split_whitespace().nth(n).and_then(|text| text.parse::<f64>().ok());
    (ticks(11).unwrap_or(0.0) + ticks(12).unwrap_or(0.0)) / TICKS_PER_SECOND
}

fn bytes_under(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let bytes = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => bytes_under(&entry.path()),
        Ok(meta) => meta.len(),
        Err(_) => 0,
    };
    entries.map(bytes).sum()
}
