//! What every answer says beside its rows: as of what, whether it is whole, and what it cost.

use std::time::Duration;

use serde::Serialize;
use vigil_index::{Answer, Cursor, QueryStats, Row};

use crate::app::App;
use crate::{Missing, QueryAnswer};

/// Everything but the rows and the cursor.
#[derive(Serialize)]
pub(crate) struct Envelope {
    pub(crate) as_of: AsOf,
    pub(crate) complete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) partial_reason: Option<String>,
    pub(crate) missing: Vec<Missing>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) problems: Vec<String>,
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) problem_count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stats: Option<Stats>,
}

/// Which state of the log was asked.
#[derive(Serialize)]
pub(crate) struct AsOf {
    pub(crate) frontier: String,
    pub(crate) arrival: u64,
}

/// What an answer cost.
#[derive(Serialize)]
pub(crate) struct Stats {
    candidates: u64,
    frames_read: u64,
    rows_read: u64,
    rows_matched: u64,
    rows_by_columns: u64,
    bytes_read: u64,
    shelves: u64,
    shelves_pruned: u64,
    cpu_us: u64,
    elapsed_ms: f64,
}

impl Envelope {
    /// What an answer says beside its rows, the rows, and where they go on.
    pub(crate) fn of(answer: QueryAnswer, elapsed: Duration) -> (Envelope, Vec<Row>, Option<Cursor>) {
        let QueryAnswer { answer, frontier, arrival, missing } = answer;
        let Answer { rows, cursor, complete, partial_reason, problems, problem_count, stats, .. } = answer;
        let envelope = Envelope {
            as_of: AsOf { frontier: frontier.to_hex(), arrival },
            complete: complete && missing.is_empty(),
            partial_reason,
            missing,
            problems,
            problem_count,
            stats: Some(Stats::of(&stats, elapsed)),
        };
        (envelope, rows, cursor)
    }

    /// Of an answer that read nothing but what it shows.
    pub(crate) fn now(app: &App) -> Envelope {
        let missing = app.backend.missing();
        Envelope {
            as_of: AsOf {
                frontier: app.backend.cluster(false).frontier,
                arrival: app.backend.status().storage.arrival,
            },
            complete: missing.is_empty(),
            partial_reason: None,
            missing,
            problems: Vec::new(),
            problem_count: 0,
            stats: None,
        }
    }
}

impl Stats {
    fn of(stats: &QueryStats, elapsed: Duration) -> Stats {
        Stats {
            candidates: stats.candidates,
            frames_read: stats.frames_read,
            rows_read: stats.rows_read,
            rows_matched: stats.rows_matched,
            rows_by_columns: stats.rows_by_columns,
            bytes_read: stats.bytes_read,
            shelves: stats.shelves,
            shelves_pruned: stats.shelves_pruned,
            cpu_us: stats.cpu_us,
            elapsed_ms: elapsed.as_micros() as f64 / 1_000.0,
        }
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
