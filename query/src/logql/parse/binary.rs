//! Operators between expressions, and what stands between them.

use super::Result;
use super::reader::Reader;
use crate::logql::ast::{Binary, BinaryOperator, Expression, Metric, RangeFunction, VectorFunction};
use crate::parse::nearest::nearest;

impl Reader<'_> {
    /// An expression of operators that bind at least so tightly.
    pub(super) fn expression(&mut self, least: u8) -> Result<Expression> {
        self.skip_space();
        let start = self.at;
        let mut left = self.nested(start, Reader::operand)?;
        loop {
            let Some((sign, operator)) = self.operator() else { return Ok(left) };
            if operator.precedence() < least {
                return Ok(left);
            }
            let operator_span = self.at..self.at + sign.len();
            self.part(self.at)?;
            self.at = operator_span.end;
            let Expression::Metric(left_side) = left else {
                return self.fail(
                    operator_span,
                    "log lines do not combine",
                    "write a metric such as count_over_time(…[5m])",
                );
            };
            let bool_modifier = self.eat_word("bool");
            if bool_modifier && !operator.is_comparison() {
                return self.fail(operator_span, "`bool` belongs to a comparison", "take `bool` away");
            }
            let matching = self.matching()?;
            // To the left, and only powers to the right.
            let tighter = operator.precedence() + u8::from(operator != BinaryOperator::Power);
            let right = self.nested(start, |reader| reader.metric_above(tighter))?;
            left = Expression::Metric(combined(left_side, operator, bool_modifier, matching, right));
        }
    }

    /// An expression that must answer numbers.
    pub(super) fn metric_above(&mut self, least: u8) -> Result<Metric> {
        self.skip_space();
        let start = self.at;
        match self.expression(least)? {
            Expression::Metric(metric) => Ok(metric),
            Expression::Log(_) => {
                let hint = "put it into a function such as count_over_time({…}[5m])";
                self.fail(self.since(start), "numbers are needed here, and these are log lines", hint)
            }
        }
    }

    /// The operator here, if there is one.
    fn operator(&mut self) -> Option<(&'static str, BinaryOperator)> {
        let word = self.peek_word();
        let rest = self.rest();
        let stands =
            |sign: &str| if sign.as_bytes()[0].is_ascii_alphabetic() { word == sign } else { rest.starts_with(sign) };
        BinaryOperator::ALL.into_iter().find(|(sign, _)| stands(sign))
    }

    fn operand(&mut self) -> Result<Expression> {
        let start = self.at;
        self.part(start)?;
        if let Some(number) = self.literal()? {
            return Ok(Expression::Metric(Metric::Literal(number)));
        }
        match self.peek() {
            Some('{') => return self.log_query().map(Expression::Log),
            Some('(') => return self.parenthesised(),
            _ => {}
        }
        let word = self.peek_word();
        if word.is_empty() {
            return self.missing("a query", "write {label=\"value\"}, or a metric such as rate({label=\"value\"}[5m])");
        }
        self.at += word.len();
        self.call(word, start).map(Expression::Metric)
    }

    fn parenthesised(&mut self) -> Result<Expression> {
        let start = self.at;
        self.need("(", "")?;
        let inner = self.expression(0)?;
        if !self.eat(")") {
            let hint = "add the missing `)`";
            return self.fail(start..start + 1, "this parenthesis is never closed", hint);
        }
        Ok(inner)
    }

    fn call(&mut self, name: &str, start: usize) -> Result<Metric> {
        if let Some((_, function)) = RangeFunction::ALL.into_iter().find(|(known, _)| *known == name) {
            return self.range_aggregation(function, start);
        }
        if let Some((_, function)) = VectorFunction::ALL.into_iter().find(|(known, _)| *known == name) {
            return self.vector_aggregation(function);
        }
        match name {
            "vector" => self.constant(),
            "label_replace" => self.label_replace(),
            _ => self.unknown_function(name, start),
        }
    }

    fn unknown_function<T>(&self, name: &str, start: usize) -> Result<T> {
        let ranges = RangeFunction::ALL.iter().map(|(name, _)| *name);
        let vectors = VectorFunction::ALL.iter().map(|(name, _)| *name);
        let known = ranges.chain(vectors).chain(["vector", "label_replace"]);
        let hint = nearest(name, known).map_or_else(
            || "a query begins with {label=\"value\"} or a function".to_owned(),
            |known| format!("did you mean `{known}`?"),
        );
        self.fail(self.since(start), format!("unknown function `{}`", crate::error::shown(name)), &hint)
    }
}

fn combined(
    left: Metric,
    operator: BinaryOperator,
    bool_modifier: bool,
    matching: Option<crate::logql::ast::Matching>,
    right: Metric,
) -> Metric {
    Metric::Binary(Box::new(Binary { left, operator, bool_modifier, matching, right }))
}
