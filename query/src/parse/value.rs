//! What stands after the colon.

use super::cursor::{ends_value, is_quote};
use super::filter::text_test;
use super::{Parser, Result};
use crate::error::shown;
use crate::filter::TIME_FIELD;
use crate::{Field, FieldTest, Filter};

impl Parser<'_> {
    /// The value right after a colon, where `-` is still text: `delta:-5`.
    pub(crate) fn value(&mut self, field: &Field) -> Result<Filter> {
        let start = self.at;
        match self.peek() {
            Some('(') if self.range_ahead()? => self.range(field),
            Some('(') => self.group(Some(field)),
            Some('!') if self.peek_second() != Some('=') => {
                self.at += 1;
                self.skip_space();
                Ok(self.nested(start, |parser| parser.value(field))?.negated())
            }
            _ => self.atom(field),
        }
    }

    /// A single test of `field`.
    pub(crate) fn atom(&mut self, field: &Field) -> Result<Filter> {
        let rest = self.rest();
        match self.peek() {
            Some('[' | '{') => return self.range(field),
            Some('<' | '>') => return self.comparison(field),
            Some('*') => return self.exists(field),
            Some('~') if rest[1..].starts_with(is_quote) => return self.regex(),
            _ => {}
        }
        let start = self.at;
        if self.eat("!=") {
            return Ok(self.exact(field, start)?.negated());
        }
        if self.eat("=") {
            return self.exact(field, start);
        }
        self.text_value(field)
    }

    fn text_value(&mut self, field: &Field) -> Result<Filter> {
        let start = self.at;
        let text = self.text_or_quoted()?;
        match self.text_end(text, start)? {
            FieldTest::Phrase(text) if is_time(field) => self.time_value(&text, start),
            FieldTest::Prefix(_) if is_time(field) => self.no_time(&self.text[start..self.at], start),
            test => Ok(about(field, test)),
        }
    }

    fn exists(&mut self, field: &Field) -> Result<Filter> {
        let start = self.at;
        self.at += 1;
        self.lone_star(start)?;
        Ok(about(field, FieldTest::Exists))
    }

    fn exact(&mut self, field: &Field, start: usize) -> Result<Filter> {
        self.skip_space();
        let value_start = self.at;
        let text = self.text_or_quoted()?;
        let test = match self.text_end(text, start)? {
            FieldTest::Phrase(text) if is_time(field) => return self.time_value(&text, value_start),
            FieldTest::Prefix(_) if is_time(field) => return self.no_time(&self.text[start..self.at], value_start),
            FieldTest::Phrase(text) => FieldTest::Exact(text),
            FieldTest::Prefix(text) => FieldTest::ExactPrefix(text),
            empty => empty,
        };
        Ok(about(field, test))
    }

    fn text_or_quoted(&mut self) -> Result<String> {
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

    /// Ends the text that began at `start`: a `*` makes it a prefix, and nothing may touch it.
    pub(crate) fn text_end(&mut self, text: String, start: usize) -> Result<FieldTest> {
        let prefix = self.eat("*");
        if prefix {
            self.lone_star(start)?;
        }
        match self.peek() {
            Some('(') => {
                let hint = "put a space between them, quote the text, or write field:(a OR b) for one of several";
                self.fail(start..self.at + 1, format!("`{}(` is no filter", shown(&text)), hint)
            }
            Some(c) if is_quote(c) || !ends_value(c) => {
                self.fail(start..self.at + c.len_utf8(), "quoted and plain text touch", "put a space between them")
            }
            _ => Ok(text_test(text, prefix)),
        }
    }

    /// Fails when text follows the star just read; `start` is where its word began.
    pub(crate) fn lone_star(&mut self, start: usize) -> Result<()> {
        match self.peek() {
            Some(c) if c == '*' || is_quote(c) || !ends_value(c) => {
                let span = start..self.at + c.len_utf8();
                self.fail(span, "`*` stands only at the end of a word", "search for the words around it, or quote it")
            }
            _ => Ok(()),
        }
    }

    fn regex(&self) -> Result<Filter> {
        self.fail(self.here(), "regular expressions are not known here", "search for words, phrases or prefixes")
    }
}

/// The filter that holds when `field` passes `test`.
pub(crate) fn about(field: &Field, test: FieldTest) -> Filter {
    Filter::Field { field: field.clone(), test }
}

/// Whether `field` is the event time.
pub(crate) fn is_time(field: &Field) -> bool {
    matches!(field, Field::Named(name) if name == TIME_FIELD)
}
