//! `field_values host limit 10`: the values of a field, and how often they are there.

use std::fmt;

use super::{HITS, Name, Syntax, clauses, twins};
use crate::parse::{Parser, Result};
use crate::{FieldValues, Pipe};

pub(super) const SYNTAX: Syntax = Syntax::one(&["field_values"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    parser.skip_space();
    let start = parser.at;
    let field = parser.name("the name of a field")?;
    let hint = "write top by (hits) hits as n";
    twins::refuse([&field, &HITS.to_owned()].into_iter(), parser.since(start), hint)?;
    let limit = parser.count_after("limit")?;
    Ok(Pipe::FieldValues(FieldValues { field, limit }))
}

pub(super) fn write(values: &FieldValues, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "field_values {}", Name(&values.field))?;
    clauses::write_limit(values.limit, f)
}
