//! How VQL is read: filter first, then pipes, in one pass from left to right.
//!
//! Grammar, loosest binding first; `scope` is the field that a value is about, if there is one:
//!
//! ```text
//! query  = [or] { "|" pipe }
//! or     = and { OR and }                  and   = unary { [AND] unary }
//! unary  = { NOT | "-" | "!" } primary
//! primary (no scope) = "(" or ")" | "*" | text | function | regex | selector | name ":" value | name sign
//! value  (a scope)   = "(" or ")" | "*" | text | function | regex | "=" text | "!=" text | comparison | range
//! text   = run ["*"] | ["c" | "i"] quoted ["*"] | "*" run "*" | ["c" | "i"] "*" quoted "*"
//! regex  = ("~" | "=~" | "!~") (quoted | run) | "/" run "/" ["i"]
//! ```

mod bound;
mod cursor;
mod filter;
mod functions;
pub(crate) mod nearest;
mod quoted;
mod regex;
mod selector;
mod text;
mod time;
mod value;

use vigil_model::Timestamp;
use vigil_model::limits::{QUERY_BYTES_MAX, QUERY_DEPTH_MAX};

pub(crate) use cursor::{ends_name, ends_value, is_keyword, is_name, is_quote};
pub(crate) use functions::WEEK;

use crate::{Case, ParseError, Query};

pub(crate) type Result<T> = std::result::Result<T, ParseError>;

/// Reads a query. `now` is what relative times such as `_time:5m` count back from.
///
/// Takes time in proportion to the text, of which there may be at most [`QUERY_BYTES_MAX`] bytes.
pub fn parse(text: &str, now: Timestamp) -> Result<Query> {
    parse_with(text, now, &ParseOptions::default())
}

/// What of the language is as the asker's own language has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParseOptions {
    /// Whether letter case counts in words, phrases, prefixes and substrings that do not say it themselves by `i(…)`
    /// or `c(…)`. In VQL it does not, in LogsQL it does.
    pub case: Case,
}

/// As [`parse`], with other meanings of what the text leaves open.
pub fn parse_with(text: &str, now: Timestamp, options: &ParseOptions) -> Result<Query> {
    if text.len() > QUERY_BYTES_MAX {
        let message = format!("query of {} bytes; the limit is {QUERY_BYTES_MAX}", text.len());
        return Err(ParseError::new(0..0, message));
    }
    let mut parser = Parser { case: options.case, ..Parser::new(text, now) };
    let filter = parser.whole_filter()?;
    let pipes = parser.pipes()?;
    if parser.peek().is_some() {
        return parser.fail(parser.here(), "this parenthesis closes nothing", "take it away, or quote it");
    }
    assert!(parser.at == text.len(), "a query is read to its end or refused");
    Ok(Query { time: filter.time_range(), filter, pipes })
}

/// A place in the text, and what was met on the way there.
pub(crate) struct Parser<'a> {
    pub(crate) text: &'a str,
    /// Bytes read so far; always at the start of a character.
    pub(crate) at: usize,
    /// Parentheses and negations that are open.
    depth: usize,
    /// Regular expressions that were read.
    patterns: usize,
    pub(crate) now: Timestamp,
    /// Whether letter case counts where the text does not say.
    case: Case,
}

impl<'a> Parser<'a> {
    /// At the start of `text`.
    pub(crate) fn new(text: &'a str, now: Timestamp) -> Parser<'a> {
        Parser { text, at: 0, depth: 0, patterns: 0, now, case: Case::Folded }
    }

    /// Runs `inner` one level deeper; `from` is where the level was opened.
    pub(crate) fn nested<T>(&mut self, from: usize, inner: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= QUERY_DEPTH_MAX {
            let message = format!("nested more than {QUERY_DEPTH_MAX} levels deep");
            return Err(ParseError::new(from..self.at, message).hint("take some parentheses or NOTs away"));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }
}
