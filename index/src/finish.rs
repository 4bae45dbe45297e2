//! What the answer is of what all frames amount to: which rows are on this page, and where the next one begins.

use vigil_model::Record;
use vigil_model::limits::{ROWS_BYTES_MAX, ROWS_HELD_MAX};

use crate::cursor::Position;
use crate::evaluate::{Gathered, Partial};
use crate::kept::Kept;
use crate::order::{Candidate, Content};
use crate::plan::{Head, Plan, RowsHead, Window};
use crate::row::Names;
use crate::scratch::Scratch;
use crate::steps::Steps;
use crate::table::{self, Around};
use crate::view::View;
use crate::{Answer, Cursor, Cut, Execution, FrameSource, Row};

impl Execution {
    /// Makes the answer of what all frames amount to. `frames` is asked for neighbours alone (`context`).
    pub fn finish(&self, partial: Partial, cut: Option<Cut>, frames: &dyn FrameSource) -> Answer {
        let reason = cut.as_ref().map(|cut| cut.reason.clone());
        let mut answer =
            Answer { complete: reason.is_none(), partial_reason: reason, arrival: self.arrival, ..Answer::default() };
        answer.stats = partial.stats;
        (answer.stats.shelves, answer.stats.shelves_pruned) = self.shelves;
        partial.problems.put(&mut answer);
        answer.stats.add(self.resolved.stats());
        mark_partial(self.resolved.partial_reason().cloned(), &mut answer);
        mark_partial(partial.scratch.partial_reason(), &mut answer);
        match (partial.gathered, &self.evaluator.plan.head) {
            (Gathered::Rows(kept), Head::Rows(head)) => self.put_rows(kept, head, cut, frames, &mut answer),
            (Gathered::Made(gatherer), _) => {
                let (rows, reason) = gatherer.into_rows();
                mark_partial(reason, &mut answer);
                self.put_table(rows, frames, &mut answer);
            }
            (Gathered::Rows(_), Head::Gather(_)) => unreachable!("the partial was made for this plan"),
        }
        answer
    }

    fn put_rows(&self, kept: Kept, head: &RowsHead, cut: Option<Cut>, frames: &dyn FrameSource, answer: &mut Answer) {
        let mut short = kept.is_short();
        let rows = kept.into_rows();
        if self.evaluator.plan.is_stream() {
            return self.put_stream(rows, head, short, cut, answer);
        }
        if rows.len() > ROWS_HELD_MAX {
            mark_partial(Some(format!("more than {ROWS_HELD_MAX} rows to sort or hand on; add a limit")), answer);
        }
        let wanted = window(rows, head.window);
        let (rows, count) = self.to_rows(&wanted, head, answer);
        short |= count < wanted.len();
        if short {
            mark_partial(Some("the rows to sort or hand on do not fit in memory; add a limit".to_owned()), answer);
        }
        drop(wanted);
        self.put_table(rows, frames, answer);
    }

    /// Rows newest first: the cursor names the last one.
    fn put_stream(
        &self,
        mut rows: Vec<Candidate>,
        head: &RowsHead,
        mut short: bool,
        cut: Option<Cut>,
        answer: &mut Answer,
    ) {
        if let Some(cut) = &cut {
            let kept = rows.len();
            rows.retain(|row| row.key().time > cut.unread);
            // Rows that did not fit come after one that is not of this page: the cut is before them.
            short &= rows.len() == kept;
        }
        let page = page_end(head.window, self.passed, self.limit);
        let mut more = short || rows.len() as u64 > page - self.passed;
        rows.truncate(usize::try_from(page - self.passed).unwrap_or(usize::MAX));
        let skip = head.window.skip.saturating_sub(self.passed).min(rows.len() as u64) as usize;
        let (made, count) = self.to_rows(&rows[skip..], head, answer);
        if skip + count < rows.len() {
            // What steps make of them may be more than fits: a shorter page, and no gap.
            rows.truncate(skip + count);
            more = true;
        }
        answer.rows = made;
        let passed = self.passed + rows.len() as u64;
        let position = match (&cut, rows.last()) {
            (_, Some(last)) if more => Some(after(last)),
            // A page that was stopped where it began has no place to go on from.
            (Some(cut), _) if !more && self.evaluator.is_beyond_start(cut.unread) => Some(Position::Upto(cut.unread)),
            _ => None,
        };
        if passed < head.window.end() {
            answer.cursor = position.map(|position| self.cursor(passed, position));
        }
    }

