//! `extract "ip=<ip> " from message`: fields out of a text, by a pattern of literal text and names.

use std::fmt;

use super::clauses::{Clause, Clauses, write_if, write_keep, write_named};
use super::{Syntax, template_error};
use crate::parse::{Parser, Result};
use crate::template::ExtractPattern;
use crate::{Extract, Pipe};

pub(super) const SYNTAX: Syntax = Syntax::one(&["extract"], parse);

/// What can be said behind the pattern.
pub(super) const CLAUSES: [Clause; 3] = [Clause::If, Clause::From, Clause::Keep];

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    let mut said = Clauses::default();
    parser.clauses(&[Clause::If], &mut said)?;
    let pattern = parser.literal("a pattern", "extract \"ip=<ip> \" from message")?;
    ExtractPattern::parse(&pattern.text).map_err(|error| template_error(&error, &pattern))?;
    parser.clauses(&CLAUSES, &mut said)?;
    let Clauses { from, keep_original, only_if, .. } = said;
    Ok(Pipe::Extract(Extract { pattern: pattern.text, from, keep_original, only_if }))
}

pub(super) fn write(extract: &Extract, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("extract")?;
    write_if(extract.only_if.as_ref(), f)?;
    f.write_str(" ")?;
    crate::print::quoted(&extract.pattern, f)?;
    write_named("from", extract.from.as_ref(), f)?;
    write_keep(extract.keep_original, f)
}
