//! `value_type(int)`: what was the value when it was taken in?

use super::{Call, Syntax};
use crate::error::shown;
use crate::eval::TYPES;
use crate::parse::nearest::nearest;
use crate::parse::value::about;
use crate::parse::{Parser, Result};
use crate::{FieldTest, Filter, ParseError};

pub(super) const TYPE: Syntax = Syntax { names: &["value_type"], opens: "(", example: "field:value_type(int)", read };

fn read(parser: &mut Parser<'_>, call: &Call<'_>) -> Result<Filter> {
    let (name, span) = parser.one_argument(call)?;
    if TYPES.contains(&name.as_str()) {
        return Ok(about(call.field(), FieldTest::ValueType(name)));
    }
    let hint = match nearest(&name, TYPES.into_iter()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("types are {}", TYPES.join(", ")),
    };
    Err(ParseError::new(span, format!("`{}` is no type of values", shown(&name))).hint(hint))
}
