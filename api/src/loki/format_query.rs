//! `format_query`: a query as it is usually written.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use vigil_query::logql::Expression;

use super::args::Args;
use super::envelope;
use super::refused::Refused;
use crate::app::App;
use crate::reply;

#[derive(Serialize)]
struct Invalid {
    status: &'static str,
    error: String,
}

/// Answers a text; what cannot be read is said in JSON here.
pub(super) async fn format_query(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    match args.expression() {
        Ok((_, expression)) => Ok(envelope::plain(written(&expression))),
        Err(failure) if failure.is_bad_request() => {
            let invalid = Invalid { status: "invalid-query", error: failure.plain() };
            Ok(reply::json(StatusCode::BAD_REQUEST, &invalid))
        }
        Err(failure) => Ok(Refused(failure).into_response()),
    }
}

fn written(expression: &Expression) -> String {
    expression.to_string()
}
