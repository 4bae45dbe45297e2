//! What stands after the colon.

use super::{Parser, Result};
use crate::filter::TIME_FIELD;
use crate::{Field, FieldTest, Filter};

impl Parser<'_> {
    /// The value right after a colon, where `-` is still text: `delta:-5`.
    pub(crate) fn value(&mut self, field: &Field) -> Result<Filter> {
        let start = self.at;
        match self.peek() {
            Some('(') if self.range_ahead()? => self.atom(field),
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
        let filter = self.plain_atom(field)?;
        if is_time(field) || is_of_clock(&filter) { self.shifted(filter) } else { Ok(filter) }
    }

    fn plain_atom(&mut self, field: &Field) -> Result<Filter> {
        match self.peek() {
            Some('{') if matches!(field, Field::Named(name) if name == "_stream") => return self.selector(),
            Some('[' | '{' | '(') => return self.range(field),
            Some('<' | '>') => return self.comparison(field),
            Some('*') => return self.starred(field),
            _ => {}
        }
        match self.special(Some(field))? {
            Some(filter) => Ok(filter),
            None => self.text_value(field),
        }
    }

    /// What is told by its first signs: `=v`, `!=v`, `~"re"`, `/re/`, `c"text"`, a function. Without a field it is
    /// about any.
    pub(super) fn special(&mut self, scope: Option<&Field>) -> Result<Option<Filter>> {
        let field = scope.unwrap_or(&Field::Any);
        let start = self.at;
        if let Some(pattern) = self.regex(scope.is_some())? {
            return Ok(Some(about(field, FieldTest::Regex(pattern))));
        }
        if self.eat("!~") || self.eat("=~") {
            let negated = self.text[start..].starts_with('!');
            let found = about(field, FieldTest::Regex(self.read_pattern()?));
            return Ok(Some(if negated { found.negated() } else { found }));
        }
        if self.eat("!=") {
            return self.exact(field, start).map(|filter| Some(filter.negated()));
        }
        if self.eat("=") {
            return self.exact(field, start).map(Some);
        }
        if let Some(test) = self.marked_text()? {
            return Ok(Some(about(field, test)));
        }
        self.filter_function(scope)
    }

    fn text_value(&mut self, field: &Field) -> Result<Filter> {
        let start = self.at;
        let text = self.text_or_quoted()?;
        let prefix = self.text_end(&text, start)?;
        match (is_time(field) && !text.is_empty(), prefix) {
            (true, false) => self.time_value(&text, start),
            (true, true) => self.no_time(&self.text[start..self.at], start),
            (false, _) => Ok(about(field, self.text_test(text, prefix))),
        }
    }

    /// `*`, or `*text*`.
    fn starred(&mut self, field: &Field) -> Result<Filter> {
        if let Some(test) = self.substring(self.case)? {
            return Ok(about(field, test));
        }
        let start = self.at;
        self.at += 1;
        self.lone_star(start)?;
        Ok(about(field, FieldTest::Exists))
    }

    fn exact(&mut self, field: &Field, start: usize) -> Result<Filter> {
        self.skip_space();
        let value_start = self.at;
        let text = self.text_or_quoted()?;
        let prefix = self.text_end(&text, start)?;
        if is_time(field) && !text.is_empty() {
            return match prefix {
                false => self.time_value(&text, value_start),
                true => self.no_time(&self.text[start..self.at], value_start),
            };
        }
        Ok(about(field, exact_test(text, prefix)))
    }
}

/// What a text asks for that is the whole value, or its beginning.
pub(super) fn exact_test(text: String, prefix: bool) -> FieldTest {
    match (text.is_empty(), prefix) {
        (true, false) => FieldTest::Empty,
        (true, true) => FieldTest::Exists,
        (false, false) => FieldTest::Exact(text),
        (false, true) => FieldTest::ExactPrefix(text),
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

/// Whether an offset may follow, whatever the field.
fn is_of_clock(filter: &Filter) -> bool {
    match filter {
        Filter::Or(parts) => parts.iter().all(is_of_clock),
        Filter::Field { test, .. } => matches!(test, FieldTest::DayRange { .. } | FieldTest::WeekRange { .. }),
        _ => false,
    }
}
