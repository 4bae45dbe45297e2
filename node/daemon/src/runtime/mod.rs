//! The machine on real time, threads and disk: starts a node, runs it, stops it cleanly.

mod addresses;
mod admin;
mod backend;
mod checker;
mod clock;
mod control_record;
mod copies;
mod core;
mod desk;
mod error;
mod files;
mod follower;
mod hasher;
mod home;
mod hot_tail;
mod identity;
mod join;
mod link_board;
mod links;
mod members;
mod metrics;
mod network;
mod offers;
mod open;
mod pace;
mod peer_rows;
mod peers;
mod pulls;
mod replay;
mod replicator;
mod serve;
mod shared;
mod source;
mod space;
mod status;
mod threads;
mod tokens;
mod wire;
mod writer;

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::net::TcpListener;
use vigil_api::HttpOptions;

pub(crate) use error::RunError;

use crate::cli::up::banner;
use crate::settings::Settings;

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
pub(crate) fn run(settings: Settings) -> Result<Ended, RunError> {
    check_exposure(&settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("vigil-http")
        .build()
        .map_err(|error| RunError::Threads(error.to_string()))?;
    let listener = runtime.block_on(bind(&settings))?;
    let opened = open::open(&settings)?;
    let network = network::start(&opened, &settings, runtime.handle())?;
    let started = opened.started(&settings, listener.local_addr().unwrap_or(settings.http), network.listen);
    let loopback = settings.http.ip().is_loopback();
    let node = threads::start(opened, settings, network)?;
    banner(&started);
    runtime.block_on(serve(listener, &node, loopback));
    let ended = if node.shared.moved.load(Ordering::Acquire) { Ended::Moved } else { Ended::Stopped };
    node.stop();
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(ended)
}

/// Without tokens, nobody outside this machine may be served.
fn check_exposure(settings: &Settings) -> Result<(), RunError> {
    if settings.http.ip().is_loopback() || settings.insecure_http {
        return Ok(());
    }
    Err(RunError::Exposed(settings.http))
}

async fn bind(settings: &Settings) -> Result<TcpListener, RunError> {
    TcpListener::bind(settings.http).await.map_err(|error| RunError::Bind(settings.http, error.to_string()))
}

/// Serves until the process is told to stop, and lets requests under way end.
async fn serve(listener: TcpListener, node: &threads::Running, loopback: bool) {
    let (stopper, stop) = vigil_api::Stop::pair();
    let shared = node.shared.clone();
    tokio::spawn(async move {
        tokio::select! {
            () = told_to_stop() => {}
            () = shared.move_out.notified() => tokio::time::sleep(LAST_WORDS).await,
        }
        shared.stopping.store(true, Ordering::Relaxed);
        stopper.stop();
    });
    let options = HttpOptions { loopback, stop, ..HttpOptions::default() };
    if !vigil_api::serve(listener, node.backend.clone(), options, DRAIN).await {
        tracing::warn!("some requests were still under way and were cut off");
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
