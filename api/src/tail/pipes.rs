//! Which pipes a tail can take: those that look at one event at a time.

use std::ops::Range;

use vigil_model::Timestamp;
use vigil_query::{FieldTest, Filter, ParseError, Pipe, Query, Set};

use crate::failure::Failure;
use crate::query::fault;

/// Bars of a text that are tried as the one before a pipe.
const BARS_MAX: usize = 256;

/// Refuses what a tail cannot do, with a mark under it.
pub(crate) fn check(query: &Query, text: &str, now: Timestamp) -> Result<(), Failure> {
    if let Some(n) = query.pipes.iter().position(|pipe| !is_of_one_row(pipe)) {
        let span = place(text, n, now);
        let error = ParseError {
            message: format!("a tail has no end, and `{}` needs one", name(&text[span.clone()])),
            span,
            hint: Some("a tail takes pipes that look at one event at a time, such as where, fields or extract; ask /v1/query for others".to_owned()),
        };
        return Err(fault(error, text));
    }
    let filters =
        query.pipes.iter().filter_map(|pipe| if let Pipe::Where(filter) = pipe { Some(filter) } else { None });
    if filters.chain([&query.filter]).any(asks_another) {
        return Err(Failure::parameter("q", "a tail cannot ask another query; write the values into in(…)"));
    }
    Ok(())
}

/// Whether a pipe makes its rows out of one row alone.
fn is_of_one_row(pipe: &Pipe) -> bool {
    matches!(
        pipe,
        Pipe::Where(_)
            | Pipe::Fields(_)
            | Pipe::Delete(_)
            | Pipe::Rename(_)
            | Pipe::Copy(_)
            | Pipe::DropEmpty
            | Pipe::Extract(_)
            | Pipe::ExtractRegex(_)
            | Pipe::UnpackJson(_)
            | Pipe::UnpackLogfmt(_)
            | Pipe::UnpackSyslog(_)
            | Pipe::Unroll(_)
            | Pipe::Format(_)
            | Pipe::Replace(_)
            | Pipe::ReplaceRegex(_)
            | Pipe::Math(_)
            | Pipe::Len { .. }
            | Pipe::Decolorize(_)
            | Pipe::Collapse(_)
            | Pipe::PackJson(_)
            | Pipe::PackLogfmt(_)
            | Pipe::Sample(_)
    )
}

fn asks_another(filter: &Filter) -> bool {
    match filter {
        Filter::Not(inner) => asks_another(inner),
        Filter::And(parts) | Filter::Or(parts) => parts.iter().any(asks_another),
        Filter::Field {
            test: FieldTest::In(set) | FieldTest::ContainsAll(set) | FieldTest::ContainsAny(set), ..
        } => {
            matches!(set, Set::Query(_))
        }
        _ => false,
    }
}

/// Where the pipe number `n` stands: behind the first bar before which the text reads as a query with `n` pipes. All
/// of the text, if that is not found soon.
fn place(text: &str, n: usize, now: Timestamp) -> Range<usize> {
    let is_before = |bar: &usize| vigil_query::parse(&text[..*bar], now).is_ok_and(|query| query.pipes.len() == n);
    let mut bars = text.match_indices('|').map(|(at, _)| at).take(BARS_MAX);
    let Some(bar) = bars.find(is_before) else { return 0..text.len() };
    let start = bar + 1 + leading_space(&text[bar + 1..]);
    let is_end = |end: &usize| vigil_query::parse(&text[..*end], now).is_ok_and(|query| query.pipes.len() == n + 1);
    let end = bars.find(is_end).unwrap_or(text.len());
    start..start + text[start..end].trim_end().len()
}

fn leading_space(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// The first word of a pipe.
fn name(pipe: &str) -> &str {
    pipe.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pipe_at_fault_is_found() {
        let found = |text: &'static str, n| &text[place(text, n, Timestamp(0))];
        assert_eq!(found("a | fields b | stats count() as c | limit 3", 1), "stats count() as c");
        assert_eq!(found("\"a | b\" | limit 3 ", 0), "limit 3");
        assert_eq!(found("*|sort by a", 0), "sort by a");
    }
}
