//! What `stats` can compute. A function is one file; its column is named as it is written.

mod avg;
mod count;
mod max;
mod min;
mod sum;

use std::fmt;

use super::Name;
use crate::error::shown;
use crate::parse::nearest::nearest;
use crate::parse::{Parser, Result, ends_name};
use crate::{Function, ParseError, StatFunction};

/// A function as the parser knows it.
struct Syntax {
    name: &'static str,
    function: Function,
    /// Whether nothing between the parentheses is a mistake.
    needs_field: bool,
}

const FUNCTIONS: [Syntax; 5] = [avg::SYNTAX, count::SYNTAX, max::SYNTAX, min::SYNTAX, sum::SYNTAX];

impl Parser<'_> {
    /// The next function, from its name to its closing parenthesis.
    pub(super) fn function(&mut self) -> Result<StatFunction> {
        self.skip_space();
        let start = self.at;
        let name = self.run(ends_name);
        let span = self.since(start);
        let Some(syntax) = FUNCTIONS.iter().find(|syntax| syntax.name.eq_ignore_ascii_case(name)) else {
            return Err(if name.is_empty() { missing(self.here()) } else { unknown(name, span) });
        };
        let open = self.here();
        if !self.eat("(") {
            let message = format!("`{}` needs parentheses", syntax.name);
            return self.fail(span, message, &format!("write {}", example(syntax)));
        }
        let field = self.argument()?;
        if !self.eat_after_space(")") {
            let hint = format!("write {}", example(syntax));
            return self.fail(open, "this parenthesis is never closed after one field", &hint);
        }
        if syntax.needs_field && field.is_none() {
            let message = format!("`{}` needs a field", syntax.name);
            return self.fail(self.since(start), message, &format!("write {}", example(syntax)));
        }
        Ok(StatFunction::of(syntax.function, field))
    }

    fn argument(&mut self) -> Result<Option<String>> {
        self.skip_space();
        if self.eat("*") || matches!(self.peek(), None | Some(')')) {
            return Ok(None);
        }
        self.name("the name of a field").map(Some)
    }
}

/// The names of all functions of `stats`.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|syntax| syntax.name)
}

fn missing(span: std::ops::Range<usize>) -> ParseError {
    ParseError::new(span, "a function is missing here").hint("write count()")
}

fn unknown(name: &str, span: std::ops::Range<usize>) -> ParseError {
    let known = || FUNCTIONS.iter().map(|syntax| syntax.name);
    let hint = match nearest(name, known()) {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!("functions are {}", known().collect::<Vec<_>>().join(", ")),
    };
    ParseError::new(span, format!("unknown function `{}`", shown(name))).hint(hint)
}

fn example(syntax: &Syntax) -> String {
    if syntax.needs_field { format!("{}(field)", syntax.name) } else { format!("{}()", syntax.name) }
}

/// The name of the column when none is given: `sum(bytes)`.
pub(super) fn default_name(function: &StatFunction) -> String {
    let (name, field) = parts(function);
    format!("{name}({})", field.unwrap_or_default())
}

/// Name and field.
fn parts(function: &StatFunction) -> (&'static str, Option<&str>) {
    let syntax = FUNCTIONS.iter().find(|syntax| syntax.function == function.function);
    (syntax.map_or("todo", |syntax| syntax.name), function.fields.first().map(String::as_str))
}

impl fmt::Display for StatFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match parts(self) {
            (name, Some(field)) => write!(f, "{name}({})", Name(field)),
            (name, None) => write!(f, "{name}()"),
        }
    }
}
