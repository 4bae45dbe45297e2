//! How an answer is written: JSON, NDJSON or CSV, a piece at a time.

use std::collections::HashSet;
use std::convert::Infallible;
use std::fmt::Write;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use futures::stream;
use serde::Serialize;
use vigil_index::Row;

use super::envelope::Envelope;
use super::explanation::Explanation;
use crate::QueryAnswer;
use crate::failure::Failure;

/// About how many bytes are written at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// What the answer looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Ndjson,
    Csv,
}

/// Everything but the rows.
#[derive(Serialize)]
struct Meta {
    cursor: Option<String>,
    #[serde(flatten)]
    envelope: Envelope,
    #[serde(skip_serializing_if = "Option::is_none")]
    explain: Option<Explanation>,
}

/// Writes rows into pieces until none is left.
struct Writer {
    format: Format,
    rows: std::vec::IntoIter<Row>,
    columns: Vec<String>,
    /// Comes before the rows.
    head: Vec<u8>,
    /// Comes after the rows.
    tail: Vec<u8>,
    first: bool,
    done: bool,
}

impl Format {
    /// What `format=` asks for, or else the `Accept` header, or else JSON.
    pub(crate) fn read(name: Option<&str>, accept: &str) -> Result<Format, Failure> {
        match name {
            Some("json") => Ok(Format::Json),
            Some("ndjson") => Ok(Format::Ndjson),
            Some("csv") => Ok(Format::Csv),
            Some(other) if !other.is_empty() => {
                Err(Failure::parameter("format", format!("`{other}` is not json, ndjson or csv")))
            }
            _ if accept.contains("ndjson") => Ok(Format::Ndjson),
            _ if accept.contains("text/csv") => Ok(Format::Csv),
            _ => Ok(Format::Json),
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Format::Json => "application/json",
            Format::Ndjson => "application/x-ndjson",
            Format::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// The answer to a query. Where the body has only rows, headers say the rest.
pub(crate) fn respond(
    answer: QueryAnswer,
    explain: Option<Explanation>,
    format: Format,
    elapsed: Duration,
) -> Response {
    let (envelope, rows, cursor) = Envelope::of(answer, elapsed);
    let meta = Meta { cursor: cursor.as_ref().map(vigil_index::Cursor::to_text), envelope, explain };
    let mut response = written(rows, format, &meta);
    if format != Format::Json {
        put_headers(&meta, response.headers_mut());
    }
    response
}

/// One JSON object: `rows`, and what stands beside them in `meta`, which is an object.
pub(crate) fn rows_and(rows: Vec<Row>, meta: &impl Serialize) -> Response {
    written(rows, Format::Json, meta)
}

fn written(rows: Vec<Row>, format: Format, meta: &impl Serialize) -> Response {
    let mut writer = Writer::new(format, rows, meta);
    let first = writer.next_piece();
    let body = match writer.done {
        true => Body::from(first),
        false => Body::from_stream(stream::iter([first].into_iter().chain(writer).map(Ok::<Bytes, Infallible>))),
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    response
}

fn put_headers(meta: &Meta, headers: &mut HeaderMap) {
    let mut put = |name: &'static str, value: &str| {
        let visible: String = value.chars().map(|c| if matches!(c, ' '..='~') { c } else { '?' }).collect();
        let value = HeaderValue::from_str(&visible).expect("visible ASCII is a header value");
        headers.insert(HeaderName::from_static(name), value);
    };
    let Meta { cursor, envelope: meta, .. } = meta;
    put("x-vigil-complete", if meta.complete { "true" } else { "false" });
    put("x-vigil-as-of", &format!("{} {}", meta.as_of.frontier, meta.as_of.arrival));
    if let Some(cursor) = cursor {
        put("x-vigil-cursor", cursor);
    }
    if !meta.missing.is_empty() {
        let nodes: Vec<String> =
            meta.missing.iter().map(|missing| format!("{}: {}", missing.node, missing.reason)).collect();
        put("x-vigil-missing", &nodes.join("; "));
    }
    if let Some(reason) = &meta.partial_reason {
        put("x-vigil-partial-reason", reason);
    }
    if meta.problem_count > 0 {
        put("x-vigil-problems", &format!("{}: {}", meta.problem_count, meta.problems.join("; ")));
    }
}

impl Writer {
    fn new(format: Format, rows: Vec<Row>, meta: &impl Serialize) -> Writer {
        let columns = if format == Format::Csv { columns_of(&rows) } else { Vec::new() };
        let (head, tail) = match format {
            Format::Json => (b"{\"rows\":[".to_vec(), json_tail(meta)),
            Format::Ndjson => (Vec::new(), Vec::new()),
            Format::Csv => (csv_line(columns.iter().map(String::as_str)), Vec::new()),
        };
        Writer { format, rows: rows.into_iter(), columns, head, tail, first: true, done: false }
    }

    fn next_piece(&mut self) -> Bytes {
        let mut out = std::mem::take(&mut self.head);
        while out.len() < CHUNK_BYTES {
            match self.rows.next() {
                Some(row) => self.write(&row, &mut out),
                None => {
                    out.append(&mut self.tail);
                    self.done = true;
                    break;
                }
            }
        }
        Bytes::from(out)
    }

    fn write(&mut self, row: &Row, out: &mut Vec<u8>) {
        match self.format {
            Format::Json => {
                if !std::mem::take(&mut self.first) {
                    out.extend_from_slice(b",\n");
                }
                row.write_json(out);
            }
            Format::Ndjson => {
                row.write_json(out);
                out.push(b'\n');
            }
            Format::Csv => out.append(&mut csv_row(row, &self.columns)),
        }
    }
}

impl Iterator for Writer {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        (!self.done).then(|| self.next_piece())
    }
}

fn json_tail(meta: &impl Serialize) -> Vec<u8> {
    let mut tail = serde_json::to_vec(meta).expect("texts, numbers and lists are always JSON");
    assert_eq!(tail[0], b'{', "meta is an object");
    tail.splice(0..1, *b"],");
    tail.push(b'\n');
    tail
}

/// Every column of every row, in the order in which they first appear.
fn columns_of(rows: &[Row]) -> Vec<String> {
    let mut seen = HashSet::new();
    let names = rows.iter().flat_map(Row::columns).map(|(name, _)| name);
    names.filter(|name| seen.insert(*name)).map(str::to_owned).collect()
}

fn csv_row(row: &Row, columns: &[String]) -> Vec<u8> {
    let mut cells = Vec::with_capacity(columns.len());
    for column in columns {
        let mut cell = String::new();
        if let Some(value) = row.get(column) {
            write!(cell, "{value}").expect("a string takes everything");
        }
        cells.push(cell);
    }
    csv_line(cells.iter().map(String::as_str))
}

/// One line after RFC 4180.
fn csv_line<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut line = Vec::new();
    for (n, cell) in cells.enumerate() {
        if n > 0 {
            line.push(b',');
        }
        match cell.contains([',', '"', '\r', '\n']) {
            true => line.extend_from_slice(format!("\"{}\"", cell.replace('"', "\"\"")).as_bytes()),
            false => line.extend_from_slice(cell.as_bytes()),
        }
    }
    line.extend_from_slice(b"\r\n");
    line
}

#[cfg(test)]
mod tests {
    use vigil_index::OwnedValue;

