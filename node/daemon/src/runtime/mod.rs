//! The machine on real time, threads and disk: starts a node, runs it, stops it cleanly.

mod backend;
mod clock;
mod core;
mod error;
mod follower;
mod hasher;
mod hot_tail;
mod identity;
mod metrics;
mod open;
mod replay;
mod shared;
mod source;
mod space;
mod status;
mod threads;
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

/// Runs a node until it is told to stop.
pub(crate) fn run(settings: Settings) -> Result<(), RunError> {
    check_exposure(&settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("vigil-http")
        .build()
        .map_err(|error| RunError::Threads(error.to_string()))?;
    let listener = runtime.block_on(bind(&settings))?;
    let opened = open::open(&settings)?;
    let started = opened.started(&settings, listener.local_addr().unwrap_or(settings.http));
    let loopback = settings.http.ip().is_loopback();
    let node = threads::start(opened, settings)?;
    banner(&started);
    runtime.block_on(serve(listener, &node, loopback));
    node.stop();
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(())
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
        told_to_stop().await;
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
