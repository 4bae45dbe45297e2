//! `delete token, k8s.*`: leaves these fields out.

use std::fmt;

use super::{Syntax, names};
use crate::Pipe;
use crate::parse::{Parser, Result};

pub(super) const SYNTAX: Syntax = Syntax::one(&["delete", "drop", "del", "rm"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    parser.wildcards("the name of a field").map(Pipe::Delete)
}

pub(super) fn write(fields: &[String], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("delete ")?;
    names::write_wildcards(fields, f)
}
