//! `uniq by (host) with hits limit 10`: the different combinations of values.

use std::fmt;

use super::{HITS, Name, Syntax, clauses, names, top, twins};
use crate::parse::{Parser, Result};
use crate::{Pipe, Uniq};

pub(super) const SYNTAX: Syntax = Syntax::one(&["uniq"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    parser.skip_space();
    let start = parser.at;
    let by = parser.by("the name of a field")?;
    let mut limit = parser.count_after("limit")?;
    let hits = top::hits(parser)?;
    if limit.is_none() {
        limit = parser.count_after("limit")?;
    }
    twins::refuse(
        by.iter().chain(&hits),
        parser.since(start),
        "name each once; the count can have another name: with hits as n",
    )?;
    Ok(Pipe::Uniq(Uniq { by, hits, limit }))
}

pub(super) fn write(uniq: &Uniq, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    names::write_enclosed("uniq by", &uniq.by, f)?;
    match &uniq.hits {
        None => {}
        Some(hits) if hits == HITS => f.write_str(" with hits")?,
        Some(hits) => write!(f, " with hits as {}", Name(hits))?,
    }
    clauses::write_limit(uniq.limit, f)
}
