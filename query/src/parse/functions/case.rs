//! `i(text)` and `c(text)`: does letter case count?

use super::{Call, Syntax};
use crate::parse::value::about;
use crate::parse::{Parser, Result};
use crate::{Case, Filter};

pub(super) const FOLDED: Syntax =
    Syntax { names: &["i"], opens: "(", example: "i(text)", read: |parser, call| read(parser, call, Case::Folded) };

pub(super) const EXACT: Syntax =
    Syntax { names: &["c"], opens: "(", example: "c(text)", read: |parser, call| read(parser, call, Case::Exact) };

fn read(parser: &mut Parser<'_>, call: &Call<'_>, case: Case) -> Result<Filter> {
    let open = parser.here();
    parser.at = open.end;
    parser.skip_space();
    let test = parser.cased_text(case)?;
    parser.skip_space();
    match parser.eat(")") {
        true => Ok(about(call.field(), test)),
        false => parser.stray(call, open),
    }
}
