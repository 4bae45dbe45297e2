//! What stands between quotes: Go's strings.

use super::reader::Reader;
use super::{Result, error};
use crate::Pattern;
use crate::error::shown;
use crate::logql::ast::Whole;

impl Reader<'_> {
    /// The quoted text here, and where it stands.
    pub(super) fn quoted(&mut self, what: &str) -> Result<(String, std::ops::Range<usize>)> {
        self.skip_space();
        let start = self.at;
        match self.peek() {
            Some('`') => self.raw(start),
            Some('"') => self.escaped(start),
            Some('\'') => self.fail(start..start + 1, "texts stand in double quotes or backticks", "write \"text\""),
            _ => self.missing(what, "texts stand in double quotes or backticks"),
        }
    }

    fn raw(&mut self, start: usize) -> Result<(String, std::ops::Range<usize>)> {
        let Some(len) = self.text[start + 1..].find('`') else { return self.unclosed(start) };
        self.at = start + 1 + len + 1;
        Ok((self.text[start + 1..start + 1 + len].to_owned(), self.since(start)))
    }

    fn escaped(&mut self, start: usize) -> Result<(String, std::ops::Range<usize>)> {
        self.at = start + 1;
        let mut text = String::new();
        loop {
            let Some(c) = self.peek() else { return self.unclosed(start) };
            let at = self.at;
            self.at += c.len_utf8();
            match c {
                '"' => return Ok((text, self.since(start))),
                '\\' => text.push(self.escape(at)?),
                c => text.push(c),
            }
        }
    }

    fn unclosed<T>(&self, start: usize) -> Result<T> {
        self.fail(
            start..start + 1,
            "this quote is never closed",
            &format!("end the text with {}", &self.text[start..=start]),
        )
    }

    fn escape(&mut self, at: usize) -> Result<char> {
        let Some(c) = self.peek() else { return self.unclosed(at) };
        self.at += c.len_utf8();
        let found = match c {
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'a' => Some('\u{7}'),
            'b' => Some('\u{8}'),
            'f' => Some('\u{c}'),
            'v' => Some('\u{b}'),
            '\\' | '"' | '\'' => Some(c),
            'x' => self.code(2).filter(char::is_ascii),
            'u' => self.code(4),
            'U' => self.code(8),
            _ => None,
        };
        found.ok_or_else(|| {
            error(self.since(at), "this is no escape", r"write \\ for a backslash, or put the text between backticks")
        })
    }

    fn code(&mut self, digits: usize) -> Option<char> {
        let text = self.rest().get(..digits)?;
        if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.at += digits;
        char::from_u32(u32::from_str_radix(text, 16).ok()?)
    }

    /// A quoted regular expression that finds something anywhere.
    pub(super) fn regex(&mut self) -> Result<Pattern> {
        let (text, span) = self.quoted("a regular expression")?;
        self.regex_part(span.start)?;
        Pattern::new(&text).map_err(|reason| bad_regex(span, &reason))
    }

    /// A quoted regular expression for a whole text.
    pub(super) fn whole(&mut self) -> Result<Whole> {
        let (text, span) = self.quoted("a regular expression")?;
        self.regex_part(span.start)?;
        Whole::new(&text).map_err(|reason| bad_regex(span, &reason))
    }
}

/// The last line of a compiler's report says what is wrong.
pub(super) fn bad_regex(span: std::ops::Range<usize>, reason: &str) -> crate::ParseError {
    let line = reason.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("too large");
    let message = format!("bad regular expression: {}", shown(line.trim_start_matches("error: ").trim()));
    error(span, message, "put it between backticks, so that backslashes need no escape")
}
