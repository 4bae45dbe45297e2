//! One function of lines as a query that the index answers.

use super::window::{Cut, times};
use super::{Gather, MetricError, Steps};
use crate::logql::ast::{Conversion, RangeAggregation, RangeFunction, StageKind, Unwrap};
use crate::logql::translate::{Labels, Pipeline, gathered};
use crate::{FieldTest, Filter, Function, GroupKey, ParseError, Pipe, Query, Stat, StatFunction, Stats};

/// The column of the value.
pub(super) const VALUE: &str = "__value";
/// Of `rate_counter`: the value of the first event of a window.
pub(super) const FIRST: &str = "__first";

/// A query whose rows are samples, and how they are read; see [`Gather`].
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// Ends in `stats`. It has the time range of all windows.
    pub query: Query,
    pub(super) keys: Vec<Key>,
    pub(super) cut: Cut,
    pub(super) merge: Merge,
    pub(super) scale: f64,
    pub(super) steps: Steps,
}

/// A label of the series, and the columns of which the first that is not empty is its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) label: String,
    pub(super) columns: Vec<String>,
}

/// What the values of two rows of one window and series make together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Merge {
    Sum,
    /// The sum of something that every line has; where it is 0 there was no line.
    Lines,
    Min,
    Max,
    /// There is only ever one row.
    Only,
    /// The value of the earliest bucket; a bucket has one row.
    Earliest,
    /// The value of the latest bucket; a bucket has one row.
    Latest,
    /// How far a counter went on from the earliest bucket to the latest; a bucket has one row.
    Counter,
}

impl Leaf {
    /// The leaf of a function whose series are told apart by `group`.
    pub(super) fn new(
        range: &RangeAggregation,
        group: &[String],
        steps: &Steps,
        labels: &Labels,
    ) -> Result<Leaf, MetricError> {
        let log = &range.range;
        let merge = merge_of(range);
        let cut = Cut::new(steps, log.length, log.offset, merge.adds_up())?;
        let mut pipeline = Pipeline::new(&log.query, labels);
        push_stages(range, &mut pipeline).map_err(MetricError::Query)?;
        let number = log.unwrap.as_ref().map(|unwrap| unwrapped(unwrap, &mut pipeline, labels));
        let keys: Vec<Key> = group.iter().map(|label| key(label, merge, &mut pipeline, labels)).collect();
        let (windows, time) = cut.pipes(steps, log.length);
        pipeline.extend(windows);
        let by = time.into_iter().chain(columns(&keys)).collect();
        pipeline.extend([Pipe::Stats(Stats { functions: functions(range, number), by })]);
        let query = pipeline.query(times(steps, log.length, log.offset));
        Ok(Leaf { query, keys, cut, merge, scale: scale(range), steps: *steps })
    }

    /// Takes the rows of the answer.
    pub fn gather(&self) -> Gather<'_> {
        Gather::new(self)
    }
}

impl Merge {
    /// Whether rows of the same time and series may be several.
    fn joins_rows(self) -> bool {
        matches!(self, Merge::Sum | Merge::Lines | Merge::Min | Merge::Max)
    }

    /// Whether the value of a window follows from the values of its buckets.
    fn adds_up(self) -> bool {
        self != Merge::Only
    }
}

fn merge_of(range: &RangeAggregation) -> Merge {
    match range.function {
        RangeFunction::Rate if range.range.unwrap.is_some() => Merge::Sum,
        RangeFunction::Count
        | RangeFunction::Rate
        | RangeFunction::Bytes
        | RangeFunction::BytesRate
        | RangeFunction::Absent => Merge::Lines,
        RangeFunction::Sum => Merge::Sum,
        RangeFunction::Min => Merge::Min,
        RangeFunction::Max => Merge::Max,
        RangeFunction::First => Merge::Earliest,
        RangeFunction::Last => Merge::Latest,
        RangeFunction::RateCounter => Merge::Counter,
        _ => Merge::Only,
    }
}

