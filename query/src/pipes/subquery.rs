//! `(level:error | fields user)`: a query inside of a query.

use crate::parse::{Parser, Result};
use crate::{Filter, Query};

impl Parser<'_> {
    /// A whole query between parentheses. Relative times in it count back from the same moment as
    /// in the query around it, and its parentheses nest together with those.
    pub(crate) fn subquery(&mut self) -> Result<Query> {
        self.skip_space();
        let open = self.here();
        if !self.eat("(") {
            let hint = "write (level:error | fields user)";
            return self.fail(open, "a query between parentheses is missing here", hint);
        }
        let query = self.nested(open.start, Parser::query)?;
        if self.eat(")") {
            return Ok(query);
        }
        self.fail(open, "this parenthesis is never closed", "add the missing `)`")
    }

    /// A filter and its pipes up to the `)` that ends them, or to the end of the text. A filter
    /// that is left out is every event, but one of both has to be there.
    pub(crate) fn query(&mut self) -> Result<Query> {
        self.skip_space();
        if matches!(self.peek(), None | Some(')')) {
            return self.fail(self.here(), "a query is missing here", "write * for every event");
        }
        let filter = if self.peek() == Some('|') { Filter::All } else { self.or_chain(None)? };
        let pipes = self.pipes()?;
        Ok(Query { time: filter.time_range(), filter, pipes })
    }
}
