//! How filters are combined, and what stands before the colon.

use super::cursor::{ends_name, ends_value, is_name, is_quote};
use super::{Parser, Result};
use crate::error::shown;
use crate::{Field, Filter, ParseError};

impl Parser<'_> {
    /// The filter of the query, up to the first pipe. No filter is every event.
    pub(crate) fn whole_filter(&mut self) -> Result<Filter> {
        self.skip_space();
        if matches!(self.peek(), None | Some('|')) {
            return Ok(Filter::All);
        }
        let filter = self.or_chain(None)?;
        match self.peek() {
            Some(')') => self.fail(self.here(), "this parenthesis closes nothing", "take it away, or quote it"),
            _ => Ok(filter),
        }
    }

    /// Filters with `OR` between them, up to a `|`, a `)` or the end.
    pub(crate) fn or_chain(&mut self, scope: Option<&Field>) -> Result<Filter> {
        let mut filter = self.and_chain(scope)?;
        while let Some(span) = self.keyword("OR") {
            self.expect_operand(span)?;
            filter = filter.or(self.and_chain(scope)?);
        }
        Ok(filter)
    }

    fn and_chain(&mut self, scope: Option<&Field>) -> Result<Filter> {
        let mut filter = self.unary(scope)?;
        loop {
            if let Some(span) = self.keyword("AND") {
                self.expect_operand(span)?;
            } else if self.at_filter_end() || self.at_keyword("OR") {
                return Ok(filter);
            }
            filter = filter.and(self.unary(scope)?);
        }
    }

    fn unary(&mut self, scope: Option<&Field>) -> Result<Filter> {
        self.skip_space();
        let start = self.at;
        if let Some(span) = self.keyword("NOT") {
            self.expect_operand(span)?;
        } else if !(self.eat("-") || (!self.rest().starts_with("!=") && self.eat("!"))) {
            return self.primary(scope);
        } else {
            self.expect_operand(self.since(start))?;
        }
        Ok(self.nested(start, |parser| parser.unary(scope))?.negated())
    }

    fn primary(&mut self, scope: Option<&Field>) -> Result<Filter> {
        if let Some(keyword) = ["AND", "OR"].into_iter().find(|keyword| self.at_keyword(keyword)) {
            let span = self.at..self.at + keyword.len();
            let message = format!("a filter is missing before `{}`", &self.text[span.clone()]);
            return self.fail(span, message, "quote it to search for the word");
        }
        match (self.peek(), scope) {
            (Some('('), _) => self.group(scope),
            (_, Some(field)) => self.atom(field),
            (Some('{'), None) => self.selector(),
            (Some(quote), None) if is_quote(quote) => self.quoted_term(),
            (Some('*'), None) => self.star_term(),
            (_, None) => self.plain_term(),
        }
    }

    /// Filters between parentheses.
    pub(crate) fn group(&mut self, scope: Option<&Field>) -> Result<Filter> {
        let open = self.here();
        self.at = open.end;
        self.skip_space();
        if self.peek() == Some(')') {
            return self.fail(open.start..self.at + 1, "nothing stands between these parentheses", "take them away");
        }
        let filter = self.nested(open.start, |parser| parser.or_chain(scope))?;
        if self.eat(")") {
            return Ok(filter);
        }
        self.fail(open, "this parenthesis is never closed", "add the missing `)`")
    }

    fn keyword(&mut self, upper: &str) -> Option<std::ops::Range<usize>> {
        self.skip_space();
        let start = self.at;
        self.eat_keyword(upper).then(|| self.since(start))
    }

    /// Fails when nothing follows the operator that was read at `operator`.
    fn expect_operand(&mut self, operator: std::ops::Range<usize>) -> Result<()> {
        self.skip_space();
        if self.at_filter_end() {
            let message = format!("a filter is missing after `{}`", &self.text[operator.clone()]);
            return self.fail(operator, message, "quote it to search for the word");
        }
        Ok(())
    }

    /// `"a phrase"`, or `"a name":value`.
    fn quoted_term(&mut self) -> Result<Filter> {
        let start = self.at;
        let text = self.quoted()?.expect("the caller saw the quote");
        let field = Field::Named(text);
        if let Some(filter) = self.test_of(&field, start)? {
            return Ok(filter);
        }
        let Field::Named(text) = field else { unreachable!("built three lines above") };
        if text.is_empty() {
            return self.fail(self.since(start), "an empty phrase", "write field:\"\" for events without the field");
        }
        let prefix = self.text_end(&text, start)?;
        Ok(Filter::any(self.text_test(text, prefix)))
    }

    /// `*`, every event, `*text*`, or `*:value`, a test that some field passes.
    fn star_term(&mut self) -> Result<Filter> {
        if let Some(test) = self.substring(self.case)? {
            return Ok(Filter::any(test));
        }
        let start = self.at;
        self.at += 1;
        let alone = |next: char| ends_value(next) && next != '*' && !is_quote(next);
        if self.rest().starts_with(":*") && self.text[self.at + 2..].chars().next().is_none_or(alone) {
            // Lucene's way to say everything.
            self.at += 2;
            return Ok(Filter::All);
        }
        match self.test_of(&Field::Any, start)? {
            Some(filter) => Ok(filter),
            None => self.lone_star(start).map(|()| Filter::All),
        }
    }

    /// `word`, `name:value`, `name>value`, `/re/`, `=exact` or a function of any field.
    fn plain_term(&mut self) -> Result<Filter> {
        let start = self.at;
        if let Some(filter) = self.special(None)? {
            return Ok(filter);
        }
        let name = self.run(ends_name);
        if is_name(name) && !self.colons_are_text() {
            if let Some(filter) = self.test_of(&Field::Named(name.to_owned()), start)? {
                return Ok(filter);
            }
            self.refuse_single_equals(name, start)?;
        }
        if name.is_empty() && !self.rest().starts_with("::") {
            return self.misplaced();
        }
        self.run(ends_value);
        let text = self.text[start..self.at].to_owned();
        let prefix = self.text_end(&text, start)?;
        Ok(Filter::any(self.text_test(text, prefix)))
    }

    /// Whether the colon here does not end a field name: `std::io`, `http://host`.
    fn colons_are_text(&self) -> bool {
        self.rest().starts_with("::") || self.rest().starts_with("://")
    }

    /// The test that follows a field name, if one does.
    fn test_of(&mut self, field: &Field, start: usize) -> Result<Option<Filter>> {
        if self.eat(":") {
            self.skip_space();
            if self.at_filter_end() {
                let message = format!("a value is missing after `{}`", shown(self.text[start..self.at].trim_end()));
                return self.fail(self.since(start), message, "write field:* for events that have the field");
            }
            return self.value(field).map(Some);
        }
        let name_end = self.at;
        self.skip_space();
        if self.rest().starts_with(['<', '>']) || ["!=", "!~", "=~"].iter().any(|sign| self.rest().starts_with(sign)) {
            return self.atom(field).map(Some);
        }
        self.at = name_end;
        Ok(None)
    }

    /// Fails at a `=` after the name: it would be read as another filter, and find something else.
    fn refuse_single_equals(&mut self, name: &str, start: usize) -> Result<()> {
        let name_end = self.at;
        self.skip_space();
        if self.peek() != Some('=') {
            self.at = name_end;
            return Ok(());
        }
        let name = shown(name);
        let hint = format!("write {name}:=value for the exact value of a field, or quote the text");
        self.fail(start..self.at + 1, "`=` alone compares nothing", &hint)
    }

    /// What cannot begin a filter stands here.
    fn misplaced(&self) -> Result<Filter> {
        let hint = match self.peek() {
            None => return Err(ParseError::new(self.here(), "a filter is missing here")),
            Some(':' | '=' | '<' | '>' | '!') => "write the name of a field before it, or * for any field",
            Some('[') => "a range stands after a field, as in status:[400 TO 499]; quote it to search for it",
            Some(',') => "write AND or OR between filters; quote it to search for it",
            Some(_) => "quote it to search for it",
        };
        self.fail(self.here(), format!("`{}` cannot stand here", &self.text[self.here()]), hint)
    }
}
