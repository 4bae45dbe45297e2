//! What a log pipeline means as a filter and pipes.

mod labels;
mod level;
mod line;
mod pipeline;
mod regex;
mod rename;
mod template;
mod test;

use super::ast::{LogQuery, Stage};
use crate::{ParseError, Query, TimeRange};

pub use labels::{Labels, label_of};
pub use level::level_of;
pub(super) use pipeline::{Pipeline, extracted_names, shown_names};
pub(super) use rename::gathered;

/// The label that says of which service an event is.
pub(super) const SERVICE_LABEL: &str = "service_name";
/// Its value where an event does not say.
pub const UNKNOWN_SERVICE: &str = "unknown_service";

/// A log query, ready to run.
#[derive(Clone, Debug, PartialEq)]
pub struct LogPlan {
    /// Finds the events and does what pipes can.
    pub query: Query,
    /// What is left to do with each row, by [`Entry::apply`](super::Entry::apply), in order. Mostly empty.
    pub rest: Vec<Stage>,
}

/// Translates a log query about events of `time`.
///
/// The error marks a stage that cannot be run where it stands.
pub fn translate(query: &LogQuery, time: TimeRange, labels: &Labels) -> Result<LogPlan, ParseError> {
    let mut pipeline = Pipeline::new(query, labels);
    for (n, stage) in query.stages.iter().enumerate() {
        if !pipeline.push(stage)? {
            let rest = query.stages[n..].to_vec();
            rest.iter().try_for_each(super::entry::check)?;
            return Ok(LogPlan { query: pipeline.query(time), rest });
        }
    }
    Ok(LogPlan { query: pipeline.query(time), rest: Vec::new() })
}
