//! How LogQL is read: from left to right, every mistake found here and nowhere later.
//!
//! ```text
//! expression = unary { operator [bool] [matching] unary }, by precedence
//! unary      = number | "(" expression ")" | log | function "(" … ")" [grouping]
//! log        = "{" matchers "}" { stage }
//! range      = log with "[5m]" behind the selector or at the end, then "offset 5m"
//! ```

mod address;
mod binary;
mod format;
mod label;
mod line;
mod matching;
mod parser;
mod quantity;
mod range;
mod reader;
mod selector;
mod stage;
mod template;
mod text;
mod vector;

use std::ops::Range;

use vigil_model::limits::QUERY_BYTES_MAX;

use super::ast::Expression;
use crate::ParseError;

pub(crate) use quantity::duration_nanos;
use reader::Reader;

type Result<T> = std::result::Result<T, ParseError>;

/// Reads a query. Depth, bytes and the number of parts are limited.
pub fn parse(text: &str) -> Result<Expression> {
    if text.len() > QUERY_BYTES_MAX {
        let message = format!("query of {} bytes; the limit is {QUERY_BYTES_MAX}", text.len());
        return Err(ParseError::new(0..0, message));
    }
    let mut reader = Reader::new(text);
    let expression = reader.expression(0)?;
    reader.skip_space();
    if reader.rest().starts_with('|') {
        return reader.fail(
            reader.here(),
            "`unwrap` makes numbers of lines",
            "write sum_over_time({…} | unwrap label [5m])",
        );
    }
    if reader.at < text.len() {
        return reader.fail(reader.here(), format!("`{}` cannot stand here", reader.shown_word()), "take it away");
    }
    Ok(expression)
}

/// Reads a duration such as `5m` or `1h30m`, in nanoseconds; `None` for any other text.
pub fn duration(text: &str) -> Option<i64> {
    duration_nanos(text)
}

fn error(span: Range<usize>, message: impl Into<String>, hint: &str) -> ParseError {
    ParseError::new(span, message).hint(hint)
}
