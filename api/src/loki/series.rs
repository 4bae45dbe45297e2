//! `series`: which streams there are.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use vigil_model::limits::EXTRA_FILTERS_MAX;

use super::args::{Args, Selection};
use super::envelope::LabelSet;
use super::refused::Refused;
use super::{envelope, groups};
use crate::app::App;
use crate::failure::Failure;

/// Answers the labels of each stream that one of the selectors finds; all where there is none.
pub(super) async fn series(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    let range = args.range()?;
    // Grafana says `match[]`, logcli `match`.
    let mut selectors = args.params.take_all("match[]");
    selectors.extend(args.params.take_all("match"));
    if selectors.len() > EXTRA_FILTERS_MAX {
        return Err(Failure::parameter("match", format!("is given more than {EXTRA_FILTERS_MAX} times")).into());
    }
    if selectors.is_empty() {
        selectors.push(String::new());
    }
    let mut series: BTreeSet<LabelSet> = BTreeSet::new();
    for selector in &selectors {
        let selection = Selection::read(&args, selector, range, "").await?;
        series.extend(groups::streams(&args, &selection).await?.into_keys());
    }
    Ok(envelope::plain(series))
}
