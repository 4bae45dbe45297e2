//! Which pipes a tail can take: those that look at one event at a time.

use std::ops::Range;

use vigil_index::{Lens, LensError};
use vigil_model::Timestamp;
use vigil_query::{ParseError, PermittedQuery};

use crate::failure::Failure;
use crate::query::fault;

/// Bars of a text that are tried as the one before a pipe.
const BARS_MAX: usize = 256;

/// The question, ready to be put to one event after another. What a tail cannot do is refused, with a mark under it in
/// `text`, as which the question was written.
pub(crate) fn lens(question: &PermittedQuery, text: &str, now: Timestamp) -> Result<Lens, Failure> {
    Lens::new(question).map_err(|error| match error {
        LensError::NeedsEnd(n) => needs_end(n, text, now),
        LensError::AsksAnother => {
            Failure::parameter("q", "a tail cannot ask another query; write the values into in(…)")
        }
    })
}

fn needs_end(n: usize, text: &str, now: Timestamp) -> Failure {
    // The question may have fewer pipes than the text: clients of VictoriaLogs have columns chosen elsewhere.
    let written = vigil_query::parse(text, now).ok().and_then(|query| Lens::needs_end(&query.pipes));
    let span = place(text, written.unwrap_or(n), now);
    let hint = "a tail takes pipes that look at one event at a time, such as where, fields or extract; ask /v1/query \
                for others";
    let error = ParseError {
        message: format!("a tail has no end, and `{}` needs one", name(&text[span.clone()])),
        span,
        hint: Some(hint.to_owned()),
    };
    fault(error, text)
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
    fn a_pipe_that_was_taken_out_moves_no_mark() {
        let failure = needs_end(0, "* | fields a | limit 3", Timestamp(0));
        assert!(failure.to_string().contains("`limit` needs one"), "{failure}");
    }

    #[test]
    fn the_pipe_at_fault_is_found() {
        let found = |text: &'static str, n| &text[place(text, n, Timestamp(0))];
        assert_eq!(found("a | fields b | stats count() as c | limit 3", 1), "stats count() as c");
        assert_eq!(found("\"a | b\" | limit 3 ", 0), "limit 3");
        assert_eq!(found("*|sort by a", 0), "sort by a");
    }
}
