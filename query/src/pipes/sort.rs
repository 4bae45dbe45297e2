//! `sort by n desc, host`: orders the rows.

use std::fmt;

use super::{Name, Syntax};
use crate::parse::{Parser, Result};
use crate::{Pipe, SortKey};

pub(super) const SYNTAX: Syntax = Syntax { names: &["sort", "order"], parse };

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    parser.eat_word("by");
    parser.listed(key).map(Pipe::Sort)
}

fn key(parser: &mut Parser<'_>) -> Result<SortKey> {
    let field = parser.name("the name of a field or column")?;
    let descending = parser.eat_word("desc");
    if !descending {
        parser.eat_word("asc");
    }
    Ok(SortKey { field, descending })
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
