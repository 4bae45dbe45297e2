//! How a line is tested.

use crate::Pattern;

/// `|= "a" or "b"`: one of the needles is found, or with a negative operator none is.
#[derive(Clone, Debug, PartialEq)]
pub struct LineFilter {
    /// How the needles are meant.
    pub operator: LineOperator,
    /// At least one.
    pub needles: Vec<Needle>,
}

/// The sign before a needle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineOperator {
    /// `|=`
    Contains,
    /// `!=`
    NotContains,
    /// `|~`
    Matches,
    /// `!~`
    NotMatches,
    /// `|>`
    Like,
    /// `!>`
    NotLike,
}

impl LineOperator {
    /// Whether lines with a needle are left out.
    pub fn is_negative(self) -> bool {
        matches!(self, LineOperator::NotContains | LineOperator::NotMatches | LineOperator::NotLike)
    }
}

/// What is looked for in a line.
#[derive(Clone, Debug, PartialEq)]
pub enum Needle {
    /// This text, letter case respected; `|=`, `!=`.
    Text(String),
    /// Something this regular expression finds; `|~`, `!~`.
    Regex(Pattern),
    /// The line from its start looks so, `<_>` standing for anything: `|>`, `!>`. The regular expression means the same.
    Like(String, Pattern),
    /// An address: `|= ip("10.0.0.0/8")`.
    Ip(Address),
}

/// Addresses looked for in a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Address {
    /// As it was written.
    pub text: String,
    /// Finds them.
    pub pattern: Pattern,
}
