//! `rename a as b`: gives fields other names.

use std::fmt;

use super::{Syntax, names};
use crate::Pipe;
use crate::parse::{Parser, Result};

pub(super) const SYNTAX: Syntax = Syntax::one(&["rename", "mv"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    parser.renamed().map(Pipe::Rename)
}

pub(super) fn write(pairs: &[(String, String)], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("rename ")?;
    names::write_renamed(pairs, f)
}
