//! What makes numbers of lines, and numbers of numbers.

use super::{LabelFilter, LogQuery, Span, Whole};

/// An expression that answers numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum Metric {
    /// `rate({app="api"}[5m])`
    Range(Box<RangeAggregation>),
    /// `sum by (app) (…)`
    Vector(Box<VectorAggregation>),
    /// `a / b`
    Binary(Box<Binary>),
    /// `label_replace(v, "to", "$1", "from", "(.*)")`
    LabelReplace(Box<LabelReplace>),
    /// `vector(1)`: one series without labels.
    Constant(f64),
    /// `1`: a number, no series.
    Literal(f64),
}

/// A function of the lines in a window of time.
#[derive(Clone, Debug, PartialEq)]
pub struct RangeAggregation {
    /// Which function.
    pub function: RangeFunction,
    /// The share of `quantile_over_time`.
    pub share: Option<f64>,
    /// Of which lines.
    pub range: LogRange,
    /// Which labels tell series apart; `None` for all of them.
    pub grouping: Option<Grouping>,
    /// Where it was written.
    pub span: Span,
}

/// Functions of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeFunction {
    /// `count_over_time`
    Count,
    /// `rate`: lines a second, or with `unwrap` the sum of values a second.
    Rate,
    /// `rate_counter`
    RateCounter,
    /// `bytes_rate`
    BytesRate,
    /// `bytes_over_time`
    Bytes,
    /// `avg_over_time`
    Avg,
    /// `sum_over_time`
    Sum,
    /// `min_over_time`
    Min,
    /// `max_over_time`
    Max,
    /// `stdvar_over_time`
    Stdvar,
    /// `stddev_over_time`
    Stddev,
    /// `quantile_over_time`
    Quantile,
    /// `first_over_time`
    First,
    /// `last_over_time`
    Last,
    /// `absent_over_time`
    Absent,
}

/// Lines of windows of time.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRange {
    /// Which lines.
    pub query: LogQuery,
    /// Which number each line stands for.
    pub unwrap: Option<Unwrap>,
    /// How long the window is, in nanoseconds; above 0.
    pub length: i64,
    /// How far back the window is moved, in nanoseconds.
    pub offset: i64,
}

/// `| unwrap duration(took) | took != "0s"`
#[derive(Clone, Debug, PartialEq)]
pub struct Unwrap {
    /// The label that holds the number.
    pub label: String,
    /// How its text is read.
    pub conversion: Conversion,
    /// Tests that follow it.
    pub filters: Vec<LabelFilter>,
}

/// How the text of an unwrapped label is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// A plain number.
    None,
    /// `bytes(label)`: a size, in bytes.
    Bytes,
    /// `duration(label)`: a duration, in seconds.
    Duration,
    /// `duration_seconds(label)`: the same.
    DurationSeconds,
}

/// Which labels tell groups apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grouping {
    /// All but these.
    pub without: bool,
    /// The labels.
    pub labels: Vec<String>,
}

/// A function of series.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorAggregation {
    /// Which function.
    pub function: VectorFunction,
    /// How many, of `topk`, `bottomk` and `approx_topk`.
    pub count: Option<u64>,
    /// Of which series.
    pub inner: Metric,
    /// Which labels tell groups apart; `None` makes one group.
    pub grouping: Option<Grouping>,
}

/// Functions of series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VectorFunction {
    /// `sum`
    Sum,
    /// `avg`
    Avg,
    /// `min`
    Min,
    /// `max`
    Max,
    /// `count`
    Count,
    /// `stddev`
    Stddev,
    /// `stdvar`
    Stdvar,
    /// `topk`
    Topk,
    /// `bottomk`
    Bottomk,
    /// `approx_topk`; exact here.
    ApproxTopk,
    /// `sort`
    Sort,
    /// `sort_desc`
    SortDesc,
}

/// An operator between two expressions.
#[derive(Clone, Debug, PartialEq)]
pub struct Binary {
    /// Left side.
    pub left: Metric,
    /// The operator.
    pub operator: BinaryOperator,
    /// A comparison answers 0 or 1 instead of leaving samples out.
    pub bool_modifier: bool,
    /// Which series belong together; `None` where nothing is said.
    pub matching: Option<Matching>,
    /// Right side.
    pub right: Metric,
}

/// Operators, loosest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `or`
    Or,
    /// `and`
    And,
    /// `unless`
    Unless,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `^`
    Power,
}

/// Which series belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matching {
    /// `on` these labels, otherwise `ignoring` them.
    pub on: bool,
    /// The labels.
    pub labels: Vec<String>,
    /// Which side may have several.
    pub cardinality: Cardinality,
}

