//! `extract_regexp "(?P<ip>[0-9.]+)" from message`: fields out of a text, by a regular expression.

use std::fmt;

use super::clauses::{Clause, Clauses, write_if, write_keep, write_named};
use super::{Syntax, extract};
use crate::parse::{Parser, Result};
use crate::{ExtractRegex, Pipe};

pub(super) const SYNTAX: Syntax = Syntax::one(&["extract_regexp", "extract_regex"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    let mut said = Clauses::default();
    parser.clauses(&[Clause::If], &mut said)?;
    let literal = parser.literal("a regular expression", "extract_regexp \"(?P<ip>[0-9.]+)\" from message")?;
    let pattern = literal.pattern()?;
    if pattern.regex().capture_names().flatten().next().is_none() {
        return parser.fail(literal.span(), "no group of this has a name", "write (?P<name>…) around what is wanted");
    }
    parser.clauses(&extract::CLAUSES, &mut said)?;
    let Clauses { from, keep_original, only_if, .. } = said;
    Ok(Pipe::ExtractRegex(ExtractRegex { pattern, from, keep_original, only_if }))
}

pub(super) fn write(extract: &ExtractRegex, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("extract_regexp")?;
    write_if(extract.only_if.as_ref(), f)?;
    f.write_str(" ")?;
    crate::print::quoted(extract.pattern.text(), f)?;
    write_named("from", extract.from.as_ref(), f)?;
    write_keep(extract.keep_original, f)
}
