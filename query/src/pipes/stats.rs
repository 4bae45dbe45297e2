//! `stats count() as n by host`: aggregates by groups of equal values.

use std::fmt;

use super::functions::default_name;
use super::{Name, Syntax, names};
use crate::error::shown;
use crate::parse::{Parser, Result};
use crate::{GroupKey, ParseError, Pipe, Stat, Stats};

pub(super) const SYNTAX: Syntax = Syntax { names: &["stats"], parse };

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    parser.skip_space();
    let start = parser.at;
    let mut by = groups(parser)?;
    let functions = stats(parser)?;
    if by.is_empty() {
        by = groups(parser)?;
    }
    let stats = Stats { functions, by: by.into_iter().map(GroupKey::plain).collect() };
    match twin(&stats) {
        None => Ok(Pipe::Stats(stats)),
        Some(name) => {
            let message = format!("two columns are named `{}`", shown(name));
            Err(ParseError::new(parser.since(start), message).hint("give one another name: count() as total"))
        }
    }
}

fn groups(parser: &mut Parser<'_>) -> Result<Vec<String>> {
    if parser.eat_word("by") { parser.names("the name of a field to group by") } else { Ok(Vec::new()) }
}

fn stats(parser: &mut Parser<'_>) -> Result<Vec<Stat>> {
    let mut stats = vec![stat(parser)?];
    while parser.eat_after_space(",") {
        stats.push(stat(parser)?);
    }
    Ok(stats)
}

fn stat(parser: &mut Parser<'_>) -> Result<Stat> {
    let function = parser.function()?;
    let name = if parser.eat_word("as") || !ends(parser) {
        parser.name("the name of a column")?
    } else {
        default_name(&function)
    };
    Ok(Stat { function, only_if: None, name })
}

/// Whether no name of a column can stand here.
fn ends(parser: &mut Parser<'_>) -> bool {
    parser.skip_space();
    let start = parser.at;
    let by = parser.eat_word("by");
    parser.at = start;
    by || matches!(parser.peek(), None | Some(',' | '|' | ')'))
}

/// A name that two columns share.
fn twin(stats: &Stats) -> Option<&str> {
    let columns = stats.by.iter().map(|key| &key.field).chain(stats.functions.iter().map(|stat| &stat.name));
    let mut seen = std::collections::BTreeSet::new();
    columns.map(String::as_str).find(|name| !seen.insert(*name))
}

pub(super) fn write(stats: &Stats, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (n, stat) in stats.functions.iter().enumerate() {
        f.write_str(if n > 0 { ", " } else { "stats " })?;
        write!(f, "{}", stat.function)?;
        if stat.name != default_name(&stat.function) {
            write!(f, " as {}", Name(&stat.name))?;
        }
    }
    if stats.by.is_empty() {
        return Ok(());
    }
    f.write_str(" by ")?;
    let by: Vec<String> = stats.by.iter().map(|key| key.field.clone()).collect();
    names::write_list(&by, f)
}
