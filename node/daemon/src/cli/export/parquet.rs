//! How rows become a Parquet file: one column for each name, of the type that holds all its values.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
use vigil_model::Timestamp;

use super::cannot;
use super::columns::{Columns, Kind};
use super::spool::Rows;
use crate::cli::row::{Row, plain};
use crate::exit::Failure;

/// Rows that are in memory at once, and in one row group.
const GROUP_ROWS: usize = 50_000;

/// Writes the file; nothing is to be said about it.
pub(super) fn write(rows: Rows, columns: &Columns, path: &Path) -> Result<Vec<String>, Failure> {
    let parquet = |error: ParquetError| cannot(path, &error);
    let file = File::create(path).map_err(|error| cannot(path, &error))?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let schema = Arc::new(schema(columns).map_err(parquet)?);
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties)).map_err(parquet)?;
    let mut group = Vec::with_capacity(GROUP_ROWS);
    for row in rows {
        group.push(row?);
        if group.len() == GROUP_ROWS {
            write_group(&mut writer, columns, &group).map_err(parquet)?;
            group.clear();
        }
    }
    if !group.is_empty() {
        write_group(&mut writer, columns, &group).map_err(parquet)?;
    }
    writer.close().map_err(parquet)?;
    Ok(Vec::new())
}

fn schema(columns: &Columns) -> Result<Type, ParquetError> {
    let fields = columns.iter().map(|(name, kind)| field(name, kind).map(Arc::new)).collect::<Result<_, _>>()?;
    Type::group_type_builder("rows").with_fields(fields).build()
}

fn field(name: &str, kind: Kind) -> Result<Type, ParquetError> {
    let (physical, logical) = match kind {
        Kind::Int => (Physical::INT64, None),
        Kind::Float => (Physical::DOUBLE, None),
        Kind::Bool => (Physical::BOOLEAN, None),
        Kind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::NANOS))),
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    };
    let builder = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
    builder.with_logical_type(logical).build()
}

fn write_group(writer: &mut SerializedFileWriter<File>, columns: &Columns, rows: &[Row]) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for (name, kind) in columns.iter() {
        let mut column = group.next_column()?.expect("there is one for each field of the schema");
        write_column(&mut column, kind, rows, name)?;
        column.close()?;
    }
    group.close()?;
    Ok(())
}

fn write_column(
    column: &mut SerializedColumnWriter<'_>,
    kind: Kind,
    rows: &[Row],
    name: &str,
) -> Result<(), ParquetError> {
    match kind {
        Kind::Int => {
            let (values, there) = gathered(rows, name, |text| text.parse().ok());
            column.typed::<Int64Type>().write_batch(&values, Some(&there), None)?;
        }
        Kind::Time => {
            let (values, there) = gathered(rows, name, |text| text.parse::<Timestamp>().ok().map(|time| time.0));
            column.typed::<Int64Type>().write_batch(&values, Some(&there), None)?;
        }
        Kind::Float => {
            let (values, there) = gathered(rows, name, |text| text.parse().ok());
            column.typed::<DoubleType>().write_batch(&values, Some(&there), None)?;
        }
        Kind::Bool => {
            let (values, there) = gathered(rows, name, |text| text.parse().ok());
            column.typed::<BoolType>().write_batch(&values, Some(&there), None)?;
        }
        Kind::Text => {
            let (values, there) = gathered(rows, name, |text| Some(ByteArray::from(text)));
            column.typed::<ByteArrayType>().write_batch(&values, Some(&there), None)?;
        }
    }
    Ok(())
}

/// The values that are there, and for each row whether it has one.
fn gathered<T>(rows: &[Row], name: &str, read: impl Fn(&str) -> Option<T>) -> (Vec<T>, Vec<i16>) {
    let mut values = Vec::with_capacity(rows.len());
    let mut there = Vec::with_capacity(rows.len());
    for row in rows {
        let value = row.get(name).filter(|value| value.get() != "null").and_then(|value| read(&plain(value)));
        there.push(i16::from(value.is_some()));
        values.extend(value);
    }
    (values, there)
}
