//! LogQL: how Grafana, Logs Drilldown and logcli ask, answered by the same plan as VQL.
//!
//! [`parse`] reads a query into an [`Expression`], whose `Display` reads back as the same. The language and how its
//! labels mean fields is told in `docs/guides/logql.md`.

mod ast;
mod entry;
mod metric;
mod parse;
mod print;
mod translate;

pub use ast::{
    Address, Assignment, Binary, BinaryOperator, Cardinality, Conversion, Expression, Grouping, LabelFilter,
    LabelFormat, LabelMatcher, LabelReplace, LineFilter, LineOperator, LogQuery, LogRange, Matching, Metric, Needle,
    NumberOperator, Pick, Quantity, RangeAggregation, RangeFunction, Source, Span, Stage, StageKind, Template,
    TemplateCall, TemplatePart, TextTest, Unwrap, VectorAggregation, VectorFunction, Whole,
};
pub use entry::Entry;
pub use metric::{Gather, Leaf, Matrix, MetricError, MetricPlan, Series, Steps, evaluate, plan};
pub use parse::{duration, parse};
pub use translate::{Labels, LogPlan, UNKNOWN_SERVICE, label_of, level_of, translate};
