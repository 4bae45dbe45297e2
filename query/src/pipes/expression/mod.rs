//! How an expression is read: `-a ^ 2 + round(b, 10) default 0`.
//!
//! ```text
//! loose   = tight { ("default" | "+" | "-" | "*" | "/" | "%") tight }      loosest first, from left to right
//! tight   = "-" tight | power                    power = operand [ "^" tight ]
//! operand = "(" loose ")" | number | field | function "(" loose { "," loose } ")"
//! ```

mod call;
mod operator;
mod write;

use vigil_model::limits::QUERY_DEPTH_MAX;

use super::functions;
use crate::error::shown;
use crate::parse::{Parser, Result, is_quote};
use crate::{Expression, MathOperator, Number};

/// Words that mean something inside of an expression, so that as names they need quotes.
const RESERVED: [&str; 2] = ["as", "default"];

/// An expression, and how many levels it has: whoever walks over it must not fall deep.
struct Built {
    expression: Expression,
    depth: usize,
}

impl Built {
    fn leaf(expression: Expression) -> Built {
        Built { expression, depth: 1 }
    }
}

/// Whether `text` can name a field inside of an expression without quotes. `-` and `/` compute there.
fn is_plain(text: &str) -> bool {
    text.starts_with(begins_name)
        && !text.contains(ends_plain)
        && !RESERVED.iter().any(|word| word.eq_ignore_ascii_case(text))
}

fn begins_name(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '_' | '@' | '$')
}

fn ends_plain(c: char) -> bool {
    !(c.is_alphanumeric() || matches!(c, '_' | '@' | '$' | '.'))
}

impl Parser<'_> {
    /// An expression, up to what cannot belong to it.
    pub(crate) fn expression(&mut self) -> Result<Expression> {
        self.loose(0).map(|built| built.expression)
    }

    /// Operators that bind at least as tightly as `level`.
    fn loose(&mut self, level: u8) -> Result<Built> {
        self.skip_space();
        let start = self.at;
        let mut left = self.tight()?;
        while let Some((operator, own)) = self.operator(level) {
            let right = self.loose(own + 1)?;
            left = self.joined(start, left, operator, right)?;
        }
        Ok(left)
    }

    fn tight(&mut self) -> Result<Built> {
        self.skip_space();
        let start = self.at;
        if !self.eat("-") {
            return self.power();
        }
        self.skip_space();
        let literal = self.at_number();
        let inner = self.nested(start, Parser::tight)?;
        match inner.expression {
            Expression::Number(number) if literal => Ok(Built::leaf(Expression::Number(-number))),
            expression => self.deeper(start, inner.depth, Expression::Negate(Box::new(expression))),
        }
    }

    fn power(&mut self) -> Result<Built> {
        let start = self.at;
        let base = self.operand()?;
        if !self.eat_after_space("^") {
            return Ok(base);
        }
        let exponent = self.nested(start, Parser::tight)?;
        self.joined(start, base, MathOperator::Power, exponent)
    }

    fn operand(&mut self) -> Result<Built> {
        self.skip_space();
        let start = self.at;
        match self.peek() {
            Some('(') => self.enclosed(),
            Some(c) if is_quote(c) => {
                let name = self.quoted()?.expect("a quote stands here");
                Ok(Built::leaf(Expression::Field(name)))
            }
            _ if self.at_number() => self.literal_number(),
            Some(c) if begins_name(c) => self.named(start),
            _ => self.fail(self.here(), "a number or a field is missing here", "write math bytes / 1024 as kib"),
        }
    }

    fn enclosed(&mut self) -> Result<Built> {
        let open = self.here();
        self.at = open.end;
        let inner = self.nested(open.start, |parser| parser.loose(0))?;
        if self.eat_after_space(")") {
            return Ok(inner);
        }
        self.fail(open, "this parenthesis is never closed", "add the missing `)`")
    }

    /// A field, a function, or a column as the function of `stats` was written that made it.
    fn named(&mut self, start: usize) -> Result<Built> {
        let name = self.run(ends_plain);
        if RESERVED.iter().any(|word| word.eq_ignore_ascii_case(name)) {
            let hint = format!("quote it where it is the name of a field: \"{name}\"");
            return self.fail(self.since(start), format!("a number or a field is missing before `{name}`"), &hint);
        }
        if self.peek() != Some('(') {
            return Ok(Built::leaf(Expression::Field(name.to_owned())));
        }
        match call::find(name) {
            Some(function) => self.call(function, start),
            None if functions::find(name).is_some() => {
                self.at = start;
                let column = functions::default_name(&self.function()?);
                Ok(Built::leaf(Expression::Field(column)))
            }
            None => self.fail(self.since(start), format!("unknown function `{}`", shown(name)), &call::hint(name)),
        }
    }

    fn joined(&self, start: usize, left: Built, operator: MathOperator, right: Built) -> Result<Built> {
        let depth = left.depth.max(right.depth);
        let expression = Expression::Binary(Box::new(left.expression), operator, Box::new(right.expression));
        self.deeper(start, depth, expression)
    }

    /// `expression` over parts of so many levels; `start` is where it begins.
    fn deeper(&self, start: usize, depth: usize, expression: Expression) -> Result<Built> {
        if depth < QUERY_DEPTH_MAX {
            return Ok(Built { expression, depth: depth + 1 });
        }
        let message = format!("this computes more than {QUERY_DEPTH_MAX} levels deep");
        self.fail(self.since(start), message, "compute a part in a step of its own: math a + b as c, c + d as e")
    }

    /// Whether a number begins here.
    fn at_number(&self) -> bool {
        let rest = self.rest();
        rest.strip_prefix('.').unwrap_or(rest).starts_with(|c: char| c.is_ascii_digit())
    }

    /// A number, which may have a unit: `10KiB`, `1h30m`, `1e-3`.
    fn literal_number(&mut self) -> Result<Built> {
        let start = self.at;
        self.run(ends_plain);
        let exponent = self.text[start..self.at].ends_with(['e', 'E']);
        if exponent && self.rest().starts_with(['-', '+']) {
            self.at += 1;
            self.run(ends_plain);
        }
        let text = &self.text[start..self.at];
        match Number::read(text).map(Number::to_f64).filter(|number| number.is_finite()) {
            Some(number) => Ok(Built::leaf(Expression::Number(number))),
            None => {
                let message = format!("`{}` is no number", shown(text));
                self.fail(self.since(start), message, "write a number, such as 10, 0.5, 10KiB or 5m")
            }
        }
    }
}
