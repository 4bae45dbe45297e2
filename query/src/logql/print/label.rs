//! How tests of labels are written.

use std::fmt;

use super::Quoted;
use crate::logql::ast::{LabelFilter, LabelMatcher, NumberOperator, TextTest};

impl fmt::Display for LabelMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.label, self.test)
    }
}

impl fmt::Display for TextTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TextTest::Equal(text) => write!(f, "={}", Quoted(text)),
            TextTest::NotEqual(text) => write!(f, "!={}", Quoted(text)),
            TextTest::Matches(whole) => write!(f, "=~{}", Quoted(whole.text())),
            TextTest::NotMatches(whole) => write!(f, "!~{}", Quoted(whole.text())),
        }
    }
}

impl fmt::Display for LabelFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LabelFilter::And(parts) => chain(parts, " and ", f),
            LabelFilter::Or(parts) => chain(parts, " or ", f),
            LabelFilter::Text(matcher) => write!(f, "{matcher}"),
            LabelFilter::Number { label, operator, quantity } => write!(f, "{label} {operator} {}", quantity.text),
            LabelFilter::Ip { label, negated, text, .. } => {
                write!(f, "{label} {} ip({})", if *negated { "!=" } else { "=" }, Quoted(text))
            }
        }
    }
}

/// An `or` inside of an `and` needs parentheses; chains of one kind are flat and never hold their own kind.
fn chain(parts: &[LabelFilter], operator: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (n, part) in parts.iter().enumerate() {
        f.write_str(if n > 0 { operator } else { "" })?;
        match part {
            LabelFilter::Or(_) => write!(f, "({part})")?,
            part => write!(f, "{part}")?,
        }
    }
    Ok(())
}

impl fmt::Display for NumberOperator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NumberOperator::Equal => "==",
            NumberOperator::NotEqual => "!=",
            NumberOperator::Less => "<",
            NumberOperator::LessOrEqual => "<=",
            NumberOperator::Greater => ">",
            NumberOperator::GreaterOrEqual => ">=",
        })
    }
}
