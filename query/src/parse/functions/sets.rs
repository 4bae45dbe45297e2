//! `in(a, b)`, `contains_all(a, b)`, `contains_any(a, b)`: which texts, listed or asked for?

use std::ops::Range;

use super::{Call, Syntax};
use crate::parse::cursor::ends_value;
use crate::parse::value::about;
use crate::parse::{Parser, Result};
use crate::{FieldTest, Filter, Set};

pub(super) const IN: Syntax = Syntax {
    names: &["in", "IN"],
    opens: "([",
    example: "field:in(a, \"b c\"), or field:in(level:error | fields user)",
    read: |parser, call| read(parser, call, FieldTest::In),
};

pub(super) const ALL: Syntax = Syntax {
    names: &["contains_all"],
    opens: "([",
    example: "contains_all(a, \"b c\")",
    read: |parser, call| read(parser, call, FieldTest::ContainsAll),
};

pub(super) const ANY: Syntax = Syntax {
    names: &["contains_any"],
    opens: "([",
    example: "contains_any(a, \"b c\")",
    read: |parser, call| read(parser, call, FieldTest::ContainsAny),
};

fn read(parser: &mut Parser<'_>, call: &Call<'_>, make: fn(Set) -> FieldTest) -> Result<Filter> {
    let open = parser.here();
    let set = if parser.peek() == Some('[') { parser.bracketed(call)? } else { parser.listed_or_asked(call, open)? };
    Ok(about(call.field(), make(set)))
}

impl Parser<'_> {
    /// `[a "b c", d]`: spaces or commas between. Nothing at all is the empty set, which nobody writes but a program.
    fn bracketed(&mut self, call: &Call<'_>) -> Result<Set> {
        let open = self.here();
        self.at = open.end;
        let mut values = Vec::new();
        loop {
            self.skip_space();
            if self.eat("]") {
                return Ok(Set::Values(values));
            }
            match self.set_value()? {
                Some(value) => values.push(value),
                None if matches!(self.peek(), None | Some('|')) => {
                    return self.fail(open, "this set is never closed", "add the missing `]`");
                }
                None => return call.fail(self.here(), "a value is missing here"),
            }
            self.skip_space();
            self.eat(",");
        }
    }

    /// Values with commas between, or else a query.
    fn listed_or_asked(&mut self, call: &Call<'_>, open: Range<usize>) -> Result<Set> {
        if let Some(values) = self.listed_values()? {
            if values.is_empty() {
                return call.fail(self.since(call.start), "nothing stands between these parentheses");
            }
            return Ok(Set::Values(values));
        }
        let stray = self.here();
        if !self.rest().contains('|') {
            return match self.peek() {
                None => self.fail(open, "this parenthesis is never closed", "add the missing `)`"),
                Some(_) => call.fail(stray, "a comma or `)` is missing here"),
            };
        }
        self.at = open.start;
        let query = self.subquery()?;
        if query.pipes.is_empty() {
            return call.fail(stray, "a comma is missing here, or a pipe that says which field");
        }
        Ok(Set::Query(Box::new(query)))
    }

    /// The values of a list; `None` where it is none, and then the place is where that was seen.
    fn listed_values(&mut self) -> Result<Option<Vec<String>>> {
        self.at += 1;
        let mut values = Vec::new();
        loop {
            self.skip_space();
            if values.is_empty() && self.eat(")") {
                return Ok(Some(values));
            }
            let Some(value) = self.set_value()? else { return Ok(None) };
            values.push(value);
            self.skip_space();
            if self.eat(")") {
                return Ok(Some(values));
            }
            if !self.eat(",") {
                return Ok(None);
            }
        }
    }

    fn set_value(&mut self) -> Result<Option<String>> {
        if let Some(text) = self.quoted()? {
            return Ok(Some(text));
        }
        let text = self.run(ends_value);
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }
}
