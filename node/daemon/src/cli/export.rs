//! `vigil export`: writes every row of a query to a file that other programs read.

mod columns;
mod parquet;
mod progress;
mod spool;
mod text;
mod xlsx;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::args::template;
use super::output::Paint;
use super::query::Pages;
use super::question::Question;
use super::{Context, interrupt};
use crate::config::units::count_text;
use crate::exit::{Exit, Failure};
use progress::Progress;
use spool::Spool;

/// What is written, and where.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  \
        vigil export 'level:error' --from -1d --file errors.parquet\n  \
        vigil export '* | stats by (host) count() as n' --file hosts.xlsx\n  \
        vigil export 'service:pay*' --file pay.csv\n",
    help_template = template()
)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    question: Question,
    /// The file; its ending says the format: .parquet, .xlsx, .csv, .ndjson
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    /// The format, whatever the file is called
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Apache Parquet: columns with types, compressed
    Parquet,
    /// An Excel sheet of at most 1,048,575 rows
    Xlsx,
    /// Comma-separated, with a head
    Csv,
    /// One object a line
    Ndjson,
}

/// Asks for everything, keeps it beside the file, then writes the file whole or not at all.
pub(crate) fn run(context: &Context, args: &ExportArgs) -> Result<Exit, Failure> {
    let format = format(args)?;
    let is_there = args.file.try_exists().map_err(|error| cannot(&args.file, &error))?;
    if is_there && !args.force {
        let message = format!("{} is there already", args.file.display());
        return Err(Failure::new(Exit::Usage, message).hint("replace it with --force, or name another file"));
    }
    let part = beside(&args.file, "part");
    let spool_file = beside(&args.file, "rows");
    let clean = [part.clone(), spool_file.clone()];
    interrupt::watch(move || remove(&clean));
    let done = write(context, args, format, &part, &spool_file);
    remove(&[part, spool_file]);
    done
}

fn write(context: &Context, args: &ExportArgs, format: Format, part: &Path, rows: &Path) -> Result<Exit, Failure> {
    let mut spool = Spool::create(rows)?;
    let doubts = fetch(context, args, &mut spool)?;
    let (columns, count) = spool.finish()?;
    let rows = Spool::read(rows)?;
    let remarks = match format {
        Format::Parquet => parquet::write(rows, &columns, part)?,
        Format::Xlsx => xlsx::write(rows, &columns, count, part)?,
        Format::Csv => text::write_csv(rows, &columns, part)?,
        Format::Ndjson => text::write_ndjson(rows, part)?,
    };
    std::fs::rename(part, &args.file).map_err(|error| cannot(&args.file, &error))?;
    let look = &context.look;
    look.note(&format!("{} rows, {} columns in {}", count_text(count), columns.len(), args.file.display()));
    doubts.iter().chain(&remarks).for_each(|note| look.note(&look.paint_error(Paint::Yellow, note)));
    Ok(if doubts.is_empty() { Exit::Ok } else { Exit::Partial })
}

/// Reads all pages into the spool; answers why rows may be missing.
fn fetch(context: &Context, args: &ExportArgs, spool: &mut Spool) -> Result<Vec<String>, Failure> {
    let client = context.client()?;
    let mut pages = Pages::new(&client, &args.question, usize::MAX, None);
    let mut progress = Progress::new(&context.look);
    let mut doubts: Vec<String> = Vec::new();
    while let Some(answer) = pages.next()? {
        answer.rows.iter().try_for_each(|row| spool.add(row))?;
        doubts.extend(answer.doubts());
        progress.at(spool.count());
    }
    progress.end();
    doubts.dedup();
    Ok(doubts)
}

fn format(args: &ExportArgs) -> Result<Format, Failure> {
    let ending = args.file.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    let named = match ending.as_str() {
        "parquet" => Some(Format::Parquet),
        "xlsx" => Some(Format::Xlsx),
        "csv" => Some(Format::Csv),
        "ndjson" | "jsonl" => Some(Format::Ndjson),
        _ => None,
    };
    args.format.or(named).ok_or_else(|| {
        let message = format!("the ending of {} names no format", args.file.display());
        Failure::new(Exit::Usage, message).hint("call it .parquet, .xlsx, .csv or .ndjson, or give --format")
    })
}

/// A hidden file in the directory of `file`, so that a rename stays on one file system.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!(".{name}.{}.{ending}", std::process::id()))
}

/// What is left of an export that did not end; nothing to say when it is gone already.
fn remove(files: &[PathBuf]) {
    for file in files {
        let _ = std::fs::remove_file(file);
    }
}

fn cannot(file: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::No, format!("{} cannot be written: {error}", file.display()))
}
