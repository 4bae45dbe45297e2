//! `POST /v1/invites`, `/v1/join`, `/v1/leave`: how a node comes into a cluster and goes.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;
use vigil_model::limits::CLUSTER_REQUEST_BYTES_MAX;

use crate::app::App;
use crate::audit::Act;
use crate::body::BodyReader;
use crate::failure::Failure;
use crate::{InviteRequest, JoinRequest, access, reply};

/// What `POST /v1/leave` answers.
#[derive(Serialize)]
struct Left {
    left: bool,
}

/// `POST /v1/invites`
pub(crate) async fn invite(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let (act, by) = (Act::of("cluster.invite", &request), access::of(&request).clone());
    let order: InviteRequest = body(&app, request).await?;
    let act = act.with("invite.profile", &order.profile).with("invite.for_s", order.for_s.to_string());
    let made = act.end(&app, app.backend.invite(order, by).await.map_err(Failure::Cluster)).await?;
    Ok(reply::json(StatusCode::OK, &made))
}

/// `POST /v1/join`
pub(crate) async fn join(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let (act, by) = (Act::of("cluster.join", &request), access::of(&request).clone());
    let order: JoinRequest = body(&app, request).await?;
    // Once it has joined, this process may come to its end before it can say so.
    act.begin(&app).await;
    let status = act.end(&app, app.backend.join(order, by).await.map_err(Failure::Cluster)).await?;
    let joined = status.state == "joined";
    Ok(reply::json(if joined { StatusCode::OK } else { StatusCode::ACCEPTED }, &status))
}

/// `POST /v1/leave`
pub(crate) async fn leave(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let act = Act::of("cluster.leave", &request);
    act.begin(&app).await;
    let left = app.backend.leave(access::of(&request).clone()).await.map_err(Failure::Cluster);
    act.end(&app, left).await?;
    Ok(reply::json(StatusCode::OK, &Left { left: true }))
}

/// The JSON object in the body of a request; an empty body is an empty object.
pub(crate) async fn body<T: DeserializeOwned>(app: &App, request: Request) -> Result<T, Failure> {
    assert_ne!(request.method(), Method::GET, "a body is read of those that have one");
    let (parts, body) = request.into_parts();
    let patience = app.options.patience;
    let mut reader = BodyReader::open(&parts.headers, body, CLUSTER_REQUEST_BYTES_MAX, patience).await?;
    let bytes = match reader.collect(|_| Ok(())).await {
        Ok(bytes) => bytes,
        Err(failure) => {
            reader.drain().await;
            return Err(failure);
        }
    };
    let text: &[u8] = if bytes.trim_ascii().is_empty() { b"{}" } else { &bytes };
    serde_json::from_slice(text).map_err(|error| Failure::Request(error.to_string()))
}
