//! What can follow the filter. A pipe is one file: how it is read and how it is written.

mod clauses;
mod collapse;
mod context;
mod copy;
mod decolorize;
mod delete;
mod drop_empty;
mod expression;
mod extract;
mod extract_regexp;
mod facets;
mod field_names;
mod field_values;
mod fields;
mod filter;
mod first;
mod format;
mod functions;
mod group_key;
mod join;
mod last;
mod len;
mod limit;
mod math;
mod names;
mod numbers;
mod offset;
mod pack;
mod pack_json;
mod pack_logfmt;
mod rename;
mod replace;
mod replace_regexp;
mod sample;
mod sort;
mod stats;
mod subquery;
mod top;
mod twins;
mod union;
mod uniq;
mod unpack;
mod unpack_json;
mod unpack_logfmt;
mod unpack_syslog;
mod unroll;
mod windows;

use std::fmt;
use std::ops::Range;

use crate::error::shown;
use crate::parse::nearest::nearest;
use crate::parse::{Parser, Result, ends_name};
use crate::template::TemplateError;
use crate::{ParseError, Pipe};

pub(crate) use facets::DEFAULT as FACETS_DEFAULT;
pub use functions::function_names;
pub(crate) use functions::{default_name, find as find_function, name_of as name_of_function};
pub(crate) use names::Name;

/// The name of the column that counts, when none is given.
pub(crate) const HITS: &str = "hits";

/// A pipe as the parser knows it.
struct Syntax {
    /// Its name, then its other names.
    names: &'static [&'static str],
    read: Read,
}

