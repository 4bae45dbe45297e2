//! How lines are read: page by page, until there are as many as are wanted.

use axum::http::HeaderMap;
use vigil_model::limits::ROWS_HELD_MAX;
use vigil_query::{Pipe, Query, SortKey, TIME_FIELD};

use super::args::{Args, Selection, warnings};
use super::entry::Entry;
use super::page::{self, Page, Stream};
use super::shape::Shape;
use crate::failure::Failure;
use crate::query::Pager;

/// Whether a client asks for labels by category.
pub(super) fn categorize(headers: &HeaderMap) -> bool {
    let wishes = headers.get_all("x-loki-response-encoding-flags").iter().filter_map(|value| value.to_str().ok());
    wishes.flat_map(|wishes| wishes.split(',')).any(|wish| wish.trim() == "categorize-labels")
}

/// The streams that a page of lines is of, and what people should know about them.
pub(super) async fn read(
    args: &Args,
    selection: &Selection,
    page: Page,
) -> Result<(Vec<Stream>, Vec<String>), Failure> {
    let (query, shape) = Shape::of(selection.plan()?, &selection.log, page.categorize);
    let (entries, warnings) = entries(args, query, &shape, page).await?;
    Ok((page::streams(entries, page), warnings))
}

async fn entries(
    args: &Args,
    mut query: Query,
    shape: &Shape,
    page: Page,
) -> Result<(Vec<Entry>, Vec<String>), Failure> {
    // Where rows are left out at the end, nobody knows how many are needed.
    let wanted = (!shape.filters()).then_some(page.limit as u64);
    if page.forward {
        query.pipes.push(Pipe::Sort(vec![SortKey { field: TIME_FIELD.to_owned(), descending: false }]));
        query.pipes.extend(wanted.map(Pipe::Limit));
    }
    let mut pager = Pager::new(args.question(query)?, args.now, wanted);
    let (mut entries, mut notes, mut seen) = (Vec::new(), Vec::new(), 0);
    while entries.len() < page.limit && seen < ROWS_HELD_MAX {
        let Some(answer) = pager.next(&args.app, args.deadline).await? else { return Ok((entries, notes)) };
        seen += answer.answer.rows.len();
        notes.extend(warnings(&answer));
        let found = answer.answer.rows.iter().filter_map(|row| shape.entry(row));
        entries.extend(found.take(page.limit - entries.len()));
    }
    if entries.len() < page.limit {
        notes.push(format!("only the first {seen} lines that the index found were looked at"));
    }
    Ok((entries, notes))
}
