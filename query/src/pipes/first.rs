//! `first 3 by (took desc)`: an order and its first rows. It is read as `sort` and `limit`.

use super::{Syntax, sort};
use crate::parse::{Parser, Result};
use crate::{Pipe, SortKey};

pub(super) const SYNTAX: Syntax = Syntax::several(&["first"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Vec<Pipe>> {
    let (limit, keys) = read("first", parser)?;
    Ok(vec![Pipe::Sort(keys), Pipe::Limit(limit)])
}

/// How many, 1 if it is not said, and by which order.
pub(super) fn read(pipe: &str, parser: &mut Parser<'_>) -> Result<(u64, Vec<SortKey>)> {
    let limit = parser.count_or(pipe, 1)?;
    if !parser.eat_word("by") {
        let message = format!("`by` is missing after `{pipe}`");
        return parser.fail(parser.here(), message, &format!("write {pipe} 10 by (_time), or limit 10 for any"));
    }
    Ok((limit, sort::keys(parser)?))
}
