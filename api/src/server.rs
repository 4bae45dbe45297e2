//! How the router is served: so many connections, none idle for ever, and a clean end.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use vigil_model::limits::CONNECTIONS_MAX;

use crate::access::{Connection, Socket};
use crate::secure::{self, Spoken};
use crate::speech::{Speaker, Version};
use crate::tls::Tls;
use crate::{Backend, HttpOptions, Stop, router};

/// How long to wait when the system has no socket to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `options.stop`; then takes no new connection and gives those that are answering
/// `drain` to end. Tells whether all of them did.
pub async fn serve(listener: TcpListener, backend: Arc<dyn Backend>, options: HttpOptions, drain: Duration) -> bool {
    Server::new(backend, options).serve(listener, drain).await
}

/// One router for any number of sockets: limits, rates and counts are those of all together.
#[derive(Clone)]
pub struct Server {
    router: Router,
    options: HttpOptions,
    places: Arc<Semaphore>,
}

/// What is special about a further socket.
#[derive(Clone, Debug, Default)]
pub struct Further {
    /// Speak TLS with this; programs of this machine may still speak plainly. Without it everyone does.
    pub tls: Option<Tls>,
    /// The source that takes what comes in by this socket, where it fits the door.
    pub source: Option<String>,
    /// Connections at once, beside the limit of all sockets together; `None` is that limit alone.
    pub connections: Option<usize>,
}

impl Server {
    /// Answers for this node.
    pub fn new(backend: Arc<dyn Backend>, options: HttpOptions) -> Server {
        let router = router(backend, options.clone());
        Server { router, options, places: Arc::new(Semaphore::new(CONNECTIONS_MAX)) }
    }

    /// As [`serve`], on the node's own socket.
    pub async fn serve(&self, listener: TcpListener, drain: Duration) -> bool {
        let tls = self.options.tls.clone();
        self.run(listener, drain, tls, None, CONNECTIONS_MAX).await
    }

    /// As [`serve`], on a further socket. It is for the caller to see that nothing plain is bound where strangers listen.
    pub async fn serve_further(&self, listener: TcpListener, further: Further, drain: Duration) -> bool {
        let loopback = listener.local_addr().is_ok_and(|local| local.ip().is_loopback());
        let socket = Socket { loopback, source: further.source.map(Arc::from) };
        let connections = further.connections.unwrap_or(CONNECTIONS_MAX);
        self.run(listener, drain, further.tls, Some(socket), connections).await
    }

    async fn run(
        &self,
        listener: TcpListener,
        drain: Duration,
        tls: Option<Tls>,
        socket: Option<Socket>,
        connections: usize,
    ) -> bool {
        let mut stop = self.options.stop.clone();
        let patience = self.options.patience;
        let speaker = Speaker::new(self.router.clone(), patience, socket);
        let mut run = Run {
            door: Door { speaker, tls, patience },
            graceful: GracefulShutdown::new(),
            places: [Arc::new(Semaphore::new(connections)), Arc::clone(&self.places)],
            connections: JoinSet::new(),
        };
        run.accept_until(listener, &mut stop).await;
        run.drain(drain).await
    }
}

/// One socket being served.
struct Run {
    door: Door,
    graceful: GracefulShutdown,
    /// Of this socket, and of all together.
    places: [Arc<Semaphore>; 2],
    connections: JoinSet<()>,
}

/// What every connection is met with.
#[derive(Clone)]
struct Door {
    speaker: Speaker,
    tls: Option<Tls>,
    patience: Duration,
}

/// A place of this socket, and one of all together.
type Place = [OwnedSemaphorePermit; 2];

impl Run {
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

    fn take(&mut self, stream: TcpStream, remote: SocketAddr, place: Place, stop: Stop) {
        // Answers are written whole; waiting for more to send with them would only delay them.
        let _ = stream.set_nodelay(true);
        let local = stream.local_addr().map_or(IpAddr::from([0, 0, 0, 0]), |local| local.ip());
        let connection = Connection { remote, local };
        let door = self.door.clone();
        let watcher = self.graceful.watcher();
        self.connections.spawn(async move {
            door.meet(stream, connection, watcher, stop).await;
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
    /// Those who wait for the end wait for every watcher.
    async fn meet(&self, stream: TcpStream, connection: Connection, _watcher: Watcher, mut stop: Stop) {
        let spoken = match &self.tls {
            None => Some(Spoken::Plain(stream)),
            Some(tls) => tokio::select! {
                spoken = secure::greet(stream, tls, &connection, self.patience) => spoken,
                () = stop.stopped() => None,
            },
        };
        match spoken {
            Some(Spoken::Tls(stream)) => {
                let version = Version::agreed(stream.get_ref().1.alpn_protocol());
                self.speaker.speak(*stream, version, connection, stop).await;
            }
            Some(Spoken::Plain(stream)) => {
                let version = tokio::select! {
                    version = Version::heard(&stream, self.patience) => version,
                    () = stop.stopped() => None,
                };
                if let Some(version) = version {
                    self.speaker.speak(stream, version, connection, stop).await;
                }
            }
            None => {}
        }
    }
}

/// The next connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    [own, all]: &[Arc<Semaphore>; 2],
) -> io::Result<(TcpStream, SocketAddr, Place)> {
    let never = "the semaphore is never closed";
    let own = Arc::clone(own).acquire_owned().await.expect(never);
    // A socket that waits for its next client takes no place from the others.
    let (stream, remote) = listener.accept().await?;
    let all = Arc::clone(all).acquire_owned().await.expect(never);
    Ok((stream, remote, [own, all]))
}
