//! Where a regular expression begins and ends, and what is wrong with it.

use vigil_model::limits::QUERY_REGEXES_MAX;

use super::cursor::is_quote;
use super::{Parser, Result};
use crate::error::shown;
use crate::{BadPattern, ParseError, Pattern};

/// A regular expression as it stands in the query.
pub(super) struct Written {
    pub(super) text: String,
    /// Where each byte of the text stands in the query, and where the text ends.
    places: Vec<usize>,
}

impl Parser<'_> {
    /// `~"re"` or `/re/`, if one stands here. Without a field, `~` alone may begin a path, and wants quotes.
    pub(super) fn regex(&mut self, plain: bool) -> Result<Option<Pattern>> {
        if self.peek() == Some('/') {
            return self.slashed();
        }
        if self.peek() != Some('~') || !(plain || self.peek_second().is_some_and(is_quote)) {
            return Ok(None);
        }
        self.at += 1;
        self.read_pattern().map(Some)
    }

    /// What follows a `~`: a quoted expression, or one up to a space.
    pub(super) fn read_pattern(&mut self) -> Result<Pattern> {
        let written = self.written_pattern()?;
        self.compiled(&written, Pattern::compile)
    }

    pub(super) fn written_pattern(&mut self) -> Result<Written> {
        self.skip_space();
        let start = self.at;
        match self.peek() {
            Some(quote) if is_quote(quote) => {
                let written = self.quoted_pattern(quote)?;
                self.untouched(start)?;
                Ok(written)
            }
            _ => self.plain_pattern(),
        }
    }

    /// Compiles an expression with `make`, whose error is shown at its place.
    pub(super) fn compiled(
        &mut self,
        written: &Written,
        make: fn(&str) -> std::result::Result<Pattern, BadPattern>,
    ) -> Result<Pattern> {
        let place = |at: usize| written.places[at.min(written.text.len())];
        self.patterns += 1;
        if self.patterns > QUERY_REGEXES_MAX {
            let message = format!("more than {QUERY_REGEXES_MAX} regular expressions in one query");
            return self.fail(place(0)..place(usize::MAX), message, "join some of them: ~\"one|two\"");
        }
        make(&written.text).map_err(|bad| {
            let span = place(bad.span.start)..place(bad.span.end);
            let hint = match bad.message.contains("KiB") {
                true => "repeat less: each {n} stands for that many copies of what is before it",
                false => "write a backslash before a sign that is meant as it is",
            };
            ParseError::new(span, format!("bad regular expression: {}", shown_whole(&bad.message))).hint(hint)
        })
    }

    /// Between quotes a backslash before anything but a quote or another backslash is the expression's own, so that
    /// both `"\d"` and `"\\d"` are digits.
    fn quoted_pattern(&mut self, quote: char) -> Result<Written> {
        let mut written = Written { text: String::new(), places: Vec::new() };
        let open = self.at;
        self.at += 1;
        loop {
            let at = self.at;
            let Some(c) = self.peek() else {
                return self.fail(open..open + 1, "this quote is never closed", &format!("end the text with {quote}"));
            };
            self.at += c.len_utf8();
            match (c, self.peek()) {
                (c, _) if c == quote => {
                    written.places.push(at);
                    return Ok(written);
                }
                ('\\', Some(next)) if quote != '`' && (next == '\\' || is_quote(next)) => {
                    self.at += 1;
                    written.push(next, at);
                }
                ('\\', Some(next)) if quote != '`' => {
                    self.at += next.len_utf8();
                    written.push(c, at);
                    written.push(next, at);
                }
                (c, _) => written.push(c, at),
            }
        }
    }

    /// Up to a space, or to a `)` or `|` that is not the expression's own.
    fn plain_pattern(&mut self) -> Result<Written> {
        let start = self.at;
        let rest = self.rest();
        let len = plain_len(rest);
        if len == 0 {
            return self.fail(self.here(), "a regular expression is missing here", "write ~\"time(d )?out\"");
        }
        self.at += len;
        Ok(Written { text: rest[..len].to_owned(), places: (start..=self.at).collect() })
    }

    /// `/re/` or `/re/i`. A path is none: it goes on behind its second slash.
    fn slashed(&mut self) -> Result<Option<Pattern>> {
        let rest = self.rest();
        let Some(len) = slashed_len(&rest[1..]) else { return Ok(None) };
        let (text, after) = (&rest[1..1 + len], &rest[2 + len..]);
        let any_case = after.starts_with('i');
        if len == 0 || !ends_slashed(after.strip_prefix('i').unwrap_or(after)) {
            return Ok(None);
        }
        let first = self.at + 1;
        let last = first + len;
        self.at = last + 1 + usize::from(any_case);
        let flag = if any_case { "(?i)" } else { "" };
        let places = std::iter::repeat_n(first, flag.len()).chain(first..=last).collect();
        self.compiled(&Written { text: format!("{flag}{text}"), places }, Pattern::compile).map(Some)
    }
}

impl Written {
    fn push(&mut self, c: char, place: usize) {
        self.text.push(c);
        self.places.extend(std::iter::repeat_n(place, c.len_utf8()));
    }
}

/// Length of an expression without quotes: parentheses and brackets that it opened are its own.
fn plain_len(rest: &str) -> usize {
    let (mut depth, mut in_class, mut escaped) = (0_usize, false, false);
    for (at, c) in rest.char_indices() {
        match c {
            _ if c.is_whitespace() => return at,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ']' => in_class = false,
            _ if in_class => {}
            '[' => in_class = true,
            '(' => depth += 1,
            ')' | '|' if depth == 0 => return at,
            ')' => depth -= 1,
            _ => {}
        }
    }
    rest.len()
}

/// Length of what stands before the first slash, if there is one before a space.
fn slashed_len(rest: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        match c {
            _ if c.is_whitespace() => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '/' => return Some(at),
            _ => {}
        }
    }
    None
}

fn ends_slashed(after: &str) -> bool {
    after.chars().next().is_none_or(|c| c.is_whitespace() || c == ')' || c == '|')
}

/// As [`shown`], with room for the longest sentence of the compiler.
fn shown_whole(message: &str) -> String {
    message.split(' ').map(shown).collect::<Vec<_>>().join(" ")
}
