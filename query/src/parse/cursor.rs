//! What stands at the place that is read: spaces, comments, keywords, runs of plain text.

use std::ops::Range;

use super::{Parser, Result};
use crate::ParseError;

/// Words that combine filters; anywhere else they are text and need quotes.
const KEYWORDS: [&str; 6] = ["AND", "OR", "NOT", "and", "or", "not"];

/// Whether `text` combines filters where it stands alone.
pub(crate) fn is_keyword(text: &str) -> bool {
    KEYWORDS.contains(&text)
}

/// Whether `text` can name a field without quotes. A digit cannot begin one, so that `10.0.0.1:80`
/// and `12:30` are text.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || "_@$.".contains(c))
        && text.chars().all(|c| c.is_alphanumeric() || "_@$.-/".contains(c))
}

/// Whether `c` ends plain text inside a value, where `:` and `=` are text.
pub(crate) fn ends_value(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | '"' | '`' | '|' | ',' | '*')
}

/// Whether `c` ends plain text where a field name may stand.
pub(crate) fn ends_name(c: char) -> bool {
    ends_value(c) || matches!(c, ':' | '=' | '<' | '>' | '!')
}

/// Whether `c` begins quoted text.
pub(crate) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`')
}

impl<'a> Parser<'a> {
    pub(crate) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The character after the next one.
    pub(crate) fn peek_second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    pub(crate) fn eat(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    /// Steps over spaces and comments. A `#` begins a comment at the start of the query or after
    /// a space; inside a word it is text.
    pub(crate) fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            let after_space = self.text[..self.at].chars().next_back().is_none_or(char::is_whitespace);
            if !(after_space && trimmed.starts_with('#')) {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    /// The plain text up to a character that `ends` it. Single quotes belong to it between
    /// letters, as in `don't`.
    pub(crate) fn run(&mut self, ends: fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let mut chars = rest.char_indices().peekable();
        let mut end = rest.len();
        while let Some((at, c)) = chars.next() {
            let apart = c == '\'' && (at == 0 || !chars.peek().is_some_and(|(_, next)| next.is_alphanumeric()));
            if apart || ends(c) {
                end = at;
                break;
            }
        }
        self.at += end;
        &rest[..end]
    }

    /// Whether the keyword `upper`, or its lower case, stands here alone.
    pub(crate) fn at_keyword(&self, upper: &str) -> bool {
        let rest = self.rest();
        rest.get(..upper.len()).is_some_and(|word| word == upper || word == upper.to_ascii_lowercase())
            && rest[upper.len()..].chars().next().is_none_or(|next| next != '*' && ends_value(next))
    }

    pub(crate) fn eat_keyword(&mut self, upper: &str) -> bool {
        let found = self.at_keyword(upper);
        if found {
            self.at += upper.len();
        }
        found
    }

    /// Whether the filter ends here.
    pub(crate) fn at_filter_end(&self) -> bool {
        matches!(self.peek(), None | Some('|' | ')'))
    }

    /// The span of the next character; empty at the end of the query.
    pub(crate) fn here(&self) -> Range<usize> {
        self.at..self.at + self.peek().map_or(0, char::len_utf8)
    }

    /// The span from `start` to here.
    pub(crate) fn since(&self, start: usize) -> Range<usize> {
        start..self.at
    }

    pub(crate) fn fail<T>(&self, span: Range<usize>, message: impl Into<String>, hint: &str) -> Result<T> {
        Err(ParseError::new(span, message).hint(hint))
    }
}
