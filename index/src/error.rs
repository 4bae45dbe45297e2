//! Why a query has no answer at all.

use vigil_model::limits::{SUBQUERIES_MAX, SUBQUERY_DEPTH_MAX, SUBQUERY_ROWS_MAX};

use crate::SourceError;

/// Why a query has no answer. What is only missing in part is said by the answer itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// Not a cursor, or damaged on the way.
    #[error("the cursor is damaged; take it unchanged from the answer before, or ask again without it")]
    CursorMalformed,
    /// Another node gave it.
    #[error("the cursor is of node {0}; ask that node, or ask here again without it")]
    CursorOtherNode(String),
    /// It continues another question.
    #[error("the cursor continues another query; send the same query, class and times, or ask again without it")]
    CursorOtherQuery,
    /// What it points at is no longer here.
    #[error("the cursor points into a log that is no longer here; ask again without it")]
    CursorGone,
    /// Too many queries inside of one another.
    #[error(
        "a query may hold {SUBQUERIES_MAX} others, {SUBQUERY_DEPTH_MAX} of them inside of one another; ask some of them \
         first and write the values out: `in(a, b)`"
    )]
    Subqueries,
    /// A query inside of another gives too many rows.
    #[error(
        "a query inside of this one gives more than {SUBQUERY_ROWS_MAX} rows; narrow it, or let it end with \
         `uniq` or `limit`"
    )]
    SubqueryRows,
    /// The index could not be read.
    #[error("the index cannot be read: {0}")]
    Index(#[from] SourceError),
}

impl QueryError {
    /// Whether the question was fine once: the answer is HTTP 410, not 400.
    pub fn is_gone(&self) -> bool {
        matches!(self, QueryError::CursorOtherNode(_) | QueryError::CursorGone)
    }
}
