//! `union (level:error)`: the rows of another query behind these.

use std::fmt;

use super::Syntax;
use crate::parse::{Parser, Result};
use crate::{Pipe, Query};

pub(super) const SYNTAX: Syntax = Syntax::one(&["union"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    parser.subquery().map(|query| Pipe::Union(Box::new(query)))
}

pub(super) fn write(query: &Query, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "union ({query})")
}
