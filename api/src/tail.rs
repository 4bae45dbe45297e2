//! `GET /v1/tail`: how events are shown as they become durable, to as slow a reader as there is.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures::stream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::error::RecvError;
use vigil_index::Row;
use vigil_model::{Class, EventId, Record};
use vigil_query::{Matcher, Permission, Pipe, Query};

use crate::access::Standing;
use crate::app::App;
use crate::failure::Failure;
use crate::params::Params;
use crate::{Stop, TailBatch, TailReceiver, access, query};

const PARAMETERS: &[&str] = &["q", "class", "format"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Ndjson,
    Sse,
}

/// Follows the events that pass a filter.
pub(crate) async fn tail(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let mut params = Params::of_uri(request.uri());
    let text = params.take("q")?.unwrap_or_else(|| "*".to_owned());
    let query = query::parse(&text, app.backend.now())?;
    let fields = fields(&query)?;
    let class = params.read::<Class>("class")?.unwrap_or(Class::Logs);
    let format = format(params.take("format")?.as_deref(), &query::accept(request.headers()))?;
    params.finish(PARAMETERS)?;
    let permission = access::permission(access::of(&request), app.backend.now())?;
    let question = permission.allow(query, class)?;
    let lens = Lens { matcher: Matcher::for_query(question.query()), permission, fields, class, format };
    let follower = Follower {
        lens,
        receiver: app.backend.tail(),
        expected: None,
        heartbeat: app.options.heartbeat,
        stop: app.options.stop.clone(),
        standing: Standing::of(&app, &request),
        _place: app.tail_place()?,
    };
    Ok(respond(follower, format))
}

fn respond(follower: Follower, format: Format) -> Response {
    let pieces = stream::unfold(follower, |mut follower| async move {
        let piece = follower.next().await?;
        Some((Ok::<Bytes, Infallible>(piece), follower))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Which fields are shown, `None` for all. Other pipes need an end, which a tail has not.
fn fields(query: &Query) -> Result<Option<Vec<String>>, Failure> {
    match query.pipes.as_slice() {
        [] => Ok(None),
        [Pipe::Fields(names)] => Ok(Some(names.clone())),
        _ => Err(Failure::parameter("q", "a tail has no end, so of the pipes it can only take one `fields`")),
    }
}

fn format(name: Option<&str>, accept: &str) -> Result<Format, Failure> {
    match name {
        Some("ndjson") => Ok(Format::Ndjson),
        Some("sse") => Ok(Format::Sse),
        Some(other) if !other.is_empty() => {
            Err(Failure::parameter("format", format!("`{other}` is not ndjson or sse")))
        }
        _ if accept.contains("text/event-stream") => Ok(Format::Sse),
        _ => Ok(Format::Ndjson),
    }
}

/// One tail: waits for batches and writes what passes. It holds one batch at a time; what waits
/// beyond that is the sender's ring, which drops the oldest.
struct Follower {
    lens: Lens,
    receiver: TailReceiver,
    /// How many records were published before the next batch, if none is missed.
    expected: Option<u64>,
    heartbeat: Duration,
    stop: Stop,
    standing: Standing,
    _place: OwnedSemaphorePermit,
}

impl Follower {
    /// The next bytes to send; `None` when the node stops, or who asked may no longer ask.
    async fn next(&mut self) -> Option<Bytes> {
        let quiet = tokio::time::sleep(self.heartbeat);
        tokio::pin!(quiet);
        loop {
            let received = tokio::select! {
                biased;
                () = self.stop.stopped() => return None,
                received = self.receiver.recv() => received,
                () = &mut quiet => return self.standing.holds().then(|| self.lens.format.heartbeat()),
            };
            if !self.standing.holds() {
                return None;
            }
            match received {
                Ok(batch) => {
                    let piece = self.show(&batch);
                    if !piece.is_empty() {
                        return Some(Bytes::from(piece));
                    }
                }
                // How many records were missed is told by the next batch.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }

    fn show(&mut self, batch: &TailBatch) -> Vec<u8> {
        let mut out = Vec::new();
        let skipped = self.expected.map_or(0, |expected| batch.before.saturating_sub(expected));
        if skipped > 0 {
            self.lens.format.skipped(skipped, &mut out);
        }
        self.expected = Some(batch.before + batch.records.len() as u64);
        self.lens.show(batch, &mut out);
        out
    }
}

/// Which events are shown, and how.
struct Lens {
    matcher: Matcher,
    permission: Permission,
    fields: Option<Vec<String>>,
    class: Class,
    format: Format,
}

impl Lens {
    fn show(&self, batch: &TailBatch, out: &mut Vec<u8>) {
        if batch.class != self.class {
            return;
        }
        for (offset, record) in batch.records.iter().enumerate() {
            if let Some(record) = record.filter(|record| self.matcher.matches(record)) {
                let offset = u32::try_from(offset).expect("a body holds fewer records than u32::MAX");
                let id = EventId { log: batch.log, seq: batch.seq, class: batch.class, offset };
                self.show_event(id, &record, out);
            }
        }
    }

    fn show_event(&self, id: EventId, record: &Record<'_>, out: &mut Vec<u8>) {
        let Some(row) = Row::event(id, record, &self.permission) else { return };
        let row = match &self.fields {
            Some(fields) => row.project(fields),
            None => row,
        };
        self.format.event(&row, out);
    }
}

impl Format {
    fn content_type(self) -> &'static str {
        match self {
            Format::Ndjson => "application/x-ndjson",
            Format::Sse => "text/event-stream",
        }
    }

    fn event(self, row: &Row, out: &mut Vec<u8>) {
        match self {
            Format::Ndjson => {
                row.write_json(out);
                out.push(b'\n');
            }
            Format::Sse => {
                out.extend_from_slice(b"data: ");
                row.write_json(out);
                out.extend_from_slice(b"\n\n");
            }
        }
    }

    fn skipped(self, count: u64, out: &mut Vec<u8>) {
        let line = match self {
            Format::Ndjson => format!("{{\"_skipped\":{count}}}\n"),
            Format::Sse => format!("event: skipped\ndata: {{\"_skipped\":{count}}}\n\n"),
        };
        out.extend_from_slice(line.as_bytes());
    }

    fn heartbeat(self) -> Bytes {
        match self {
            Format::Ndjson => Bytes::from_static(b"\n"),
            Format::Sse => Bytes::from_static(b": nothing new\n\n"),
        }
    }
}
