//! How the router is served: so many connections, none idle for ever, and a clean end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use vigil_model::limits::CONNECTIONS_MAX;

use crate::{Backend, HttpOptions, Stop, router};

/// How long to wait when the system has no socket to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `options.stop`; then takes no new connection and gives those that are answering
/// `drain` to end. Tells whether all of them did.
pub async fn serve(listener: TcpListener, backend: Arc<dyn Backend>, options: HttpOptions, drain: Duration) -> bool {
    let mut stop = options.stop.clone();
    let patience = options.patience;
    let mut server = Server::new(router(backend, options), patience);
    server.accept_until(listener, &mut stop).await;
    server.drain(drain).await
}

struct Server {
    router: Router,
    http: http1::Builder,
    graceful: GracefulShutdown,
    places: Arc<Semaphore>,
    connections: JoinSet<()>,
}

impl Server {
    fn new(router: Router, patience: Duration) -> Server {
        let mut http = http1::Builder::new();
        // Without a timer hyper would wait for ever for the head of a request.
        http.timer(TokioTimer::new()).header_read_timeout(patience);
        Server {
            router,
            http,
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
                Ok((stream, place)) => self.take(stream, place),
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
            while self.connections.try_join_next().is_some() {}
        }
    }

    fn take(&mut self, stream: TcpStream, place: OwnedSemaphorePermit) {
        // Answers are written whole; waiting for more to send with them would only delay them.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(self.router.clone());
        let connection = self.graceful.watch(self.http.serve_connection(TokioIo::new(stream), service));
        self.connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke");
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

/// The next connection, once there is a place for it.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.expect("the semaphore is never closed");
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}