/// All stages as pipes. What only changes how a line looks counts for nothing here unless something reads the line.
fn push_stages(range: &RangeAggregation, pipeline: &mut Pipeline<'_>) -> Result<(), ParseError> {
    let stages = &range.range.query.stages;
    let reads_bytes = matches!(range.function, RangeFunction::Bytes | RangeFunction::BytesRate);
    let reads_line = |kind: &StageKind| {
        !matches!(
            kind,
            StageKind::Label(_)
                | StageKind::LabelFormat(_)
                | StageKind::Drop(_)
                | StageKind::Keep(_)
                | StageKind::LineFormat(_)
        )
    };
    for (n, stage) in stages.iter().enumerate() {
        let unseen = !reads_bytes && !stages[n + 1..].iter().any(|later| reads_line(&later.kind));
        match &stage.kind {
            // Which labels are left is decided by the keys of the leaf.
            StageKind::Keep(_) => {}
            StageKind::LineFormat(_) | StageKind::Decolorize if unseen => {}
            _ if pipeline.push(stage)? => {}
            _ => {
                let message = "this template has functions, or the line, which a metric cannot compute";
                return Err(ParseError::new(stage.span.0.clone(), message)
                    .hint("templates in metrics have {{.label}}, lower and upper"));
            }
        }
    }
    Ok(())
}

/// The field of the number of each line; lines without one are left out.
fn unwrapped(unwrap: &Unwrap, pipeline: &mut Pipeline<'_>, labels: &Labels) -> String {
    let mut fields = labels.fields(&unwrap.label, pipeline.parsed());
    let field = if fields.len() == 1 {
        fields.remove(0)
    } else {
        pipeline.extend(gathered(&unwrap.label, VALUE, labels, pipeline.parsed()));
        VALUE.to_owned()
    };
    pipeline.admit(Filter::field(&field, FieldTest::Exists));
    unwrap.filters.iter().for_each(|filter| pipeline.keep(filter));
    field
}

/// The columns of a label. Values that do not add up need it in one column before they are computed.
fn key(label: &str, merge: Merge, pipeline: &mut Pipeline<'_>, labels: &Labels) -> Key {
    let columns = labels.fields(label, pipeline.parsed());
    if merge.joins_rows() || (columns.len() == 1 && label != "detected_level") {
        return Key { label: label.to_owned(), columns };
    }
    pipeline.extend(gathered(label, label, labels, pipeline.parsed()));
    Key { label: label.to_owned(), columns: vec![label.to_owned()] }
}

/// Each column once, however many labels it may be.
fn columns(keys: &[Key]) -> Vec<GroupKey> {
    let mut columns: Vec<&String> = Vec::new();
    for column in keys.iter().flat_map(|key| &key.columns) {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    columns.into_iter().map(GroupKey::plain).collect()
}

fn functions(range: &RangeAggregation, number: Option<String>) -> Vec<Stat> {
    let function = match (range.function, &number) {
        (RangeFunction::Count | RangeFunction::Absent, _) | (RangeFunction::Rate, None) => Function::Count,
        (RangeFunction::Bytes | RangeFunction::BytesRate, _) => Function::SumLen,
        (RangeFunction::Rate | RangeFunction::Sum, _) => Function::Sum,
        (RangeFunction::Avg, _) => Function::Avg,
        (RangeFunction::Min, _) => Function::Min,
        (RangeFunction::Max, _) => Function::Max,
        (RangeFunction::Stdvar, _) => Function::Variance,
        (RangeFunction::Stddev, _) => Function::Stddev,
        (RangeFunction::Quantile, _) => Function::Quantile,
        (RangeFunction::First, _) => Function::First,
        (RangeFunction::Last | RangeFunction::RateCounter, _) => Function::Last,
    };
    let fields = number.clone().filter(|_| function != Function::Count);
    let stat = |function, name: &str| {
        let mut function = StatFunction::of(function, fields.clone());
        function.share = range.share;
        Stat { function, only_if: None, name: name.to_owned() }
    };
    let mut stats = vec![stat(function, VALUE)];
    if range.function == RangeFunction::RateCounter {
        stats.push(stat(Function::First, FIRST));
    }
    stats
}

/// What a value is multiplied with: per second, and durations in seconds.
fn scale(range: &RangeAggregation) -> f64 {
    let seconds = range.range.length as f64 / 1e9;
    let conversion = range.range.unwrap.as_ref().map_or(Conversion::None, |unwrap| unwrap.conversion);
    let unit = match (conversion, range.function) {
        (Conversion::None | Conversion::Bytes, _) => 1.0,
        (_, RangeFunction::Stdvar) => 1e-18,
        _ => 1e-9,
    };
    match range.function {
        RangeFunction::Rate | RangeFunction::BytesRate | RangeFunction::RateCounter => unit / seconds,
        _ => unit,
    }
}
