//! `where level:error`: keeps the rows that pass a filter.

use std::fmt;

use super::Syntax;
use crate::parse::{Parser, Result};
use crate::{Filter, Pipe};

pub(super) const SYNTAX: Syntax = Syntax::one(&["where", "filter"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    parser.skip_space();
    if parser.at_filter_end() {
        return parser.fail(parser.here(), "a filter is missing after `where`", "write where level:error");
    }
    parser.or_chain(None).map(Pipe::Where)
}

pub(super) fn write(filter: &Filter, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "where {filter}")
}
