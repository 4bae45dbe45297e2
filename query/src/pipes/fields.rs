//! `fields host, k8s.*`: keeps these fields, in this order.

use std::fmt;

use super::{Syntax, names};
use crate::Pipe;
use crate::parse::{Parser, Result};

pub(super) const SYNTAX: Syntax = Syntax::one(&["fields", "keep"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    parser.wildcards("the name of a field").map(Pipe::Fields)
}

pub(super) fn write(fields: &[String], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("fields ")?;
    names::write_wildcards(fields, f)
}
