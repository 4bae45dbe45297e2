//! How a tail is written: one JSON row a line, server-sent events, or lines for clients of VictoriaLogs or Loki.

use std::sync::Arc;

use axum::body::Bytes;
use vigil_index::Row;

use super::cursor::TailCursor;
use crate::loki::{self, Shape};
use crate::victoria;

/// How a tail is written.
#[derive(Clone, Debug)]
pub(crate) enum Format {
    /// One row a line, and lines that hold a cursor where they are asked for.
    Ndjson {
        /// Whether they are.
        cursors: bool,
    },
    /// Server-sent events; the cursor is their id.
    Sse,
    /// As VictoriaLogs: rows and nothing else.
    Victoria,
    /// Messages of one line for clients of Loki.
    Loki(Arc<Shape>),
}

impl Format {
    /// The media type.
    pub(super) fn content_type(&self) -> &'static str {
        match self {
            Format::Ndjson { .. } | Format::Victoria | Format::Loki(_) => "application/x-ndjson",
            Format::Sse => "text/event-stream",
        }
    }
}

/// Writes for one tail.
pub(super) struct Writer {
    pub(super) format: Format,
    /// The id of this node, for cursors.
    pub(super) node: String,
    /// Columns of lines for clients of VictoriaLogs; `None` is all.
    pub(super) columns: Option<Vec<String>>,
}

impl Writer {
    /// The rows that became of one event. `cursor` is behind that event, if there is such a place.
    pub(super) fn rows(&self, rows: &[Row], cursor: Option<TailCursor>, out: &mut Vec<u8>) {
        for (n, row) in rows.iter().enumerate() {
            match &self.format {
                Format::Ndjson { .. } => {
                    row.write_json(out);
                    out.push(b'\n');
                }
                Format::Sse => {
                    // Only the last row of an event says that it was seen.
                    if let Some(cursor) = cursor.filter(|_| n + 1 == rows.len()) {
                        out.extend_from_slice(format!("id: {}\n", cursor.to_text(&self.node)).as_bytes());
                    }
                    out.extend_from_slice(b"data: ");
                    row.write_json(out);
                    out.extend_from_slice(b"\n\n");
                }
                Format::Victoria => victoria::write_row(row, self.columns.as_deref(), out),
                Format::Loki(shape) => loki::write_frame(shape, row, out),
            }
        }
    }

    /// So many events went by that were not looked at, behind `cursor`.
    pub(super) fn skipped(&self, count: u64, cursor: TailCursor, out: &mut Vec<u8>) {
        let cursor = cursor.to_text(&self.node);
        let line = match &self.format {
            Format::Ndjson { cursors: false } => format!("{{\"_skipped\":{count}}}\n"),
            Format::Ndjson { cursors: true } => format!("{{\"_skipped\":{count},\"_cursor\":\"{cursor}\"}}\n"),
            Format::Sse => format!("event: skipped\ndata: {{\"_skipped\":{count},\"_cursor\":\"{cursor}\"}}\n\n"),
            Format::Victoria => String::new(),
            Format::Loki(_) => loki::dropped(count),
        };
        out.extend_from_slice(line.as_bytes());
    }

    /// What stands behind the rows of a batch.
    pub(super) fn batch_end(&self, cursor: TailCursor, out: &mut Vec<u8>) {
        if matches!(self.format, Format::Ndjson { cursors: true }) {
            out.extend_from_slice(self.cursor_line(cursor).as_bytes());
        }
    }

    /// What is said in silence; nothing where these clients expect nothing.
    pub(super) fn heartbeat(&self, cursor: TailCursor) -> Bytes {
        let text = match &self.format {
            Format::Ndjson { cursors: true } => self.cursor_line(cursor),
            Format::Ndjson { cursors: false } => "\n".to_owned(),
            // An event without data is not shown, but its id is kept.
            Format::Sse => format!(": nothing new\nid: {}\n\n", cursor.to_text(&self.node)),
            Format::Victoria | Format::Loki(_) => String::new(),
        };
        Bytes::from(text)
    }

    fn cursor_line(&self, cursor: TailCursor) -> String {
        format!("{{\"_cursor\":\"{}\"}}\n", cursor.to_text(&self.node))
    }
}
