//! Why a metric query has no answer.

use vigil_model::limits::{LOGQL_SAMPLES_MAX, LOGQL_SERIES_MAX, LOGQL_STEPS_MAX, LOGQL_WINDOWS_MAX};

use crate::ParseError;

/// A metric query that has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetricError {
    /// A part of the query cannot run inside of a metric.
    #[error("{0}")]
    Query(ParseError),
    /// The times that are asked for.
    #[error("the end lies before the start, or the step is not above 0; ask for start <= end and a step such as 15s")]
    Times,
    /// More steps than allowed.
    #[error("{steps} steps between start and end; the limit is {LOGQL_STEPS_MAX}: ask for a larger step or less time")]
    Steps {
        /// How many there would be.
        steps: u64,
    },
    /// Each event would be counted too often.
    #[error(
        "every event would be in {windows} windows; the limit is {LOGQL_WINDOWS_MAX}: ask for a larger step or a shorter range"
    )]
    Windows {
        /// How often.
        windows: u64,
    },
    /// More series than allowed.
    #[error("more than {LOGQL_SERIES_MAX} series: group by fewer labels, or select fewer streams")]
    Series,
    /// More samples than allowed.
    #[error("more than {LOGQL_SAMPLES_MAX} samples: ask for a larger step, less time or fewer labels")]
    Samples,
    /// Two series of one side belong to the same one of the other.
    #[error(
        "several series of the {side} side have the labels {labels}: \
         match on more labels, or write group_left or group_right"
    )]
    Matching {
        /// `left` or `right`.
        side: &'static str,
        /// What they have in common.
        labels: String,
    },
    /// Two series would get the same labels.
    #[error("two series would have the same labels {labels}: keep a label that tells them apart")]
    Duplicate {
        /// The labels.
        labels: String,
    },
    /// A set operator beside a number.
    #[error("`{operator}` combines series, and one side is a number: write vector(1) for a number as a series")]
    Set {
        /// The operator.
        operator: &'static str,
    },
    /// A function of series was given a number.
    #[error("`{function}` needs series, and this is a number: write vector(1) for a number as a series")]
    Number {
        /// The function.
        function: &'static str,
    },
}
