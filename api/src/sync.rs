//! `POST /v1/sync`: waits until this node is in step with the others, or says what is missing.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use vigil_model::limits::WAIT_SECONDS_MAX;

use crate::app::App;
use crate::failure::Failure;
use crate::params::Params;
use crate::{Missing, reply};

/// How long to wait when nobody says how long.
const PATIENCE: Duration = Duration::from_secs(30);

/// What it answers.
#[derive(Serialize)]
struct Synced {
    in_step: bool,
    missing: Vec<Missing>,
}

/// Starts a round with everyone, or with one peer.
pub(crate) async fn sync(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let mut params = Params::of_uri(request.uri());
    let peer = params.take("peer")?.filter(|peer| !peer.is_empty());
    let patience = patience(&mut params)?.unwrap_or(PATIENCE);
    params.finish(&["peer", "timeout"])?;
    let missing = app.backend.sync(peer, patience).await?;
    Ok(reply::json(StatusCode::OK, &Synced { in_step: missing.is_empty(), missing }))
}

/// `timeout=`: seconds, or with a unit: `10`, `1.5s`, `500ms`, `2m`.
pub(crate) fn patience(params: &mut Params) -> Result<Option<Duration>, Failure> {
    let Some(text) = params.take("timeout")?.filter(|text| !text.is_empty()) else { return Ok(None) };
    let seconds = text.parse::<f64>().ok().or_else(|| duration(&text));
    let good = seconds.filter(|seconds| (0.0..=WAIT_SECONDS_MAX as f64).contains(seconds));
    let why = || format!("`{text}` is not a time of at most {WAIT_SECONDS_MAX} seconds, such as 10s or 500ms");
    good.map(|seconds| Some(Duration::from_secs_f64(seconds))).ok_or_else(|| Failure::parameter("timeout", why()))
}

fn duration(text: &str) -> Option<f64> {
    match vigil_query::Number::duration(text)? {
        vigil_query::Number::Int(nanos) => Some(nanos as f64 / 1e9),
        vigil_query::Number::Float(nanos) => Some(nanos / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_to_wait_has_an_end() {
        let read = |text: &str| patience(&mut Params::of_form(format!("timeout={text}").as_bytes()));
        for (text, millis) in
            [("0", 0), ("10", 10_000), ("1.5", 1_500), ("500ms", 500), ("2m", 120_000), ("600", 600_000)]
        {
            assert_eq!(read(text), Ok(Some(Duration::from_millis(millis))), "{text}");
        }
        assert_eq!(read(""), Ok(None));
        for wrong in ["-1", "601", "11m", "soon", "NaN", "inf"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
