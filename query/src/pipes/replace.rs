//! `replace ("old", "new") at message limit 1`: one text in place of another.

use std::fmt;

use super::Syntax;
use super::clauses::{Clause, Clauses, Literal, write_if, write_limit, write_named};
use crate::parse::{Parser, Result};
use crate::{Pipe, Replace};

pub(super) const SYNTAX: Syntax = Syntax::one(&["replace"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    let (old, new, said) = read("replace", parser)?;
    if old.text.is_empty() {
        return parser.fail(old.span(), "nothing cannot be replaced", "write replace (\"old\", \"new\")");
    }
    let Clauses { at, limit, only_if, .. } = said;
    Ok(Pipe::Replace(Replace { old: old.text, new, at, limit, only_if }))
}

/// What is taken out, what is put in, and what more is said.
pub(super) fn read(pipe: &str, parser: &mut Parser<'_>) -> Result<(Literal, String, Clauses)> {
    let mut said = Clauses::default();
    let example = format!("{pipe} (\"old\", \"new\") at message");
    parser.clauses(&[Clause::If], &mut said)?;
    parser.skip_space();
    let open = parser.here();
    if !parser.eat("(") {
        let message = format!("`{pipe}` takes two texts between parentheses");
        return parser.fail(open, message, &format!("write {example}"));
    }
    let old = parser.literal("the old text", &example)?;
    if !parser.eat_after_space(",") {
        return parser.fail(parser.here(), "a comma is missing between the two texts", &format!("write {example}"));
    }
    let new = parser.literal("the new text", &example)?;
    if !parser.eat_after_space(")") {
        return parser.fail(open, "this parenthesis is never closed after two texts", &format!("write {example}"));
    }
    parser.clauses(&[Clause::If, Clause::At, Clause::Limit], &mut said)?;
    Ok((old, new.text, said))
}

pub(super) fn write(replace: &Replace, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("replace")?;
    write_if(replace.only_if.as_ref(), f)?;
    write_pair(&replace.old, &replace.new, f)?;
    write_named("at", replace.at.as_ref(), f)?;
    write_limit(replace.limit, f)
}

/// Writes ` ("old", "new")`.
pub(super) fn write_pair(old: &str, new: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(" (")?;
    crate::print::quoted(old, f)?;
    f.write_str(", ")?;
    crate::print::quoted(new, f)?;
    f.write_str(")")
}
