//! `vigil bench`: what the log alone, the index alone and reading alone cost on this machine.
//!
//! They run in a directory of their own that is removed afterwards. What a whole node does over
//! HTTP is measured from outside, by `cargo xtask bench`.

mod parse;
mod samples;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use vigil_model::{Records, Timestamp};

use super::args::template;
use super::output::stdout;
use crate::exit::{Exit, Failure};

/// Which part is measured.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  vigil bench append\n  vigil bench parse\n  vigil bench index --file events.ndjson\n",
    help_template = template()
)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    part: Part,
    /// How many events
    #[arg(long, default_value_t = 1_000_000, global = true)]
    events: u64,
    /// Where to write; a directory that is made here and removed afterwards
    #[arg(long, value_name = "DIR", global = true)]
    dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// Durable signed append of 300-byte records, no index
    Append,
    /// Terms and shelves, no log
    Index {
        /// NDJSON events to index instead of made ones
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Formats, scrubbing and stages on one thread; nothing is written
    Parse {
        /// Lines to read instead of made ones
        #[arg(long, value_name = "FILE", requires = "format")]
        file: Option<PathBuf>,
        /// What the file holds
        #[arg(long, value_name = "FORMAT", value_parser = super::parse::format)]
        format: Option<vigil_ingest::Format>,
    },
}

/// Measures and prints JSON.
pub(crate) fn run(args: &BenchArgs) -> Result<Exit, Failure> {
    let parent = args.dir.clone().unwrap_or_else(std::env::temp_dir);
    let place = Place::make(&parent)?;
    let figures = match &args.part {
        Part::Append => append(&place.0, args.events)?,
        Part::Index { file } => index(&place.0, args.events, file.as_deref())?,
        Part::Parse { file, format } => parse::figures(file.as_deref().zip(*format).map(given).transpose()?),
    };
    let mut out = stdout();
    writeln!(out, "{figures:#}")?;
    out.flush()?;
    Ok(Exit::Ok)
}

/// A file of lines, and their format.
fn given((file, format): (&Path, vigil_ingest::Format)) -> Result<(vigil_ingest::Format, Vec<u8>), Failure> {
    let bytes = std::fs::read(file).map_err(|error| failed(format!("cannot read {}: {error}", file.display())))?;
    Ok((format, bytes))
}

/// A directory that goes with the value.
struct Place(PathBuf);

impl Place {
    fn make(parent: &Path) -> Result<Place, Failure> {
        let dir = parent.join(format!("vigil-bench-{}", std::process::id()));
        match std::fs::create_dir(&dir) {
            Ok(()) => Ok(Place(dir)),
            Err(error) => Err(failed(format!("cannot make {}: {error}", dir.display()))),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What cannot be removed now is only disk, and it is named after a bench.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::No, error.to_string())
}

fn append(dir: &Path, events: u64) -> Result<serde_json::Value, Failure> {
    let figures = vigil_crdt_rocksdb::bench::append(dir, events).map_err(failed)?;
    Ok(serde_json::json!({
        "events": figures.events,
        "events_per_cpu_s": figures.per_cpu_second() as u64,
        "cpu_s": figures.cpu.as_secs_f64(),
        "wall_s": figures.elapsed.as_secs_f64(),
        "fsyncs": figures.blocks,
        "disk_share_of_raw": figures.disk_bytes as f64 / figures.raw_bytes as f64,
    }))
}

fn index(dir: &Path, events: u64, file: Option<&Path>) -> Result<serde_json::Value, Failure> {
    let blocks = match file {
        Some(file) => read_blocks(file)?,
        None => vigil_index_tantivy::bench::synthetic(events as usize, Timestamp::from_millis(1_780_272_000_000), 7),
    };
    let cost = vigil_index_tantivy::bench::index_blocks(dir, &blocks).map_err(failed)?;
    Ok(serde_json::json!({
        "events": cost.events,
        "events_per_cpu_s": (cost.events as f64 / cost.cpu_s) as u64,
        "cpu_us_per_event": cost.cpu_s * 1e6 / cost.events as f64,
        "wall_s": cost.wall_s,
        "index_share_of_records": cost.index_bytes as f64 / cost.record_bytes as f64,
    }))
}

/// Reads a whole NDJSON file into blocks as ingest would.
fn read_blocks(file: &Path) -> Result<Vec<Records>, Failure> {
    let bytes = std::fs::read(file).map_err(|error| failed(format!("cannot read {}: {error}", file.display())))?;
    let recipe = vigil_ingest::Recipe { format: vigil_ingest::Format::Ndjson, ..vigil_ingest::Recipe::default() };
    let mut decoder = vigil_ingest::Decoder::new(recipe);
    let mut batch = vigil_ingest::Batch::default();
    let now = Timestamp::from_millis(1_780_272_000_000);
    let mut blocks = Vec::new();
    for piece in bytes.chunks(64 * 1024) {
        decoder.feed(piece, now, &mut batch);
        blocks.extend(batch.take_full());
    }
    decoder.finish(now, &mut batch);
    blocks.extend(batch.take_rest());
    Ok(blocks)
}
