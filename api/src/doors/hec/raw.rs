//! `POST /services/collector/raw`: lines, or whatever the source's format says, of which the query string says the rest.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use vigil_ingest::Recipe;
use vigil_model::Timestamp;
use vigil_model::limits::{FIELD_NAME_BYTES_MAX, REQUEST_BYTES_MAX};

use super::super::stream;
use super::{channel, place, refusal, success};
use crate::app::App;
use crate::body;
use crate::failure::Failure;
use crate::params::Params;

/// Takes lines in.
pub(super) async fn raw(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match taken(&app, &parts, body).await {
        Ok(()) => success(&app, channel(&parts)),
        Err(failure) => refusal(&failure),
    }
}

async fn taken(app: &App, parts: &Parts, body: Body) -> Result<(), Failure> {
    let placed = place(app, parts).and_then(|(recipe, place)| Ok((described(recipe, parts)?, place)));
    let ((recipe, time), _place) = match placed {
        Ok(placed) => placed,
        Err(failure) => {
            body::refuse(&parts.headers, body).await;
            return Err(failure);
        }
    };
    let streamed = stream::Stream { recipe, limit: REQUEST_BYTES_MAX, time, insists: false };
    let events = streamed.take(app, &parts.headers, body).await?;
    if events == 0 { Err(Failure::NoEvents) } else { Ok(()) }
}

/// How the lines are read, and the time of those that name none.
fn described(recipe: Recipe, parts: &Parts) -> Result<(Recipe, Option<Timestamp>), Failure> {
    let mut params = Params::of_uri(&parts.uri);
    let mut named = |name: &str| match params.take(name)?.filter(|value| !value.is_empty()) {
        Some(value) if value.len() > FIELD_NAME_BYTES_MAX => {
            Err(Failure::parameter(name, format!("is longer than {FIELD_NAME_BYTES_MAX} bytes")))
        }
        value => Ok(value),
    };
    let source = named("source")?.or(recipe.source.clone());
    let mut labels = recipe.labels.clone();
    for (name, field) in [("host", "host.name"), ("sourcetype", "sourcetype"), ("index", "index")] {
        labels.extend(named(name)?.map(|value| (field.to_owned(), value)));
    }
    let time = match named("time")? {
        None => None,
        Some(text) => Some(
            vigil_ingest::protocols::hec::time(&text)
                .ok_or_else(|| Failure::parameter("time", "is no number of seconds since 1970"))?,
        ),
    };
    Ok((Recipe { source, labels, ..recipe }, time))
}
