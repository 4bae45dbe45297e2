//! `unroll by (tags)`: a row for each item of a list.

use std::fmt;

use super::clauses::{Clause, Clauses, write_if};
use super::{Syntax, names};
use crate::parse::{Parser, Result};
use crate::{Pipe, Unroll};

pub(super) const SYNTAX: Syntax = Syntax::one(&["unroll"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    let mut said = Clauses::default();
    parser.clauses(&[Clause::If], &mut said)?;
    let by = parser.by("the name of a field")?;
    parser.clauses(&[Clause::If], &mut said)?;
    Ok(Pipe::Unroll(Unroll { by, only_if: said.only_if }))
}

pub(super) fn write(unroll: &Unroll, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("unroll")?;
    write_if(unroll.only_if.as_ref(), f)?;
    names::write_enclosed(" by", &unroll.by, f)
}
