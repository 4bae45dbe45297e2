//! How a question is said, and whether one event answers it.
//!
//! [`parse`] reads VQL into a [`Query`]: one time range, one filter tree, a list of pipes. Other
//! front ends build the same [`Query`], and its `Display` is VQL again. [`Filter::matches`]
//! decides on one event; it is the oracle for the index, the live tail and the alerts.
//! [`Matcher`] decides the same at scanning speed. A [`Permission`] says which events may be asked
//! for, and makes the [`PermittedQuery`] that the index runs. The language itself is told in
//! `docs/guides/vql.md`.

mod ast;
mod decolorize;
mod error;
mod eval;
mod fields;
mod filter;
mod json;
mod number;
mod parse;
mod permission;
mod pipes;
mod print;
mod subqueries;
mod when;

pub mod logql;
pub mod template;
pub mod words;

pub use ast::{
    BadPattern, Bound, Bucket, Case, Collapse, Comparison, Context, Expression, Extract, ExtractRegex, Facets, Field,
    FieldTest, FieldValues, Filter, Format, Function, GroupKey, IpRange, Join, MathFunction, MathOperator, MathStep,
    Pack, Pattern, Pipe, Query, Relation, Replace, ReplaceRegex, Set, SortKey, Stat, StatFunction, Stats, TimeRange,
    Top, Uniq, Unpack, Unroll, Windows,
};
pub use decolorize::decolorize;
pub use error::ParseError;
pub use eval::{Matcher, required_literals};
pub use fields::Fields;
pub use filter::TIME_FIELD;
pub use json::{JsonError, from_json, parse_json, to_json};
pub use number::Number;
pub use parse::nearest::nearest;
pub use parse::{ParseOptions, parse, parse_with};
pub use permission::{Denied, Permission, PermittedQuery};
pub use pipes::{function_names, pipe_names};
