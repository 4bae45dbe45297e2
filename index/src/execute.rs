//! How a query is answered: from postings to frames to rows, newest first, page by page.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use vigil_model::limits::{ANSWER_ROWS_MAX, ROWS_HELD_MAX};
use vigil_model::{Class, LogId, NodeId, Record, Timestamp};
use vigil_query::{PermittedQuery, Query, TimeRange};

use crate::bodies::read_once;
use crate::cursor::Position;
use crate::evaluate::{Evaluator, Gathered, Partial, Start, event_cell};
use crate::kept::Kept;
use crate::order::Candidate;
use crate::plan::{Head, Plan, RowsHead, Window, plan_hash};
use crate::row::event_columns;
use crate::{Answer, Cursor, FrameSource, Posting, Postings, Prune, QueryError, Row, SourceError, table};

/// How a query is put, beside what it says.
#[derive(Clone, Debug)]
pub struct Options {
    /// The node that answers.
    pub node: NodeId,
    /// Rows on a page, at most [`ANSWER_ROWS_MAX`].
    pub limit: usize,
    /// When the first page was asked for; later pages take it from the cursor.
    pub asked: Timestamp,
    /// Where the page before ended.
    pub cursor: Option<Cursor>,
    /// Bytes of frames to read at most, unencoded; `None` for all.
    pub bytes_max: Option<u64>,
}

/// Where the rows come from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The index.
    pub index: &'a dyn Postings,
    /// Every frame of the class that arrived after [`Postings::arrival`]; earlier ones are ignored.
    pub tail: &'a [Posting],
    /// The log.
    pub frames: &'a dyn FrameSource,
}

/// Answers a query, within what is permitted. `stop` is asked before each frame; once true, the answer is what was found.
pub fn execute(
    question: &PermittedQuery,
    options: &Options,
    sources: Sources<'_>,
    stop: &dyn Fn() -> bool,
) -> Result<Answer, QueryError> {
    let execution = Execution::new(question, options, sources)?;
    let mut partial = execution.evaluator.partial();
    let mut cut = None;
    for posting in &execution.postings {
        if execution.evaluator.is_settled(&partial, posting) {
            break;
        }
        cut = execution.cut(posting, &partial, stop);
        if cut.is_some() {
            break;
        }
        execution.evaluator.eval_posting(posting, sources.frames, &mut partial);
    }
    Ok(execution.finish(partial, cut))
}

/// Answers a query by reading every frame there is: what the index must agree with.
pub fn scan(
    question: &PermittedQuery,
    options: &Options,
    postings: &[Posting],
    frames: &dyn FrameSource,
) -> Result<Answer, QueryError> {
    execute(question, options, Sources { index: &NoPostings, tail: postings, frames }, &|| false)
}

/// An index of nothing.
pub struct NoPostings;

impl Postings for NoPostings {
    fn postings(&self, _: &Prune, _: Class, _: &TimeRange) -> Result<Vec<Posting>, SourceError> {
        Ok(Vec::new())
    }

    fn arrival(&self) -> u64 {
        0
    }
}

/// A query under way: for shells that read frames in parallel.
pub struct Execution {
    /// Judges rows.
    pub evaluator: Evaluator,
    /// What to read, latest end first: from some point on, [`Evaluator::is_settled`].
    pub postings: Vec<Posting>,
    node: NodeId,
    asked: Timestamp,
    plan: [u8; 8],
    arrival: u64,
    /// Rows on the pages before.
    passed: u64,
    limit: u64,
    bytes_max: u64,
}

/// Why reading ended early.
#[derive(Clone, Debug)]
pub struct Cut {
    /// For people.
    pub reason: String,
    /// Rows of this time or earlier were not all read.
    pub unread: Timestamp,
}

impl Execution {
    /// Checks the cursor and asks the index which frames to read.
    pub fn new(question: &PermittedQuery, options: &Options, sources: Sources<'_>) -> Result<Execution, QueryError> {
        let (query, class) = (question.query(), question.class());
        let hash = plan_hash(question);
        let cursor = options.cursor.as_ref();
        if let Some(cursor) = cursor {
            check(cursor, options.node, hash)?;
        }
        let start = cursor.map_or(Ok(Start::First), |cursor| start_of(cursor, sources.frames))?;
        let passed = cursor.map_or(0, |cursor| cursor.passed);
        let limit = options.limit.min(ANSWER_ROWS_MAX) as u64;
        let plan = Plan::of(&query.pipes);
        let wanted = wanted(&plan, passed, limit);
        let newest = sources.tail.iter().map(|posting| posting.arrival).fold(sources.index.arrival(), u64::max);
        let arrival = cursor.map_or(newest, |cursor| cursor.arrival);
        Ok(Execution {
            evaluator: Evaluator::new(query, class, plan, start, wanted),
            postings: gather(query, class, sources, arrival)?,
            node: options.node,
            asked: cursor.map_or(options.asked, |cursor| cursor.asked),
            plan: hash,
            arrival,
            passed,
            limit,
            bytes_max: options.bytes_max.unwrap_or(u64::MAX),
        })
    }

    /// Why reading should end before `next`, if it should. The budget never ends a page where it
    /// began: whoever follows its cursor would come to the same place for ever. Frames overlap in
    /// time, so a page may have to read those of earlier pages again; these it reads for nothing.
    pub fn cut(&self, next: &Posting, partial: &Partial, stop: &dyn Fn() -> bool) -> Option<Cut> {
        self.cut_after(next, partial.stats().bytes_read, partial.fresh_bytes(), stop)
    }

