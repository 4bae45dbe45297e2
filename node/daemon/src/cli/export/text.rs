//! How rows are written as text: CSV with every column, or one object a line.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::cannot;
use super::columns::Columns;
use super::spool::Rows;
use crate::cli::query::{csv, write_json_line};
use crate::exit::Failure;

/// Writes CSV; nothing is to be said about it.
pub(super) fn write_csv(rows: Rows, columns: &Columns, path: &Path) -> Result<Vec<String>, Failure> {
    let mut out = create(path)?;
    let io = |error: std::io::Error| cannot(path, &error);
    let csv = csv::Columns::of(columns.names().to_vec(), b',', &mut out).map_err(io)?;
    for row in rows {
        csv.write(&[row?], &mut out).map_err(io)?;
    }
    out.flush().map_err(io)?;
    Ok(Vec::new())
}

/// Writes one object a line; nothing is to be said about it.
pub(super) fn write_ndjson(rows: Rows, path: &Path) -> Result<Vec<String>, Failure> {
    let mut out = create(path)?;
    let io = |error: std::io::Error| cannot(path, &error);
    for row in rows {
        write_json_line(&row?, &mut out).map_err(io)?;
    }
    out.flush().map_err(io)?;
    Ok(Vec::new())
}

fn create(path: &Path) -> Result<BufWriter<File>, Failure> {
    File::create(path).map(BufWriter::new).map_err(|error| cannot(path, &error))
}
