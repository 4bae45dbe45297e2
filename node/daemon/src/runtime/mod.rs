//! The machine on real time, threads and disk: starts a node, runs it, stops it cleanly.

mod addresses;
mod admin;
mod alerts;
mod backend;
mod checker;
mod clock;
mod control_record;
mod copies;
mod core;
mod cpu;
mod desk;
mod error;
mod files;
mod flight;
mod follower;
mod hasher;
mod home;
mod hot_tail;
mod identity;
mod interest;
mod join;
mod link_board;
mod links;
mod members;
mod message;
mod metrics;
mod names;
mod network;
mod offers;
mod open;
mod pace;
mod peer_rows;
mod peers;
mod pool;
mod pulls;
mod queries;
mod replay;
mod replicator;
mod serve;
mod shared;
mod slow;
mod source;
mod space;
mod start_record;
mod status;
mod threads;
mod tokens;
mod unindexed;
mod ways;
mod wire;
mod writer;

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use vigil_api::{HttpOptions, Server, Stopper, TlsOptions};

pub(crate) use clock::now;
pub(crate) use cpu::of_this_thread as cpu_of_this_thread;
pub(crate) use error::RunError;
use open::Opened;
use ways::{Opening, Ways};

use crate::cli::up::banner;
use crate::config::{Layers, Loaded};
use crate::settings::{Settings, Tls};

/// How long requests under way may take to end once the node stops.
const DRAIN: Duration = Duration::from_secs(4);
/// How long the answer to whoever made the node join may take to leave.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// How a node ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It was told to stop.
    Stopped,
    /// It belongs to another cluster now and has to start anew, in a new epoch.
    Moved,
}

/// Runs a node until it is told to stop, or has joined a cluster.
pub(crate) fn run(loaded: &Loaded, layers: Layers) -> Result<Ended, RunError> {
    let settings = loaded.settings();
    check_exposure(&settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("vigil-http")
        .build()
        .map_err(|error| RunError::Threads(error.to_string()))?;
    let listener = runtime.block_on(bind(&settings))?;
    let opened = open::open(&settings)?;
    let tls = tls(&settings, &opened)?;
    let network = network::start(&opened, &settings, runtime.handle())?;
    let http = listener.local_addr().unwrap_or(settings.http);
    let started = opened.started(&settings, http, network.listen, tls.as_ref());
    let options = HttpOptions {
        loopback: settings.http.ip().is_loopback(),
        open: settings.insecure_http,
        tls: tls.clone(),
        ..HttpOptions::default()
    };
    let node = threads::start(opened, settings.clone(), network)?;
    let served = runtime.block_on(async {
        let (stop, server) = server(&node, options);
        let (shared, backend) = (&node.shared, &node.backend);
        let opening = Opening { loaded, layers, settings, shared, backend, server: &server, tls };
        let ways = Ways::open(opening).await.map_err(RunError::Ways)?;
        banner(&started);
        serve(listener, &node, &server, stop, ways).await;
        Ok(())
    });
    let ended = if node.shared.moved.load(Ordering::Acquire) { Ended::Moved } else { Ended::Stopped };
    node.stop();
    runtime.shutdown_timeout(Duration::from_secs(1));
    served.map(|()| ended)
}

/// Secrets do not travel beyond this machine in plain text.
fn check_exposure(settings: &Settings) -> Result<(), RunError> {
    if settings.http.ip().is_loopback() || settings.insecure_http || settings.tls != Tls::Off {
        return Ok(());
    }
    Err(RunError::Exposed(settings.http))
}

/// The certificate, given or made.
fn tls(settings: &Settings, opened: &Opened) -> Result<Option<vigil_api::Tls>, RunError> {
    let options = match &settings.tls {
        Tls::Off => return Ok(None),
        Tls::Generated => TlsOptions::Generated {
            directory: settings.data_dir.clone(),
            names: vec![opened.identity.name.clone(), settings.http.ip().to_string()],
        },
        Tls::Files { cert, key } => TlsOptions::Files { cert: cert.clone(), key: key.clone() },
    };
    Ok(Some(vigil_api::Tls::open(&options)?))
}

async fn bind(settings: &Settings) -> Result<TcpListener, RunError> {
    TcpListener::bind(settings.http).await.map_err(|error| RunError::Bind(settings.http, error.to_string()))
}

/// Who answers HTTP, and who ends it.
fn server(node: &threads::Running, options: HttpOptions) -> (Stopper, Server) {
    let (stopper, stop) = vigil_api::Stop::pair();
    (stopper, Server::new(node.backend.clone(), HttpOptions { stop, ..options }))
}

/// Serves until the process is told to stop, and lets requests under way end.
async fn serve(listener: TcpListener, node: &threads::Running, server: &Server, stopper: Stopper, ways: Ways) {
    let shared = node.shared.clone();
    let (end, ended) = watch::channel(false);
    let following = tokio::spawn(ways.follow(ended));
    tokio::spawn(async move {
        tokio::select! {
            () = told_to_stop() => {}
            () = shared.move_out.notified() => tokio::time::sleep(LAST_WORDS).await,
        }
        shared.stopping.store(true, Ordering::Relaxed);
        end.send_replace(true);
        stopper.stop();
    });
    if !server.serve(listener, DRAIN).await {
        tracing::warn!("some requests were still under way and were cut off");
    }
    if tokio::time::timeout(DRAIN, following).await.is_err() {
        tracing::warn!("what sockets and files had brought last could not be kept in time");
    }
}

/// Resolves on SIGTERM or Ctrl-C.
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("a process can ask for its own signals");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
