//! How rows of a log query become entries: what its last stages do, and which labels are of which kind.

use vigil_index::Row;
use vigil_query::logql::{LogPlan, LogQuery, Stage, StageKind};
use vigil_query::{Format, Pipe, Query};

use super::entry::Entry;
use super::fields::{LEVEL, SERVICE};

/// A column without a value: those behind it came out of the line.
pub(super) const PARSED: &str = "__parsed__";

/// What is done with each row.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    rest: Vec<Stage>,
    /// Labels are told by category.
    pub(super) categorize: bool,
    /// Labels that every event has, unless the query drops them.
    pub(super) given: Vec<&'static str>,
}

impl Shape {
    /// The query to run, and what to do with its rows.
    pub(super) fn of(plan: LogPlan, log: &LogQuery, categorize: bool) -> (Query, Shape) {
        let mut query = plan.query;
        if !query.pipes.is_empty() {
            query.pipes.insert(0, mark(PARSED));
        }
        let given = [SERVICE, LEVEL].into_iter().filter(|label| !drops(log, label)).collect();
        (query, Shape { rest: plan.rest, categorize, given })
    }

    /// Whether some rows may be left out.
    pub(super) fn filters(&self) -> bool {
        self.rest.iter().any(|stage| matches!(stage.kind, StageKind::Line(_) | StageKind::Label(_)))
    }

    /// The entry that a row is; `None` where it does not pass the last stages.
    pub(super) fn entry(&self, row: &Row) -> Option<Entry> {
        let entry = Entry::of(row, &self.given)?;
        if self.rest.is_empty() { Some(entry) } else { entry.staged(&self.rest) }
    }
}

/// A pipe that adds an empty column, behind which later ones stand.
pub(super) fn mark(name: &str) -> Pipe {
    Pipe::Format(Format { template: String::new(), into: Some(name.to_owned()), keep_original: false, only_if: None })
}

fn drops(log: &LogQuery, label: &str) -> bool {
    log.stages.iter().any(|stage| match &stage.kind {
        StageKind::Drop(picks) => picks.iter().any(|pick| pick.test.is_none() && pick.label == label),
        _ => false,
    })
}
