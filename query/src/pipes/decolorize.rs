//! `decolorize message`: a text without the colours of a terminal.

use std::fmt;

use super::{Name, Syntax};
use crate::Pipe;
use crate::parse::{Parser, Result};

pub(super) const SYNTAX: Syntax = Syntax::one(&["decolorize"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    parser.name("the name of a field").map(Pipe::Decolorize)
}

pub(super) fn write(field: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "decolorize {}", Name(field))
}
