//! `limit 10`: keeps the first rows.

use std::fmt;

use super::Syntax;
use crate::Pipe;
use crate::parse::{Parser, Result};

pub(super) const SYNTAX: Syntax = Syntax::one(&["limit", "head"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    parser.count("limit").map(Pipe::Limit)
}

pub(super) fn write(count: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "limit {count}")
}
