//! What a query makes of one event, when it is asked of that event alone.

use vigil_model::{EventId, Record};
use vigil_query::{Matcher, PermittedQuery, Pipe};

use crate::Row;
use crate::row::Names;
use crate::scratch::Scratch;
use crate::steps::{Steps, is_step};
use crate::view::View;

/// A query that looks at one event at a time, ready to be put to one after another.
pub struct Lens {
    matcher: Matcher,
    steps: Steps,
}

/// Why a query cannot be put to one event alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LensError {
    /// This pipe, counted from 0, needs all rows before it can hand on one.
    #[error("pipe {} needs all rows; leave it out, or ask a query that has an end", .0 + 1)]
    NeedsEnd(usize),
    /// Another query is inside, which would have to be asked first.
    #[error("another query stands inside of this one; write its values out: `in(a, b)`")]
    AsksAnother,
}

impl Lens {
    /// Of a query whose pipes each look at one row at a time, and that asks no other.
    pub fn new(question: &PermittedQuery) -> Result<Lens, LensError> {
        let query = question.query();
        if let Some(at) = Lens::needs_end(&query.pipes) {
            return Err(LensError::NeedsEnd(at));
        }
        if query.has_subqueries() {
            return Err(LensError::AsksAnother);
        }
        Ok(Lens { matcher: Matcher::for_query(query), steps: Steps::of(&query.pipes) })
    }

    /// The place, counted from 0, of the first of these pipes that needs all rows before it can hand on one.
    pub fn needs_end(pipes: &[Pipe]) -> Option<usize> {
        pipes.iter().position(|pipe| !is_step(pipe))
    }

    /// The rows that become of an event, in order: none where it does not pass, or a pipe drops it. What does not fit
    /// the limits of one event is left out.
    pub fn rows(&self, id: EventId, record: &Record<'_>) -> Vec<Row> {
        let mut rows = Vec::new();
        if self.matcher.matches(record) {
            let (scratch, mut names) = (Scratch::default(), Names::default());
            self.steps.run(View::event(&scratch, id, *record), &mut |view| rows.push(view.to_row(&mut names)));
        }
        rows
    }
}