    /// As [`Execution::cut`], where all workers together have read `bytes`, and `fresh` of them for
    /// the first time.
    pub(crate) fn cut_after(&self, next: &Posting, bytes: u64, fresh: u64, stop: &dyn Fn() -> bool) -> Option<Cut> {
        let unread = next.last;
        if stop() {
            return Some(Cut { reason: "the query was stopped before it had read everything".to_owned(), unread });
        }
        let ends = fresh >= self.bytes_max && self.evaluator.is_beyond_start(unread);
        ends.then(|| Cut {
            reason: format!("{bytes} bytes were read, the budget of this query; narrow the time range or the filter"),
            unread,
        })
    }

    /// Makes the answer of what all frames amount to.
    pub fn finish(&self, partial: Partial, cut: Option<Cut>) -> Answer {
        let reason = cut.as_ref().map(|cut| cut.reason.clone());
        let mut answer =
            Answer { complete: reason.is_none(), partial_reason: reason, arrival: self.arrival, ..Answer::default() };
        answer.stats = partial.stats;
        partial.problems.put(&mut answer);
        match (partial.gathered, &self.evaluator.plan.head) {
            (Gathered::Rows(kept), Head::Rows(head)) => self.put_rows(kept, head, cut, &mut answer),
            (Gathered::Groups(groups), _) => {
                let (rows, reason) = groups.into_rows();
                mark_partial(reason, &mut answer);
                self.put_table(rows, &mut answer);
            }
            (Gathered::Rows(_), Head::Stats(_)) => unreachable!("the partial was made for this plan"),
        }
        answer
    }

    fn put_rows(&self, kept: Kept, head: &RowsHead, cut: Option<Cut>, answer: &mut Answer) {
        let short = kept.is_short();
        let rows = kept.into_rows();
        if self.evaluator.plan.is_stream() {
            return self.put_stream(rows, head, short, cut, answer);
        }
        if short {
            mark_partial(Some("the rows to sort or hand on do not fit in memory; add a limit".to_owned()), answer);
        }
        if rows.len() > ROWS_HELD_MAX {
            mark_partial(Some(format!("more than {ROWS_HELD_MAX} rows to sort or hand on; add a limit")), answer);
        }
        let rows = self.to_rows(window(rows, head.window), head);
        self.put_table(rows, answer);
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
        let more = short || rows.len() as u64 > page - self.passed;
        rows.truncate(usize::try_from(page - self.passed).unwrap_or(usize::MAX));
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
        let skip = head.window.skip.saturating_sub(self.passed).min(rows.len() as u64) as usize;
        answer.rows = self.to_rows(rows.split_off(skip), head);
    }

    /// Rows that are computed anew for each page: the cursor counts them.
    fn put_table(&self, rows: Vec<Row>, answer: &mut Answer) {
        let (rows, reason) = table::run(rows, &self.evaluator.plan.rest);
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

    fn to_rows(&self, candidates: Vec<Candidate>, head: &RowsHead) -> Vec<Row> {
        let mut names = Names::default();
        let row = |candidate: Candidate| {
            let id = candidate.key().id(self.evaluator.class);
            let record = Record::view(&candidate.record).expect("only records are kept");
            match &head.columns {
                None => Row::new(event_columns(id, &record, &mut |name| names.get(name))),
                Some(columns) => Row::new(columns.iter().filter_map(|name| {
                    event_cell(name, id, &record).map(|cell| (names.get(name), cell.to_owned_value()))
                })),
            }
        };
        candidates.into_iter().map(row).collect()
    }
}

/// Column names, each in memory once.
#[derive(Default)]
struct Names(BTreeMap<String, Arc<str>>);

impl Names {
    fn get(&mut self, name: &str) -> Arc<str> {
        match self.0.get(name) {
            Some(known) => known.clone(),
            None => self.0.entry(name.to_owned()).or_insert_with(|| name.into()).clone(),
        }
    }
}

fn check(cursor: &Cursor, node: NodeId, plan: [u8; 8]) -> Result<(), QueryError> {
    if cursor.node != node {
        return Err(QueryError::CursorOtherNode(cursor.node.to_string()));
    }
    if cursor.plan != plan {
        return Err(QueryError::CursorOtherQuery);
    }
    Ok(())
}

fn start_of(cursor: &Cursor, frames: &dyn FrameSource) -> Result<Start, QueryError> {
    let log = match cursor.position {
        Position::After { log, .. } => frames.log_id(log).ok_or(QueryError::CursorGone)?,
        Position::Counted | Position::Upto(_) => LogId::default(),
    };
    Ok(Start::Behind(cursor.position, log))
}

/// Postings of the index and of the tail that count, latest end first.
fn gather(query: &Query, class: Class, sources: Sources<'_>, arrival: u64) -> Result<Vec<Posting>, QueryError> {
    let indexed = sources.index.arrival();
    let mut postings = sources.index.postings(&Prune::of(&query.filter), class, &query.time)?;
    postings.extend(sources.tail.iter().filter(|posting| posting.arrival > indexed));
    let counts = |posting: &Posting| {
        posting.arrival <= arrival && posting.at.class == class && query.time.overlaps(posting.first, posting.last)
    };
    postings.retain(counts);
    read_once(&mut postings);
    postings.sort_unstable_by_key(|posting| Reverse((posting.last, posting.at, posting.first)));
    Ok(postings)
}

/// How many rows the head must hand on; one more than are shown, to know whether there are more.
fn wanted(plan: &Plan, passed: u64, limit: u64) -> usize {
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
