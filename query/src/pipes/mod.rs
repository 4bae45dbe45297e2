//! What can follow the filter. A pipe is one file: how it is read and how it is written.

mod fields;
mod functions;
mod limit;
mod names;
mod offset;
mod sort;
mod stats;
mod subquery;
mod union;

use std::fmt;

use crate::error::shown;
use crate::parse::nearest::nearest;
use crate::parse::{Parser, Result, ends_name};
use crate::{ParseError, Pipe};

pub use functions::function_names;
pub(crate) use names::Name;

/// A pipe as the parser knows it.
struct Syntax {
    /// Its name, then its other names.
    names: &'static [&'static str],
    /// Reads what follows the name.
    parse: fn(&mut Parser<'_>) -> Result<Pipe>,
}

const PIPES: [Syntax; 6] = [fields::SYNTAX, limit::SYNTAX, offset::SYNTAX, sort::SYNTAX, stats::SYNTAX, union::SYNTAX];

impl Parser<'_> {
    /// All pipes, to the end of the query or to the `)` that ends it.
    pub(crate) fn pipes(&mut self) -> Result<Vec<Pipe>> {
        let mut pipes = Vec::new();
        loop {
            self.skip_space();
            let bar = self.here();
            if self.eat("|") {
                pipes.push(self.pipe(bar)?);
            } else if matches!(self.peek(), None | Some(')')) {
                return Ok(pipes);
            } else {
                let message = format!("`{}` cannot stand here", &self.text[bar.clone()]);
                return self.fail(bar, message, "the next pipe begins with `|`; names with other signs need quotes");
            }
        }
    }

    fn pipe(&mut self, bar: std::ops::Range<usize>) -> Result<Pipe> {
        self.skip_space();
        let start = self.at;
        let name = self.run(ends_name);
        let known = |syntax: &&Syntax| syntax.names.iter().any(|known| known.eq_ignore_ascii_case(name));
        match PIPES.iter().find(known) {
            Some(syntax) => (syntax.parse)(self),
            None if name.is_empty() && self.peek() == Some('|') => {
                self.fail(bar.start..self.at + 1, "`||` is no pipe", "write OR between filters")
            }
            None if name.is_empty() => self.fail(bar, "a pipe is missing after `|`", &list_of_pipes()),
            None => Err(unknown_pipe(name, self.since(start))),
        }
    }
}

/// The names of all pipes, other names left out.
pub fn pipe_names() -> impl Iterator<Item = &'static str> {
    PIPES.iter().map(|syntax| syntax.names[0])
}

fn unknown_pipe(name: &str, span: std::ops::Range<usize>) -> ParseError {
    let known = PIPES.iter().flat_map(|syntax| syntax.names).copied();
    let hint = nearest(name, known).map_or_else(list_of_pipes, |known| format!("did you mean `{known}`?"));
    ParseError::new(span, format!("unknown pipe `{}`", shown(name))).hint(hint)
}

fn list_of_pipes() -> String {
    let names: Vec<_> = PIPES.iter().map(|syntax| syntax.names[0]).collect();
    format!("pipes are {}", names.join(", "))
}

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pipe::Stats(stats) => stats::write(stats, f),
            Pipe::Sort(keys) => sort::write(keys, f),
            Pipe::Limit(count) => limit::write(*count, f),
            Pipe::Offset(count) => offset::write(*count, f),
            Pipe::Fields(names) => fields::write(names, f),
            Pipe::Union(query) => union::write(query, f),
            _ => todo!(),
        }
    }
}
