//! How the rows of an answer are written, page by page.

use std::io::Write;

use super::{Format, csv, logfmt, table, write_json_line, write_raw};
use crate::cli::log_line::log_line;
use crate::cli::output::Look;
use crate::cli::row::Row;
use crate::exit::Failure;

/// Writes rows as people or programs want them.
pub(crate) struct Printer {
    pub(crate) look: Look,
    pub(crate) format: Option<Format>,
    pub(crate) ids: bool,
    pub(crate) csv: Option<csv::Columns>,
}

impl Printer {
    /// Writes a page; what is to be said about it comes back.
    pub(crate) fn page(&mut self, rows: &[Row], out: &mut impl Write) -> Result<Vec<String>, Failure> {
        let by_content = if rows.first().is_some_and(Row::is_event) { Format::Log } else { Format::Table };
        let notes = match self.format.unwrap_or(by_content) {
            Format::Table => self.table(rows, out)?,
            Format::Csv => self.separated(rows, b',', out)?,
            Format::Tsv => self.separated(rows, b'\t', out)?,
            format => {
                rows.iter().try_for_each(|row| self.line(format, row, out))?;
                Vec::new()
            }
        };
        out.flush()?;
        Ok(notes)
    }

    fn table(&self, rows: &[Row], out: &mut impl Write) -> Result<Vec<String>, Failure> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let (text, left_out) = table::of_rows(rows).render(&self.look);
        out.write_all(text.as_bytes())?;
        let note = format!("-- {left_out} more columns do not fit; `| fields a, b` chooses, `-o log` shows all --");
        Ok(if left_out > 0 && !self.look.quiet { vec![note] } else { Vec::new() })
    }

    fn separated(&mut self, rows: &[Row], separator: u8, out: &mut impl Write) -> Result<Vec<String>, Failure> {
        let columns = match self.csv.take() {
            Some(columns) => columns,
            None => csv::Columns::begin(rows, separator, out)?,
        };
        let strangers = columns.write(rows, out)?;
        self.csv = Some(columns);
        let note = |name| format!("column `{name}` is not among those of the first page and is left out");
        Ok(strangers.into_iter().map(note).collect())
    }

    fn line(&self, format: Format, row: &Row, out: &mut impl Write) -> Result<(), Failure> {
        match format {
            Format::Log => writeln!(out, "{}", log_line(row, self.ids, &self.look))?,
            Format::Raw => write_raw(row, &self.look, out)?,
            Format::Logfmt => logfmt::write(row, out)?,
            _ => write_json_line(row, out)?,
        }
        Ok(())
    }
}
