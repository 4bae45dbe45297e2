//! `collapse at message`: what differs between like lines made equal.

use std::fmt;

use super::Syntax;
use super::clauses::{Clause, Clauses, write_if, write_named};
use crate::parse::{Parser, Result};
use crate::{Collapse, Pipe};

pub(super) const SYNTAX: Syntax = Syntax::one(&["collapse", "collapse_nums"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    let mut said = Clauses::default();
    parser.clauses(&[Clause::If, Clause::At], &mut said)?;
    if said.at.is_none() && !parser.at_item_end() {
        said.at = Some(parser.name("the name of a field")?);
        parser.clauses(&[Clause::If], &mut said)?;
    }
    Ok(Pipe::Collapse(Collapse { at: said.at, only_if: said.only_if }))
}

pub(super) fn write(collapse: &Collapse, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("collapse")?;
    write_if(collapse.only_if.as_ref(), f)?;
    write_named("at", collapse.at.as_ref(), f)
}
