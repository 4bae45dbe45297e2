//! `label/{name}/values`: which values a label has.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;

use super::args::Args;
use super::refused::Refused;
use super::{envelope, fields, groups};
use crate::app::App;

/// Answers the values, of any field that the label may be.
pub(super) async fn label_values(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    let range = args.range()?;
    let selection = args.selection_and(range, &name).await?;
    let pipe = groups::counted(fields::columns(&selection.labels, [name.as_str()]), []);
    let query = selection.query([pipe])?;
    let rows = args.whole(query).await?.rows;
    let values: BTreeSet<String> = rows.iter().filter_map(|row| fields::value(&selection.labels, row, &name)).collect();
    Ok(envelope::plain(values))
}
