//! Series: as they are given and taken, and as they are computed with.

use std::collections::BTreeMap;

use vigil_model::limits::{LOGQL_SAMPLES_MAX, LOGQL_SERIES_MAX};

use super::{MetricError, Steps};

/// The labels of a series; none of them is empty.
pub(super) type LabelSet = BTreeMap<String, String>;

/// A series as it goes to a client.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Times in nanoseconds since 1970, ascending, each with its value.
    pub samples: Vec<(i64, f64)>,
}

/// The answer of a metric query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    /// The series, by their labels, or in the order of `sort`.
    pub series: Vec<Series>,
    /// It is a number, given as one series without labels.
    pub scalar: bool,
}

/// A series while it is computed: a value, or none, for each step.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) labels: LabelSet,
    pub(super) values: Vec<Option<f64>>,
}

/// What a part of an expression is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// A number for each step.
    Scalar(Vec<f64>),
    /// Series; no two have the same labels.
    Vector(Vec<Line>),
}

impl Line {
    pub(super) fn of(series: &Series, steps: &Steps) -> Line {
        let mut values = vec![None; steps.count()];
        for (time, value) in &series.samples {
            if let Some(n) = steps.index(*time) {
                values[n] = Some(*value);
            }
        }
        let labels = series.labels.iter().filter(|(_, value)| !value.is_empty());
        Line { labels: labels.map(|(name, value)| (name.clone(), value.clone())).collect(), values }
    }

    fn series(self, steps: &Steps) -> Series {
        let samples = self.values.into_iter().enumerate().filter_map(|(n, value)| Some((steps.time(n), value?)));
        Series { samples: samples.collect(), labels: self.labels }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.iter().all(Option::is_none)
    }
}

impl Part {
    /// As it goes to a client.
    pub(super) fn matrix(self, steps: &Steps) -> Matrix {
        match self {
            Part::Scalar(values) => {
                let line = Line { labels: LabelSet::new(), values: values.into_iter().map(Some).collect() };
                Matrix { series: vec![line.series(steps)], scalar: true }
            }
            Part::Vector(lines) => {
                let lines = lines.into_iter().filter(|line| !line.is_empty());
                Matrix { series: lines.map(|line| line.series(steps)).collect(), scalar: false }
            }
        }
    }
}

/// Fails where this would be too much to hold.
pub(super) fn within_limits(series: usize, steps: &Steps) -> Result<(), MetricError> {
    if series > LOGQL_SERIES_MAX {
        return Err(MetricError::Series);
    }
    if series.saturating_mul(steps.count()) > LOGQL_SAMPLES_MAX { Err(MetricError::Samples) } else { Ok(()) }
}

/// `{a="b"}`, for messages.
pub(super) fn shown(labels: &LabelSet) -> String {
    let pairs: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    crate::error::shown(&format!("{{{}}}", pairs.join(", ")))
}
