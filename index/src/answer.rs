//! What a query answers.

use vigil_model::limits::PROBLEMS_NAMED_MAX;

use crate::{Cursor, Row};

/// What a query answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Rows in the order of the query; newest first when it names none.
    pub rows: Vec<Row>,
    /// Gives the rows that follow; `None` when there are none, or none can be had.
    pub cursor: Option<Cursor>,
    /// Whether every row that this node holds was taken into account.
    pub complete: bool,
    /// Why the answer was cut short, when it was.
    pub partial_reason: Option<String>,
    /// Frames that could not be read, by name; the first few.
    pub problems: Vec<String>,
    /// How many frames could not be read.
    pub problem_count: u64,
    /// Rows up to this place in the order of arrival are taken into account.
    pub arrival: u64,
    /// What it cost.
    pub stats: QueryStats,
}

/// What a query cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueryStats {
    /// Frames that the index named, and those not yet in the index.
    pub candidates: u64,
    /// Frames that were read.
    pub frames_read: u64,
    /// Rows that were looked at.
    pub rows_read: u64,
    /// Rows that passed the filter, of those that were looked at.
    pub rows_matched: u64,
    /// Bytes of the frames that were read, unencoded.
    pub bytes_read: u64,
    /// Rows that columns answered for, without a frame.
    pub rows_by_columns: u64,
    /// Shelves of the index.
    pub shelves: u64,
    /// Shelves that were not opened, because their times or fields cannot fit.
    pub shelves_pruned: u64,
    /// Time of processors, in microseconds, over all threads that worked on it; 0 where nobody measured.
    pub cpu_us: u64,
}

impl QueryStats {
    /// Adds what another part of the work cost.
    pub fn add(&mut self, other: &QueryStats) {
        self.candidates += other.candidates;
        self.frames_read += other.frames_read;
        self.rows_read += other.rows_read;
        self.rows_matched += other.rows_matched;
        self.bytes_read += other.bytes_read;
        self.rows_by_columns += other.rows_by_columns;
        self.shelves += other.shelves;
        self.shelves_pruned += other.shelves_pruned;
        self.cpu_us += other.cpu_us;
    }
}

/// What could not be read: the first few by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Problems {
    named: Vec<String>,
    count: u64,
}

impl Problems {
    pub(crate) fn add(&mut self, problem: String) {
        self.count += 1;
        if self.named.len() < PROBLEMS_NAMED_MAX && !self.named.contains(&problem) {
            self.named.push(problem);
        }
    }

    pub(crate) fn merge(&mut self, other: Problems) {
        let unnamed = other.count - other.named.len() as u64;
        other.named.into_iter().for_each(|problem| self.add(problem));
        self.count += unnamed;
    }

    pub(crate) fn put(self, answer: &mut Answer) {
        answer.complete &= self.count == 0;
        answer.problem_count = self.count;
        answer.problems = self.named;
    }
}
