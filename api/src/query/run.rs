//! How a question is put to the node: within a time, and page by page where an answer has many rows.

use std::time::Duration;

use tokio::time::Instant;
use vigil_index::{Cursor, Row};
use vigil_model::Timestamp;
use vigil_model::limits::{ANSWER_ROWS_MAX, GROUPS_MAX};
use vigil_query::PermittedQuery;

use crate::app::App;
use crate::failure::Failure;
use crate::{QueryAnswer, QueryRequest};

/// Until when an answer may take, and how long that was at first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    at: Instant,
    patience: Duration,
}

impl Deadline {
    /// So long from now.
    pub(crate) fn within(patience: Duration) -> Deadline {
        Deadline { at: Instant::now() + patience, patience }
    }
}

/// Asks; what takes longer is cancelled.
pub(crate) async fn run(app: &App, request: QueryRequest, deadline: Deadline) -> Result<QueryAnswer, Failure> {
    match tokio::time::timeout_at(deadline.at, app.backend.query(request)).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Failure::QueryTimeout(deadline.patience)),
    }
}

/// All rows of an answer, of which there are few: groups. More than [`GROUPS_MAX`] are not asked for.
pub(crate) async fn run_whole(
    app: &App,
    question: PermittedQuery,
    asked: Timestamp,
    deadline: Deadline,
) -> Result<QueryAnswer, Failure> {
    let mut pager = Pager::new(question, asked, None);
    let mut whole = pager.next(app, deadline).await?.expect("there is a first page");
    while whole.answer.rows.len() < GROUPS_MAX {
        let Some(page) = pager.next(app, deadline).await? else { return Ok(whole) };
        add(&mut whole, page);
    }
    if pager.cursor.is_some() {
        whole.answer.complete = false;
        whole.answer.partial_reason.get_or_insert_with(|| format!("more than {GROUPS_MAX} rows"));
    }
    Ok(whole)
}

fn add(whole: &mut QueryAnswer, page: QueryAnswer) {
    let (whole, page) = (&mut whole.answer, page.answer);
    whole.rows.extend(page.rows);
    whole.complete &= page.complete;
    whole.partial_reason = whole.partial_reason.take().or(page.partial_reason);
    whole.problem_count += page.problem_count;
    if whole.problems.is_empty() {
        whole.problems = page.problems;
    }
    whole.stats.add(&page.stats);
    whole.cursor = page.cursor;
}

/// Asks page after page, as long as there are rows.
pub(crate) struct Pager {
    question: PermittedQuery,
    asked: Timestamp,
    /// Rows that are still wanted; `None` for all.
    wanted: Option<u64>,
    cursor: Option<Cursor>,
    done: bool,
}

impl Pager {
    /// Before the first page.
    pub(crate) fn new(question: PermittedQuery, asked: Timestamp, wanted: Option<u64>) -> Pager {
        Pager { question, asked, wanted, cursor: None, done: false }
    }

    /// The next page; `None` when there is none.
    pub(crate) async fn next(&mut self, app: &App, deadline: Deadline) -> Result<Option<QueryAnswer>, Failure> {
        if self.done {
            return Ok(None);
        }
        let most = ANSWER_ROWS_MAX as u64;
        let limit = self.wanted.map_or(most, |wanted| wanted.min(most));
        let request = QueryRequest {
            question: self.question.clone(),
            limit: usize::try_from(limit).expect("at most a page of rows"),
            asked: self.asked,
            cursor: self.cursor.take(),
        };
        let page = run(app, request, deadline).await?;
        self.turn(&page.answer.rows, page.answer.cursor.clone());
        Ok(Some(page))
    }

    fn turn(&mut self, rows: &[Row], cursor: Option<Cursor>) {
        self.wanted = self.wanted.map(|wanted| wanted.saturating_sub(rows.len() as u64));
        self.done = cursor.is_none() || self.wanted == Some(0);
        self.cursor = cursor;
    }
}
