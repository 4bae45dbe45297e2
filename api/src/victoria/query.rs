//! `/select/logsql/query`: events one a line, newest first, until there are none or nobody reads on.

use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::stream;
use vigil_index::Row;

use super::args::Args;
use super::refused::Refused;
use super::row;
use crate::app::App;
use crate::failure::Failure;
use crate::query::{Deadline, Pager};

/// About how many bytes are written at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// Streams the answer. Nothing is read ahead: a client that hangs up ends the query.
pub(super) async fn query(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    let limit = args.limit()?;
    let mut pager = Pager::new(args.ask.question([])?, args.ask.asked, limit);
    // What fails at once still gets a status.
    let first = pager.next(&args.app, args.deadline).await?.map(|page| page.answer.rows).unwrap_or_default();
    let writer =
        Writer { app: args.app, pager, deadline: args.deadline, columns: args.columns, rows: first.into_iter() };
    let pieces = stream::try_unfold(writer, Writer::piece);
    Ok(([(header::CONTENT_TYPE, "application/stream+json")], Body::from_stream(pieces)).into_response())
}

struct Writer {
    app: Arc<App>,
    pager: Pager,
    deadline: Deadline,
    columns: Option<Vec<String>>,
    rows: std::vec::IntoIter<Row>,
}

impl Writer {
    /// The next bytes; an error breaks the answer off, so that nobody takes it for whole.
    async fn piece(mut self) -> io::Result<Option<(Bytes, Writer)>> {
        let mut out = Vec::new();
        while out.len() < CHUNK_BYTES {
            match self.rows.next() {
                Some(row) => row::write(&row, self.columns.as_deref(), &mut out),
                // What there is goes out before more is asked for.
                None if !out.is_empty() => break,
                None => match self.pager.next(&self.app, self.deadline).await.map_err(broken)? {
                    Some(page) => self.rows = page.answer.rows.into_iter(),
                    None => return Ok(None),
                },
            }
        }
        Ok(Some((Bytes::from(out), self)))
    }
}

fn broken(failure: Failure) -> io::Error {
    tracing::warn!(%failure, "an answer was broken off");
    io::Error::other(failure.to_string())
}
