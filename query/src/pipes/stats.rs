//! `stats count() as n by host`: aggregates by groups of equal values.

use std::fmt;

use super::clauses::write_if;
use super::functions::{self, default_name};
use super::{Name, Syntax, group_key, twins};
use crate::parse::{Parser, Result};
use crate::{GroupKey, Pipe, Stat, Stats};

pub(super) const SYNTAX: Syntax = Syntax::one(&["stats"], parse);

/// What follows `stats`, which need not be there before a function.
pub(super) fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    parser.skip_space();
    let start = parser.at;
    let mut by = groups(parser)?;
    let functions = stats(parser)?;
    if by.is_empty() {
        by = groups(parser)?;
    }
    let columns = by.iter().map(|key| &key.field).chain(functions.iter().map(|stat| &stat.name));
    twins::refuse(columns, parser.since(start), "give one another name: count() as total")?;
    Ok(Pipe::Stats(Stats { functions, by }))
}

fn groups(parser: &mut Parser<'_>) -> Result<Vec<GroupKey>> {
    if parser.eat_word("by") { parser.listed(group_key::parse) } else { Ok(Vec::new()) }
}

fn stats(parser: &mut Parser<'_>) -> Result<Vec<Stat>> {
    let mut stats = vec![stat(parser)?];
    while parser.eat_after_space(",") {
        stats.push(stat(parser)?);
    }
    Ok(stats)
}

fn stat(parser: &mut Parser<'_>) -> Result<Stat> {
    let mut function = parser.function()?;
    let mut only_if = parser.eat_condition()?;
    parser.skip_space();
    let start = parser.at;
    if let Some(limit) = limit(parser)? {
        let syntax = functions::of(function.function);
        if !syntax.limit {
            let message = format!("`{}` takes no limit", syntax.name());
            return parser.fail(parser.since(start), message, "limit the rows with a pipe of its own: | limit 10");
        }
        function.limit = Some(limit);
    }
    if only_if.is_none() {
        only_if = parser.eat_condition()?;
    }
    let name = if parser.eat_word("as") || !ends(parser) {
        parser.name("the name of a column")?
    } else {
        default_name(&function)
    };
    Ok(Stat { function, only_if, name })
}

/// `limit 10`, if it stands here. `limit` alone is the name of a column.
fn limit(parser: &mut Parser<'_>) -> Result<Option<u64>> {
    let start = parser.at;
    if parser.eat_word("limit") {
        parser.skip_space();
        if parser.peek().is_some_and(|c| c.is_ascii_digit()) {
            return parser.count("limit").map(Some);
        }
    }
    parser.at = start;
    Ok(None)
}

/// Whether no name of a column can stand here.
fn ends(parser: &mut Parser<'_>) -> bool {
    parser.at_word("by") || parser.at_item_end()
}

pub(super) fn write(stats: &Stats, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (n, stat) in stats.functions.iter().enumerate() {
        f.write_str(if n > 0 { ", " } else { "stats " })?;
        write!(f, "{}", stat.function)?;
        write_if(stat.only_if.as_ref(), f)?;
        if stat.name != default_name(&stat.function) {
            write!(f, " as {}", Name(&stat.name))?;
        }
    }
    for (n, key) in stats.by.iter().enumerate() {
        f.write_str(if n > 0 { ", " } else { " by " })?;
        group_key::write(key, f)?;
    }
    Ok(())
}
