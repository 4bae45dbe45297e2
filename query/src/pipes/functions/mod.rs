//! What `stats` can compute. A function is one file; its column is named as it is written.

mod avg;
mod count;
mod count_empty;
mod count_uniq;
mod first;
mod histogram;
mod last;
mod max;
mod median;
mod min;
mod quantile;
mod rate;
mod rate_sum;
mod stddev;
mod sum;
mod sum_len;
mod uniq_values;
mod values;
mod variance;

use std::fmt;
use std::ops::Range;

use super::{clauses, names};
use crate::error::shown;
use crate::parse::nearest::nearest;
use crate::parse::{Parser, Result, ends_name};
use crate::{Function, ParseError, StatFunction};

/// A function as the parser knows it.
pub(crate) struct Syntax {
    /// Its name, then its other names.
    pub(crate) names: &'static [&'static str],
    pub(crate) function: Function,
    pub(crate) fields: Fields,
    /// Whether it takes `limit 10`.
    pub(crate) limit: bool,
}

/// How many fields stand between the parentheses of a function.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fields {
    /// None.
    Zero,
    /// Exactly one.
    One,
    /// One or more.
    Some,
    /// Any number.
    Any,
}

static FUNCTIONS: [Syntax; 19] = [
    count::SYNTAX,
    count_empty::SYNTAX,
    count_uniq::SYNTAX,
    sum::SYNTAX,
    sum_len::SYNTAX,
    avg::SYNTAX,
    min::SYNTAX,
    max::SYNTAX,
    median::SYNTAX,
    quantile::SYNTAX,
    histogram::SYNTAX,
    rate::SYNTAX,
    rate_sum::SYNTAX,
    uniq_values::SYNTAX,
    values::SYNTAX,
    first::SYNTAX,
    last::SYNTAX,
    stddev::SYNTAX,
    variance::SYNTAX,
];

/// Every name of every function, but for the shares that [`quantile`] knows by a name.
pub(crate) fn known() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().flat_map(|syntax| syntax.names).copied()
}

/// How the function of this name is written, and its share if the name tells it.
pub(crate) fn find(name: &str) -> Option<(&'static Syntax, Option<f64>)> {
    let named = |syntax: &&Syntax| syntax.names.iter().any(|known| known.eq_ignore_ascii_case(name));
    match quantile::share_named(name) {
        Some(share) => Some((of(Function::Quantile), Some(share))),
        None => FUNCTIONS.iter().find(named).map(|syntax| (syntax, None)),
    }
}

/// How a function is written.
pub(crate) fn of(function: Function) -> &'static Syntax {
    FUNCTIONS.iter().find(|syntax| syntax.function == function).expect("every function is in the table, see the test")
}

impl Syntax {
    /// Its first name.
    pub(crate) fn name(&self) -> &'static str {
        self.names[0]
    }

    /// How it may be written.
    pub(crate) fn example(&self) -> String {
        let share = if self.takes_share() { "0.95, " } else { "" };
        match self.fields {
            Fields::Zero | Fields::Any => format!("{}({share})", self.name()),
            Fields::One | Fields::Some => format!("{}({share}field)", self.name()),
        }
    }

    /// Whether a share stands before the fields.
    pub(crate) fn takes_share(&self) -> bool {
        self.function == Function::Quantile
    }

    /// What is wrong with so many fields, if anything is.
    pub(crate) fn wrong_fields(&self, count: usize) -> Option<String> {
        match (self.fields, count) {
            (Fields::One | Fields::Some, 0) => Some(format!("`{}` needs a field", self.name())),
            (Fields::Zero, 1..) => Some(format!("`{}` takes no field", self.name())),
            (Fields::One, 2..) => Some(format!("`{}` takes one field", self.name())),
            _ => None,
        }
    }
}

impl Parser<'_> {
    /// The next function, from its name to its closing parenthesis.
    pub(super) fn function(&mut self) -> Result<StatFunction> {
        self.skip_space();
        let start = self.at;
        let name = self.run(ends_name);
        let span = self.since(start);
        let Some((syntax, share)) = find(name) else {
            return Err(if name.is_empty() { missing(self.here()) } else { unknown(name, span) });
        };
        let hint = format!("write {}", syntax.example());
        let open = self.here();
        if !self.eat("(") {
            return self.fail(span, format!("`{}` needs parentheses", syntax.name()), &hint);
        }
        let share = if syntax.takes_share() && share.is_none() { Some(self.share(&hint)?) } else { share };
        let fields = self.arguments()?;
        if !self.eat_after_space(")") {
            return self.fail(open, "this parenthesis is never closed", &hint);
        }
        match syntax.wrong_fields(fields.len()) {
            Some(message) => self.fail(self.since(start), message, &hint),
            None => Ok(StatFunction { function: syntax.function, fields, share, limit: None }),
        }
    }

    /// Fields up to the closing parenthesis; `*` is none in particular.
    fn arguments(&mut self) -> Result<Vec<String>> {
        self.skip_space();
        if self.eat("*") || matches!(self.peek(), None | Some(')')) {
            return Ok(Vec::new());
        }
        let mut fields = vec![self.name("the name of a field")?];
        while self.eat_after_space(",") {
            fields.push(self.name("the name of a field")?);
        }
        Ok(fields)
    }

    /// The share of a quantile and the comma behind it.
    fn share(&mut self, hint: &str) -> Result<f64> {
        self.skip_space();
        let start = self.at;
        let share = self.number("a share between 0 and 1")?;
        if !(0.0..=1.0).contains(&share) {
            return self.fail(self.since(start), "a share lies between 0 and 1", hint);
        }
        if !self.eat_after_space(",") {
            return self.fail(self.here(), "a comma is missing behind the share", hint);
        }
        Ok(share)
    }
}

/// The names of all functions of `stats`.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(Syntax::name)
}

fn missing(span: Range<usize>) -> ParseError {
    ParseError::new(span, "a function is missing here").hint("write count()")
}

fn unknown(name: &str, span: Range<usize>) -> ParseError {
    let hint = match nearest(name, known()) {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!("functions are {}", function_names().collect::<Vec<_>>().join(", ")),
    };
    ParseError::new(span, format!("unknown function `{}`", shown(name))).hint(hint)
}

/// The name of the column when none is given: `sum(bytes)`. What limits the function is no part of it.
pub(crate) fn default_name(function: &StatFunction) -> String {
    let share = function.share.map(|share| share.to_string());
    let arguments: Vec<&str> = share.iter().chain(&function.fields).map(String::as_str).collect();
    format!("{}({})", of(function.function).name(), arguments.join(", "))
}

impl fmt::Display for StatFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", of(self.function).name())?;
        if let Some(share) = self.share {
            write!(f, "{share}, ")?;
        }
        names::write_list(&self.fields, f)?;
        f.write_str(")")?;
        clauses::write_limit(self.limit, f)
    }
}
