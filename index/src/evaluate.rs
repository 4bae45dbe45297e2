//! How the rows of one frame are judged, and how what they amount to is put together.
//!
//! An [`Evaluator`] is shared and never changes; a [`Partial`] is what some of the frames amount
//! to. A shell may give each thread its own partial and [`Partial::merge`] them.

use std::cmp::Reverse;

use vigil_model::{BlockRef, Class, EventId, Frame, FrameRef, LogId, LogNumber, Record, Timestamp, Value};
use vigil_query::{Filter, Matcher, TimeRange};

use crate::answer::{Problems, QueryStats};
use crate::columns::{ColumnPlan, add_chunk};
use crate::cursor::Position;
use crate::gather::Gatherer;
use crate::kept::Kept;
use crate::order::{Candidate, Content, OrderKey, Place};
use crate::plan::{Head, Plan};
use crate::row::{self, Names};
use crate::scratch::Scratch;
use crate::steps::Steps;
use crate::table::sort_key;
use crate::value::Cell;
use crate::view::View;
use crate::{Covering, FrameSource, Posting, SourceError};

/// One question, ready to be put to frames.
pub struct Evaluator {
    pub(crate) plan: Plan,
    /// How columns answer the question, if they can.
    pub(crate) columns: Option<ColumnPlan>,
    pub(crate) class: Class,
    matcher: Matcher,
    /// Whether every row passes the filter.
    takes_all: bool,
    steps: Steps,
    /// What is gathered, of nothing; `None` where rows are kept.
    gatherer: Option<Gatherer>,
    /// Rows that come before this were on earlier pages.
    start: Start,
    /// How many rows the head must hand on.
    wanted: usize,
}

/// Where the rows of this page begin.
#[derive(Clone, Copy)]
pub(crate) enum Start {
    /// At the first.
    First,
    /// Behind this row, or at the first row of a time.
    Behind(Position, LogId),
}

/// What some of the frames amount to.
pub struct Partial {
    pub(crate) gathered: Gathered,
    pub(crate) problems: Problems,
    pub(crate) stats: QueryStats,
    pub(crate) scratch: Scratch,
    names: Names,
    /// Bytes of frames that earlier pages had to read, too: no budget of this page counts them.
    again: u64,
}

pub(crate) enum Gathered {
    Rows(Kept),
    Made(Box<Gatherer>),
}

impl Evaluator {
    /// `time` is that of the query, which rates are computed over.
    pub(crate) fn new(plan: Plan, class: Class, time: &TimeRange, start: Start, wanted: usize) -> Evaluator {
        let gatherer = match &plan.head {
            Head::Rows(_) => None,
            Head::Gather(pipe) => Some(Gatherer::of(pipe, time).expect("the plan takes only what is gathered")),
        };
        Evaluator {
            matcher: Matcher::new(&plan.filter),
            takes_all: plan.filter == Filter::All,
            steps: Steps::of(&plan.steps),
            columns: ColumnPlan::of(&plan),
            gatherer,
            plan,
            class,
            start,
            wanted,
        }
    }

    /// Nothing yet.
    pub fn partial(&self) -> Partial {
        let kept = || Gathered::Rows(Kept::new(self.wanted));
        Partial {
            gathered: self.gatherer.clone().map_or_else(kept, |gatherer| Gathered::Made(Box::new(gatherer))),
            problems: Problems::default(),
            stats: QueryStats::default(),
            scratch: Scratch::default(),
            names: Names::default(),
            again: 0,
        }
    }

    /// Whether no row of this posting, or of one that ends no later, can change what is gathered.
    pub fn is_settled(&self, partial: &Partial, posting: &Posting) -> bool {
        let Head::Rows(head) = &self.plan.head else { return false };
        let Gathered::Rows(kept) = &partial.gathered else { return false };
        head.sort.is_empty() && kept.is_full() && kept.last().is_none_or(|last| last.key().time > posting.last)
    }

