//! `offset 10`: leaves the first rows out.

use std::fmt;

use super::Syntax;
use crate::Pipe;
use crate::parse::{Parser, Result};

pub(super) const SYNTAX: Syntax = Syntax::one(&["offset", "skip"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    parser.count("offset").map(Pipe::Offset)
}

pub(super) fn write(count: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "offset {count}")
}
