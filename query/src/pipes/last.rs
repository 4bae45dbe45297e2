//! `last 3 by (took)`: an order and its last rows, the very last first. It is read as `sort` and `limit`.

use super::{Syntax, first, sort};
use crate::Pipe;
use crate::parse::{Parser, Result};

pub(super) const SYNTAX: Syntax = Syntax::several(&["last"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Vec<Pipe>> {
    let (limit, keys) = first::read("last", parser)?;
    Ok(vec![Pipe::Sort(sort::reversed(keys)), Pipe::Limit(limit)])
}
