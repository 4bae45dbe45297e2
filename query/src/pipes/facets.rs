//! `facets 10`: the most frequent values of every field.

use std::fmt;

use super::Syntax;
use crate::parse::{Parser, Result};
use crate::{Facets, Pipe};

pub(super) const SYNTAX: Syntax = Syntax::one(&["facets"], parse);

/// What holds when nobody says otherwise.
pub(crate) const DEFAULT: Facets = Facets { limit: 10, max_values: 1_000, max_value_len: 128, keep_const: false };

const MAX_VALUES: &str = "max_values_per_field";
const MAX_VALUE_LEN: &str = "max_value_len";
const KEEP_CONST: &str = "keep_const_fields";

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    let mut facets = Facets { limit: parser.count_or("facets", DEFAULT.limit)?, ..DEFAULT };
    loop {
        if let Some(count) = parser.count_after(MAX_VALUES)? {
            facets.max_values = count;
        } else if let Some(count) = parser.count_after(MAX_VALUE_LEN)? {
            facets.max_value_len = count;
        } else if parser.eat_word(KEEP_CONST) {
            facets.keep_const = true;
        } else {
            return Ok(Pipe::Facets(facets));
        }
    }
}

pub(super) fn write(facets: &Facets, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "facets {}", facets.limit)?;
    if facets.max_values != DEFAULT.max_values {
        write!(f, " {MAX_VALUES} {}", facets.max_values)?;
    }
    if facets.max_value_len != DEFAULT.max_value_len {
        write!(f, " {MAX_VALUE_LEN} {}", facets.max_value_len)?;
    }
    if facets.keep_const { write!(f, " {KEEP_CONST}") } else { Ok(()) }
}
