//! What stands at the place that is read.

use std::ops::Range;

use vigil_model::limits::{LOGQL_PARTS_MAX, QUERY_DEPTH_MAX};

use super::{Result, error};
use crate::error::shown;

/// A regular expression counts as so many parts of a query.
const REGEX_PARTS: usize = 8;

/// A place in the text, and what was met on the way there.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    /// Bytes read so far; always at the start of a character.
    pub(super) at: usize,
    depth: usize,
    parts: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Reader<'a> {
        Reader { text, at: 0, depth: 0, parts: 0 }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Steps over spaces and comments, which go from `#` to the end of their line.
    pub(super) fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with('#') {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    /// Steps over spaces, then over `wanted` if it stands there.
    pub(super) fn eat(&mut self, wanted: &str) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    /// As [`Reader::eat`], and nothing of a name follows.
    pub(super) fn eat_word(&mut self, wanted: &str) -> bool {
        let found = self.peek_word() == wanted;
        if found {
            self.at += wanted.len();
        }
        found
    }

    /// Steps over spaces; the name that stands there, or the empty text.
    pub(super) fn peek_word(&mut self) -> &'a str {
        self.skip_space();
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        if rest.starts_with(|c: char| c.is_ascii_digit()) { "" } else { &rest[..end] }
    }

    /// What stands here, up to the next character that is none of a name; for messages.
    pub(super) fn shown_word(&self) -> String {
        let rest = self.rest();
        let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let first = self.peek().map_or(0, char::len_utf8);
        shown(&rest[..word.max(first)])
    }

    /// The span of what [`Reader::shown_word`] shows; empty at the end.
    pub(super) fn here(&self) -> Range<usize> {
        let rest = self.rest();
        let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        self.at..self.at + word.max(self.peek().map_or(0, char::len_utf8))
    }

    pub(super) fn since(&self, start: usize) -> Range<usize> {
        start..self.at
    }

    pub(super) fn fail<T>(&self, span: Range<usize>, message: impl Into<String>, hint: &str) -> Result<T> {
        Err(error(span, message, hint))
    }

    /// Fails because `what` is missing here.
    pub(super) fn missing<T>(&mut self, what: &str, hint: &str) -> Result<T> {
        self.skip_space();
        let message = match self.peek() {
            None => format!("{what} is missing at the end"),
            Some(_) => format!("{what} is missing before `{}`", self.shown_word()),
        };
        self.fail(self.here(), message, hint)
    }

    /// The name of a label.
    pub(super) fn label(&mut self) -> Result<String> {
        let word = self.peek_word();
        if word.is_empty() {
            return self.missing("the name of a label", "names have letters, digits and `_`; write dots as `_`");
        }
        self.at += word.len();
        Ok(word.to_owned())
    }

    pub(super) fn need(&mut self, wanted: &str, hint: &str) -> Result<()> {
        if self.eat(wanted) { Ok(()) } else { self.missing(&format!("`{wanted}`"), hint) }
    }

    /// Names of labels between parentheses.
    pub(super) fn labels(&mut self) -> Result<Vec<String>> {
        self.need("(", "write (a, b)")?;
        let mut labels = Vec::new();
        while !self.eat(")") {
            labels.push(self.label()?);
            if !self.eat(",") {
                self.need(")", "names stand between parentheses, with commas between them: (a, b)")?;
                break;
            }
        }
        Ok(labels)
    }

    /// Runs `inner` one level deeper; `from` is where the level was opened.
    pub(super) fn nested<T>(&mut self, from: usize, inner: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= QUERY_DEPTH_MAX {
            let message = format!("nested more than {QUERY_DEPTH_MAX} levels deep");
            return self.fail(self.since(from), message, "take some parentheses away");
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    /// Counts one function, operator, stage or test.
    pub(super) fn part(&mut self, from: usize) -> Result<()> {
        self.parts(from, 1)
    }

    /// Counts one regular expression, which takes memory as long as the query is there.
    pub(super) fn regex_part(&mut self, from: usize) -> Result<()> {
        self.parts(from, REGEX_PARTS)
    }

    fn parts(&mut self, from: usize, count: usize) -> Result<()> {
        self.parts += count;
        if self.parts > LOGQL_PARTS_MAX {
            let message = format!("more than {LOGQL_PARTS_MAX} functions, operators and stages");
            return self.fail(self.since(from), message, "ask for less at once");
        }
        Ok(())
    }
}
