//! How a label is tested, in the selector and behind it.

use crate::{IpRange, Pattern};

/// One test of the selector.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelMatcher {
    /// The label.
    pub label: String,
    /// What it must pass; a missing label is the empty text.
    pub test: TextTest,
}

/// A test of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum TextTest {
    /// `=`
    Equal(String),
    /// `!=`
    NotEqual(String),
    /// `=~`
    Matches(Whole),
    /// `!~`
    NotMatches(Whole),
}

/// A regular expression that must match the whole text.
#[derive(Clone, Debug, PartialEq)]
pub struct Whole(Pattern);

const OPEN: &str = "^(?s:";
const CLOSE: &str = ")$";

impl Whole {
    /// Compiles the text; the error says in words what is wrong.
    pub fn new(text: &str) -> Result<Whole, String> {
        // By itself first, so that `a)|(b` does not become good by what is put around it.
        Pattern::new(text)?;
        Pattern::new(&format!("{OPEN}{text}{CLOSE}")).map(Whole)
    }

    /// As it was written, without anchors.
    pub fn text(&self) -> &str {
        let text = self.0.text();
        &text[OPEN.len()..text.len() - CLOSE.len()]
    }

    /// With its anchors.
    pub fn pattern(&self) -> &Pattern {
        &self.0
    }
}

impl TextTest {
    /// Whether this text passes.
    pub fn holds(&self, text: &str) -> bool {
        match self {
            TextTest::Equal(own) => own == text,
            TextTest::NotEqual(own) => own != text,
            TextTest::Matches(whole) => whole.0.regex().is_match(text),
            TextTest::NotMatches(whole) => !whole.0.regex().is_match(text),
        }
    }
}

/// A tree of tests behind the selector: `| a="b" and (c > 5 or d = ip("10.0.0.0/8"))`.
#[derive(Clone, Debug, PartialEq)]
pub enum LabelFilter {
    /// Every part holds: `and`, `,` or nothing between them.
    And(Vec<LabelFilter>),
    /// Some part holds.
    Or(Vec<LabelFilter>),
    /// A test of a text; a missing label is the empty text.
    Text(LabelMatcher),
    /// A comparison of numbers; a label that is missing or no number does not pass.
    Number {
        /// The label.
        label: String,
        /// How it must compare.
        operator: NumberOperator,
        /// With what.
        quantity: Quantity,
    },
    /// `addr = ip("10.0.0.0/8")`
    Ip {
        /// The label.
        label: String,
        /// `!=`
        negated: bool,
        /// As it was written.
        text: String,
        /// Which addresses it means.
        range: IpRange,
    },
}

/// How numbers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberOperator {
    /// `==`, `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A number with or without a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// As it was written: `5`, `1.5s`, `20MB`.
    pub text: String,
    /// Units applied: a duration in nanoseconds, a size in bytes.
    pub value: f64,
}
