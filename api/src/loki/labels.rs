//! `labels`: which labels the streams have.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use vigil_model::roles;
use vigil_query::Pipe;

use super::args::Args;
use super::refused::Refused;
use super::{envelope, fields};
use crate::app::App;
use crate::discover;
use vigil_query::logql::label_of;

/// Answers their names.
pub(super) async fn labels(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    let range = args.range()?;
    let query = args.selection(range).await?.query([Pipe::FieldNames])?;
    let rows = args.whole(query).await?.rows;
    let names = rows.iter().map(|row| discover::text(row, "name"));
    let mut labels: BTreeSet<String> =
        names.filter(|name| roles::LABELS.contains(&name.as_str())).map(|name| label_of(&name)).collect();
    if !rows.is_empty() {
        labels.insert(fields::SERVICE.to_owned());
    }
    Ok(envelope::plain(labels))
}
