//! Splunk's HTTP event collector: events, raw lines, health, and receipts that its clients ask for again.
//!
//! A batch with one bad event is refused whole, with that event's number. An answer comes when the events are kept for
//! good, so a receipt (`ackId`) is true from the beginning, and nothing has to be remembered for it.

mod answer;
mod raw;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;
use vigil_crdt::control::{Role, Scope, TokenId};
use vigil_ingest::protocols::hec::{Events, Fault};
use vigil_ingest::{Batch, Door, Recipe, Source, Writer};
use vigil_model::limits::{HEC_ACKS_BYTES_MAX, HEC_BATCH_BYTES_MAX, WHOLE_BODY_BYTES_MAX};
use vigil_model::{ClassSet, Hash};

pub(crate) use self::answer::refusal;
use self::answer::{Said, said};
use super::{WRITE, deliver, whole_body};
use crate::access::{self, Need};
use crate::app::App;
use crate::body;
use crate::failure::Failure;
use crate::params::Params;
use crate::router::{Needs, Route};
use crate::{Access, doors};

const PREFIX: &str = "/services/collector";
const NOTHING: Needs = &[("get", Need::Nothing)];
/// The secret of a source and one that is shown are compared by this.
const SECRET_DOMAIN: &str = "vigil 2026 secret of a hec source";

/// The routes of this door.
pub(crate) fn routes() -> Vec<Route> {
    let event = || -> MethodRouter<Arc<App>> { post(events) };
    vec![
        ("/services/collector", WRITE, event()),
        ("/services/collector/event", WRITE, event()),
        ("/services/collector/event/1.0", WRITE, event()),
        ("/services/collector/raw", WRITE, post(raw::raw)),
        ("/services/collector/raw/1.0", WRITE, post(raw::raw)),
        ("/services/collector/ack", WRITE, post(acks)),
        ("/services/collector/health", NOTHING, get(health)),
        ("/services/collector/health/1.0", NOTHING, get(health)),
    ]
}

