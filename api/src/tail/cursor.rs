//! How far a tail has come, in a text that a client gives back to go on: `node.arrival`, or `node.arrival.seen` within
//! a block.

use std::fmt;

use vigil_index::QueryError;
use vigil_model::limits::CURSOR_BYTES_MAX;

use crate::QueryFailure;
use crate::failure::Failure;

/// How far a tail has come, in the order of arrival of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TailCursor {
    /// What arrived before this was seen.
    pub(crate) arrival: u64,
    /// Of what arrived there, so many records were seen; `None` is all.
    pub(crate) seen: Option<u32>,
}

impl TailCursor {
    /// Everything up to here, this included.
    pub(crate) fn behind(arrival: u64) -> TailCursor {
        TailCursor { arrival, seen: None }
    }

    /// Asked for what arrived behind this, a node answers with all that was not seen, and perhaps a little more.
    pub(crate) fn floor(self) -> u64 {
        match self.seen {
            None => self.arrival,
            Some(_) => self.arrival.saturating_sub(1),
        }
    }

    /// How many records of what arrived there were seen; `None` is all.
    pub(crate) fn seen_of(self, arrival: u64) -> Option<u32> {
        match arrival.cmp(&self.arrival) {
            std::cmp::Ordering::Less => None,
            std::cmp::Ordering::Equal => self.seen,
            std::cmp::Ordering::Greater => Some(0),
        }
    }

    /// Reads the text of a cursor; `node` is the id of this node.
    pub(crate) fn parse(text: &str, node: &str) -> Result<TailCursor, Failure> {
        let (of, cursor) = read(text).ok_or_else(|| failed(QueryError::CursorMalformed))?;
        match of == node {
            true => Ok(cursor),
            false => Err(failed(QueryError::CursorOtherNode(of.to_owned()))),
        }
    }

    /// The text, for a tail of the node of this id.
    pub(crate) fn to_text(self, node: &str) -> String {
        match self.seen {
            None => format!("{node}.{}", self.arrival),
            Some(seen) => format!("{node}.{}.{seen}", self.arrival),
        }
    }
}

impl fmt::Display for TailCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text("…"))
    }
}

fn read(text: &str) -> Option<(&str, TailCursor)> {
    let mut parts = text.split('.');
    let (node, arrival, seen) = (parts.next()?, parts.next()?, parts.next());
    let seen = seen.map(str::parse).transpose().ok()?;
    let fits = text.len() <= CURSOR_BYTES_MAX && parts.next().is_none();
    fits.then_some((node, TailCursor { arrival: arrival.parse().ok()?, seen }))
}

fn failed(error: QueryError) -> Failure {
    QueryFailure::from(error).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_as_written() {
        for cursor in [TailCursor::behind(7), TailCursor { arrival: 0, seen: Some(3) }] {
            assert_eq!(TailCursor::parse(&cursor.to_text("n"), "n"), Ok(cursor));
        }
        for wrong in ["", "n", "n.", "n.x", "n.1.", "n.1.2.3", "n.-1", &format!("n.{}", "1".repeat(600))] {
            assert!(TailCursor::parse(wrong, "n").is_err_and(|failure| failure.code() == "query"), "{wrong}");
        }
        assert!(TailCursor::parse("m.1", "n").is_err_and(|failure| failure.code() == "cursor_gone"));
    }

    #[test]
    fn what_was_seen_is_not_shown_again() {
        let half = TailCursor { arrival: 5, seen: Some(2) };
        assert_eq!(half.floor(), 4);
        assert_eq!((half.seen_of(4), half.seen_of(5), half.seen_of(6)), (None, Some(2), Some(0)));
        let whole = TailCursor::behind(5);
        assert_eq!((whole.floor(), whole.seen_of(5), whole.seen_of(6)), (5, None, Some(0)));
    }
}
