//! Where rows wait on disk until it is known which columns there are.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::cannot;
use super::columns::Columns;
use crate::cli::query::write_json_line;
use crate::cli::row::Row;
use crate::exit::{Exit, Failure};

/// A file of rows, one object a line, and what they have in common.
pub(super) struct Spool {
    path: PathBuf,
    file: BufWriter<File>,
    columns: Columns,
    count: u64,
}

/// The rows, one after another.
pub(super) type Rows = Box<dyn Iterator<Item = Result<Row, Failure>>>;

impl Spool {
    /// An empty one.
    pub(super) fn create(path: &Path) -> Result<Spool, Failure> {
        let file = File::create(path).map_err(|error| cannot(path, &error))?;
        Ok(Spool { path: path.to_owned(), file: BufWriter::new(file), columns: Columns::default(), count: 0 })
    }

    /// Adds a row.
    pub(super) fn add(&mut self, row: &Row) -> Result<(), Failure> {
        self.columns.add(row);
        self.count += 1;
        write_json_line(row, &mut self.file).map_err(|error| cannot(&self.path, &error))
    }

    /// Rows so far.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// What all rows have in common, and how many there are.
    pub(super) fn finish(mut self) -> Result<(Columns, u64), Failure> {
        self.file.flush().map_err(|error| cannot(&self.path, &error))?;
        Ok((self.columns, self.count))
    }

    /// The rows of a spool that was finished.
    pub(super) fn read(path: &Path) -> Result<Rows, Failure> {
        let file = File::open(path).map_err(|error| unreadable(&error))?;
        let lines = BufReader::new(file).split(b'\n');
        Ok(Box::new(
            lines.map(|line| Row::parse(&line.map_err(|error| unreadable(&error))?).map_err(|e| unreadable(&e))),
        ))
    }
}

fn unreadable(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::No, format!("rows that were kept on disk cannot be read again: {error}"))
}
