//! Which events a stream selector asks for: `{app="x", env=~"a.*"}`.

use std::ops::Range;

use super::cursor::{ends_name, ends_value, is_name, is_quote};
use super::value::exact_test;
use super::{Parser, Result};
use crate::{FieldTest, Filter, Pattern};

impl Parser<'_> {
    /// Matchers between braces: commas or `and` between them bind tighter than `or`. No matcher is every event.
    pub(crate) fn selector(&mut self) -> Result<Filter> {
        let open = self.here();
        self.at = open.end;
        self.skip_space();
        if self.eat("}") {
            return Ok(Filter::All);
        }
        let mut some: Option<Filter> = None;
        let mut all = Filter::All;
        loop {
            all = all.and(self.matcher(&open)?);
            self.skip_space();
            if self.eat(",") || self.eat_keyword("AND") {
                continue;
            }
            let every = std::mem::replace(&mut all, Filter::All);
            some = Some(some.map_or_else(|| every.clone(), |some| some.or(every.clone())));
            if self.eat("}") {
                return Ok(some.unwrap_or(Filter::All));
            }
            if !self.eat_keyword("OR") {
                return self.unclosed_selector(open);
            }
        }
    }

    /// `label="value"`, `label!="value"`, `label=~"re"`, `label!~"re"`.
    fn matcher(&mut self, open: &Range<usize>) -> Result<Filter> {
        self.skip_space();
        let start = self.at;
        let label = self.label(open)?;
        self.skip_space();
        let sign = ["=~", "!~", "!=", "="].into_iter().find(|sign| self.eat(sign));
        let Some(sign) = sign else {
            let message = "a label is compared by `=`, `!=`, `=~` or `!~`";
            return self.fail(start..self.here().end, message, "write {app=\"x\", env=~\"a.*\"}");
        };
        let filter = match sign {
            "=~" | "!~" => self.label_regex(&label)?,
            _ => self.label_text(&label)?,
        };
        Ok(if sign.starts_with('!') { filter.negated() } else { filter })
    }

    fn label(&mut self, open: &Range<usize>) -> Result<String> {
        let start = self.at;
        if let Some(label) = self.quoted()? {
            return Ok(label);
        }
        let label = self.run(|c| ends_name(c) || c == '~');
        if is_name(label) {
            return Ok(label.to_owned());
        }
        match label.is_empty() && self.peek().is_none() {
            true => self.unclosed_selector(open.clone()),
            false => self.fail(start..self.here().end.max(self.at), "a label is missing here", "write {app=\"x\"}"),
        }
    }

    /// The whole value; no label is the empty text.
    fn label_text(&mut self, label: &str) -> Result<Filter> {
        self.skip_space();
        let start = self.at;
        let text = self.text_or_quoted()?;
        self.untouched_label(start)?;
        Ok(Filter::field(label, exact_test(text, false)))
    }

    /// A regular expression of the whole value; no label is the empty text.
    fn label_regex(&mut self, label: &str) -> Result<Filter> {
        self.skip_space();
        if !self.peek().is_some_and(is_quote) {
            return self.fail(self.here(), "a regular expression stands between quotes here", "write {app=~\"a.*\"}");
        }
        let written = self.written_pattern()?;
        let pattern = self.compiled(&written, Pattern::whole)?;
        let of_empty = pattern.regex().is_match("");
        let found = Filter::field(label, FieldTest::Regex(pattern));
        Ok(if of_empty { found.or(Filter::field(label, FieldTest::Empty)) } else { found })
    }

    fn untouched_label(&self, start: usize) -> Result<()> {
        match self.peek() {
            Some(c) if c == '*' || is_quote(c) || !ends_value(c) => {
                let hint = "write {app=~\"a.*\"} for a part of the value";
                self.fail(start..self.at + c.len_utf8(), "a label has a whole text as its value", hint)
            }
            _ => Ok(()),
        }
    }

    fn unclosed_selector<T>(&self, open: Range<usize>) -> Result<T> {
        match self.peek() {
            None | Some('|') => self.fail(open, "this selector is never closed", "add the missing `}`"),
            _ => self.fail(self.here(), "a comma is missing between labels", "write {app=\"x\", env=\"y\"}"),
        }
    }
}
