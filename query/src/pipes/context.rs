//! `context before 2 after 2`: the neighbours of each row in its log.

use std::fmt;

use super::Syntax;
use crate::parse::{Parser, Result};
use crate::{Context, Pipe};

pub(super) const SYNTAX: Syntax = Syntax::one(&["context", "stream_context"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    let mut before = parser.count_after("before")?;
    let after = parser.count_after("after")?;
    if before.is_none() {
        before = parser.count_after("before")?;
    }
    if before.is_none() && after.is_none() {
        let hint = "write context before 2 after 2";
        return parser.fail(parser.here(), "`context` takes a number of neighbours", hint);
    }
    Ok(Pipe::Context(Context { before: before.unwrap_or(0), after: after.unwrap_or(0) }))
}

pub(super) fn write(context: Context, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "context before {} after {}", context.before, context.after)
}
