//! `/v1/cluster` and `/v1/peers`: who is a member, how far each is, and who decides about it.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::audit::Act;
use crate::failure::Failure;
use crate::params::Params;
use crate::{LogLag, PeerStatus, access, act, reply};

/// What `GET /v1/peers` answers.
#[derive(Serialize)]
struct Peers {
    peers: Vec<PeerStatus>,
}

/// What `GET /v1/peers/{peer}/lag` answers.
#[derive(Serialize)]
struct Lag {
    logs: Vec<LogLag>,
}

/// What `POST /v1/peers/{peer}/rename` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rename {
    name: String,
}

/// What `POST /v1/peers/{peer}/reject` answers.
#[derive(Serialize)]
struct Rejected {
    rejected: String,
}

/// `GET /v1/cluster`
pub(crate) async fn cluster(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let mut params = Params::of_uri(request.uri());
    let full = params.read::<bool>("full")?.unwrap_or(false);
    params.finish(&["full"])?;
    Ok(reply::json(StatusCode::OK, &app.backend.cluster(full)))
}

/// `GET /v1/peers`
pub(crate) async fn peers(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    Params::of_uri(request.uri()).finish(&[])?;
    Ok(reply::json(StatusCode::OK, &Peers { peers: app.backend.peers() }))
}

/// `GET /v1/peers/{peer}/lag`
pub(crate) async fn lag(
    State(app): State<Arc<App>>,
    Path(peer): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    Params::of_uri(request.uri()).finish(&[])?;
    Ok(reply::json(StatusCode::OK, &Lag { logs: app.backend.lag(peer)? }))
}

/// `POST /v1/peers/{peer}/approve`
pub(crate) async fn approve(
    State(app): State<Arc<App>>,
    Path(peer): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let act = Act::of("peer.approve", &request).with("peer.name", &peer);
    let approved = app.backend.approve(peer, access::of(&request).clone()).await.map_err(Failure::Cluster);
    Ok(reply::json(StatusCode::OK, &act.end(&app, approved).await?))
}

/// `POST /v1/peers/{peer}/reject`
pub(crate) async fn reject(
    State(app): State<Arc<App>>,
    Path(peer): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let act = Act::of("peer.reject", &request).with("peer.name", &peer);
    let rejected = app.backend.reject(peer.clone(), access::of(&request).clone()).await.map_err(Failure::Cluster);
    act.end(&app, rejected).await?;
    Ok(reply::json(StatusCode::OK, &Rejected { rejected: peer }))
}

/// `POST /v1/peers/{peer}/rename`
pub(crate) async fn rename(
    State(app): State<Arc<App>>,
    Path(peer): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let (act, by) = (Act::of("peer.rename", &request).with("peer.name", &peer), access::of(&request).clone());
    let order: Rename = act::body(&app, request).await?;
    let act = act.with("peer.new_name", &order.name);
    let renamed = app.backend.rename(peer, order.name, by).await.map_err(Failure::Cluster);
    Ok(reply::json(StatusCode::OK, &act.end(&app, renamed).await?))
}

/// `DELETE /v1/peers/{peer}`
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Path(peer): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let mut params = Params::of_uri(request.uri());
    let reason = params.take("reason")?.unwrap_or_default();
    params.finish(&["reason"])?;
    let act = Act::of("peer.remove", &request).with("peer.name", &peer).with("peer.reason", &reason);
    let removed = app.backend.remove(peer, reason, access::of(&request).clone()).await.map_err(Failure::Cluster);
    Ok(reply::json(StatusCode::OK, &act.end(&app, removed).await?))
}
