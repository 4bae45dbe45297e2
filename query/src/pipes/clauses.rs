//! What more a pipe can be told, in any order: `if (…)`, `from a`, `keep_original_fields`.

use std::fmt;

use super::Name;
use crate::parse::{Parser, Result};
use crate::{Filter, ParseError};

/// What can be said behind the name of a pipe.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Clause {
    /// `if (level:error)`
    If,
    /// `from message`
    From,
    /// `at message`
    At,
    /// `as line`
    As,
    /// `fields (a, b)`
    Fields,
    /// `result_prefix "x."`
    Prefix,
    /// `keep_original_fields`
    Keep,
    /// `limit 3`
    Limit,
}

/// What was said.
#[derive(Default)]
pub(super) struct Clauses {
    pub(super) only_if: Option<Filter>,
    pub(super) from: Option<String>,
    pub(super) at: Option<String>,
    pub(super) into: Option<String>,
    pub(super) fields: Vec<String>,
    pub(super) prefix: String,
    pub(super) keep_original: bool,
    pub(super) limit: Option<u64>,
    said: Vec<Clause>,
}

impl Clause {
    /// How it begins.
    fn word(self) -> &'static str {
        match self {
            Clause::If => "if",
            Clause::From => "from",
            Clause::At => "at",
            Clause::As => "as",
            Clause::Fields => "fields",
            Clause::Prefix => "result_prefix",
            Clause::Keep => "keep_original_fields",
            Clause::Limit => "limit",
        }
    }
}

impl Parser<'_> {
    /// Reads those of `known` that stand here, each at most once, what was read before included.
    pub(super) fn clauses(&mut self, known: &[Clause], said: &mut Clauses) -> Result<()> {
        while let Some(clause) = known.iter().find(|clause| self.at_word(clause.word())) {
            let start = self.at;
            self.at += clause.word().len();
            if said.said.contains(clause) {
                let message = format!("`{}` is said twice", clause.word());
                return self.fail(self.since(start), message, "take one of them away");
            }
            said.said.push(*clause);
            self.clause(*clause, said)?;
        }
        Ok(())
    }

    fn clause(&mut self, clause: Clause, said: &mut Clauses) -> Result<()> {
        match clause {
            Clause::If => said.only_if = Some(self.condition()?),
            Clause::From => said.from = Some(self.name("the name of a field")?),
            Clause::At => said.at = Some(self.name("the name of a field")?),
            Clause::As => said.into = Some(self.name("the name of a column")?),
            Clause::Fields => said.fields = self.names("the name of a field")?,
            Clause::Prefix => said.prefix = self.name("what stands before every name")?,
            Clause::Keep => said.keep_original = true,
            Clause::Limit => said.limit = Some(self.count("limit")?),
        }
        Ok(())
    }

    /// The filter behind `if`, in parentheses.
    pub(super) fn condition(&mut self) -> Result<Filter> {
        self.skip_space();
        if self.peek() == Some('(') {
            return self.group(None);
        }
        self.fail(self.here(), "`if` takes a filter between parentheses", "write if (level:error)")
    }

    /// `if (filter)`, if it stands here. `if` alone is a name.
    pub(super) fn eat_condition(&mut self) -> Result<Option<Filter>> {
        let start = self.at;
        if self.eat_word("if") {
            self.skip_space();
            if self.peek() == Some('(') {
                return self.group(None).map(Some);
            }
        }
        self.at = start;
        Ok(None)
    }

    /// Text between quotes, and where it stands.
    pub(super) fn literal(&mut self, what: &str, example: &str) -> Result<Literal> {
        self.skip_space();
        let start = self.at;
        match self.quoted()? {
            Some(text) => {
                Ok(Literal { verbatim: self.text[start + 1..self.at - 1] == text, text, start, end: self.at })
            }
            None => {
                let message = format!("{what} between quotes is missing here");
                self.fail(self.here(), message, &format!("write {example}"))
            }
        }
    }
}

/// Text that stood between quotes.
pub(super) struct Literal {
    pub(super) text: String,
    /// Whether every byte between the quotes stands for itself.
    verbatim: bool,
    start: usize,
    end: usize,
}

impl Literal {
    /// Where it stands, quotes included.
    pub(super) fn span(&self) -> std::ops::Range<usize> {
        self.start..self.end
    }

    /// Where these bytes of the text stand; all of it where escapes move them.
    pub(super) fn span_of(&self, part: std::ops::Range<usize>) -> std::ops::Range<usize> {
        if !self.verbatim {
            return self.span();
        }
        let inside = |at: usize| (self.start + 1 + at).min(self.end - 1);
        inside(part.start)..inside(part.end)
    }

    /// The text as a regular expression.
    pub(super) fn pattern(&self) -> Result<crate::Pattern> {
        crate::Pattern::new(&self.text).map_err(|error| {
            // The text that the error is about is drawn in lines of its own before the reason.
            let reason = error.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            let message = format!("this is no regular expression: {reason}");
            ParseError::new(self.span(), message)
                .hint("a backslash before a sign makes it plain text; backticks keep it")
        })
    }
}

/// Writes ` if (filter)`.
pub(super) fn write_if(only_if: Option<&Filter>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    only_if.map_or(Ok(()), |filter| write!(f, " if ({filter})"))
}

/// Writes ` from a`, or whichever word it is.
pub(super) fn write_named(word: &str, name: Option<&String>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    name.map_or(Ok(()), |name| write!(f, " {word} {}", Name(name)))
}

/// Writes ` limit 3`.
pub(super) fn write_limit(limit: Option<u64>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    limit.map_or(Ok(()), |limit| write!(f, " limit {limit}"))
}

/// Writes ` keep_original_fields`.
pub(super) fn write_keep(keep_original: bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if keep_original { f.write_str(" keep_original_fields") } else { Ok(()) }
}