/// How what follows the name of a pipe is read.
enum Read {
    One(fn(&mut Parser<'_>) -> Result<Pipe>),
    /// As what is short for more than one pipe.
    Several(fn(&mut Parser<'_>) -> Result<Vec<Pipe>>),
}

impl Syntax {
    const fn one(names: &'static [&'static str], read: fn(&mut Parser<'_>) -> Result<Pipe>) -> Syntax {
        Syntax { names, read: Read::One(read) }
    }

    const fn several(names: &'static [&'static str], read: fn(&mut Parser<'_>) -> Result<Vec<Pipe>>) -> Syntax {
        Syntax { names, read: Read::Several(read) }
    }
}

const PIPES: [Syntax; 37] = [
    filter::SYNTAX,
    sort::SYNTAX,
    first::SYNTAX,
    last::SYNTAX,
    limit::SYNTAX,
    offset::SYNTAX,
    sample::SYNTAX,
    top::SYNTAX,
    uniq::SYNTAX,
    fields::SYNTAX,
    delete::SYNTAX,
    rename::SYNTAX,
    copy::SYNTAX,
    drop_empty::SYNTAX,
    extract::SYNTAX,
    extract_regexp::SYNTAX,
    unpack_json::SYNTAX,
    unpack_logfmt::SYNTAX,
    unpack_syslog::SYNTAX,
    unroll::SYNTAX,
    format::SYNTAX,
    replace::SYNTAX,
    replace_regexp::SYNTAX,
    math::SYNTAX,
    len::SYNTAX,
    decolorize::SYNTAX,
    collapse::SYNTAX,
    pack_json::SYNTAX,
    pack_logfmt::SYNTAX,
    field_names::SYNTAX,
    field_values::SYNTAX,
    facets::SYNTAX,
    context::SYNTAX,
    join::SYNTAX,
    union::SYNTAX,
    stats::SYNTAX,
    windows::SYNTAX,
];

impl Parser<'_> {
    /// All pipes, to the end of the query or to the `)` that ends it.
    pub(crate) fn pipes(&mut self) -> Result<Vec<Pipe>> {
        let mut pipes = Vec::new();
        loop {
            self.skip_space();
            let bar = self.here();
            if self.eat("|") {
                self.pipe(bar, &mut pipes)?;
            } else if matches!(self.peek(), None | Some(')')) {
                return Ok(pipes);
            } else {
                let message = format!("`{}` cannot stand here", &self.text[bar.clone()]);
                return self.fail(bar, message, "the next pipe begins with `|`; names with other signs need quotes");
            }
        }
    }

    /// Reads the pipe behind the bar onto `pipes`.
    fn pipe(&mut self, bar: Range<usize>, pipes: &mut Vec<Pipe>) -> Result<()> {
        self.skip_space();
        let start = self.at;
        let name = self.run(ends_name);
        if self.peek() == Some('(') && functions::find(name).is_some() {
            // `stats` may be left out before a function.
            self.at = start;
            pipes.push(stats::parse(self)?);
            return Ok(());
        }
        let known = |syntax: &&Syntax| syntax.names.iter().any(|known| known.eq_ignore_ascii_case(name));
        match PIPES.iter().find(known).map(|syntax| &syntax.read) {
            Some(Read::One(read)) => pipes.push(read(self)?),
            Some(Read::Several(read)) => pipes.extend(read(self)?),
            None if name.is_empty() && self.peek() == Some('|') => {
                return self.fail(bar.start..self.at + 1, "`||` is no pipe", "write OR between filters");
            }
            None if name.is_empty() => return self.fail(bar, "a pipe is missing after `|`", PIPES_HINT),
            None => return Err(unknown_pipe(name, self.since(start))),
        }
        Ok(())
    }
}

/// The names of all pipes, other names left out.
pub fn pipe_names() -> impl Iterator<Item = &'static str> + Clone {
    PIPES.iter().map(|syntax| syntax.names[0])
}

/// Said where nothing better is known.
const PIPES_HINT: &str = "write where, stats, sort, limit, fields, extract, math or another pipe of the guide to VQL";

fn unknown_pipe(name: &str, span: Range<usize>) -> ParseError {
    let known = PIPES.iter().flat_map(|syntax| syntax.names).copied();
    let hint = match nearest(name, known) {
        _ if functions::find(name).is_some() => format!("write {name}(…) to compute it"),
        Some(known) => format!("did you mean `{known}`?"),
        None => PIPES_HINT.to_owned(),
    };
    ParseError::new(span, format!("unknown pipe `{}`", shown(name))).hint(hint)
}

/// What is wrong with a pattern or template, said of the query that it stands in.
fn template_error(error: &TemplateError, literal: &clauses::Literal) -> ParseError {
    ParseError::new(literal.span_of(error.at.clone()), error.message.clone()).hint(error.hint.clone())
}

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pipe::Where(condition) => filter::write(condition, f),
            Pipe::Sort(keys) => sort::write(keys, f),
            Pipe::Limit(count) => limit::write(*count, f),
            Pipe::Offset(count) => offset::write(*count, f),
            Pipe::Sample(count) => sample::write(*count, f),
            Pipe::Top(top) => top::write(top, f),
            Pipe::Uniq(uniq) => uniq::write(uniq, f),
            Pipe::Fields(names) => fields::write(names, f),
            Pipe::Delete(names) => delete::write(names, f),
            Pipe::Rename(pairs) => rename::write(pairs, f),
            Pipe::Copy(pairs) => copy::write(pairs, f),
            Pipe::DropEmpty => drop_empty::write(f),
            Pipe::Extract(extract) => extract::write(extract, f),
            Pipe::ExtractRegex(extract) => extract_regexp::write(extract, f),
            Pipe::UnpackJson(unpack) => unpack_json::write(unpack, f),
            Pipe::UnpackLogfmt(unpack) => unpack_logfmt::write(unpack, f),
            Pipe::UnpackSyslog(unpack) => unpack_syslog::write(unpack, f),
            Pipe::Unroll(unroll) => unroll::write(unroll, f),
            Pipe::Format(format) => format::write(format, f),
            Pipe::Replace(replace) => replace::write(replace, f),
            Pipe::ReplaceRegex(replace) => replace_regexp::write(replace, f),
            Pipe::Math(steps) => math::write(steps, f),
            Pipe::Len { field, into } => len::write(field, into, f),
            Pipe::Decolorize(field) => decolorize::write(field, f),
            Pipe::Collapse(collapse) => collapse::write(collapse, f),
            Pipe::PackJson(pack) => pack_json::write(pack, f),
            Pipe::PackLogfmt(pack) => pack_logfmt::write(pack, f),
            Pipe::FieldNames => field_names::write(f),
            Pipe::FieldValues(values) => field_values::write(values, f),
            Pipe::Facets(facets) => facets::write(facets, f),
            Pipe::Context(context) => context::write(*context, f),
            Pipe::Join(join) => join::write(join, f),
            Pipe::Union(query) => union::write(query, f),
            Pipe::Stats(stats) => stats::write(stats, f),
            Pipe::Windows(windows) => windows::write(*windows, f),
        }
    }
}
