//! How a query is answered: from postings to frames to rows, newest first, page by page.

use std::cmp::Reverse;

use vigil_model::limits::ANSWER_ROWS_MAX;
use vigil_model::{Class, LogId, NodeId, Timestamp};
use vigil_query::{PermittedQuery, TimeRange};

use crate::bodies::read_once;
use crate::columns::cover;
use crate::cursor::Position;
use crate::evaluate::{Evaluator, Partial, Start};
use crate::finish::wanted;
use crate::plan::{Plan, plan_hash};
use crate::{Answer, Covering, Cursor, FrameSource, Posting, Postings, Prune, QueryError, Resolved, SourceError};

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

impl Options {
    /// How a query inside of one that is put so is put: from its first row on, of the same events, whichever page of
    /// the outer one is asked for.
    #[must_use]
    pub fn nested(&self, question: &PermittedQuery, limit: usize) -> Options {
        let first = |cursor: &Cursor| Cursor {
            plan: plan_hash(question),
            passed: 0,
            position: Position::Counted,
            ..cursor.clone()
        };
        Options { limit, cursor: self.cursor.as_ref().map(first), ..self.clone() }
    }
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
    run(&Resolved::serially(question, options, sources, stop)?, options, sources, stop)
}

/// As [`execute`], of a question without open questions inside.
pub(crate) fn run(
    resolved: &Resolved,
    options: &Options,
    sources: Sources<'_>,
    stop: &dyn Fn() -> bool,
) -> Result<Answer, QueryError> {
    let execution = Execution::of(resolved, options, sources)?;
    let mut partial = execution.evaluator.partial();
    let mut cut = None;
    for chunk in &execution.chunks {
        cut = execution.cut_after(chunk.last(), partial.stats().bytes_read, partial.fresh_bytes(), stop);
        if cut.is_some() {
            return Ok(execution.finish(partial, cut, sources.frames));
        }
        execution.evaluator.eval_chunk(chunk, sources.frames, &mut partial);
    }
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
    Ok(execution.finish(partial, cut, sources.frames))
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
    /// Chunks of columns that answer for frames that are not in `postings`, for [`Evaluator::eval_chunk`].
    pub chunks: Vec<Covering>,
    pub(crate) resolved: Resolved,
    /// All shelves, and those that time rules out.
    pub(crate) shelves: (u64, u64),
    pub(crate) node: NodeId,
    pub(crate) asked: Timestamp,
    pub(crate) plan: [u8; 8],
    pub(crate) arrival: u64,
    /// Rows on the pages before.
    pub(crate) passed: u64,
    pub(crate) limit: u64,
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
    /// As [`Execution::of`], after the queries inside were asked one after another; nothing stops them. A shell that
    /// can do better calls [`resolve`](crate::resolve).
    pub fn new(question: &PermittedQuery, options: &Options, sources: Sources<'_>) -> Result<Execution, QueryError> {
        Execution::of(&Resolved::serially(question, options, sources, &|| false)?, options, sources)
    }

    /// Checks the cursor and asks the index which frames to read.
    pub fn of(resolved: &Resolved, options: &Options, sources: Sources<'_>) -> Result<Execution, QueryError> {
        let question = resolved.question();
        let (query, class) = (question.query(), question.class());
        let hash = plan_hash(question);
        let cursor = options.cursor.as_ref();
        if let Some(cursor) = cursor {
            check(cursor, options.node, hash)?;
        }
        let start = cursor.map_or(Ok(Start::First), |cursor| start_of(cursor, sources.frames))?;
        let passed = cursor.map_or(0, |cursor| cursor.passed);
        let limit = options.limit.min(ANSWER_ROWS_MAX) as u64;
        let plan = Plan::of(query);
        let wanted = wanted(&plan, passed, limit);
        let newest = sources.tail.iter().map(|posting| posting.arrival).fold(sources.index.arrival(), u64::max);
        let arrival = cursor.map_or(newest, |cursor| cursor.arrival);
        let shelves = sources.index.shelves(&plan.time);
        let mut postings = gather(&plan, class, sources, arrival)?;
        let evaluator = Evaluator::new(plan, class, &query.time, start, wanted);
        let chunks = match &evaluator.columns {
            Some(plan) => cover(plan, sources.index, class, &mut postings),
            None => Vec::new(),
        };
        Ok(Execution {
            postings,
            chunks,
            evaluator,
            resolved: resolved.clone(),
            shelves,
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
        self.cut_after(next.last, partial.stats().bytes_read, partial.fresh_bytes(), stop)
    }

    /// As [`Execution::cut`], before what ends at `unread`, where all workers together have read
    /// `bytes`, and `fresh` of them for the first time.
    pub(crate) fn cut_after(&self, unread: Timestamp, bytes: u64, fresh: u64, stop: &dyn Fn() -> bool) -> Option<Cut> {
        if stop() {
            return Some(Cut { reason: "the query was stopped before it had read everything".to_owned(), unread });
        }
        let ends = fresh >= self.bytes_max && self.evaluator.is_beyond_start(unread);
        ends.then(|| Cut {
            reason: format!("{bytes} bytes were read, the budget of this query; narrow the time range or the filter"),
            unread,
        })
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
fn gather(plan: &Plan, class: Class, sources: Sources<'_>, arrival: u64) -> Result<Vec<Posting>, QueryError> {
    let indexed = sources.index.arrival();
    let mut postings = sources.index.postings(&Prune::of(&plan.filter), class, &plan.time)?;
    postings.extend(sources.tail.iter().filter(|posting| posting.arrival > indexed));
    let counts = |posting: &Posting| {
        posting.arrival <= arrival && posting.at.class == class && plan.time.overlaps(posting.first, posting.last)
    };
    postings.retain(counts);
    read_once(&mut postings);
    postings.sort_unstable_by_key(|posting| Reverse((posting.last, posting.at, posting.first)));
    Ok(postings)
}