/// Whether a path is one of this door.
pub(crate) fn is_path(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What a secret allows that the settings of a source name, though it is no token: to hand events in by this door.
pub(crate) fn access(app: &App, path: &str, secret: &str) -> Option<Access> {
    if !is_path(path) {
        return None;
    }
    let shown = Hash::of(SECRET_DOMAIN, secret.as_bytes());
    let sources = app.backend.sources();
    let source = sources.all().find(|source| knows(source, shown))?;
    let token = shown.0.first_chunk().copied().map(TokenId);
    let scope = Scope { classes: ClassSet::NONE, filter: String::new() };
    Some(Access { token, name: source.spec.name.clone(), role: Role::Writer, scope })
}

/// Whether one of the secrets of a source, set apart by spaces or commas, is the one that is shown.
fn knows(source: &Source, shown: Hash) -> bool {
    let secrets = source.spec.secret.as_deref().filter(|_| source.spec.door == Door::Hec).unwrap_or_default();
    let mut secrets = secrets.split([' ', ',', '\n']).filter(|secret| !secret.is_empty());
    secrets.any(|secret| Hash::of(SECRET_DOMAIN, secret.as_bytes()) == shown)
}

/// A place among the requests that bring events, and how they are read: by the source of the socket, or that which the
/// token is called after.
pub(super) fn place(app: &App, parts: &Parts) -> Result<(Recipe, OwnedSemaphorePermit), Failure> {
    let name = parts.extensions.get::<Access>().map(|access| access.name.as_str());
    let source = doors::source(app, Door::Hec, access::source_of(&parts.extensions).or(name))?;
    Ok((source.recipe.clone(), app.ingest_place()?))
}

/// The channel that a request names in a header or in its query.
pub(super) fn channel(parts: &Parts) -> Option<String> {
    let header = parts.headers.get("x-splunk-request-channel");
    let header = header.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    header.or_else(|| Params::of_uri(&parts.uri).peek("channel").map(str::to_owned)).filter(|name| !name.is_empty())
}

/// Success, with a receipt for those who named a channel.
pub(super) fn success(app: &App, channel: Option<String>) -> Response {
    said(&Said::success(channel.map(|_| app.next_hec_receipt())))
}

/// `POST /services/collector/event`
async fn events(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match taken(&app, &parts, body).await {
        Ok(Ok(of_event)) => success(&app, channel(&parts).or(of_event)),
        Ok(Err(fault)) => said(&Said::fault(&fault)),
        Err(failure) => refusal(&failure),
    }
}

/// The channel that the events name.
async fn taken(app: &Arc<App>, parts: &Parts, body: Body) -> Result<Result<Option<String>, Fault>, Failure> {
    let (recipe, _place) = match place(app, parts) {
        Ok(place) => place,
        Err(failure) => {
            body::refuse(&parts.headers, body).await;
            return Err(failure);
        }
    };
    let (bytes, _room) = whole_body(app, &parts.headers, body, WHOLE_BODY_BYTES_MAX).await?;
    let reading = tokio::task::spawn_blocking({
        let app = Arc::clone(app);
        move || read(&app, recipe, &bytes)
    });
    let (mut batch, channel, _more_room) =
        match reading.await.map_err(|error| Failure::Internal(error.to_string()))?? {
            Ok(read) => read,
            Err(fault) => {
                app.meter.rejected(1);
                return Ok(Err(fault));
            }
        };
    match deliver(app, &mut batch).await.failure {
        Some(failure) => Err(failure),
        None => Ok(Ok(channel)),
    }
}

type Held = (Batch, Option<String>, Vec<OwnedSemaphorePermit>);

/// Reads all events before any is handed on: with a bad one among them none is.
fn read(app: &App, recipe: Recipe, bytes: &[u8]) -> Result<Result<Held, Fault>, Failure> {
    let (mut writer, mut batch) = (Writer::new(recipe), Batch::new());
    writer.count_bytes(bytes.len());
    let (mut events, mut room, mut held) = (Events::new(bytes), Vec::new(), bytes.len());
    loop {
        match events.next(&mut writer, app.backend.now(), &mut batch) {
            Ok(None) => return Ok(Ok((batch, events.channel().map(str::to_owned), room))),
            Err(fault) => return Ok(Err(fault)),
            Ok(Some(_)) => {}
        }
        let waiting = batch.waiting_bytes();
        if waiting > HEC_BATCH_BYTES_MAX {
            return Err(Failure::TooLarge { limit: HEC_BATCH_BYTES_MAX });
        }
        // What the body itself takes is counted already; events that outgrow it are counted here.
        if waiting > held {
            room.push(app.keyed_room(waiting)?);
            held = 2 * waiting;
        }
    }
}

#[derive(Deserialize)]
struct Asked {
    acks: Vec<u64>,
}

/// `POST /services/collector/ack`
async fn acks(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if channel(&parts).is_none() {
        body::refuse(&parts.headers, body).await;
        return said(&Said::no_channel());
    }
    match whole_body(&app, &parts.headers, body, HEC_ACKS_BYTES_MAX).await {
        Ok((bytes, _room)) => match serde_json::from_slice::<Asked>(&bytes) {
            Ok(asked) => answer::acks(asked.acks.into_iter().map(|number| (number, app.is_hec_receipt(number)))),
            Err(error) => refusal(&Failure::Request(error.to_string())),
        },
        Err(failure) => refusal(&failure),
    }
}

/// `GET /services/collector/health`
async fn health(State(app): State<Arc<App>>, _: Uri) -> Response {
    said(&match app.backend.ready() {
        Ok(()) => Said::healthy(),
        Err(_) => Said::unhealthy(),
    })
}

#[cfg(test)]
mod tests {
    use vigil_ingest::Spec;

    use super::*;

    #[test]
    fn a_source_knows_its_secrets_and_those_of_no_other_door() {
        let source = |door, secret: Option<&str>| {
            let spec = Spec { secret: secret.map(str::to_owned), ..Spec::of("old-agents", door) };
            Source { spec, recipe: Recipe::default() }
        };
        let shows = |source: &Source, secret: &str| knows(source, Hash::of(SECRET_DOMAIN, secret.as_bytes()));
        let agents = source(Door::Hec, Some("one, two"));
        assert!(shows(&agents, "one") && shows(&agents, "two"));
        assert!(!shows(&agents, "one, two") && !shows(&agents, "") && !shows(&agents, "One"));
        assert!(!shows(&source(Door::Forward, Some("one")), "one"));
        assert!(!shows(&source(Door::Hec, None), ""));
    }

    #[test]
    fn only_paths_of_this_door_are_of_it() {
        assert!(is_path("/services/collector") && is_path("/services/collector/event/1.0"));
        assert!(!is_path("/services/collectors") && !is_path("/v1/services/collector"));
    }
}
