//! `format "<host>: <message>" as line`: a text put together from fields.

use std::fmt;

use super::clauses::{Clause, Clauses, write_if, write_keep, write_named};
use super::{Syntax, template_error};
use crate::parse::{Parser, Result};
use crate::template::FormatTemplate;
use crate::{Format, Pipe};

pub(super) const SYNTAX: Syntax = Syntax::one(&["format"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    let mut said = Clauses::default();
    parser.clauses(&[Clause::If], &mut said)?;
    let template = parser.literal("a template", "format \"<host>: <message>\" as line")?;
    FormatTemplate::parse(&template.text).map_err(|error| template_error(&error, &template))?;
    parser.clauses(&[Clause::If, Clause::As, Clause::Keep], &mut said)?;
    let Clauses { into, keep_original, only_if, .. } = said;
    Ok(Pipe::Format(Format { template: template.text, into, keep_original, only_if }))
}

pub(super) fn write(format: &Format, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("format")?;
    write_if(format.only_if.as_ref(), f)?;
    f.write_str(" ")?;
    crate::print::quoted(&format.template, f)?;
    write_named("as", format.into.as_ref(), f)?;
    write_keep(format.keep_original, f)
}
