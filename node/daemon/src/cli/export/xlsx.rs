//! How rows become an Excel sheet.

use std::path::Path;

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use serde_json::value::RawValue;
use vigil_model::Timestamp;

use super::cannot;
use super::columns::{Columns, Kind};
use super::spool::Rows;
use crate::cli::row::plain;
use crate::exit::{Exit, Failure};

/// Rows of a sheet below its head.
const ROWS_MAX: u64 = 1_048_575;
/// Columns of a sheet.
const COLUMNS_MAX: usize = 16_384;
/// Characters of a cell.
const CHARACTERS_MAX: usize = 32_767;
/// Whole numbers up to here are exact in Excel, whose numbers are floats.
const EXACT_MAX: u64 = 1 << 53;

/// Writes one sheet with a head that stays in sight; answers what could not be kept.
pub(super) fn write(rows: Rows, columns: &Columns, count: u64, path: &Path) -> Result<Vec<String>, Failure> {
    if count > ROWS_MAX || columns.len() > COLUMNS_MAX {
        let message =
            format!("{count} rows of {} columns do not fit: Excel takes {ROWS_MAX} of {COLUMNS_MAX}", columns.len());
        return Err(Failure::new(Exit::No, message).hint("write .parquet or .csv, or ask for less"));
    }
    let mut book = Workbook::new();
    let mut sheet = Sheet { time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss.000"), cut: 0 };
    let page = book.add_worksheet_with_constant_memory().map_err(|error| cannot(path, &error))?;
    fill(page, &mut sheet, rows, columns, path)?;
    book.save(path).map_err(|error| cannot(path, &error))?;
    let cut =
        format!("{} cells of more than {CHARACTERS_MAX} characters were cut: .parquet and .csv keep them", sheet.cut);
    Ok(if sheet.cut > 0 { vec![cut] } else { Vec::new() })
}

struct Sheet {
    time: Format,
    /// Cells that were too long.
    cut: u64,
}

fn fill(page: &mut Worksheet, sheet: &mut Sheet, rows: Rows, columns: &Columns, path: &Path) -> Result<(), Failure> {
    let xlsx = |error: XlsxError| cannot(path, &error);
    head(page, columns).map_err(xlsx)?;
    for (n, row) in rows.enumerate() {
        let row = row?;
        let line = u32::try_from(n + 1).expect("the number of rows was checked");
        for (column, (name, kind)) in (0u16..).zip(columns.iter()) {
            if let Some(value) = row.get(name).filter(|value| value.get() != "null") {
                sheet.cell(page, line, column, kind, value).map_err(xlsx)?;
            }
        }
    }
    Ok(())
}

fn head(page: &mut Worksheet, columns: &Columns) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    page.set_freeze_panes(1, 0)?;
    for (column, (name, kind)) in (0u16..).zip(columns.iter()) {
        page.set_column_width(column, if kind == Kind::Time { 24 } else { 16 })?;
        page.write_string_with_format(0, column, name.chars().take(CHARACTERS_MAX).collect::<String>(), &bold)?;
    }
    Ok(())
}

impl Sheet {
    fn cell(
        &mut self,
        page: &mut Worksheet,
        line: u32,
        column: u16,
        kind: Kind,
        value: &RawValue,
    ) -> Result<(), XlsxError> {
        let text = plain(value);
        match kind {
            Kind::Bool => page.write_boolean(line, column, text == "true")?,
            Kind::Int | Kind::Float if is_exact(&text) => {
                page.write_number(line, column, text.parse::<f64>().unwrap_or(f64::NAN))?
            }
            Kind::Time if let Some(time) = excel_time(&text) => {
                page.write_datetime_with_format(line, column, &time, &self.time)?
            }
            _ => {
                let shown: String = text.chars().take(CHARACTERS_MAX).collect();
                self.cut += u64::from(shown.len() < text.len());
                page.write_string(line, column, shown)?
            }
        };
        Ok(())
    }
}

fn is_exact(text: &str) -> bool {
    text.parse::<i64>().map_or(true, |whole| whole.unsigned_abs() <= EXACT_MAX)
}

/// A time as Excel has it, in UTC and to the millisecond; `None` before 1900.
fn excel_time(text: &str) -> Option<ExcelDateTime> {
    let time: Timestamp = text.parse().ok()?;
    let millis = time.millis();
    let date = ExcelDateTime::from_timestamp(millis.div_euclid(1000)).ok()?;
    let fraction = millis.rem_euclid(1000) as f64 / 86_400_000.0;
    ExcelDateTime::from_serial_datetime(date.to_excel() + fraction).ok()
}
