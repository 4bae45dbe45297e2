//! Whether a new connection speaks TLS, and what is done with one that does not.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::access::Connection;
use crate::tls::Tls;

/// The first byte of a TLS handshake; no HTTP request begins so.
const HANDSHAKE: u8 = 0x16;
/// How much of what a stranger sends is still read.
const READ_ON_BYTES: u64 = 64 * 1024;
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

async fn meet(stream: TcpStream, tls: &Tls, connection: &Connection) -> Option<Spoken> {
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
    turn_away(stream).await;
    None
}

/// Tells a stranger what to speak. What it sent is read on for a while: a connection that is closed
/// with something unread may lose the answer. The other end may be gone; nothing is to be done
/// about that.
async fn turn_away(mut stream: TcpStream) {
    let _ = stream.write_all(SPEAK_TLS).await;
    let _ = stream.shutdown().await;
    let mut rest = stream.take(READ_ON_BYTES);
    let _ = tokio::io::copy(&mut rest, &mut tokio::io::sink()).await;
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tokio::net::TcpListener;

    use super::*;
    use crate::TlsOptions;

    /// What a client is told that sends this, and how the node takes it; `remote` is where it seems
    /// to come from.
    async fn meeting(name: &str, remote: &str, sent: &[u8]) -> (String, Option<Spoken>) {
        let directory = std::env::temp_dir().join(format!("vigil-api-secure-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory");
        let tls = Tls::open(&TlsOptions::Generated { directory: directory.clone(), names: Vec::new() }).expect("made");
        std::fs::remove_dir_all(&directory).expect("just made");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let mut client = TcpStream::connect(listener.local_addr().expect("bound")).await.expect("it listens");
        client.write_all(sent).await.expect("it reads");
        client.shutdown().await.expect("open");
        let (stream, _) = listener.accept().await.expect("a client");
        let remote: SocketAddr = remote.parse().expect("an address");
        let connection = Connection { remote, local: [10, 0, 0, 5].into() };
        let spoken = greet(stream, &tls, &connection, Duration::from_secs(10)).await;
        let mut answer = String::new();
        if spoken.is_none() {
            client.read_to_string(&mut answer).await.expect("a clean end");
        }
        (answer, spoken)
    }

    #[tokio::test]
    async fn strangers_are_told_to_speak_tls() {
        let (answer, spoken) = meeting("stranger", "10.0.0.6:9", &b"GET / HTTP/1.1\r\n\r\n".repeat(1_000)).await;
        assert!(spoken.is_none());
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.starts_with("HTTP/1.1 400"), "{head}");
        let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(body["error"]["code"], "tls_needed");
    }

    #[tokio::test]
    async fn programs_of_this_machine_are_heard_and_silence_is_not() {
        let (_, spoken) = meeting("local", "127.0.0.1:9", b"GET / HTTP/1.1\r\n\r\n").await;
        assert!(matches!(spoken, Some(Spoken::Plain(_))));
        let (_, spoken) = meeting("same", "10.0.0.5:9", b"GET / HTTP/1.1\r\n\r\n").await;
        assert!(matches!(spoken, Some(Spoken::Plain(_))), "by the address of this machine");
        for (name, sent) in [("silent", &b""[..]), ("broken", &[HANDSHAKE, 3, 1, 0, 1, 9][..])] {
            let (_, spoken) = meeting(name, "127.0.0.1:9", sent).await;
            assert!(spoken.is_none(), "{name}");
        }
    }
}
