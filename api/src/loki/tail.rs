//! `tail`: lines as they come, over a WebSocket.
//!
//! A web page can open a WebSocket to any address, and no browser asks whether it may. So a page of elsewhere is
//! answered only where a token is shown.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{FromRequestParts, Request, State};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt};
use vigil_index::Lens;
use vigil_model::limits::CLUSTER_REQUEST_BYTES_MAX;
use vigil_query::{Pipe, Query, TimeRange};

use super::args::Args;
use super::refused::Refused;
use super::shape::Shape;
use super::{query_range, streams, time};
use crate::access::{self, Standing};
use crate::app::App;
use crate::failure::Failure;
use crate::guard;
use crate::params::Params;
use crate::tail::{Format, Start, Tail, pieces};

/// How often the other end is asked whether it is there.
const PING: Duration = Duration::from_secs(1);
/// How long lines may be held back on demand.
const DELAY_MAX_SECONDS: u64 = 5;

/// Follows. What is wrong with the request is said before it becomes a WebSocket.
pub(super) async fn tail(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let access = access::of(&request);
    if access.token.is_none() {
        guard::check_page(&request)?;
    }
    let permission = access::permission(access, app.backend.now())?;
    let standing = Standing::of(&app, &request);
    let categorize = streams::categorize(request.headers());
    let now = app.backend.now();
    let args = Args::of(Arc::clone(&app), Params::of_uri(request.uri()), permission, now);
    let tail = asked(args, categorize).await?;
    let (mut parts, _) = request.into_parts();
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &app).await {
        Ok(upgrade) => upgrade.max_message_size(CLUSTER_REQUEST_BYTES_MAX),
        Err(rejection) => return Err(Failure::Request(format!("a tail is a WebSocket: {rejection}")).into()),
    };
    let patience = app.options.patience;
    let pieces = pieces(&app, tail, standing).await?;
    Ok(upgrade.on_upgrade(move |socket| follow(socket, pieces, patience)).into_response())
}

async fn asked(mut args: Args, categorize: bool) -> Result<Tail, Failure> {
    let limit = query_range::limit(&mut args)?;
    if args.params.read::<u64>("delay_for")?.is_some_and(|seconds| seconds > DELAY_MAX_SECONDS) {
        return Err(Failure::parameter("delay_for", format!("must be at most {DELAY_MAX_SECONDS}")));
    }
    let since = time::range(&mut args.params, args.now)?.from;
    let mut selection = args.selection(TimeRange { from: since, ..TimeRange::ALL }).await?;
    selection.time = TimeRange::ALL;
    let (query, shape) = Shape::of(selection.plan()?, &selection.log, categorize);
    let mut first = Query { time: TimeRange { from: since, ..TimeRange::ALL }, ..query.clone() };
    first.pipes.push(Pipe::Limit(limit as u64));
    let start = Start::Since(Box::new(args.question(first)?));
    let question = args.question(query)?;
    let lens = Lens::new(&question).map_err(|error| Failure::parameter("query", error.to_string()))?;
    let class = question.class();
    Ok(Tail { lens, class, asked: args.now, start, format: Format::Loki(Arc::new(shape)), columns: None })
}

/// Sends what comes, until the node stops, the other end hangs up, or takes nothing for `patience`.
async fn follow(mut socket: WebSocket, pieces: impl Stream<Item = Bytes>, patience: Duration) {
    let mut pieces = pin!(pieces);
    let mut ping = tokio::time::interval(PING);
    loop {
        let messages = tokio::select! {
            piece = pieces.next() => match piece {
                Some(piece) => frames(&piece),
                None => break,
            },
            _ = ping.tick() => vec![Message::Ping(Bytes::new())],
            received = socket.recv() => match received {
                // What it says is of no interest, as long as it is there.
                Some(Ok(message)) if !matches!(message, Message::Close(_)) => Vec::new(),
                _ => return,
            },
        };
        for message in messages {
            match tokio::time::timeout(patience, socket.send(message)).await {
                Ok(Ok(())) => {}
                _ => return,
            }
        }
    }
    let close = CloseFrame { code: close_code::ERROR, reason: "the tail ended; begin anew".into() };
    let _ = tokio::time::timeout(patience, socket.send(Message::Close(Some(close)))).await;
}

/// A message for each line.
fn frames(piece: &Bytes) -> Vec<Message> {
    let text = std::str::from_utf8(piece).expect("messages are JSON");
    text.lines().map(|line| Message::text(line.to_owned())).collect()
}
