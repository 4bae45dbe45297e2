//! How the queries inside of a query are asked first, and what becomes of their answers.
//!
//! Queries in filters (`in(…)` and its like) become values: the texts of their first column. Those of `join` and
//! `union` become tables. Each is put by the same asker and of the same class as the query around it. On the later
//! pages of an answer they are asked anew, and may answer otherwise when events have come in since.

use std::sync::Arc;

use vigil_model::limits::{SUBQUERIES_MAX, SUBQUERY_DEPTH_MAX, SUBQUERY_ROWS_MAX};
use vigil_query::{PermittedQuery, Pipe, Query};

use crate::execute::run;
use crate::{Answer, Options, OwnedValue, QueryError, QueryStats, Row, Sources};

/// A question without open questions inside.
#[derive(Clone, Debug)]
pub struct Resolved {
    question: PermittedQuery,
    /// Rows for each `join` and `union` among its pipes, in order.
    tables: Vec<Arc<Vec<Row>>>,
    /// Why the answer cannot be complete: an answer inside was not.
    partial_reason: Option<String>,
    /// What the queries inside cost.
    stats: QueryStats,
}

impl Resolved {
    /// Asks the queries inside of `question` one after another, by [`execute`](crate::execute).
    pub(crate) fn serially(
        question: &PermittedQuery,
        options: &Options,
        sources: Sources<'_>,
        stop: &dyn Fn() -> bool,
    ) -> Result<Resolved, QueryError> {
        resolve(question, &mut |inner, limit| run(inner, &options.nested(inner.question(), limit), sources, stop))
    }

    /// The question, with values in the place of queries in its filters.
    pub fn question(&self) -> &PermittedQuery {
        &self.question
    }

    pub(crate) fn tables(&self) -> &[Arc<Vec<Row>>] {
        &self.tables
    }

    pub(crate) fn stats(&self) -> &QueryStats {
        &self.stats
    }

    pub(crate) fn partial_reason(&self) -> Option<&String> {
        self.partial_reason.as_ref()
    }
}

/// Asks every query inside of `question`, the innermost first. `run` answers one that has no more queries inside, with
/// at most so many rows, from the first one on; an error of it ends all.
pub fn resolve(
    question: &PermittedQuery,
    run: &mut dyn FnMut(&Resolved, usize) -> Result<Answer, QueryError>,
) -> Result<Resolved, QueryError> {
    Resolver { run, asked: 0 }.resolve(question, 0)
}

struct Resolver<'r> {
    run: &'r mut dyn FnMut(&Resolved, usize) -> Result<Answer, QueryError>,
    asked: usize,
}

/// What the answers to queries inside of one query mean for it.
#[derive(Default)]
struct Told {
    partial_reason: Option<String>,
    stats: QueryStats,
}

impl Resolver<'_> {
    fn resolve(&mut self, question: &PermittedQuery, depth: usize) -> Result<Resolved, QueryError> {
        let mut told = Told::default();
        let (mut filled, mut tables) = (question.clone(), Vec::new());
        if question.query().has_subqueries() {
            filled = question.filled::<QueryError>(&mut |query| {
                let rows = self.ask(question, query, depth, &mut told)?;
                Ok(rows.iter().filter_map(first_text).collect())
            })?;
            for query in question.query().pipes.iter().filter_map(inner) {
                tables.push(Arc::new(self.ask(question, query, depth, &mut told)?));
            }
        }
        Ok(Resolved { question: filled, tables, partial_reason: told.partial_reason, stats: told.stats })
    }

    /// The rows of a query that stands in `outer`.
    fn ask(
        &mut self,
        outer: &PermittedQuery,
        query: &Query,
        depth: usize,
        told: &mut Told,
    ) -> Result<Vec<Row>, QueryError> {
        self.asked += 1;
        if depth >= SUBQUERY_DEPTH_MAX || self.asked > SUBQUERIES_MAX {
            return Err(QueryError::Subqueries);
        }
        let resolved = self.resolve(&outer.nested(query.clone()), depth + 1)?;
        let answer = (self.run)(&resolved, SUBQUERY_ROWS_MAX)?;
        if answer.complete && answer.cursor.is_some() {
            return Err(QueryError::SubqueryRows);
        }
        told.stats.add(&answer.stats);
        if !answer.complete {
            let why = answer.partial_reason.unwrap_or_else(|| "some of it could not be read".to_owned());
            told.partial_reason.get_or_insert(format!("a query inside of this one has no complete answer: {why}"));
        }
        Ok(answer.rows)
    }
}

/// The query of a pipe that brings in rows.
pub(crate) fn inner(pipe: &Pipe) -> Option<&Query> {
    match pipe {
        Pipe::Join(join) => Some(&join.query),
        Pipe::Union(query) => Some(query),
        _ => None,
    }
}

/// The text of the first column of a row; nothing where it holds nothing.
fn first_text(row: &Row) -> Option<String> {
    let (_, value) = row.columns().next()?;
    (*value != OwnedValue::Null).then(|| value.to_string())
}
