//! Who may connect, and who speaks with them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use vigil_ingest::{Door, Transport};
use vigil_model::limits::HANDSHAKE_SECONDS;

use crate::order::{Job, Place};
use crate::{forward, stream};

/// How soon a silent peer is asked whether it is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);
/// How long nobody is accepted after that failed: too many files are open, say.
const PAUSE: Duration = Duration::from_millis(200);

/// Accepts until told to stop, then waits for the connections.
pub(crate) async fn listen(listener: Arc<TcpListener>, transport: Transport, mut job: Job) {
    let mut connections = JoinSet::new();
    loop {
        let mut stop = job.clone();
        tokio::select! {
            biased;
            () = stop.stopping() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    job.changed();
                    match job.place() {
                        Some(place) => drop(connections.spawn(connect(stream, peer, transport, job.clone(), place))),
                        None => turn_away(&job),
                    }
                }
                Err(error) => {
                    job.note(&format!("no connection can be accepted: {error}"));
                    sleep(PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

fn turn_away(job: &Job) {
    let limit = job.source().spec.connections;
    job.counts().turn_away(1, &format!("{limit} connections are open already; raise `connections`"), job.now());
}

async fn connect(stream: TcpStream, peer: SocketAddr, transport: Transport, job: Job, _place: Place) {
    // Without it a peer that went away is noticed late; that is all.
    let _ = SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE));
    if transport != Transport::Tls {
        return speak(stream, peer, job).await;
    }
    let config = job.tls().expect("a source that listens by TLS was started with a certificate");
    let mut stop = job.clone();
    let handshake = timeout(Duration::from_secs(HANDSHAKE_SECONDS), TlsAcceptor::from(config).accept(stream));
    let greeted = tokio::select! {
        greeted = handshake => greeted,
        () = stop.stopping() => return,
    };
    match greeted {
        Ok(Ok(stream)) => speak(stream, peer, job).await,
        Ok(Err(error)) => job.note(&format!("no TLS with {}: {error}", peer.ip())),
        Err(_) => job.note(&format!("no TLS with {}: it took longer than {HANDSHAKE_SECONDS} s", peer.ip())),
    }
}

async fn speak<S>(stream: S, peer: SocketAddr, job: Job)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send,
{
    match job.source().spec.door {
        Door::Forward => forward::serve(stream, peer, job).await,
        _ => stream::read(stream, peer, job).await,
    }
}
