//! What a row of an answer is, and how it is written as JSON.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use vigil_model::{EventId, Record};
use vigil_query::Permission;

use crate::OwnedValue;
use crate::value::Cell;

/// Columns in order, each name once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    columns: Vec<(Arc<str>, OwnedValue)>,
}

/// Names that are kept in memory once; of more each has its own copy.
const NAMES_SHARED_MAX: usize = 8_192;

/// Column of the event time.
pub(crate) const TIME: &str = "_time";
/// Column of the event's name.
pub(crate) const ID: &str = "_id";
/// Column that is true when the time of arrival stands in for a missing event time.
pub(crate) const TIME_ASSUMED: &str = "_time_assumed";

impl Row {
    /// A row of these columns; of two with one name the first stays.
    pub fn new(columns: impl IntoIterator<Item = (Arc<str>, OwnedValue)>) -> Row {
        let mut row = Row::default();
        columns.into_iter().for_each(|(name, value)| row.push(name, value));
        row
    }

    /// An event as a row: `_time`, `_id`, its fields by name, `_time_assumed` where it is true.
    /// A field that has the name of one of these gives way. `None` where it may not be seen, which
    /// is to be told to nobody: for whom it is not, it is as if it were not there.
    pub fn event(id: EventId, record: &Record<'_>, permission: &Permission) -> Option<Row> {
        let row = || Row { columns: event_columns(id, record, &mut |name| name.into()) };
        permission.admits(id.class, record).then(row)
    }

    /// A row of columns of which each name is there once.
    pub(crate) fn of_columns(columns: Vec<(Arc<str>, OwnedValue)>) -> Row {
        Row { columns }
    }

    /// Bytes that it holds in memory, about; names are shared and count as their pointer.
    pub(crate) fn size(&self) -> usize {
        let column = size_of::<(Arc<str>, OwnedValue)>();
        size_of::<Row>() + self.columns.iter().map(|(_, value)| column + value.heap_bytes()).sum::<usize>()
    }

    /// Adds a column, unless there is one of this name.
    pub fn push(&mut self, name: Arc<str>, value: OwnedValue) {
        if self.get(&name).is_none() {
            self.columns.push((name, value));
        }
    }

    /// The value of a column.
    pub fn get(&self, name: &str) -> Option<&OwnedValue> {
        self.columns.iter().find(|(column, _)| &**column == name).map(|(_, value)| value)
    }

    /// Names and values, in order.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = (&str, &OwnedValue)> {
        self.columns.iter().map(|(name, value)| (&**name, value))
    }

    /// How many columns.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether there is no column.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Only these columns, in this order; those that are missing stay missing.
    #[must_use]
    pub fn project(&self, names: &[String]) -> Row {
        let wanted = names.iter().filter_map(|name| self.columns.iter().find(|(column, _)| **column == **name));
        Row::new(wanted.cloned())
    }

    /// Appends the row as one JSON object, without spaces or line end.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        for (n, (name, value)) in self.columns.iter().enumerate() {
            if n > 0 {
                out.push(b',');
            }
            write_json_text(name, out);
            out.push(b':');
            value.write_json(out);
        }
        out.push(b'}');
    }

    pub(crate) fn cell(&self, name: &str) -> Option<Cell<'_>> {
        self.get(name).map(Cell::Owned)
    }
}

/// Column names, each in memory once.
#[derive(Default)]
pub(crate) struct Names(BTreeMap<String, Arc<str>>);

impl Names {
    pub(crate) fn get(&mut self, name: &str) -> Arc<str> {
        match self.0.get(name) {
            Some(known) => known.clone(),
            None if self.0.len() >= NAMES_SHARED_MAX => name.into(),
            None => self.0.entry(name.to_owned()).or_insert_with(|| name.into()).clone(),
        }
    }
}

pub(crate) fn event_columns(
    id: EventId,
    record: &Record<'_>,
    name_of: &mut dyn FnMut(&str) -> Arc<str>,
) -> Vec<(Arc<str>, OwnedValue)> {
    let mut columns = vec![(name_of(TIME), OwnedValue::Time(record.time())), (name_of(ID), OwnedValue::Id(id))];
    for (name, value) in record.fields().filter(|(name, _)| !is_reserved(name)) {
        columns.push((name_of(name), value.into()));
    }
    if record.time_assumed() {
        columns.push((name_of(TIME_ASSUMED), OwnedValue::Bool(true)));
    }
    columns
}

