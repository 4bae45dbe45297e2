//! `index/volume`: how many bytes of lines there are of each stream, or of each value of labels.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use vigil_index::Row;
use vigil_model::limits::LOKI_ENTRIES_MAX;
use vigil_query::{Function, GroupKey, TimeRange};

use super::args::{Answered, Args, Selection};
use super::envelope::{LabelSet, Sample, result};
use super::groups::{self, Size};
use super::refused::Refused;
use super::{fields, time};
use crate::app::App;
use crate::failure::Failure;

/// Series where nobody says how many.
const LIMIT: usize = 100;

/// What is asked for beside the events.
pub(super) struct Asked {
    selection: Selection,
    pub(super) range: TimeRange,
    labels: BTreeSet<String>,
    /// By the names of labels alone.
    by_name: bool,
    pub(super) limit: usize,
}

/// Answers a vector, the largest first.
pub(super) async fn volume(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    let asked = Asked::read(&mut args).await?;
    let answered = asked.answer(&args, None).await?;
    let mut bytes: BTreeMap<LabelSet, u64> = BTreeMap::new();
    for row in &answered.rows {
        let size = Size::of(row).bytes;
        asked.series(row).into_iter().for_each(|labels| *bytes.entry(labels).or_default() += size);
    }
    let mut bytes: Vec<(LabelSet, u64)> = bytes.into_iter().collect();
    // Those that are as large stay in the order of their labels.
    bytes.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    bytes.truncate(asked.limit);
    let at = time::seconds(asked.range.to.0);
    let sample = |(metric, bytes): (LabelSet, u64)| Sample { metric, value: (at.clone(), bytes.to_string()) };
    Ok(result("vector", bytes.into_iter().map(sample).collect::<Vec<Sample>>(), answered.warnings))
}

impl Asked {
    /// Reads `query`, the times, `targetLabels`, `aggregateBy` and `limit`.
    pub(super) async fn read(args: &mut Args) -> Result<Asked, Failure> {
        let range = args.range()?;
        let named = args.params.take("targetLabels")?.unwrap_or_default();
        let selection = args.selection_and(range, &named).await?;
        let by_name = match args.params.take("aggregateBy")?.unwrap_or_default().as_str() {
            "" | "series" => false,
            "labels" => true,
            other => {
                return Err(Failure::parameter("aggregateBy", format!("`{other}` is not series or labels")));
            }
        };
        let limit = args.params.read::<usize>("limit")?.filter(|limit| *limit > 0).unwrap_or(LIMIT);
        if limit > LOKI_ENTRIES_MAX {
            return Err(Failure::parameter("limit", format!("must be at most {LOKI_ENTRIES_MAX}")));
        }
        let labels = labels(&named, &selection, by_name);
        Ok(Asked { selection, range, labels, by_name, limit })
    }

    /// Groups of events, in buckets of time if wanted.
    pub(super) async fn answer(&self, args: &Args, bucket: Option<GroupKey>) -> Result<Answered, Failure> {
        let by = bucket
            .into_iter()
            .chain(fields::columns(&self.selection.labels, self.labels.iter().map(String::as_str)))
            .collect();
        args.whole(self.selection.query([groups::counted(by, [Function::SumLen])])?).await
    }

    /// The series that the events of a group are of.
    pub(super) fn series(&self, row: &Row) -> Vec<LabelSet> {
        let value = |label: &String| Some((label.clone(), fields::value(&self.selection.labels, row, label)?));
        let labels: LabelSet = self.labels.iter().filter_map(value).collect();
        match self.by_name {
            true => labels.into_keys().map(|name| LabelSet::from([(name, String::new())])).collect(),
            false if labels.is_empty() => Vec::new(),
            false => vec![labels],
        }
    }
}

/// Those that are named; else those of the selector; else those of streams.
fn labels(named: &str, selection: &Selection, by_name: bool) -> BTreeSet<String> {
    let named: BTreeSet<String> =
        named.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if !named.is_empty() {
        return named;
    }
    let selected: BTreeSet<String> = selection.log.matchers.iter().map(|matcher| matcher.label.clone()).collect();
    if selected.is_empty() || by_name { fields::stream_names() } else { selected }
}
