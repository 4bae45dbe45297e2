//! What the endpoints have in common: who asks, what is left to read, and how a question is put.

use std::sync::Arc;

use axum::extract::Request;
use vigil_index::Row;
use vigil_model::limits::QUERY_BYTES_MAX;
use vigil_model::{Class, Timestamp};
use vigil_query::logql::{self, Expression, LogPlan, LogQuery, MetricError};
use vigil_query::{Permission, PermittedQuery, Pipe, Query, TimeRange};

use super::{fields, time};
use crate::app::App;
use crate::failure::Failure;

use crate::params::Params;
use crate::query::{Deadline, fault, run_whole};
use crate::{QueryAnswer, access, query};

/// A request of which the parameters are not read yet.
pub(super) struct Args {
    pub(super) app: Arc<App>,
    pub(super) params: Params,
    pub(super) now: Timestamp,
    pub(super) deadline: Deadline,
    permission: Permission,
}

/// Rows and what they may be missing.
pub(super) struct Answered {
    pub(super) rows: Vec<Row>,
    pub(super) warnings: Vec<String>,
}

impl Args {
    /// Reads query string and form.
    pub(super) async fn read(app: Arc<App>, request: Request) -> Result<Args, Failure> {
        let now = app.backend.now();
        let permission = access::permission(access::of(&request), now)?;
        let params = query::params(&app, request).await?;
        Ok(Args::of(app, params, permission, now))
    }

    /// Of parameters that were read.
    pub(super) fn of(app: Arc<App>, params: Params, permission: Permission, now: Timestamp) -> Args {
        let deadline = Deadline::within(app.options.query_patience);
        Args { app, params, now, deadline, permission }
    }

    /// `start`, `end` and `since`.
    pub(super) fn range(&mut self) -> Result<TimeRange, Failure> {
        time::range(&mut self.params, self.now)
    }

    /// `query`, which must be there, and what it says.
    pub(super) fn expression(&mut self) -> Result<(String, Expression), Failure> {
        let text = self.params.take("query")?.filter(|text| !text.trim().is_empty());
        let text = text.ok_or_else(|| Failure::parameter("query", "is missing; `query={}` asks for everything"))?;
        let expression = read(&text)?;
        Ok((text, expression))
    }

    /// `query` where it selects lines; all of them where it is missing or empty.
    pub(super) async fn selection(&mut self, time: TimeRange) -> Result<Selection, Failure> {
        self.selection_and(time, "").await
    }

    /// The same, where more labels than those of the query matter.
    pub(super) async fn selection_and(&mut self, time: TimeRange, labels: &str) -> Result<Selection, Failure> {
        let text = self.params.take("query")?.unwrap_or_default();
        Selection::read(self, &text, time, labels).await
    }

    /// The question for the one who asks.
    pub(super) fn question(&self, query: Query) -> Result<PermittedQuery, Failure> {
        Ok(self.permission.allow(query, Class::Logs)?)
    }

    /// All rows that a query makes, of which there are few.
    pub(super) async fn whole(&self, query: Query) -> Result<Answered, Failure> {
        let answer = run_whole(&self.app, self.question(query)?, self.now, self.deadline).await?;
        Ok(Answered { warnings: warnings(&answer), rows: answer.answer.rows })
    }
}

/// Lines that are selected, and what is made of them.
pub(super) struct Selection {
    pub(super) text: String,
    pub(super) log: LogQuery,
    pub(super) labels: logql::Labels,
    pub(super) time: TimeRange,
}

impl Selection {
    /// Reads a query of lines of a time; an empty text selects everything.
    pub(super) async fn read(args: &Args, text: &str, time: TimeRange, labels: &str) -> Result<Selection, Failure> {
        let log = if text.trim().is_empty() {
            LogQuery { matchers: Vec::new(), stages: Vec::new() }
        } else {
            Selection::log(text)?
        };
        let labels = fields::known(args, &format!("{text} {labels}"), time).await?;
        Ok(Selection { text: text.to_owned(), log, labels, time })
    }

    fn log(text: &str) -> Result<LogQuery, Failure> {
        match read(text)? {
            Expression::Log(log) => Ok(log),
            Expression::Metric(_) => {
                let why = "makes numbers, and this is about lines; write a selector such as {app=\"api\"}";
                Err(Failure::parameter("query", why))
            }
        }
    }

    /// How it is run.
    pub(super) fn plan(&self) -> Result<LogPlan, Failure> {
        logql::translate(&self.log, self.time, &self.labels).map_err(|error| fault(error, &self.text))
    }

    /// The query with these pipes behind it.
    pub(super) fn query(&self, pipes: impl IntoIterator<Item = Pipe>) -> Result<Query, Failure> {
        let mut query = self.plan()?.query;
        query.pipes.extend(pipes);
        Ok(query)
    }
}

/// Reads LogQL; the fault, if any, is drawn under the text.
pub(super) fn read(text: &str) -> Result<Expression, Failure> {
    if text.len() > QUERY_BYTES_MAX {
        return Err(Failure::parameter("query", format!("is longer than {QUERY_BYTES_MAX} bytes")));
    }
    logql::parse(text).map_err(|error| fault(error, text))
}

/// Why a metric has no answer.
pub(super) fn metric_failure(error: MetricError, text: &str) -> Failure {
    match error {
        MetricError::Query(error) => fault(error, text),
        other => Failure::Query(other.to_string()),
    }
}

/// What people should know about an answer.
pub(super) fn warnings(answer: &QueryAnswer) -> Vec<String> {
    let mut warnings: Vec<String> = answer.answer.partial_reason.iter().cloned().collect();
    if !answer.missing.is_empty() {
        let nodes: Vec<&str> = answer.missing.iter().map(|missing| missing.node.as_str()).collect();
        warnings.push(format!("events of these nodes may be missing: {}", nodes.join(", ")));
    }
    if !answer.answer.complete && warnings.is_empty() {
        let first = answer.answer.problems.first();
        warnings.push(first.cloned().unwrap_or_else(|| "the answer is not complete".to_owned()));
    }
    warnings
}