    /// Takes a posting into account: reads its frame, unless its count of rows says it all.
    pub fn eval_posting(&self, posting: &Posting, frames: &dyn FrameSource, partial: &mut Partial) {
        partial.stats.candidates += 1;
        if self.is_before_start(posting) || self.add_count(posting, partial) {
            return;
        }
        let Some(log) = frames.log_id(posting.at.block.log) else {
            return partial.problems.add(format!("log number {} is not known here", posting.at.block.log.0));
        };
        if posting.is_whole_body() {
            return self.eval_body(posting, log, frames, partial);
        }
        match frames.frame(posting.at) {
            Ok(frame) => self.eval_frame(posting, log, &frame, partial),
            Err(error) => partial.problems.add(unread(posting, &error)),
        }
    }

    /// Takes a chunk into account: by its columns, or by the rows of its frames where these cannot be read.
    pub fn eval_chunk(&self, covering: &Covering, frames: &dyn FrameSource, partial: &mut Partial) {
        let (Some(plan), Gathered::Made(gatherer)) = (&self.columns, &mut partial.gathered) else {
            unreachable!("chunks are taken only for a question that columns answer")
        };
        match add_chunk(plan, covering, gatherer) {
            Ok(matched) => {
                partial.stats.rows_by_columns += covering.rows();
                partial.stats.rows_matched += matched;
            }
            Err(_) => covering.postings().for_each(|posting| self.eval_posting(posting, frames, partial)),
        }
    }

    /// Takes all frames of a body into account.
    fn eval_body(&self, posting: &Posting, log: LogId, frames: &dyn FrameSource, partial: &mut Partial) {
        let BlockRef { seq, .. } = posting.at.block;
        let missing =
            || SourceError::Failed(format!("the {} of block {seq} of log {log} are missing", posting.at.class));
        let count = frames.frame_count(posting.at.block, posting.at.class).and_then(|count| count.ok_or_else(missing));
        let count = match count {
            Ok(count) => count,
            Err(error) => return partial.problems.add(error.to_string()),
        };
        for frame in 0..count {
            let at = FrameRef { frame, ..posting.at };
            match frames.frame(at) {
                Ok(frame) => self.eval_frame(posting, log, &frame, partial),
                Err(error) => partial.problems.add(unread(&Posting { at, ..*posting }, &error)),
            }
        }
    }

    /// Takes the rows of a frame into account.
    pub fn eval_frame(&self, posting: &Posting, log: LogId, frame: &Frame, partial: &mut Partial) {
        partial.stats.frames_read += 1;
        let bytes = frame.records.bytes().len() as u64;
        partial.stats.bytes_read += bytes;
        partial.again += if self.is_beyond_start(posting.last) { 0 } else { bytes };
        let times = self.plan.time.intersect(&posting.clip);
        for (n, record) in frame.records.iter().enumerate() {
            let Some(record) = record else {
                partial.problems.add(format!("a record of log {log} block {} is damaged", posting.at.block.seq));
                continue;
            };
            let time = record.time();
            if times.contains(time) {
                partial.stats.rows_read += 1;
                let key = OrderKey { time, log, seq: posting.at.block.seq, offset: frame.first + n as u32 };
                self.eval_record(key, posting.at.block.log, &record, partial);
            }
        }
    }

    fn eval_record(&self, key: OrderKey, number: LogNumber, record: &Record<'_>, partial: &mut Partial) {
        if !self.start.admits(&key) || self.is_too_late(&key, partial) || !self.matcher.matches(record) {
            return;
        }
        partial.stats.rows_matched += 1;
        let Partial { gathered, scratch, names, .. } = partial;
        let view = View::event(scratch, key.id(self.class), *record);
        match (gathered, &self.plan.head) {
            (Gathered::Made(gatherer), _) => self.steps.run(view, &mut |view| gatherer.add(&view)),
            (Gathered::Rows(kept), Head::Rows(head)) => {
                let mut part = 0;
                self.steps.run(view, &mut |view| {
                    let place = Place { sorted: sort_key(&head.sort, &|name| view.get(name)), key: Reverse(key), part };
                    part += 1;
                    if kept.last().is_none_or(|last| place < last.place) {
                        kept.offer(Candidate { place, number, content: self.content(&view, record, names) });
                    }
                });
            }
            (Gathered::Rows(_), Head::Gather(_)) => unreachable!("the partial was made for this plan"),
        }
        if !self.steps.is_empty() {
            scratch.reset();
        }
    }