    /// Rows that are computed anew for each page: the cursor counts them.
    fn put_table(&self, rows: Vec<Row>, frames: &dyn FrameSource, answer: &mut Answer) {
        let (permission, tables) = (self.resolved.question().permission(), self.resolved.tables());
        let around = Around { time: &self.resolved.question().query().time, frames, permission, tables };
        let (rows, reason) = table::run(rows, &self.evaluator.plan.rest, &around);
        mark_partial(reason, answer);
        let end = self.passed.saturating_add(self.limit);
        if (rows.len() as u64) > end {
            answer.cursor = Some(self.cursor(end, Position::Counted));
        }
        let skip = usize::try_from(self.passed).unwrap_or(usize::MAX);
        answer.rows = rows.into_iter().skip(skip).take(self.limit as usize).collect();
    }

    fn cursor(&self, passed: u64, position: Position) -> Cursor {
        Cursor { node: self.node, asked: self.asked, arrival: self.arrival, plan: self.plan, passed, position }
    }

    /// Makes rows, at least one, until they do not fit in memory. Answers of how many candidates they are.
    fn to_rows(&self, candidates: &[Candidate], head: &RowsHead, answer: &mut Answer) -> (Vec<Row>, usize) {
        let plan = &self.evaluator.plan;
        let shape = Steps::of(&head.shape);
        let whole = Steps::of(&[&plan.steps[..], &head.shape].concat());
        let (mut scratch, mut names) = (Scratch::default(), Names::default());
        let (mut rows, mut bytes, mut count) = (Vec::new(), 0, 0);
        for candidate in candidates {
            if bytes > ROWS_BYTES_MAX {
                break;
            }
            count += 1;
            let mut put = |view: View<'_>| {
                let row = view.to_row(&mut names);
                bytes += row.size();
                rows.push(row);
            };
            match &candidate.content {
                Content::Row(row) => shape.run(View::row(&scratch, row), &mut put),
                Content::Record(bytes) => {
                    let record = Record::view(bytes).expect("only records are kept");
                    let id = candidate.key().id(self.evaluator.class);
                    whole.run(View::event(&scratch, id, record), &mut put);
                }
            }
            scratch.reset();
        }
        mark_partial(scratch.partial_reason(), answer);
        (rows, count)
    }
}

/// How many rows the head must hand on; one more than are shown, to know whether there are more.
pub(crate) fn wanted(plan: &Plan, passed: u64, limit: u64) -> usize {
    let Head::Rows(head) = &plan.head else { return 0 };
    let end = head.window.end();
    // Rows that are computed anew begin at the first one, a stream behind those passed.
    let (passed, last) = if plan.is_stream() {
        (passed, page_end(head.window, passed, limit))
    } else if plan.rest.is_empty() {
        (0, end.min(head.window.skip.saturating_add(passed).saturating_add(limit)))
    } else {
        (0, end)
    };
    let rows = (last - passed).min(ROWS_HELD_MAX as u64);
    // Where the window ends nobody asks for more: reading may end there, too.
    rows.saturating_add(u64::from(last < end || last - passed > rows)) as usize
}

/// The place of the last row of a page in the order of all rows, rows before the window included.
fn page_end(window: Window, passed: u64, limit: u64) -> u64 {
    let held = (ROWS_HELD_MAX as u64).saturating_add(passed);
    passed.max(window.skip).saturating_add(limit).min(window.end()).min(held).max(passed)
}

fn window(mut rows: Vec<Candidate>, window: Window) -> Vec<Candidate> {
    rows.truncate(usize::try_from(window.end()).unwrap_or(usize::MAX).min(ROWS_HELD_MAX));
    let skip = usize::try_from(window.skip).unwrap_or(usize::MAX).min(rows.len());
    rows.split_off(skip)
}

fn after(row: &Candidate) -> Position {
    let key = row.key();
    Position::After { time: key.time, log: row.number, seq: key.seq, offset: key.offset }
}

fn mark_partial(reason: Option<String>, answer: &mut Answer) {
    if let Some(reason) = reason {
        answer.complete = false;
        answer.partial_reason.get_or_insert(reason);
    }
}
