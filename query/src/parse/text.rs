//! What a word, a phrase or a part of one asks for, and what ends it.

use super::cursor::{ends_value, is_quote};
use super::{Parser, Result};
use crate::error::shown;
use crate::{Case, FieldTest};

impl Parser<'_> {
    /// The test of a text whose letter case the query does not tell.
    pub(super) fn text_test(&self, text: String, prefix: bool) -> FieldTest {
        text_test(text, prefix, self.case)
    }

    /// Quoted text, or plain text up to what ends a value.
    pub(super) fn text_or_quoted(&mut self) -> Result<String> {
        if let Some(text) = self.quoted()? {
            return Ok(text);
        }
        let text = self.run(ends_value);
        if !text.is_empty() {
            return Ok(text.to_owned());
        }
        match self.peek() {
            None | Some('|' | ')') => {
                self.fail(self.here(), "a value is missing here", "write \"\" for the empty text")
            }
            Some(c) => self.fail(self.here(), format!("`{c}` cannot begin a value"), "quote the value"),
        }
    }

    /// Ends the text that began at `start`: `true` when a `*` makes it a prefix. Nothing may touch it.
    pub(super) fn text_end(&mut self, text: &str, start: usize) -> Result<bool> {
        let prefix = self.eat("*");
        if prefix {
            self.lone_star(start)?;
        }
        match self.peek() {
            Some('(') => {
                let hint = "put a space between them, quote the text, or write field:(a OR b) for one of several";
                self.fail(start..self.at + 1, format!("`{}(` is no filter", shown(text)), hint)
            }
            _ => self.untouched(start).map(|()| prefix),
        }
    }

    /// Fails when text touches what was read since `start`.
    pub(super) fn untouched(&self, start: usize) -> Result<()> {
        match self.peek() {
            Some(c) if is_quote(c) || !ends_value(c) => {
                self.fail(start..self.at + c.len_utf8(), "quoted and plain text touch", "put a space between them")
            }
            _ => Ok(()),
        }
    }

    /// Fails when text follows the star just read; `start` is where its word began.
    pub(super) fn lone_star(&mut self, start: usize) -> Result<()> {
        match self.peek() {
            Some(c) if c == '*' || is_quote(c) || !ends_value(c) => {
                let span = start..self.at + c.len_utf8();
                self.fail(
                    span,
                    "`*` stands only at the ends of a text",
                    "write word* or *part*, ~\"a.*b\", or quote it",
                )
            }
            _ => Ok(()),
        }
    }

    /// `*text*` or `*"a text"*`, if it stands here; a star alone is left to others.
    pub(super) fn substring(&mut self, case: Case) -> Result<Option<FieldTest>> {
        let start = self.at;
        let begins = |c: char| is_quote(c) || !(ends_value(c) || c == ':');
        if self.peek() != Some('*') || !self.peek_second().is_some_and(begins) {
            return Ok(None);
        }
        self.at += 1;
        let text = self.text_or_quoted()?;
        if !self.eat("*") {
            let message = "a `*` at the end is missing";
            return self.fail(
                self.since(start),
                message,
                "write *part* for text inside of words, or ~\"part$\" at the end",
            );
        }
        self.lone_star(start)?;
        self.untouched(start)?;
        Ok(Some(if text.is_empty() { FieldTest::Exists } else { FieldTest::Substring(text, case) }))
    }

    /// `c"…"`, `i"…"`, and these with stars, if one stands here.
    pub(super) fn marked_text(&mut self) -> Result<Option<FieldTest>> {
        let case = match self.peek() {
            Some('c') => Case::Exact,
            Some('i') => Case::Folded,
            _ => return Ok(None),
        };
        let mut after = self.rest()[1..].chars();
        let (next, second) = (after.next(), after.next());
        // A single quote after a letter may be that of `i'm`.
        let quoted = |c: char| is_quote(c) && c != '\'';
        if !(next.is_some_and(quoted) || next == Some('*') && second.is_some_and(quoted)) {
            return Ok(None);
        }
        self.at += 1;
        self.cased_text(case).map(Some)
    }

    /// A text with or without stars, of which the letter case was told.
    pub(super) fn cased_text(&mut self, case: Case) -> Result<FieldTest> {
        if let Some(test) = self.substring(case)? {
            return Ok(test);
        }
        let start = self.at;
        if self.eat("*") {
            return self.lone_star(start).map(|()| FieldTest::Exists);
        }
        let text = self.text_or_quoted()?;
        let prefix = self.text_end(&text, start)?;
        Ok(text_test(text, prefix, case))
    }
}

/// What a word or phrase asks for.
pub(super) fn text_test(text: String, prefix: bool, case: Case) -> FieldTest {
    match (text.is_empty(), prefix, case) {
        (true, false, _) => FieldTest::Empty,
        (true, true, _) => FieldTest::Exists,
        (false, false, Case::Folded) => FieldTest::Phrase(text),
        (false, true, Case::Folded) => FieldTest::Prefix(text),
        (false, false, Case::Exact) => FieldTest::CasedPhrase(text),
        (false, true, Case::Exact) => FieldTest::CasedPrefix(text),
    }
}