    /// What is kept of a row: its record, of which the row can be made again, or the row where it is one of several.
    fn content(&self, view: &View<'_>, record: &Record<'_>, names: &mut Names) -> Content {
        if self.plan.makes_rows() { Content::Row(view.to_row(names)) } else { Content::Record(record.bytes().into()) }
    }

    /// Whether the row comes after all that are kept, by time alone: no need to test it.
    fn is_too_late(&self, key: &OrderKey, partial: &Partial) -> bool {
        let (Head::Rows(head), Gathered::Rows(kept)) = (&self.plan.head, &partial.gathered) else { return false };
        head.sort.is_empty() && kept.last().is_some_and(|last| last.key() > key)
    }

    fn is_before_start(&self, posting: &Posting) -> bool {
        self.start.time().is_some_and(|time| posting.first > time)
    }

    /// Whether a page that ends at this time ends later in the order of rows than it began: only
    /// then is its cursor another one.
    pub(crate) fn is_beyond_start(&self, time: Timestamp) -> bool {
        self.start.time().is_none_or(|start| time < start)
    }

    /// Counts without reading, where nothing but the number of rows is asked for.
    fn add_count(&self, posting: &Posting, partial: &mut Partial) -> bool {
        let Gathered::Made(gatherer) = &mut partial.gathered else { return false };
        // Of an opaque posting the number of rows is not known: only its frame can tell.
        let counts = self.takes_all
            && self.steps.is_empty()
            && !posting.is_opaque()
            && self.plan.time.covers(posting.first, posting.last)
            && gatherer.only_counts();
        if counts {
            gatherer.add_count(u64::from(posting.rows));
            partial.stats.rows_matched += u64::from(posting.rows);
        }
        counts
    }
}

impl Partial {
    /// Adds what other frames amount to.
    pub fn merge(&mut self, other: Partial) {
        match (&mut self.gathered, other.gathered) {
            (Gathered::Rows(into), Gathered::Rows(from)) => into.merge(from),
            (Gathered::Made(into), Gathered::Made(from)) => into.merge(*from),
            _ => unreachable!("partials of one evaluator gather alike"),
        }
        self.problems.merge(other.problems);
        self.stats.add(&other.stats);
        self.scratch.merge(&other.scratch);
        self.again += other.again;
    }

    /// Bytes read that no page before had to read.
    pub(crate) fn fresh_bytes(&self) -> u64 {
        self.stats.bytes_read - self.again
    }

    /// What was read so far.
    pub fn stats(&self) -> &QueryStats {
        &self.stats
    }
}

impl Start {
    /// No row later than this is of the page.
    fn time(&self) -> Option<Timestamp> {
        match self {
            Start::First => None,
            Start::Behind(position, _) => position.time(),
        }
    }

    #[inline]
    fn admits(&self, key: &OrderKey) -> bool {
        match *self {
            Start::First | Start::Behind(Position::Counted, _) => true,
            Start::Behind(Position::Upto(time), _) => key.time <= time,
            Start::Behind(Position::After { time, seq, offset, .. }, log) => *key < OrderKey { time, log, seq, offset },
        }
    }
}

/// What is said of a frame that cannot be read. That a whole body could not be read then is not
/// disproved by a frame that is missing now.
fn unread(posting: &Posting, error: &SourceError) -> String {
    match error {
        SourceError::Failed(why) if posting.is_opaque() && posting.clip == TimeRange::ALL => format!(
            "block {} of log number {} could not be read when the index was built, and now: {why}; if the log was \
             restored since, delete the index",
            posting.at.block.seq, posting.at.block.log.0
        ),
        _ => error.to_string(),
    }
}

/// The value of a column of an event.
pub(crate) fn event_cell<'a>(name: &str, id: EventId, record: &Record<'a>) -> Option<Cell<'a>> {
    match name {
        row::TIME => Some(Cell::Model(Value::Time(record.time()))),
        row::ID => Some(Cell::Id(id)),
        row::TIME_ASSUMED => record.time_assumed().then_some(Cell::Model(Value::Bool(true))),
        _ => record.get(name).map(Cell::Model),
    }
}
