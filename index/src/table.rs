//! How pipes run over rows that are already at hand.

use std::sync::Arc;

use vigil_model::limits::{ROWS_BYTES_MAX, ROWS_HELD_MAX};
use vigil_query::{Permission, Pipe, SortKey, TimeRange};

use crate::gather::Gatherer;
use crate::order::Directed;
use crate::row::Names;
use crate::scratch::Scratch;
use crate::steps::{Steps, is_step};
use crate::value::{Cell, Rank};
use crate::view::View;
use crate::{FrameSource, Row, context, join};

/// What pipes ask for beside the rows.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    /// Times of the query.
    pub(crate) time: &'a TimeRange,
    /// The log.
    pub(crate) frames: &'a dyn FrameSource,
    /// Which events may be seen.
    pub(crate) permission: &'a Permission,
    /// Rows for each `join` and `union`, in order.
    pub(crate) tables: &'a [Arc<Vec<Row>>],
}

/// Runs the pipes in order. Also answers why rows are missing, if some are.
pub(crate) fn run(mut rows: Vec<Row>, mut pipes: &[Pipe], around: &Around<'_>) -> (Vec<Row>, Option<String>) {
    let mut reason = None;
    let mut tables = around.tables.iter();
    while let Some(first) = pipes.first() {
        let steps = pipes.iter().take_while(|pipe| is_step(pipe)).count();
        let (these, after) = pipes.split_at(steps.max(1));
        let missing;
        (rows, missing) = match first {
            _ if steps > 0 => run_steps(rows, these),
            Pipe::Join(join) => join::run(rows, join, tables.next().map_or(&[], |table| table)),
            Pipe::Union(_) => union(rows, tables.next().map_or(&[], |table| table)),
            pipe => run_one(rows, pipe, around),
        };
        reason = reason.or(missing);
        pipes = after;
    }
    (rows, reason)
}

fn run_one(mut rows: Vec<Row>, pipe: &Pipe, around: &Around<'_>) -> (Vec<Row>, Option<String>) {
    match pipe {
        Pipe::Limit(count) => rows.truncate(usize::try_from(*count).unwrap_or(usize::MAX)),
        Pipe::Offset(count) => {
            let skip = usize::try_from(*count).unwrap_or(usize::MAX).min(rows.len());
            rows.drain(..skip);
        }
        Pipe::Sort(keys) => rows.sort_by_cached_key(|row| sort_key(keys, &|name| row.cell(name))),
        Pipe::Context(context) => return context::run(rows, *context, around.frames, around.permission),
        pipe => match Gatherer::of(pipe, around.time) {
            Some(gatherer) => return gathered(rows, gatherer),
            None => return (rows, Some(format!("a pipe was left out that is not known here: {pipe:?}"))),
        },
    }
    (rows, None)
}

fn union(rows: Vec<Row>, others: &[Row]) -> (Vec<Row>, Option<String>) {
    let mut held = Held::default();
    rows.into_iter().for_each(|row| held.push(|| row));
    others.iter().for_each(|row| held.push(|| row.clone()));
    held.into_rows()
}

fn gathered(rows: Vec<Row>, mut gatherer: Gatherer) -> (Vec<Row>, Option<String>) {
    let mut scratch = Scratch::default();
    for row in rows {
        gatherer.add(&View::row(&scratch, &row));
        scratch.reset();
    }
    gatherer.into_rows()
}

/// Rows in memory, as many as fit.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) rows: Vec<Row>,
    bytes: usize,
    short: bool,
}

impl Held {
    /// Adds a row, if it fits.
    pub(crate) fn push(&mut self, row: impl FnOnce() -> Row) {
        self.short |= self.rows.len() >= ROWS_HELD_MAX || self.bytes > ROWS_BYTES_MAX;
        if !self.short {
            let row = row();
            self.bytes += row.size();
            self.rows.push(row);
        }
    }

    /// Whether a row did not fit.
    pub(crate) fn is_short(&self) -> bool {
        self.short
    }

    /// The rows, and why some are missing.
    pub(crate) fn into_rows(self) -> (Vec<Row>, Option<String>) {
        let reason = self.short.then(|| {
            format!("more than {ROWS_HELD_MAX} rows, or {ROWS_BYTES_MAX} bytes of them, to hand on; add a limit")
        });
        (self.rows, reason)
    }
}

fn run_steps(rows: Vec<Row>, pipes: &[Pipe]) -> (Vec<Row>, Option<String>) {
    let steps = Steps::of(pipes);
    let (mut scratch, mut names, mut held) = (Scratch::default(), Names::default(), Held::default());
    for row in rows {
        steps.run(View::row(&scratch, &row), &mut |view| held.push(|| view.to_row(&mut names)));
        scratch.reset();
        if held.is_short() {
            break;
        }
    }
    let (rows, reason) = held.into_rows();
    (rows, reason.or(scratch.partial_reason()))
}

/// Where a row stands in the order of `keys`.
pub(crate) fn sort_key<'a>(keys: &[SortKey], lookup: &dyn Fn(&str) -> Option<Cell<'a>>) -> Vec<Directed> {
    let directed = |key: &SortKey| Directed {
        rank: lookup(&key.field).map_or(Rank::Missing, |cell| cell.rank()),
        descending: key.descending,
    };
    keys.iter().map(directed).collect()
}
