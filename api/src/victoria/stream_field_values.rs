//! `/select/logsql/stream_field_values`: which values a label has.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::args::Args;
use super::names;
use super::refused::Refused;
use crate::app::App;

/// Answers the values of a label and how many events have each; a field that is no label has none.
pub(super) async fn stream_field_values(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    let limit = args.limit()?;
    let field = args.needed("field")?;
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for (labels, hits) in names::streams(&args).await? {
        let values = labels.iter().filter(|(name, _)| *name == field);
        values.for_each(|(_, value)| *counts.entry(value.to_owned()).or_default() += hits);
    }
    Ok(names::respond(counts, limit))
}