pub(crate) fn is_reserved(name: &str) -> bool {
    matches!(name, TIME | ID | TIME_ASSUMED)
}

impl OwnedValue {
    /// Appends the value as JSON: bytes as hexadecimal text, times as RFC 3339 text, numbers that
    /// JSON has no form for (NaN, infinities) as text.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        match self {
            OwnedValue::Null => out.extend_from_slice(b"null"),
            OwnedValue::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
            OwnedValue::Int(value) => write_plain(value, out),
            OwnedValue::Float(value) if value.is_finite() => write_plain(value, out),
            OwnedValue::Float(value) => write_quoted(value, out),
            OwnedValue::Str(text) => write_json_text(text, out),
            OwnedValue::Bytes(bytes) => write_quoted(data_encoding::HEXLOWER.encode(bytes), out),
            OwnedValue::Time(time) => write_quoted(time, out),
            OwnedValue::Id(id) => write_quoted(id, out),
            OwnedValue::List(items) => write_json_list(items, out),
        }
    }
}

fn write_json_list(items: &[OwnedValue], out: &mut Vec<u8>) {
    out.push(b'[');
    for (n, item) in items.iter().enumerate() {
        if n > 0 {
            out.push(b',');
        }
        item.write_json(out);
    }
    out.push(b']');
}

fn write_plain(value: impl std::fmt::Display, out: &mut Vec<u8>) {
    write!(out, "{value}").expect("a vector takes everything");
}

/// For text that needs no escape.
fn write_quoted(value: impl std::fmt::Display, out: &mut Vec<u8>) {
    write!(out, "\"{value}\"").expect("a vector takes everything");
}

fn write_json_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut done = 0;
    for (at, byte) in bytes.iter().enumerate().filter(|(_, byte)| **byte < 0x20 || matches!(byte, b'"' | b'\\')) {
        out.extend_from_slice(&bytes[done..at]);
        write_escape(*byte, out);
        done = at + 1;
    }
    out.extend_from_slice(&bytes[done..]);
    out.push(b'"');
}

fn write_escape(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        _ => write!(out, "\\u{byte:04x}").expect("a vector takes everything"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use vigil_model::{Class, LogId, RecordBuilder, Timestamp, Value};

    fn json(row: &Row) -> String {
        let mut out = Vec::new();
        row.write_json(&mut out);
        String::from_utf8(out).expect("JSON is text")
    }

    #[test]
    fn an_event_is_a_row_and_reserved_names_win() {
        let mut builder = RecordBuilder::new();
        builder.push("n", Value::Int(-3));
        builder.push("_id", Value::Str("mine"));
        builder.push("ratio", Value::Float(0.5));
        builder.push("odd", Value::Float(f64::INFINITY));
        builder.push("text", Value::Str("a \"b\"\n\u{1}é\\"));
        builder.push("raw", Value::Bytes(&[1, 255]));
        builder.push("none", Value::Null);
        let mut bytes = Vec::new();
        builder.finish(Timestamp(0), true, &mut bytes).expect("small");
        let id = EventId { log: LogId::default(), seq: 1, class: Class::Logs, offset: 2 };
        let row = Row::event(id, &Record::view(&bytes).expect("a record"), &Permission::everything())
            .expect("everything is permitted");
        expect![[r#"{"_time":"1970-01-01T00:00:00Z","_id":"ID","n":-3,"none":null,"odd":"inf","ratio":0.5,"raw":"01ff","text":"a \"b\"\n\u0001é\\","_time_assumed":true}"#]]
            .assert_eq(&json(&row).replace(&id.to_string(), "ID"));
    }

    #[test]
    fn projection_keeps_the_order_asked_for() {
        let row = Row::new([
            ("a".into(), OwnedValue::Int(1)),
            ("b".into(), OwnedValue::List(vec![OwnedValue::Bool(true), OwnedValue::Null])),
        ]);
        expect![[r#"{"b":[true,null],"a":1}"#]].assert_eq(&json(&row.project(&[
            "b".into(),
            "x".into(),
            "a".into(),
            "b".into(),
        ])));
    }
}
