//! What a LogQL query is once it is read.

mod label;
mod line;
mod metric;
mod stage;
mod template;

pub use label::{LabelFilter, LabelMatcher, NumberOperator, Quantity, TextTest, Whole};
pub use line::{Address, LineFilter, LineOperator, Needle};
pub use metric::{
    Binary, BinaryOperator, Cardinality, Conversion, Grouping, LabelReplace, LogRange, Matching, Metric,
    RangeAggregation, RangeFunction, Unwrap, VectorAggregation, VectorFunction,
};
pub use stage::{Assignment, LabelFormat, Pick, Span, Stage, StageKind};
pub use template::{Source, Template, TemplateCall, TemplatePart};

/// A LogQL query.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// It answers log lines.
    Log(LogQuery),
    /// It answers numbers.
    Metric(Metric),
}

/// Which streams, and what to make of their lines.
#[derive(Clone, Debug, PartialEq)]
pub struct LogQuery {
    /// `{app="api", env=~"prod|test"}`; all must hold. Empty for `{}`.
    pub matchers: Vec<LabelMatcher>,
    /// What follows the selector, in order.
    pub stages: Vec<Stage>,
}
