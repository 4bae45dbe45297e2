//! What the pipes `pack_…` have in common: everything but the form of the text.

use std::fmt;

use super::clauses::{Clause, Clauses, write_named};
use super::names;
use crate::Pack;
use crate::parse::{Parser, Result};

/// `fields (a, b*) as all`, both of which may be left out.
pub(super) fn parse(parser: &mut Parser<'_>) -> Result<Pack> {
    let fields = if parser.eat_word("fields") { parser.wildcards("the name of a field")? } else { Vec::new() };
    let mut said = Clauses::default();
    parser.clauses(&[Clause::As], &mut said)?;
    Ok(Pack { fields, into: said.into })
}

pub(super) fn write(pipe: &str, pack: &Pack, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(pipe)?;
    if !pack.fields.is_empty() {
        f.write_str(" fields (")?;
        names::write_wildcards(&pack.fields, f)?;
        f.write_str(")")?;
    }
    write_named("as", pack.into.as_ref(), f)
}
