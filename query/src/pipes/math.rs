//! `math a / b as share, rounded = round(share, 0.1)`: columns computed from numbers.

use std::fmt;

use super::{Name, Syntax};
use crate::parse::{Parser, Result, ends_name, is_name};
use crate::{MathStep, Pipe};

pub(super) const SYNTAX: Syntax = Syntax::one(&["math", "eval"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    let mut steps = vec![step(parser)?];
    while parser.eat_after_space(",") {
        steps.push(step(parser)?);
    }
    Ok(Pipe::Math(steps))
}

/// `expression as name`, `name = expression`, or an expression, which is then the name of its column.
fn step(parser: &mut Parser<'_>) -> Result<MathStep> {
    if let Some(into) = assigned(parser)? {
        return Ok(MathStep { expression: parser.expression()?, into });
    }
    let expression = parser.expression()?;
    let into = if parser.eat_word("as") || !parser.at_item_end() {
        parser.name("the name of a column")?
    } else {
        expression.to_string()
    };
    Ok(MathStep { expression, into })
}

/// The name before a `=`, if there is one.
fn assigned(parser: &mut Parser<'_>) -> Result<Option<String>> {
    parser.skip_space();
    let start = parser.at;
    let name = match parser.quoted()? {
        Some(name) => Some(name),
        None => Some(parser.run(ends_name)).filter(|name| is_name(name)).map(str::to_owned),
    };
    if name.is_some() && parser.eat_after_space("=") {
        return Ok(name);
    }
    parser.at = start;
    Ok(None)
}

pub(super) fn write(steps: &[MathStep], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (n, step) in steps.iter().enumerate() {
        let before = if n > 0 { "," } else { "math" };
        write!(f, "{before} {} as {}", step.expression, Name(&step.into))?;
    }
    Ok(())
}
