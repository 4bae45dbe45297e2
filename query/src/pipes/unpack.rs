//! What the pipes `unpack_…` have in common: everything but the form of the text.

use std::fmt;

use super::clauses::{Clause, Clauses, write_if, write_keep, write_named};
use super::names;
use crate::Unpack;
use crate::parse::{Parser, Result};

const CLAUSES: [Clause; 5] = [Clause::If, Clause::From, Clause::Fields, Clause::Prefix, Clause::Keep];

/// `from message fields (a, b) result_prefix "x." keep_original_fields`, all of which may be left out.
pub(super) fn parse(parser: &mut Parser<'_>) -> Result<Unpack> {
    let mut said = Clauses::default();
    parser.clauses(&CLAUSES, &mut said)?;
    let Clauses { from, fields, prefix, keep_original, only_if, .. } = said;
    Ok(Unpack { from, fields, prefix, keep_original, only_if })
}

pub(super) fn write(pipe: &str, unpack: &Unpack, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(pipe)?;
    write_if(unpack.only_if.as_ref(), f)?;
    write_named("from", unpack.from.as_ref(), f)?;
    if !unpack.fields.is_empty() {
        names::write_enclosed(" fields", &unpack.fields, f)?;
    }
    if !unpack.prefix.is_empty() {
        f.write_str(" result_prefix ")?;
        crate::print::quoted(&unpack.prefix, f)?;
    }
    write_keep(unpack.keep_original, f)
}
