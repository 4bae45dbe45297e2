//! `sort by n desc, host`: orders the rows.
//!
//! `limit` and `offset` may follow, and are pipes of their own: rows are left out before they are counted.

use std::fmt;

use super::{Name, Syntax};
use crate::parse::{Parser, Result};
use crate::{Pipe, SortKey};

pub(super) const SYNTAX: Syntax = Syntax::several(&["sort", "order"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Vec<Pipe>> {
    parser.eat_word("by");
    let mut pipes = vec![Pipe::Sort(keys(parser)?)];
    let mut limit = parser.count_after("limit")?;
    let offset = parser.count_after("offset")?;
    if limit.is_none() {
        limit = parser.count_after("limit")?;
    }
    pipes.extend(offset.map(Pipe::Offset));
    pipes.extend(limit.map(Pipe::Limit));
    Ok(pipes)
}

/// Criteria of an order; `desc` behind their closing parenthesis turns all of them around.
pub(super) fn keys(parser: &mut Parser<'_>) -> Result<Vec<SortKey>> {
    parser.skip_space();
    let enclosed = parser.peek() == Some('(');
    let keys = parser.listed(key)?;
    Ok(if enclosed && descending(parser) { reversed(keys) } else { keys })
}

fn key(parser: &mut Parser<'_>) -> Result<SortKey> {
    let field = parser.name("the name of a field or column")?;
    Ok(SortKey { field, descending: descending(parser) })
}

fn descending(parser: &mut Parser<'_>) -> bool {
    parser.eat_word("desc") || {
        parser.eat_word("asc");
        false
    }
}

/// The opposite order.
pub(super) fn reversed(keys: Vec<SortKey>) -> Vec<SortKey> {
    keys.into_iter().map(|key| SortKey { descending: !key.descending, ..key }).collect()
}

pub(super) fn write(keys: &[SortKey], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("sort by ")?;
    for (n, key) in keys.iter().enumerate() {
        let comma = if n > 0 { ", " } else { "" };
        let order = if key.descending { " desc" } else { "" };
        write!(f, "{comma}{}{order}", Name(&key.field))?;
    }
    Ok(())
}
