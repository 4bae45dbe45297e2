//! `copy a as b`: the same value under another name too.

use std::fmt;

use super::{Syntax, names};
use crate::Pipe;
use crate::parse::{Parser, Result};

pub(super) const SYNTAX: Syntax = Syntax::one(&["copy", "cp"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    parser.renamed().map(Pipe::Copy)
}

pub(super) fn write(pairs: &[(String, String)], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("copy ")?;
    names::write_renamed(pairs, f)
}
