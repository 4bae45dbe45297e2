//! What there is to ask for: which fields, which values of one, and how many events when.

mod fields;
mod histogram;
mod hits;
mod step;
mod values;

use std::sync::Arc;
use std::time::Instant;

use axum::extract::Request;
use vigil_index::{OwnedValue, Row};
use vigil_model::limits::ANSWER_ROWS_MAX;
use vigil_query::{Pipe, SortKey};

use crate::app::App;
use crate::failure::Failure;
use crate::params::Params;
use crate::query::{Ask, Deadline, Envelope, run};
use crate::{QueryRequest, access, query};

pub(crate) use fields::fields;
pub(crate) use histogram::{HITS, Histogram, Series, pipe};
pub(crate) use hits::hits;
pub(crate) use step::{read_distance, read_step};
pub(crate) use values::values;

/// A request for an overview: the question, and the other parameters.
struct Overview {
    app: Arc<App>,
    ask: Ask,
    params: Params,
    began: Instant,
    deadline: Deadline,
}

impl Overview {
    /// Reads what all overviews have in common; without `q` they are of all events.
    async fn read(app: Arc<App>, request: Request) -> Result<Overview, Failure> {
        let (began, now) = (Instant::now(), app.backend.now());
        let permission = access::permission(access::of(&request), now)?;
        let mut params = query::params(&app, request).await?;
        let ask = Ask::read(&app, &mut params, permission, now, Some("*"))?;
        let deadline = Deadline::within(ask.patience);
        Ok(Overview { app, ask, params, began, deadline })
    }

    /// `limit=`; one more is asked for, to know whether there are more.
    fn limit(&mut self, default: usize) -> Result<usize, Failure> {
        let limit = query::limit(&mut self.params, default)?;
        match limit < ANSWER_ROWS_MAX {
            true => Ok(limit),
            false => Err(Failure::parameter("limit", format!("must be below {ANSWER_ROWS_MAX}"))),
        }
    }

    /// Up to `limit` rows of what the pipes make of the events, and whether there are more.
    async fn list(&self, pipes: Vec<Pipe>, limit: usize) -> Result<(Vec<Row>, bool, Envelope), Failure> {
        let question = self.ask.question(pipes)?;
        let request = QueryRequest { question, limit: limit + 1, asked: self.ask.asked, cursor: None };
        let answer = run(&self.app, request, self.deadline).await?;
        let (envelope, mut rows, _) = Envelope::of(answer, self.began.elapsed());
        let more = rows.len() > limit;
        rows.truncate(limit);
        Ok((rows, more, envelope))
    }
}

/// The most frequent first, then by name.
fn most_frequent_first(name: &str) -> Pipe {
    let key = |field: &str, descending| SortKey { field: field.to_owned(), descending };
    Pipe::Sort(vec![key(HITS, true), key(name, false)])
}

/// The text of a column; nothing where it is missing.
pub(crate) fn text(row: &Row, column: &str) -> String {
    row.get(column).map(ToString::to_string).unwrap_or_default()
}

/// The count in a column; 0 where there is none.
pub(crate) fn count(row: &Row, column: &str) -> u64 {
    match row.get(column) {
        Some(OwnedValue::Int(count)) => u64::try_from(*count).unwrap_or(0),
        Some(OwnedValue::Float(count)) => *count as u64,
        Some(OwnedValue::Str(text)) => text.parse().unwrap_or(0),
        _ => 0,
    }
}
