//! `join by (user) (level:error | stats by (user) count() as errors)`: columns of another query.

use std::fmt;

use super::{Syntax, names};
use crate::parse::{Parser, Result};
use crate::{Join, Pipe};

pub(super) const SYNTAX: Syntax = Syntax::one(&["join"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    if !parser.eat_word("by") {
        let hint = "write join by (user) (level:error | stats by (user) count() as errors)";
        return parser.fail(parser.here(), "`by` is missing after `join`", hint);
    }
    let by = parser.names("the name of a field")?;
    let query = Box::new(parser.subquery()?);
    let inner = parser.eat_word("inner");
    let prefix = if parser.eat_word("prefix") { parser.name("what stands before every name")? } else { String::new() };
    Ok(Pipe::Join(Join { by, query, inner, prefix }))
}

pub(super) fn write(join: &Join, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    names::write_enclosed("join by", &join.by, f)?;
    write!(f, " ({})", join.query)?;
    if join.inner {
        f.write_str(" inner")?;
    }
    if join.prefix.is_empty() {
        return Ok(());
    }
    f.write_str(" prefix ")?;
    crate::print::quoted(&join.prefix, f)
}
