//! `range(1, 5]`, `string_range(a, b)`, `len_range(1, 5)`: what lies between two bounds.

use super::{Argument, Call, Syntax};
use crate::error::shown;
use crate::parse::value::about;
use crate::parse::{Parser, Result};
use crate::{FieldTest, Filter};

pub(super) const RANGE: Syntax = Syntax {
    names: &["range"],
    opens: "([",
    example: "field:range(1, 5]",
    read: |parser, call| parser.range(call.field()),
};

pub(super) const TEXTS: Syntax =
    Syntax { names: &["string_range"], opens: "(", example: "field:string_range(a, m)", read: texts };

pub(super) const LENGTHS: Syntax =
    Syntax { names: &["len_range"], opens: "(", example: "field:len_range(1, 5), or (10, inf)", read: lengths };

fn texts(parser: &mut Parser<'_>, call: &Call<'_>) -> Result<Filter> {
    let [(low, _), (high, _)] = parser.two_arguments(call)?;
    Ok(about(call.field(), FieldTest::StringRange(low, high)))
}

fn lengths(parser: &mut Parser<'_>, call: &Call<'_>) -> Result<Filter> {
    let [low, high] = parser.two_arguments(call)?;
    let (low, high) = (length(call, &low)?, length(call, &high)?);
    if low > high {
        return call.fail(parser.since(call.start), "this range ends before it begins");
    }
    Ok(about(call.field(), FieldTest::LengthRange(low, high)))
}

fn length(call: &Call<'_>, (text, span): &Argument) -> Result<u64> {
    if text == "inf" {
        return Ok(u64::MAX);
    }
    match text.parse().ok().filter(|_| !text.starts_with('+')) {
        Some(length) => Ok(length),
        None => call.fail(span.clone(), format!("`{}` is no number of characters", shown(text))),
    }
}
