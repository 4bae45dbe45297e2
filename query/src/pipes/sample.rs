//! `sample 100`: about one row of so many.

use std::fmt;

use super::Syntax;
use crate::Pipe;
use crate::parse::{Parser, Result};

pub(super) const SYNTAX: Syntax = Syntax::one(&["sample"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    parser.skip_space();
    let start = parser.at;
    match parser.count("sample")? {
        0 => parser.fail(
            parser.since(start),
            "one row of none is no sample",
            "write sample 100 for one row of a hundred",
        ),
        count => Ok(Pipe::Sample(count)),
    }
}

pub(super) fn write(count: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "sample {count}")
}
