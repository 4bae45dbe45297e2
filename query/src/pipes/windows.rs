//! `windows range 5m step 1m from 2026-08-01T12:00:00Z count 60`: a row for each window of time that holds it.

use std::fmt;

use vigil_model::Timestamp;

use super::Syntax;
use super::numbers::Duration;
use crate::parse::{Parser, Result, ends_value};
use crate::{Pipe, Windows, when};

pub(super) const SYNTAX: Syntax = Syntax::one(&["windows"], parse);

const EXAMPLE: &str = "write windows range 5m step 1m from 2026-08-01T12:00:00Z count 60";

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    word(parser, "range")?;
    let range = positive(parser, "how long a window is")?;
    word(parser, "step")?;
    let step = positive(parser, "how far apart windows are")?;
    word(parser, "from")?;
    let first = time(parser)?;
    word(parser, "count")?;
    let count = parser.count("count")?;
    Ok(Pipe::Windows(Windows { first, step, count, range }))
}

fn word(parser: &mut Parser<'_>, word: &str) -> Result<()> {
    if parser.eat_word(word) {
        return Ok(());
    }
    parser.fail(parser.here(), format!("`{word}` is missing here"), EXAMPLE)
}

fn positive(parser: &mut Parser<'_>, what: &str) -> Result<i64> {
    parser.skip_space();
    let start = parser.at;
    let nanos = parser.duration(what)?;
    if nanos > 0 {
        return Ok(nanos);
    }
    parser.fail(parser.since(start), format!("{what} has to be above 0"), EXAMPLE)
}

fn time(parser: &mut Parser<'_>) -> Result<i64> {
    parser.skip_space();
    let start = parser.at;
    let text = parser.run(ends_value);
    match when::read(text) {
        Some(period) => Ok(period.start.0),
        None => parser.no_time(text, start),
    }
}

pub(super) fn write(windows: Windows, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (range, step, from) = (Duration(windows.range), Duration(windows.step), Timestamp(windows.first));
    write!(f, "windows range {range} step {step} from {from} count {}", windows.count)
}
