//! `top 10 by (host)`: the most frequent combinations of values.

use std::fmt;

use super::{HITS, Name, Syntax, names, twins};
use crate::parse::{Parser, Result};
use crate::{Pipe, Top};

pub(super) const SYNTAX: Syntax = Syntax::one(&["top"], parse);

/// How many when nobody says it.
const LIMIT_DEFAULT: u64 = 10;

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    let limit = parser.count_or("top", LIMIT_DEFAULT)?;
    parser.skip_space();
    let start = parser.at;
    let by = parser.by("the name of a field")?;
    let hits = hits(parser)?.unwrap_or_else(|| HITS.to_owned());
    twins::refuse(
        by.iter().chain([&hits]),
        parser.since(start),
        "name each once; the count can have another name: hits as n",
    )?;
    Ok(Pipe::Top(Top { limit, by, hits }))
}

/// `hits`, `hits as n`, with or without `with` before it: the name of the column that counts, if it is said.
pub(super) fn hits(parser: &mut Parser<'_>) -> Result<Option<String>> {
    let with = parser.eat_word("with");
    if !parser.eat_word(HITS) {
        return if with {
            parser.fail(parser.here(), "`hits` is missing after `with`", "write with hits")
        } else {
            Ok(None)
        };
    }
    if parser.eat_word("as") {
        return parser.name("the name of a column").map(Some);
    }
    Ok(Some(HITS.to_owned()))
}

pub(super) fn write(top: &Top, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    names::write_enclosed(&format!("top {} by", top.limit), &top.by, f)?;
    if top.hits == HITS { Ok(()) } else { write!(f, " hits as {}", Name(&top.hits)) }
}
