//! Which operator stands here, and how tightly it binds.

use crate::MathOperator;
use crate::parse::Parser;

/// How tightly an operator binds; more is tighter.
pub(super) fn level(operator: MathOperator) -> u8 {
    match operator {
        MathOperator::Default => 0,
        MathOperator::Add | MathOperator::Subtract => 1,
        MathOperator::Multiply | MathOperator::Divide | MathOperator::Remainder => 2,
        MathOperator::Power => POWER,
    }
}

/// As tightly as `-` before an operand binds.
pub(super) const NEGATE: u8 = 3;
/// As tightly as `^` binds.
pub(super) const POWER: u8 = 4;
/// As tightly as what has no operator.
pub(super) const ATOM: u8 = 5;

/// How an operator is written.
pub(crate) fn sign(operator: MathOperator) -> &'static str {
    match operator {
        MathOperator::Default => "default",
        MathOperator::Add => "+",
        MathOperator::Subtract => "-",
        MathOperator::Multiply => "*",
        MathOperator::Divide => "/",
        MathOperator::Remainder => "%",
        MathOperator::Power => "^",
    }
}

impl Parser<'_> {
    /// Steps over an operator between two operands that binds at least as tightly as `least`, and tells how tightly.
    pub(super) fn operator(&mut self, least: u8) -> Option<(MathOperator, u8)> {
        const SIGNS: [MathOperator; 5] = [
            MathOperator::Add,
            MathOperator::Subtract,
            MathOperator::Multiply,
            MathOperator::Divide,
            MathOperator::Remainder,
        ];
        self.skip_space();
        if least <= level(MathOperator::Default) && self.eat_word(sign(MathOperator::Default)) {
            return Some((MathOperator::Default, level(MathOperator::Default)));
        }
        let found = SIGNS.into_iter().find(|operator| level(*operator) >= least && self.eat(sign(*operator)))?;
        Some((found, level(found)))
    }
}
