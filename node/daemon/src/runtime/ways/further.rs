//! Further sockets of HTTP: the ports that clients assume, each with a source of its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use vigil_api::{Further, Server, Tls, TlsOptions};
use vigil_ingest::{Source, Sources, Transport};

/// How long requests under way may take when a socket is closed.
const DRAIN: Duration = Duration::from_secs(4);

/// The sockets that are open.
pub(super) struct FurtherSockets {
    server: Server,
    /// The node's own certificate, for sockets that speak TLS and name none.
    tls: Option<Tls>,
    /// Plain HTTP beyond loopback was asked for.
    insecure: bool,
    open: BTreeMap<SocketAddr, OpenSocket>,
}

/// A socket, as settings want it, and what ends it.
struct OpenSocket {
    wanted: Wanted,
    serving: JoinHandle<()>,
}

/// What settings say of one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    source: String,
    transport: Transport,
    files: Option<(String, String)>,
    connections: usize,
}

impl OpenSocket {
    /// Closes it; requests under way are cut off.
    async fn end(self) {
        self.serving.abort();
        // It was told to end, so how it ended says nothing.
        let _ = self.serving.await;
    }
}

impl FurtherSockets {
    /// None yet.
    pub(super) fn new(server: Server, tls: Option<Tls>, insecure: bool) -> FurtherSockets {
        FurtherSockets { server, tls, insecure, open: BTreeMap::new() }
    }

    /// Opens what `sources` want and is not open, then closes what they no longer want. On an error nothing has changed,
    /// unless a socket was to be served in another way: that one is closed before it can be opened anew.
    pub(super) async fn replace(&mut self, sources: &Sources) -> Result<(), Vec<String>> {
        let wanted = wanted(sources);
        let mut opened = Vec::new();
        let mut errors = Vec::new();
        for (address, want) in &wanted {
            match self.open_if_new(*address, want).await {
                Ok(new) => opened.extend(new.map(|listener| (*address, want.clone(), listener))),
                Err(why) => errors.push(format!("source `{}`: {why}", want.source)),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let gone: Vec<SocketAddr> = self
            .open
            .iter()
            .filter(|(address, open)| wanted.get(*address) != Some(&open.wanted))
            .map(|(a, _)| *a)
            .collect();
        for address in gone {
            if let Some(open) = self.open.remove(&address) {
                open.end().await;
            }
        }
        for (address, want, (listener, further)) in opened {
            let server = self.server.clone();
            let serving = tokio::spawn(async move {
                server.serve_further(listener, further, DRAIN).await;
            });
            self.open.insert(address, OpenSocket { wanted: want, serving });
        }
        Ok(())
    }

    async fn open_if_new(
        &mut self,
        address: SocketAddr,
        want: &Wanted,
    ) -> Result<Option<(TcpListener, Further)>, String> {
        if self.open.get(&address).is_some_and(|open| open.wanted == *want) {
            return Ok(None);
        }
        let tls = self.tls_of(address, want)?;
        if let Some(other) = self.open.remove(&address) {
            other.end().await;
        }
        let listener =
            TcpListener::bind(address).await.map_err(|error| format!("{address} cannot be opened: {error}"))?;
        let further = Further { tls, source: Some(want.source.clone()), connections: Some(want.connections) };
        Ok(Some((listener, further)))
    }

    fn tls_of(&self, address: SocketAddr, want: &Wanted) -> Result<Option<Tls>, String> {
        match (want.transport, &want.files) {
            (Transport::Tls, Some((cert, key))) => {
                let files = TlsOptions::Files { cert: cert.into(), key: key.into() };
                Tls::open(&files).map(Some).map_err(|error| error.to_string())
            }
            (Transport::Tls, None) => self
                .tls
                .clone()
                .map(Some)
                .ok_or_else(|| "tls:// needs `tls_cert` and `tls_key`, or a node with `tls`".into()),
            _ if address.ip().is_loopback() || self.insecure => Ok(None),
            _ => Err(format!("{address} is beyond loopback: use tls://, or say `insecure_http: true` for the node")),
        }
    }
}

/// Addresses of sources with a door of HTTP.
fn wanted(sources: &Sources) -> BTreeMap<SocketAddr, Wanted> {
    let of_http = sources.all().filter(|source| source.spec.enabled && source.spec.door.is_http());
    of_http
        .flat_map(|source: &Arc<Source>| {
            source.spec.listen.iter().map(|listen| {
                let wanted = Wanted {
                    source: source.spec.name.clone(),
                    transport: listen.transport,
                    files: source.spec.tls.clone(),
                    connections: source.spec.connections,
                };
                (listen.address, wanted)
            })
        })
        .collect()
}
