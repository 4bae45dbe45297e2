//! `| level="error" and (took > 250ms or addr = ip("10.0.0.0/8"))`

use super::Result;
use super::reader::Reader;
use crate::logql::ast::{LabelFilter, LabelMatcher, NumberOperator};

const OPERATORS: [(&str, NumberOperator); 7] = [
    ("==", NumberOperator::Equal),
    ("!=", NumberOperator::NotEqual),
    (">=", NumberOperator::GreaterOrEqual),
    (">", NumberOperator::Greater),
    ("<=", NumberOperator::LessOrEqual),
    ("<", NumberOperator::Less),
    ("=", NumberOperator::Equal),
];

impl Reader<'_> {
    /// Tests with `or` between them.
    pub(super) fn label_filter(&mut self) -> Result<LabelFilter> {
        let mut parts = vec![self.label_and()?];
        while self.eat_word("or") {
            parts.push(self.label_and()?);
        }
        Ok(chain(parts, LabelFilter::Or))
    }

    fn label_and(&mut self) -> Result<LabelFilter> {
        let mut parts = vec![self.label_test()?];
        while self.eat_word("and") || self.eat(",") || self.at_label_test() {
            parts.push(self.label_test()?);
        }
        Ok(chain(parts, LabelFilter::And))
    }

    /// Tests may follow each other without anything between them.
    fn at_label_test(&mut self) -> bool {
        let word = self.peek_word();
        self.peek() == Some('(') || !(word.is_empty() || matches!(word, "or" | "offset"))
    }

    fn label_test(&mut self) -> Result<LabelFilter> {
        self.skip_space();
        let start = self.at;
        self.part(start)?;
        if self.eat("(") {
            let inner = self.nested(start, Reader::label_filter)?;
            self.need(")", "end the tests with `)`")?;
            return Ok(inner);
        }
        let label = self.label()?;
        self.skip_space();
        let operator_at = self.at;
        if self.rest().starts_with("=~") || self.rest().starts_with("!~") {
            let test = self.text_test()?.expect("one of its operators stands here");
            return Ok(LabelFilter::Text(LabelMatcher { label, test }));
        }
        let Some((sign, operator)) = OPERATORS.into_iter().find(|(sign, _)| self.eat(sign)) else {
            return self.missing("an operator", "operators are = != =~ !~ == > >= < <=");
        };
        self.compared(label, sign, operator, operator_at)
    }

    /// What stands behind the operator decides what is compared.
    fn compared(&mut self, label: String, sign: &str, operator: NumberOperator, at: usize) -> Result<LabelFilter> {
        self.skip_space();
        let textual = matches!(sign, "=" | "!=");
        if matches!(self.peek(), Some('"' | '`' | '\'')) {
            if !textual {
                let span = at..at + sign.len();
                return self.fail(
                    span,
                    format!("texts do not compare by `{sign}`"),
                    "write = or !=, or a number without quotes",
                );
            }
            self.at = at;
            let test = self.text_test()?.expect("one of its operators stands here");
            return Ok(LabelFilter::Text(LabelMatcher { label, test }));
        }
        if let Some((text, span, range)) = self.ip()? {
            if !textual {
                return self.fail(
                    span,
                    format!("addresses do not compare by `{sign}`"),
                    "write = ip(\"…\") or != ip(\"…\")",
                );
            }
            return Ok(LabelFilter::Ip { label, negated: sign == "!=", text, range });
        }
        Ok(LabelFilter::Number { label, operator, quantity: self.quantity()? })
    }
}

/// A single part stands for itself; parts of the same kind stay flat.
fn chain(mut parts: Vec<LabelFilter>, many: fn(Vec<LabelFilter>) -> LabelFilter) -> LabelFilter {
    if parts.len() == 1 { parts.pop().expect("there is one") } else { many(flat(parts, many)) }
}

fn flat(parts: Vec<LabelFilter>, many: fn(Vec<LabelFilter>) -> LabelFilter) -> Vec<LabelFilter> {
    let is_and = matches!(many(Vec::new()), LabelFilter::And(_));
    let mut out = Vec::new();
    for part in parts {
        match part {
            LabelFilter::And(inner) if is_and => out.extend(inner),
            LabelFilter::Or(inner) if !is_and => out.extend(inner),
            other => out.push(other),
        }
    }
    out
}
