//! `len(message) as bytes`: how many bytes the text of a field has.

use std::fmt;

use super::{Name, Syntax};
use crate::Pipe;
use crate::parse::{Parser, Result};

pub(super) const SYNTAX: Syntax = Syntax::one(&["len"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    parser.skip_space();
    let open = parser.here();
    let enclosed = parser.eat("(");
    let field = parser.name("the name of a field")?;
    if enclosed && !parser.eat_after_space(")") {
        return parser.fail(open, "this parenthesis is never closed after one field", "write len(message) as bytes");
    }
    let into = if parser.eat_word("as") || !parser.at_item_end() {
        parser.name("the name of a column")?
    } else {
        format!("len({field})")
    };
    Ok(Pipe::Len { field, into })
}

pub(super) fn write(field: &str, into: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "len({}) as {}", Name(field), Name(into))
}
