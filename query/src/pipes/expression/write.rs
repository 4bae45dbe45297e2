//! How an expression is written so that it reads back as the same one.

use std::fmt;

use super::operator::{ATOM, NEGATE, POWER, level, sign};
use super::{call, is_plain};
use crate::{Expression, MathOperator};

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expression::Number(number) => write_number(*number, f),
            Expression::Field(name) if is_plain(name) => f.write_str(name),
            Expression::Field(name) => crate::print::quoted(name, f),
            // `-5` alone would be the number.
            Expression::Negate(inner) if matches!(**inner, Expression::Number(number) if number >= 0.0) => {
                write!(f, "-({inner})")
            }
            Expression::Negate(inner) => write!(f, "-{}", Operand { expression: inner, least: NEGATE }),
            Expression::Binary(left, operator, right) => {
                let (least_left, least_right) = sides(*operator);
                let left = Operand { expression: left, least: least_left };
                let right = Operand { expression: right, least: least_right };
                write!(f, "{left} {} {right}", sign(*operator))
            }
            Expression::Call(function, arguments) => {
                write!(f, "{}(", call::name(*function))?;
                for (n, argument) in arguments.iter().enumerate() {
                    let comma = if n > 0 { ", " } else { "" };
                    write!(f, "{comma}{argument}")?;
                }
                f.write_str(")")
            }
        }
    }
}

/// How tightly the two sides of an operator must bind to need no parentheses.
fn sides(operator: MathOperator) -> (u8, u8) {
    match operator {
        MathOperator::Power => (ATOM, NEGATE),
        operator => (level(operator), level(operator) + 1),
    }
}

/// A part of an expression, in parentheses where it would otherwise fall apart.
struct Operand<'a> {
    expression: &'a Expression,
    least: u8,
}

impl fmt::Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = match self.expression {
            Expression::Number(number) if *number < 0.0 => NEGATE,
            Expression::Number(_) | Expression::Field(_) | Expression::Call(..) => ATOM,
            Expression::Negate(_) => NEGATE,
            Expression::Binary(_, MathOperator::Power, _) => POWER,
            Expression::Binary(_, operator, _) => level(*operator),
        };
        if own < self.least { write!(f, "({})", self.expression) } else { write!(f, "{}", self.expression) }
    }
}

/// Numbers that no text means are written as what computes them.
fn write_number(number: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if number.is_nan() {
        f.write_str("(0 / 0)")
    } else if number.is_infinite() {
        f.write_str(if number > 0.0 { "(1 / 0)" } else { "(-1 / 0)" })
    } else if number == 0.0 {
        f.write_str("0")
    } else {
        write!(f, "{number}")
    }
}
