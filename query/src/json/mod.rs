//! How a query is said as JSON: a typed tree for programs that build queries.
//!
//! What is read is the same as if the tree had been written down as VQL and that been read, so one language has one
//! set of rules. The form is told in `docs/guides/json-query.md`.

mod filter;
mod node;
mod pipe;
mod stats;
mod test;
mod write;

use serde_json::Value;
use vigil_model::Timestamp;
use vigil_model::limits::QUERY_BYTES_MAX;

use crate::parse::Parser;
use crate::when;
use crate::{Number, ParseError, Query, TimeRange};
use node::{Node, Result};

/// A query that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at {path:?})")]
pub struct JsonError {
    /// Which part of the tree is at fault, as a JSON pointer: `/pipes/1/sort/0`. Empty is the whole.
    pub path: String,
    /// What is wrong, in one line.
    pub message: String,
    /// What to do about it, in one line.
    pub hint: Option<String>,
}

/// Reads a query from text that is JSON. `now` is what relative times count back from.
///
/// Of the text there may be at most [`QUERY_BYTES_MAX`] bytes.
pub fn parse_json(text: &str, now: Timestamp) -> Result<Query> {
    let whole = |message: String| JsonError { path: String::new(), message, hint: None };
    if text.len() > QUERY_BYTES_MAX {
        return Err(whole(format!("query of {} bytes; the limit is {QUERY_BYTES_MAX}", text.len())));
    }
    let value: Value = serde_json::from_str(text).map_err(|error| whole(format!("this is no JSON: {error}")))?;
    from_json(&value, now)
}

/// Reads a query from a tree. `now` is what relative times count back from.
pub fn from_json(value: &Value, now: Timestamp) -> Result<Query> {
    query(&Node::root(value, now))
}

/// The tree that reads back as this query, whatever `now` is by then.
pub fn to_json(query: &Query) -> Value {
    write::query(query)
}

/// `{"time": {"from", "to"}, "filter": …, "pipes": […]}`, all of which may be left out.
fn query(node: &Node<'_>) -> Result<Query> {
    let object = node.object(&["time", "filter", "pipes"])?;
    let filter = match object.get("filter") {
        Some(node) => filter::checked(&node)?,
        None => crate::Filter::All,
    };
    let mut pipes = Vec::new();
    for node in object.get("pipes").map_or(Ok(Vec::new()), |node| node.list())? {
        pipes.extend(pipe::checked(&node)?);
    }
    let asked = object.get("time").map_or(Ok(TimeRange::ALL), |node| time_range(&node))?;
    Ok(Query { time: filter.time_range().intersect(&asked), filter, pipes })
}

fn time_range(node: &Node<'_>) -> Result<TimeRange> {
    let object = node.object(&["from", "to"])?;
    let bound = |key, open| object.get(key).map_or(Ok(open), |node| time(&node));
    Ok(TimeRange { from: bound("from", TimeRange::ALL.from)?, to: bound("to", TimeRange::ALL.to)? })
}

/// A date, a time, `now` or `now-5m`; a date is its first moment.
fn time(node: &Node<'_>) -> Result<Timestamp> {
    let text = node.text()?;
    let moment = match text.strip_prefix("now") {
        Some("") => Some(node.now),
        Some(shift) => {
            duration(shift.strip_prefix('+').unwrap_or(shift)).map(|nanos| Timestamp(node.now.0.saturating_add(nanos)))
        }
        None => when::read_with_year(&text).map(|period| period.start),
    };
    moment.map_or_else(|| node.fail("this is no time", "write 2026-08-01T12:00:00Z, 2026-08-01, now or now-5m"), Ok)
}

fn duration(text: &str) -> Option<i64> {
    match Number::duration(text)? {
        Number::Int(nanos) => Some(nanos),
        Number::Float(_) => None,
    }
}

/// What `read` makes of all of `text`, which is VQL and stands at `node`.
fn reread<T>(node: &Node<'_>, text: &str, read: impl FnOnce(&mut Parser<'_>) -> crate::parse::Result<T>) -> Result<T> {
    let mut parser = Parser::new(text, node.now);
    let result = read(&mut parser).and_then(|value| {
        parser.skip_space();
        match parser.peek() {
            None => Ok(value),
            Some(_) => parser.fail(parser.here(), "something stands here that does not belong to it", "take it away"),
        }
    });
    result.map_err(|error| said_at(node, text, error))
}

/// An error of VQL, said of the tree: by the rest of the text where it was found.
fn said_at(node: &Node<'_>, text: &str, error: ParseError) -> JsonError {
    let near = crate::error::shown(text.get(error.span).unwrap_or_default());
    let message = if near.is_empty() { error.message } else { format!("{} (`{near}`)", error.message) };
    JsonError { path: node.path.clone(), message, hint: error.hint }
}
