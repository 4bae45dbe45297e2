//! `replace_regexp ("user-([0-9]+)", "user $1") at message`: a text in place of what a regular expression finds.

use std::fmt;

use super::clauses::{Clauses, write_if, write_limit, write_named};
use super::{Syntax, replace};
use crate::parse::{Parser, Result};
use crate::{Pipe, ReplaceRegex};

pub(super) const SYNTAX: Syntax = Syntax::one(&["replace_regexp", "replace_regex"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    let (old, new, said) = replace::read("replace_regexp", parser)?;
    let Clauses { at, limit, only_if, .. } = said;
    Ok(Pipe::ReplaceRegex(ReplaceRegex { pattern: old.pattern()?, new, at, limit, only_if }))
}

pub(super) fn write(replace: &ReplaceRegex, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("replace_regexp")?;
    write_if(replace.only_if.as_ref(), f)?;
    replace::write_pair(replace.pattern.text(), &replace.new, f)?;
    write_named("at", replace.at.as_ref(), f)?;
    write_limit(replace.limit, f)
}
