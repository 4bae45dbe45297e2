//! How the router is served: so many connections, none idle for ever, and a clean end.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use vigil_model::limits::CONNECTIONS_MAX;

use crate::access::Connection;
use crate::secure::{self, Spoken};
use crate::tls::Tls;
use crate::{Backend, HttpOptions, Stop, router};

/// How long to wait when the system has no socket to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `options.stop`; then takes no new connection and gives those that are answering
/// `drain` to end. Tells whether all of them did.
pub async fn serve(listener: TcpListener, backend: Arc<dyn Backend>, options: HttpOptions, drain: Duration) -> bool {
    let mut stop = options.stop.clone();
    let (patience, tls) = (options.patience, options.tls.clone());
    let mut server = Server::new(router(backend, options), patience, tls);
    server.accept_until(listener, &mut stop).await;
    server.drain(drain).await
}

struct Server {
    door: Door,
    graceful: GracefulShutdown,
    places: Arc<Semaphore>,
    connections: JoinSet<()>,
}

/// What every connection is met with.
#[derive(Clone)]
struct Door {
    router: Router,
    http: http1::Builder,
    tls: Option<Tls>,
    patience: Duration,
}

impl Server {
    fn new(router: Router, patience: Duration, tls: Option<Tls>) -> Server {
        let mut http = http1::Builder::new();
        // Without a timer hyper would wait for ever for the head of a request.
        http.timer(TokioTimer::new()).header_read_timeout(patience);
        Server {
            door: Door { router, http, tls, patience },
            graceful: GracefulShutdown::new(),
            places: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
            connections: JoinSet::new(),
        }
    }

    async fn accept_until(&mut self, listener: TcpListener, stop: &mut Stop) {
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.stopped() => return,
                accepted = accept(&listener, &self.places) => accepted,
            };
            match accepted {
                Ok((stream, remote, place)) => self.take(stream, remote, place, stop.clone()),
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
            while self.connections.try_join_next().is_some() {}
        }
    }

    fn take(&mut self, stream: TcpStream, remote: SocketAddr, place: OwnedSemaphorePermit, mut stop: Stop) {
        // Answers are written whole; waiting for more to send with them would only delay them.
        let _ = stream.set_nodelay(true);
        let local = stream.local_addr().map_or(IpAddr::from([0, 0, 0, 0]), |local| local.ip());
        let connection = Connection { remote, local };
        let door = self.door.clone();
        let watcher = self.graceful.watcher();
        self.connections.spawn(async move {
            match &door.tls {
                None => door.serve(stream, connection, watcher, stop).await,
                Some(tls) => {
                    let spoken = tokio::select! {
                        spoken = secure::greet(stream, tls, &connection, door.patience) => spoken,
                        () = stop.stopped() => None,
                    };
                    match spoken {
                        Some(Spoken::Tls(stream)) => door.serve(*stream, connection, watcher, stop).await,
                        Some(Spoken::Plain(stream)) => door.serve(stream, connection, watcher, stop).await,
                        None => {}
                    }
                }
            }
            drop(place);
        });
    }

    async fn drain(mut self, time: Duration) -> bool {
        let ended = tokio::time::timeout(time, self.graceful.shutdown()).await.is_ok();
        self.connections.shutdown().await;
        ended
    }
}

impl Door {
    async fn serve<S>(&self, stream: S, connection: Connection, watcher: Watcher, mut stop: Stop)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let answers = TowerToHyperService::new(self.router.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(connection);
            answers.call(request)
        });
        // A tail for clients of Loki becomes a WebSocket.
        let mut served = pin!(self.http.serve_connection(TokioIo::new(stream), service).with_upgrades());
        let ended = tokio::select! {
            ended = &mut served => ended,
            () = stop.stopped() => {
                served.as_mut().graceful_shutdown();
                served.await
            }
        };
        // Those who wait for the end wait for every watcher.
        drop(watcher);
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection broke");
        }
    }
}

/// The next connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.expect("the semaphore is never closed");
    let (stream, remote) = listener.accept().await?;
    Ok((stream, remote, place))
}