/// Which side may have several series for one of the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cardinality {
    /// Neither.
    One,
    /// `group_left (labels)`: the left one; these labels are taken from the right.
    Left(Vec<String>),
    /// `group_right (labels)`
    Right(Vec<String>),
}

/// A label made of another one.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelReplace {
    /// Of which series.
    pub inner: Metric,
    /// The label that is written.
    pub to: String,
    /// Its value; `$1` and `${name}` are groups.
    pub replacement: String,
    /// The label that is read.
    pub from: String,
    /// It must match the whole value; otherwise the series stays as it is.
    pub regex: Whole,
}

impl RangeFunction {
    /// Every function with its name.
    pub const ALL: [(&'static str, RangeFunction); 15] = [
        ("count_over_time", RangeFunction::Count),
        ("rate", RangeFunction::Rate),
        ("rate_counter", RangeFunction::RateCounter),
        ("bytes_rate", RangeFunction::BytesRate),
        ("bytes_over_time", RangeFunction::Bytes),
        ("avg_over_time", RangeFunction::Avg),
        ("sum_over_time", RangeFunction::Sum),
        ("min_over_time", RangeFunction::Min),
        ("max_over_time", RangeFunction::Max),
        ("stdvar_over_time", RangeFunction::Stdvar),
        ("stddev_over_time", RangeFunction::Stddev),
        ("quantile_over_time", RangeFunction::Quantile),
        ("first_over_time", RangeFunction::First),
        ("last_over_time", RangeFunction::Last),
        ("absent_over_time", RangeFunction::Absent),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        let known = RangeFunction::ALL.iter().find(|(_, function)| *function == self);
        known.expect("every function is in the list").0
    }
}

impl VectorFunction {
    /// Every function with its name.
    pub const ALL: [(&'static str, VectorFunction); 12] = [
        ("sum", VectorFunction::Sum),
        ("avg", VectorFunction::Avg),
        ("min", VectorFunction::Min),
        ("max", VectorFunction::Max),
        ("count", VectorFunction::Count),
        ("stddev", VectorFunction::Stddev),
        ("stdvar", VectorFunction::Stdvar),
        ("topk", VectorFunction::Topk),
        ("bottomk", VectorFunction::Bottomk),
        ("approx_topk", VectorFunction::ApproxTopk),
        ("sort", VectorFunction::Sort),
        ("sort_desc", VectorFunction::SortDesc),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        let known = VectorFunction::ALL.iter().find(|(_, function)| *function == self);
        known.expect("every function is in the list").0
    }

    /// Whether it takes a number of series.
    pub fn counts(self) -> bool {
        matches!(self, VectorFunction::Topk | VectorFunction::Bottomk | VectorFunction::ApproxTopk)
    }
}

impl BinaryOperator {
    /// Every operator with its sign, longer signs before those they begin with.
    pub const ALL: [(&'static str, BinaryOperator); 15] = [
        ("or", BinaryOperator::Or),
        ("and", BinaryOperator::And),
        ("unless", BinaryOperator::Unless),
        ("==", BinaryOperator::Equal),
        ("!=", BinaryOperator::NotEqual),
        (">=", BinaryOperator::GreaterOrEqual),
        (">", BinaryOperator::Greater),
        ("<=", BinaryOperator::LessOrEqual),
        ("<", BinaryOperator::Less),
        ("+", BinaryOperator::Add),
        ("-", BinaryOperator::Subtract),
        ("*", BinaryOperator::Multiply),
        ("/", BinaryOperator::Divide),
        ("%", BinaryOperator::Remainder),
        ("^", BinaryOperator::Power),
    ];

    /// Its sign.
    pub fn sign(self) -> &'static str {
        let known = BinaryOperator::ALL.iter().find(|(_, operator)| *operator == self);
        known.expect("every operator is in the list").0
    }

    /// How tightly it binds; a higher one first.
    pub fn precedence(self) -> u8 {
        match self {
            BinaryOperator::Or => 1,
            BinaryOperator::And | BinaryOperator::Unless => 2,
            operator if operator.is_comparison() => 3,
            BinaryOperator::Add | BinaryOperator::Subtract => 4,
            BinaryOperator::Power => 6,
            _ => 5,
        }
    }

    /// Whether it compares.
    pub fn is_comparison(self) -> bool {
        matches!(
            self,
            BinaryOperator::Equal
                | BinaryOperator::NotEqual
                | BinaryOperator::Greater
                | BinaryOperator::GreaterOrEqual
                | BinaryOperator::Less
                | BinaryOperator::LessOrEqual
        )
    }

    /// Whether it combines sets of series.
    pub fn is_set(self) -> bool {
        matches!(self, BinaryOperator::Or | BinaryOperator::And | BinaryOperator::Unless)
    }
}
