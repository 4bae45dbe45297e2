//! Whether a new connection speaks TLS, and what is done with one that does not.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::access::Connection;
use crate::tls::Tls;

/// The first byte of a TLS handshake; no HTTP request begins so.
const HANDSHAKE: u8 = 0x16;
/// What a stranger who speaks plain HTTP is told.
const SPEAK_TLS: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n\
{\"error\":{\"code\":\"tls_needed\",\"message\":\"this port speaks HTTPS\",\"hint\":\"use https:// and TLS 1.3\"}}\n";

/// A connection, and how it speaks.
pub(crate) enum Spoken {
    /// The handshake is done.
    Tls(Box<TlsStream<TcpStream>>),
    /// A program of this machine: what it says never leaves it.
    Plain(TcpStream),
}

/// Waits for the first byte, and for the handshake when it is one. `None` when nothing comes of it.
pub(crate) async fn greet(stream: TcpStream, tls: &Tls, connection: &Connection, patience: Duration) -> Option<Spoken> {
    tokio::time::timeout(patience, meet(stream, tls, connection)).await.ok().flatten()
}

async fn meet(mut stream: TcpStream, tls: &Tls, connection: &Connection) -> Option<Spoken> {
    let mut first = [0];
    if stream.peek(&mut first).await.ok()? == 0 {
        return None;
    }
    if first[0] == HANDSHAKE {
        return match TlsAcceptor::from(tls.config.clone()).accept(stream).await {
            Ok(stream) => Some(Spoken::Tls(Box::new(stream))),
            Err(error) => {
                tracing::debug!(%error, remote = %connection.remote, "no TLS handshake");
                None
            }
        };
    }
    if connection.is_of_this_machine() {
        return Some(Spoken::Plain(stream));
    }
    // The other end may be gone; there is nothing to be done about that.
    let _ = stream.write_all(SPEAK_TLS).await;
    let _ = stream.shutdown().await;
    None
}
