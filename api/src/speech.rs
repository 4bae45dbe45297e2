//! How one connection is served: by HTTP/1.1 or HTTP/2, as the client begins, and not longer than it has something to say.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use vigil_model::limits::{
    HTTP2_CONNECTION_BYTES_MAX, HTTP2_HEADERS_BYTES_MAX, HTTP2_STREAM_BYTES_MAX, HTTP2_STREAMS_MAX,
};

use crate::Stop;
use crate::access::{Connection, Socket};
use crate::busy::Busy;

/// What HTTP/2 begins with; no method of HTTP/1.1 is called so.
const PREFACE: &[u8] = b"PRI";
/// How long to wait for the next of these bytes, when only some have come.
const PREFACE_PAUSE: Duration = Duration::from_millis(5);
/// How often. Who is slower is taken for a client of HTTP/1.1, which is patient with the head of a request.
const PREFACE_LOOKS: usize = 200;

/// Which HTTP a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// HTTP/1.1.
    One,
    /// HTTP/2.
    Two,
}

impl Version {
    /// What was agreed on in the handshake of TLS.
    pub(crate) fn agreed(protocol: Option<&[u8]>) -> Version {
        if protocol == Some(b"h2") { Version::Two } else { Version::One }
    }

    /// What a client begins to speak that was asked nothing; `None` when it says nothing for so long.
    pub(crate) async fn heard(stream: &TcpStream, patience: Duration) -> Option<Version> {
        tokio::time::timeout(patience, listen(stream)).await.ok().flatten()
    }
}

async fn listen(stream: &TcpStream) -> Option<Version> {
    let mut head = [0; PREFACE.len()];
    for _ in 0..PREFACE_LOOKS {
        let heard = match stream.peek(&mut head).await.ok()? {
            0 => return None,
            count => &head[..count],
        };
        if heard == PREFACE {
            return Some(Version::Two);
        }
        if !PREFACE.starts_with(heard) {
            return Some(Version::One);
        }
        // There is something to see already, so looking again does not wait.
        tokio::time::sleep(PREFACE_PAUSE).await;
    }
    Some(Version::One)
}

/// Serves connections.
#[derive(Clone)]
pub(crate) struct Speaker {
    router: Router,
    one: http1::Builder,
    two: http2::Builder<TokioExecutor>,
    patience: Duration,
    socket: Option<Socket>,
}

impl Speaker {
    /// Answers by this router; who says nothing for `patience` is shown out.
    pub(crate) fn new(router: Router, patience: Duration, socket: Option<Socket>) -> Speaker {
        let mut one = http1::Builder::new();
        // Without a timer hyper would wait for ever for the head of a request.
        one.timer(TokioTimer::new()).header_read_timeout(patience);
        let mut two = http2::Builder::new(TokioExecutor::new());
        two.timer(TokioTimer::new())
            .max_concurrent_streams(HTTP2_STREAMS_MAX)
            .initial_connection_window_size(HTTP2_CONNECTION_BYTES_MAX)
            .initial_stream_window_size(HTTP2_STREAM_BYTES_MAX)
            .max_header_list_size(HTTP2_HEADERS_BYTES_MAX)
            // Asks whether the other end is still there, while an answer goes on that never ends.
            .keep_alive_interval(patience)
            .keep_alive_timeout(patience);
        Speaker { router, one, two, patience, socket }
    }

    /// Serves one connection to its end, or until the node stops and what is under way is answered.
    pub(crate) async fn speak<S>(&self, stream: S, version: Version, connection: Connection, stop: Stop)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let ended = match version {
            Version::One => self.speak_one(stream, connection, stop).await,
            Version::Two => self.speak_two(stream, connection, stop).await,
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection broke");
        }
    }

    async fn speak_one<S>(&self, stream: S, connection: Connection, mut stop: Stop) -> hyper::Result<()>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let answers = TowerToHyperService::new(self.router.clone());
        let service = service_fn(|request: Request<Incoming>| answers.call(self.marked(request, connection)));
        // A tail for clients of Loki becomes a WebSocket.
        let mut served = pin!(self.one.serve_connection(TokioIo::new(stream), service).with_upgrades());
        tokio::select! {
            ended = &mut served => ended,
            () = stop.stopped() => {
                served.as_mut().graceful_shutdown();
                served.await
            }
        }
    }

    async fn speak_two<S>(&self, stream: S, connection: Connection, mut stop: Stop) -> hyper::Result<()>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let answers = TowerToHyperService::new(self.router.clone());
        let busy = Arc::new(Busy::default());
        let service = service_fn(|request: Request<Incoming>| {
            let (answer, under_way) = (answers.call(self.marked(request, connection)), busy.begin());
            async move {
                let answer = answer.await;
                answer.map(|answer| answer.map(|body| under_way.until_end(body)))
            }
        });
        let mut served = pin!(self.two.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            ended = &mut served => return ended,
            () = stop.stopped() => {}
            () = busy.idle(self.patience) => {}
        }
        served.as_mut().graceful_shutdown();
        served.await
    }

    /// The request with where it came from.
    fn marked(&self, mut request: Request<Incoming>, connection: Connection) -> Request<Incoming> {
        request.extensions_mut().insert(connection);
        if let Some(socket) = &self.socket {
            request.extensions_mut().insert(socket.clone());
        }
        request
    }
}
