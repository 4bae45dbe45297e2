//! Which filters look like functions, `in(a, b)`, and how what is between their parentheses is read.

mod case;
mod days;
mod fields;
mod ip;
mod ranges;
mod sets;
mod texts;
mod types;

use std::ops::Range;

use super::cursor::{ends_value, is_quote};
use super::nearest::nearest;
use super::{Parser, Result};
use crate::error::shown;
use crate::{Field, Filter, ParseError};

pub(crate) use days::WEEK;

/// A function as the parser knows it.
struct Syntax {
    /// Its name, then its other names.
    names: &'static [&'static str],
    /// What may open its arguments.
    opens: &'static str,
    /// How it is written, for hints.
    example: &'static str,
    /// Reads on from what opens the arguments.
    read: fn(&mut Parser<'_>, &Call<'_>) -> Result<Filter>,
}

/// A function that is being read.
struct Call<'c> {
    /// The field before it, if there is one.
    scope: Option<&'c Field>,
    /// Where its name begins.
    start: usize,
    syntax: &'static Syntax,
}

/// An argument, and where it stands.
type Argument = (String, Range<usize>);

static FUNCTIONS: [Syntax; 20] = [
    case::FOLDED,
    case::EXACT,
    sets::IN,
    sets::ALL,
    sets::ANY,
    texts::EXACT,
    texts::PREFIX,
    texts::REGEX,
    texts::SEQUENCE,
    ranges::RANGE,
    ranges::TEXTS,
    ranges::LENGTHS,
    ip::V4,
    ip::ALL,
    fields::EQUAL,
    fields::LESS,
    fields::LESS_OR_EQUAL,
    types::TYPE,
    days::OF_DAY,
    days::OF_WEEK,
];

impl Call<'_> {
    fn field(&self) -> &Field {
        self.scope.unwrap_or(&Field::Any)
    }

    fn name(&self) -> &'static str {
        self.syntax.names[0]
    }

    /// Fails with the example as the hint.
    fn fail<T>(&self, span: Range<usize>, message: impl Into<String>) -> Result<T> {
        Err(ParseError::new(span, message).hint(format!("write {}", self.syntax.example)))
    }
}

impl Parser<'_> {
    /// A function, if one stands here.
    pub(super) fn filter_function(&mut self, scope: Option<&Field>) -> Result<Option<Filter>> {
        let start = self.at;
        let rest = self.rest();
        let len = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let (name, after) = rest.split_at(len);
        let Some(open) = after.chars().next() else { return Ok(None) };
        let known = FUNCTIONS.iter().find(|syntax| syntax.names.contains(&name));
        match known {
            Some(syntax) if syntax.opens.contains(open) => self.at += len,
            Some(syntax) if syntax.names[0] == "in" && after.trim_start().starts_with('[') => {
                self.at += len;
                self.skip_space();
            }
            None if open == '(' && name.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                return Err(unknown(name, start..start + len + 1));
            }
            _ => return Ok(None),
        }
        let syntax = known.expect("the other arms returned");
        let filter = (syntax.read)(self, &Call { scope, start, syntax })?;
        match self.peek() {
            Some(c) if c == '*' || c == '(' || is_quote(c) || !ends_value(c) => {
                let span = start..self.at + c.len_utf8();
                self.fail(span, format!("text touches `{}`", syntax.names[0]), "put a space between them")
            }
            _ => Ok(Some(filter)),
        }
    }

    /// What stands between parentheses, with commas between.
    fn filter_arguments(&mut self, call: &Call<'_>) -> Result<Vec<Argument>> {
        let open = self.here();
        self.at = open.end;
        let mut arguments = Vec::new();
        self.skip_space();
        if self.eat(")") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.filter_argument(call, &open)?);
            self.skip_space();
            if self.eat(")") {
                return Ok(arguments);
            }
            if !self.eat(",") {
                return self.stray(call, open);
            }
        }
    }

    /// The only argument.
    fn one_argument(&mut self, call: &Call<'_>) -> Result<Argument> {
        match <[Argument; 1]>::try_from(self.filter_arguments(call)?) {
            Ok([argument]) => Ok(argument),
            Err(_) => call.fail(self.since(call.start), format!("`{}` takes one argument", call.name())),
        }
    }

    fn two_arguments(&mut self, call: &Call<'_>) -> Result<[Argument; 2]> {
        match self.filter_arguments(call)?.try_into() {
            Ok(arguments) => Ok(arguments),
            Err(_) => call.fail(self.since(call.start), format!("`{}` takes two arguments", call.name())),
        }
    }

    fn filter_argument(&mut self, call: &Call<'_>, open: &Range<usize>) -> Result<Argument> {
        self.skip_space();
        let start = self.at;
        if let Some(text) = self.quoted()? {
            return Ok((text, self.since(start)));
        }
        let text = self.run(ends_value);
        if !text.is_empty() {
            return Ok((text.to_owned(), self.since(start)));
        }
        match self.peek() {
            Some(',' | ')') => call.fail(self.here(), "an argument is missing here"),
            _ => self.stray(call, open.clone()),
        }
    }

    /// Fails because what stands here neither ends the arguments nor goes on with them.
    fn stray<T>(&self, call: &Call<'_>, open: Range<usize>) -> Result<T> {
        match self.peek() {
            None | Some('|') => self.fail(open, "this parenthesis is never closed", "add the missing `)`"),
            Some(c) => call.fail(self.here(), format!("`{c}` cannot stand here: arguments have commas between them")),
        }
    }
}

fn unknown(name: &str, span: Range<usize>) -> ParseError {
    let known = FUNCTIONS.iter().flat_map(|syntax| syntax.names).copied().filter(|known| known.len() > 1);
    let hint = match nearest(name, known) {
        Some(known) => format!("did you mean `{known}`?"),
        None => "put a space between them, quote the text, or write field:(a OR b) for one of several".to_owned(),
    };
    ParseError::new(span, format!("`{}(` is no filter", shown(name))).hint(hint)
}