    use super::*;

    #[test]
    fn csv_quotes_what_would_break_it() {
        let text = |value: &str| OwnedValue::Str(value.to_owned());
        let rows = [
            Row::new([("a".into(), text("x,y")), ("b,c".into(), OwnedValue::Int(1))]),
            Row::new([("d".into(), text("say \"hi\"\nthen go")), ("a".into(), OwnedValue::Null)]),
        ];
        let columns = columns_of(&rows);
        assert_eq!(columns, ["a", "b,c", "d"]);
        let lines: Vec<u8> = rows.iter().flat_map(|row| csv_row(row, &columns)).collect();
        assert_eq!(String::from_utf8_lossy(&lines), "\"x,y\",1,\r\n,,\"say \"\"hi\"\"\nthen go\"\r\n");
        assert_eq!(csv_line(columns.iter().map(String::as_str)), b"a,\"b,c\",d\r\n");
    }

    #[test]
    fn the_parameter_wins_over_the_header() {
        assert_eq!(Format::read(None, "text/csv"), Ok(Format::Csv));
        assert_eq!(Format::read(Some("json"), "text/csv"), Ok(Format::Json));
        assert_eq!(Format::read(None, "*/*"), Ok(Format::Json));
        assert!(Format::read(Some("xml"), "").is_err());
    }
}
